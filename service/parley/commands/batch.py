"""Deciding one batch: each request in order, on what the ones before it left, without any of it being written yet."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct

from negotiation.admission import Directory, Malformed, decide
from negotiation.dates import instant
from negotiation.events.catalogue import AccountAdded
from negotiation.events.fact import Fact
from negotiation.events.procedure import NegotiationOpened
from negotiation.references import Named
from negotiation.refusals import NotOpenedYet, Refusal, UnknownReference
from negotiation.state.index import Entry as Indexed
from negotiation.state.index import Index
from negotiation.streams import PARTIES, stream
from parley.commands.indexes import Indexes
from parley.commands.request import ANY_VERSION, Acknowledged, Entry, IfMatch, Request, Stored, Trial, Tried
from parley.store.codec import encode_submission
from parley.store.damage import event_at
from parley.store.errors import EventIdsPartlyTaken, EventIdTaken, KeyReused, PreconditionFailed, RecordError
from parley.store.log import Written

EVENTS_A_SLICE: Final = 100
"""So many events are decided before other tasks have their turn: some milliseconds' work."""


class Answered(Struct, frozen=True):
    """A request that was answered already under a key."""

    fingerprint: bytes
    events: tuple[Stored, ...]


Verdict: TypeAlias = Acknowledged | Tried | Refusal | Malformed | RecordError


class Batch:
    """What one transaction will write: events, and answers by key."""

    def __init__(self, indexes: Indexes, position: int, recorded_at: datetime) -> None:
        self._indexes = indexes
        self.position = position
        self.recorded_at = recorded_at
        self._text = recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._clock = instant(self._text)
        self._directory = Directory(indexes.knows_negotiation)
        self._since_others = 0
        self._put: list[tuple[Index, Indexed, int]] = []
        self.written: list[Written] = []
        self.by_id: dict[str, Stored] = {}
        self.by_key: dict[tuple[str, str], Answered] = {}
        self.answers: list[tuple[Request, tuple[int, ...]]] = []

    @property
    def units(self) -> set[str]:
        """The units in which anything is recorded."""
        return {stream(event.stream).unit for event in self.written}

    async def decide(self, request: Request) -> Acknowledged | Refusal | Malformed | RecordError:
        """Record a request in the indexes and in this batch, or say why not; a refused one leaves no trace."""
        try:
            replayed = self._replay_by_key(request)
            if replayed is None and (replayed := self._replay_by_id(request)) is not None:
                self._answer_by_key(request, replayed)
            if replayed is not None:
                return replayed
            self._check_if_match(request.if_match)
        except RecordError as error:
            return error
        put, written, position = len(self._put), len(self.written), self.position
        try:
            return await self._record(request)
        except BaseException as error:  # whatever it is, it leaves no trace in the batch
            self._take_back(put)
            del self.written[written:]
            self.position = position
            if isinstance(error, Refusal):
                return error
            raise

    async def rehearse(self, request: Request, trial: Trial) -> Tried:
        """Decide a request as it would be decided now, and take it back; of one that is refused tell all faults."""
        position, put, written, answers = self.position, len(self._put), len(self.written), len(self.answers)
        new = [entry.submission.id or "" for entry in request.entries if entry.submission.id not in self.by_id]
        key = (request.recorded_by, request.key or "")
        answered = self.by_key.get(key)
        try:
            verdict = None if trial.unsound or trial.unsure_after is not None else await self.decide(request)
            if isinstance(verdict, Acknowledged):
                if verdict.replayed:
                    return Tried(position=position, on_record=verdict.events)
                return Tried(position=position, events=verdict.events)
            faults, undecided = await self._all_faults(request, trial)
            return Tried(position=position, faults=tuple(faults), undecided=tuple(undecided))
        finally:
            self._take_back(put)
            del self.written[written:], self.answers[answers:]
            self.position = position
            for event_id in new:
                self.by_id.pop(event_id, None)
            if answered is None:
                self.by_key.pop(key, None)

    def take_back(self) -> None:
        """The transaction does not commit: leave no trace in the indexes."""
        self._take_back(0)

    def _take_back(self, mark: int) -> None:
        while len(self._put) > mark:
            index, entry, latest = self._put.pop()
            index.take_back(entry, latest)

    # -- asked before?

    def _replay_by_key(self, request: Request) -> Acknowledged | None:
        if request.key is None:
            return None
        answered = self.by_key.get((request.recorded_by, request.key))
        if answered is None:
            return None
        if answered.fingerprint != request.fingerprint:
            raise KeyReused
        return Acknowledged(answered.events, replayed=True)

    def _replay_by_id(self, request: Request) -> Acknowledged | None:
        self._check_ids_differ(request)
        by_id = self.by_id
        stored = [by_id.get(entry.submission.id or "") for entry in request.entries]
        known = [one for one in stored if one is not None]
        if not known:
            return None
        for taken in self._ids_taken(request):
            raise taken
        if len(known) < len(stored):
            raise EventIdsPartlyTaken
        return Acknowledged(tuple(known), replayed=True)

    def _check_ids_differ(self, request: Request) -> None:
        if len(request.entries) == 1:
            return
        for twice in _ids_twice(request):
            raise twice

    def _ids_taken(self, request: Request) -> Iterator[EventIdTaken]:
        """Of each entry whose id is that of another event on record."""
        for number, entry in enumerate(request.entries):
            one = self.by_id.get(entry.submission.id or "")
            if one is not None and not _same(entry, one):
                yield _id_taken(entry, number, f"the event at position {one.position}")

    def _check_if_match(self, guard: IfMatch | None) -> None:
        if guard is None:
            return
        here = stream(guard.stream)
        index = self._indexes[here.unit]
        at = index.versions.get(guard.stream, 0) if here.part else index.latest
        if guard.version == ANY_VERSION and at > 0:
            return
        if at != guard.version:
            raise PreconditionFailed(stream=guard.stream, version=str(at))

    # -- recording

    async def _record(self, request: Request) -> Acknowledged:
        stored: list[Stored] = []
        for number, entry in enumerate(request.entries):
            await self._let_others_have_their_turn()
            try:
                stored.append(self._admit(entry, request.recorded_by))
            except Refusal as refusal:
                refusal.entry = number
                raise
        for one in stored:
            self.by_id[one.event_id] = one
        acknowledged = Acknowledged(tuple(stored))
        self._answer_by_key(request, acknowledged)
        return acknowledged

    async def _let_others_have_their_turn(self) -> None:
        """Before an event is decided, if enough were since the last time: one request may have many, a batch more."""
        self._since_others += 1
        if self._since_others > EVENTS_A_SLICE:
            self._since_others = 1
            await asyncio.sleep(0)

    def _admit(self, entry: Entry, recorded_by: str) -> Stored:
        name, submission = entry.stream, entry.submission
        here = stream(name)
        index = self._indexes[here.unit]
        names = decide(submission, here, index, self._directory, self._clock)
        state = encode_submission(submission, recorded_at=self._text, recorded_by=recorded_by)
        indexed = self._join(entry, index, names)
        event_id, version, position = indexed.id, indexed.version, indexed.position
        self.written.append(Written(name, version, type(submission.event).TOPIC, state, event_id))
        return Stored(event_id, name, version, position, state)

    def _join(self, entry: Entry, index: Index, names: tuple[Named, ...] | None) -> Indexed:
        """Let the next entry be decided on an index that holds this one."""
        name, submission = entry.stream, entry.submission
        self.position += 1
        indexed = Indexed(
            id=submission.id or "",
            stream=name,
            version=index.versions.get(name, 0) + 1,
            position=self.position,
            event=submission.event,
        )
        self._put.append((index, indexed, index.latest))
        index.put(indexed, names)
        return indexed

    def _answer_by_key(self, request: Request, acknowledged: Acknowledged) -> None:
        if request.key is not None:
            self.answers.append((request, acknowledged.positions))
            self.by_key[request.recorded_by, request.key] = Answered(request.fingerprint, acknowledged.events)

    # -- everything that keeps a request out

    async def _all_faults(self, request: Request, trial: Trial) -> tuple[list[Refusal | RecordError], list[int]]:
        """All faults of a request, the first that `decide` meets before the others; and the entries not decided."""
        faults: list[Refusal | RecordError] = []
        try:
            self._replay_by_key(request)
        except KeyReused as error:
            faults.append(error)
        taken = [*_ids_twice(request), *self._ids_taken(request)]
        known = [entry.submission.id in self.by_id for entry in request.entries]
        if any(known) and not all(known) and not taken:
            return [*faults, EventIdsPartlyTaken()], []
        faults += taken
        try:
            self._check_if_match(request.if_match)
        except PreconditionFailed as error:
            faults.append(error)
        refused, undecided = await self._all_refusals(request, trial, {one.entry for one in taken})
        return [*faults, *refused], undecided

    async def _all_refusals(
        self, request: Request, trial: Trial, passed_over: set[int | None]
    ) -> tuple[list[Refusal], list[int]]:
        """What the rules say of every entry, where those before it are taken for recorded.

        A fact that is refused gives its names all the same, so that what names them is judged for itself. What speaks
        about a refused event is not decided.
        """
        refusals: list[Refusal] = []
        undecided: list[int] = []
        held_back: set[str] = set()
        for number, entry in enumerate(request.entries):
            await self._let_others_have_their_turn()
            event, event_id = entry.submission.event, entry.submission.id or ""
            if number in passed_over or event_id in self.by_id:
                continue
            here = stream(entry.stream)
            index, found = self._indexes[here.unit], list[Refusal]()
            names = decide(entry.submission, here, index, self._directory, self._clock, refuse=found.append)
            sure = found
            if trial.unsure_after is not None and number > trial.unsure_after:
                sure = [one for one in found if not isinstance(one, UnknownReference | NotOpenedYet)]
            if getattr(event, "target", None) in held_back:
                sure = []
            if len(sure) < len(found):
                undecided.append(number)
            for one in sure:
                one.entry = number
            refusals += sure
            if isinstance(event, Fact) or not found:
                self._join(entry, index, names)
            else:
                held_back.add(event_id)
        return refusals, undecided


def _ids_twice(request: Request) -> Iterator[EventIdTaken]:
    """Of each entry whose id is that of an entry before it."""
    seen: set[str] = set()
    for number, entry in enumerate(request.entries):
        if entry.submission.id in seen:
            yield _id_taken(entry, number, "an event before it in this request")
        seen.add(entry.submission.id or "")


def _id_taken(entry: Entry, number: int, taker: str) -> EventIdTaken:
    error = EventIdTaken("/id", id=str(entry.submission.id), taker=taker)
    error.entry = number
    return error


def _same(entry: Entry, stored: Stored) -> bool:
    """Whether what is asked for is what is on record: stream, event, date and sources."""
    on_record = event_at(stored.position, stored.state, stored.stream, stored.version)
    submission = entry.submission
    return (entry.stream, submission.event, submission.occurred, submission.sources) == (
        stored.stream,
        on_record.event,
        on_record.occurred,
        on_record.sources,
    )


def units_of(request: Request) -> set[str]:
    """Every unit that must be in memory to decide the request."""
    found = {PARTIES, *(stream(entry.stream).unit for entry in request.entries)}
    if request.if_match is not None:
        found.add(stream(request.if_match.stream).unit)
    return found


def negotiations_named(requests: Sequence[Request], indexes: Indexes) -> Iterator[str]:
    """Other negotiations that the requests name, or that the facts name which they speak about."""
    for request in requests:
        for entry in request.entries:
            event: Any = entry.submission.event
            yield from _named(getattr(event, "replacement", event))
            if isinstance(event, AccountAdded):
                yield from _names(event.differs.get("parent"), event.differs.get("related"))
                index = indexes[stream(entry.stream).unit]
                fact = index.chains.root(event.target)
                if fact is not None:
                    yield from _named(index.content(fact))


def _named(event: Any) -> Iterator[str]:
    if isinstance(event, NegotiationOpened):
        yield from _names(event.parent, event.related)


def _names(parent: Any, related: Any) -> Iterator[str]:
    every = [parent, *related] if isinstance(related, list | tuple) else [parent]
    return (name for name in every if isinstance(name, str))
