"""Deciding one batch: each request in order, on what the ones before it left, without any of it being written yet."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from negotiation.admission import Directory, Malformed, check_form, decide
from negotiation.dates import instant
from negotiation.documents.views import show_finding
from negotiation.envelope import Recorded
from negotiation.events.catalogue import AccountAdded
from negotiation.events.procedure import NegotiationOpened
from negotiation.findings.types import Finding
from negotiation.refusals import Refusal
from negotiation.state.history import Changes
from negotiation.streams import PARTIES, stream
from parley.commands.request import ANY_VERSION, Entry, IfMatch, Receipt, Request, encode_body
from parley.commands.units import Units
from parley.store.codec import decode_state, encode_state, envelope_json
from parley.store.errors import EventIdsPartlyTaken, EventIdTaken, KeyReused, PreconditionFailed, RecordError
from parley.store.log import Written


class Stored(Struct, frozen=True):
    """An event that is on record already, as it stands there."""

    stream: str
    version: int
    state: bytes
    position: int


class Answered(Struct, frozen=True):
    """A request that was answered already under a key."""

    fingerprint: bytes
    receipt: Receipt


Verdict = Receipt | Refusal | Malformed | RecordError


class Batch:
    """What one transaction will write: events, answers by key, and what changed in each unit."""

    def __init__(self, units: Units, position: int, recorded_at: datetime) -> None:
        self._units = units
        self.position = position
        self.recorded_at = recorded_at
        self._text = recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._clock = instant(self._text)
        self.written: list[Written] = []
        self.changes: dict[str, Changes] = {}
        self.named: set[tuple[str, str]] = set()
        self.by_id: dict[str, Stored] = {}
        self.by_key: dict[tuple[str, str], Answered] = {}
        self.commands: list[tuple[Request, Receipt]] = []

    def decide(self, request: Request) -> Verdict:
        """Record a request in the state and in this batch, or tell why not; a refused one leaves no trace."""
        try:
            replayed = self._replay_by_key(request)
            if replayed is None and (replayed := self._replay_by_id(request)) is not None:
                self._answer_by_key(request, replayed)
            if replayed is not None:
                return replayed
            self._check_if_match(request.if_match)
        except RecordError as error:
            return error
        units = {stream(entry.stream).unit for entry in request.entries}
        marks, position = self._units.marks(units), self.position
        try:
            return self._record(request)
        except (Refusal, Malformed) as refusal:
            self._units.undo(marks)
            self.position = position
            return refusal
        except BaseException:  # whatever it is, it must leave no trace in the state; raised again
            self._units.undo(marks)
            self.position = position
            raise

    # -- asked before?

    def _replay_by_key(self, request: Request) -> Receipt | None:
        if request.key is None:
            return None
        answered = self.by_key.get((request.recorded_by, request.key))
        if answered is None:
            return None
        if answered.fingerprint != request.fingerprint:
            raise KeyReused
        return msgspec.structs.replace(answered.receipt, replayed=True)

    def _replay_by_id(self, request: Request) -> Receipt | None:
        self._check_ids_differ(request)
        stored = [self.by_id.get(entry.submission.id or "") for entry in request.entries]
        known = [one for one in stored if one is not None]
        if not known:
            return None
        for index, (entry, one) in enumerate(zip(request.entries, stored, strict=True)):
            if one is not None and not _same(entry, one):
                error = EventIdTaken("/id", id=str(entry.submission.id))
                error.entry = index
                raise error
        if len(known) < len(stored):
            raise EventIdsPartlyTaken
        raised = tuple(finding for entry in request.entries for finding in self._findings_on(entry))
        receipt = self._receipt([(one.state, one.stream, one.version, one.position) for one in known], raised)
        return msgspec.structs.replace(receipt, replayed=True)

    def _findings_on(self, entry: Entry) -> tuple[Finding, ...]:
        """What stands on the fact that an event on record is, or speaks about."""
        dossier = self._units.dossier(stream(entry.stream).unit)
        fact = dossier.history.lives.root(entry.submission.id or "")
        return () if fact is None else dossier.findings.get(fact, ())

    def _check_ids_differ(self, request: Request) -> None:
        seen: set[str] = set()
        for index, entry in enumerate(request.entries):
            if entry.submission.id in seen:
                error = EventIdTaken("/id", id=str(entry.submission.id))
                error.entry = index
                raise error
            if entry.submission.id is not None:
                seen.add(entry.submission.id)

    def _check_if_match(self, guard: IfMatch | None) -> None:
        if guard is None:
            return
        here = stream(guard.stream)
        history = self._units.dossier(here.unit).history
        at = history.versions.get(guard.stream, 0) if here.part else history.latest
        if guard.version == ANY_VERSION and at > 0:
            return
        if at != guard.version:
            raise PreconditionFailed(stream=guard.stream, version=str(at))

    # -- recording

    def _record(self, request: Request) -> Receipt:
        rows: list[tuple[bytes, str, int, int]] = []
        written: list[Written] = []
        changes: dict[str, Changes] = {}
        for index, entry in enumerate(request.entries):
            try:
                recorded = self._admit(entry, request.recorded_by)
            except (Refusal, Malformed) as refusal:
                refusal.entry = index
                raise
            state = encode_state(recorded)
            written.append(Written(entry.stream, recorded.version, type(recorded.event).TOPIC, state, recorded.id))
            rows.append((state, entry.stream, recorded.version, recorded.position))
            changes.setdefault(stream(entry.stream).unit, Changes.none()).join(self._units.apply(recorded))
        raised = tuple(finding for change in changes.values() for finding in change.raised)
        receipt = self._receipt(rows, raised)
        self._take(request, written, changes, rows, receipt)
        return receipt

    def _admit(self, entry: Entry, recorded_by: str) -> Recorded:
        here = stream(entry.stream)
        history = self._units.dossier(here.unit).history
        submission = entry.submission
        check_form(submission)
        decide(submission, here, history, Directory(self._units.knows_negotiation), self._clock)
        self.position += 1
        return Recorded(
            event=submission.event,
            id=submission.id or "",
            occurred=submission.occurred,
            position=self.position,
            recorded_at=self._text,
            recorded_by=recorded_by,
            sources=submission.sources,
            stream=entry.stream,
            version=history.versions.get(entry.stream, 0) + 1,
        )

    def _take(
        self,
        request: Request,
        written: list[Written],
        changes: dict[str, Changes],
        rows: list[tuple[bytes, str, int, int]],
        receipt: Receipt,
    ) -> None:
        self.written += written
        for unit, change in changes.items():
            self.changes.setdefault(unit, Changes.none()).join(change)
        for one, (state, name, version, position) in zip(written, rows, strict=True):
            if one.event_id is not None:
                self.by_id[one.event_id] = Stored(name, version, state, position)
        self._answer_by_key(request, receipt)

    def _answer_by_key(self, request: Request, receipt: Receipt) -> None:
        if request.key is not None:
            self.commands.append((request, receipt))
            self.by_key[request.recorded_by, request.key] = Answered(request.fingerprint, receipt)

    def _receipt(self, rows: Sequence[tuple[bytes, str, int, int]], raised: tuple[Finding, ...]) -> Receipt:
        standing = [finding for finding in raised if self._stands(finding)]
        events = b",".join(envelope_json(state, name, version, position) for state, name, version, position in rows)
        found = encode_body([show_finding(finding) for finding in dict.fromkeys(standing)])
        return Receipt(
            body=b'{"events":[' + events + b'],"findings":' + found + b"}",
            first_position=rows[0][3],
            last_position=rows[-1][3],
        )

    def _stands(self, finding: Finding) -> bool:
        return finding in self._units.dossier(stream(finding.stream).unit).findings.get(finding.event, ())


def _same(entry: Entry, stored: Stored) -> bool:
    """Whether what is asked for is what is on record: stream, event, date and sources."""
    on_record = decode_state(stored.state, stream=stored.stream, version=stored.version)
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


def negotiations_named(request: Request, units: Units) -> Iterator[str]:
    """Other negotiations that the request names, or that the facts name which it speaks about."""
    for entry in request.entries:
        event: Any = entry.submission.event
        yield from _named(getattr(event, "replacement", event))
        if isinstance(event, AccountAdded):
            yield from _names(event.differs.get("parent"), event.differs.get("related"))
            lives = units.dossier(stream(entry.stream).unit).history.lives
            fact = lives.root(event.target)
            for recorded in () if fact is None else (lives.events[fact], *lives.corrections(fact)):
                yield from _named(getattr(recorded.event, "replacement", recorded.event))


def _named(event: Any) -> Iterator[str]:
    if isinstance(event, NegotiationOpened):
        yield from _names(event.parent, event.related)


def _names(parent: Any, related: Any) -> Iterator[str]:
    every = [parent, *related] if isinstance(related, list | tuple) else [parent]
    return (name for name in every if isinstance(name, str))
