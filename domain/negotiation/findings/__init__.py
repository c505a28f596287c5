"""Findings: what is on record and does not add up in the world."""
