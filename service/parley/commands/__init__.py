"""Commands: a request's way into the record."""
