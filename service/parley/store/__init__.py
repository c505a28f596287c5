"""The store: the log, its schema, reading it, verifying it, moving it."""
