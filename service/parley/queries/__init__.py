"""Queries: the record as it stands, and at the three clocks."""
