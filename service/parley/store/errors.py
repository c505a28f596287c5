"""What can go wrong with a request to the record besides the domain's refusals. A docstring is a message."""

from typing import Final

import asyncpg

DATABASE_AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.InternalClientError,  # the server closed the connection between two statements
)
"""Errors that tell that the database is away, restarting, out of room or not the primary, or that a transaction stood
in another's way: trying again can help."""

DATABASE_FAULTS: Final = (*DATABASE_AWAY, asyncpg.PostgresError, asyncpg.InterfaceError)
"""Every error that a question to the database can end in."""


class RecordError(Exception):
    """The record could not do this. ``entry``: which of the request's entries it is about, where it is one.

    ``retry_after_s``: after how many seconds it can be tried again, where that is known.
    """

    entry: int | None = None
    retry_after_s: int | None = None

    def __init__(self, pointer: str = "", **facts: str) -> None:
        self.pointer = pointer
        self.facts = facts
        super().__init__(" ".join(str(type(self).__doc__).format(**facts).split()))


class EventIdTaken(RecordError):
    """Event id {id} is taken by {taker}, which is another event, or this one elsewhere or with other content. Choose
    another id, or send exactly what was recorded, to the same address."""


class EventIdsPartlyTaken(RecordError):
    """Some of these events are on record and some are not. Send the new ones alone."""


class KeyReused(RecordError):
    """This Idempotency-Key was used for another request. Use a new key for a new request."""


class PreconditionFailed(RecordError):
    """{stream} is at version {version}, which is not what the request was meant for. Read it and decide anew."""


class RecordBusy(RecordError):
    """Too many requests are waiting to be recorded, and this one recorded nothing. Try again in a moment."""


class DatabaseUnavailable(RecordError):
    """The database did not answer in time, and this request recorded nothing. Try again in a moment."""


class RecordUnavailable(RecordError):
    """The database did not confirm in time what it was asked to write. Try again with the same event ids or the same
    Idempotency-Key: what was recorded is not recorded twice."""


class RecordDamaged(RecordError):
    """The database does not hold what was recorded: {reason}. Writing has stopped; run `parley verify`, then
    restore the right database."""

    @property
    def what(self) -> str:
        """What is damaged."""
        return self.facts["reason"]


class FeedBusy(RecordError):
    """{reason}. Try again in a moment, with the Last-Event-ID that you have: nothing is lost."""


class ReadsBusy(RecordError):
    """{reason}. Try again in a moment."""


class ReadingTooLarge(RecordError):
    """This reading of {unit} needs more memory than there is for readings of the past ({memory}). Ask for an earlier
    position, or have the operator raise PARLEY_PAST_MIB."""


class EventUnreadable(RecordDamaged):
    """The event at position {position} cannot be read ({reason}). Run `parley verify`, then this again with a
    Parley that is no older than the one that recorded it."""

    @property
    def what(self) -> str:
        """What is damaged."""
        return f"the event at position {self.facts['position']} cannot be read ({self.facts['reason']})"


class ReadModelBroken(RecordError):
    """What is shown of {unit} cannot be brought up to date ({reason}). What was recorded there is safe, and recording
    goes on; run `parley verify`, then look into the log of the service."""


class ReadModelsBehind(RecordError):
    """What is shown of {units} negotiations or parties is not up to date yet. Try again in a moment."""


class RebuildCutShort(RecordError):
    """A process of this rebuild did not end its work ({reason}): perhaps memory ran out. Read models are right, or as
    they were; start again."""


class RebuildUnderWay(RecordError):
    """Another `parley rebuild` is at work on this record. Wait for its end, or stop it, and start again."""
