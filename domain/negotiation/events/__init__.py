"""What can be recorded: the catalogue of events, one module a subject."""
