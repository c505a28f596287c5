"""The feed: events as they are recorded."""
