"""The record: an ordered, chained log of events in PostgreSQL, and the rules' way into it."""
