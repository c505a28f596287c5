"""Signed heads of the record: keys, notes, and the files that hold them."""
