"""The event-sourcing library's own test cases, from the installed wheel, run against the log."""

from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import pytest
from eventsourcing.persistence import AggregateRecorder
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from parley.embedded import EmbeddedPostgres
from parley.store.migrate import migrate
from parley.store.recorder import Face, LogAggregateRecorder, LogApplicationRecorder

_schemas = count(1)


class OnTheLog:
    """Gives each case a schema of its own, in text ids."""

    face: Face

    @pytest.fixture(autouse=True)
    def _schema(self, template: EmbeddedPostgres) -> Iterator[None]:
        dsn, schema = template.dsn("postgres"), f"cases_{next(_schemas)}"
        with Face(template.dsn("postgres"), schema) as self.face:
            self.face.run(migrate(dsn, schema))
            yield

    def new_originator_id(self) -> str:
        """A stream's name."""
        return str(uuid4())


class TestAggregateRecorder(OnTheLog, AggregateRecorderTestCase):
    """The log is an aggregate recorder."""

    def create_recorder(self) -> AggregateRecorder:
        """The log."""
        return LogAggregateRecorder(self.face)


class TestApplicationRecorder(OnTheLog, ApplicationRecorderTestCase[LogApplicationRecorder]):
    """The log is an application recorder; its subscriptions and concurrent writers too."""

    def create_recorder(self) -> LogApplicationRecorder:
        """The log."""
        return LogApplicationRecorder(self.face)

    def test_insert_subscribe(self) -> None:
        """Subscriptions give what is on record, then what is recorded, as the library's optional case asks."""
        self.optional_test_insert_subscribe()


class TestNonInterleavingNotificationIds(OnTheLog, NonInterleavingNotificationIDsBaseCase):
    """Two writers' positions never interleave."""

    def create_recorder(self) -> LogApplicationRecorder:
        """The log."""
        return LogApplicationRecorder(self.face)
