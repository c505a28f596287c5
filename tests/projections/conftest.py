"""Open records to read from: the fixtures of the record's tests."""

from tests.record.conftest import psql, recording, replica, talks

__all__ = ["psql", "recording", "replica", "talks"]
