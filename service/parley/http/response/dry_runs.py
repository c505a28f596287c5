"""What a dry run answers: what would be recorded, told and found, or everything that keeps it from being recorded."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from negotiation.documents.views import FindingShown
from negotiation.envelope import Submission
from negotiation.refusals import Refusal
from parley.http.request.trying import Flaw
from parley.http.response.answers import JSON, NO_STORE, Answer
from parley.http.response.problems import told
from parley.recording import Rehearsal
from parley.store.errors import RecordError

MOST_FAULTS: Final = 100
"""So many faults are told at most."""


class WouldRecord(Struct, frozen=True, kw_only=True):
    """An event that would be recorded. ``sentence``: as `replay` tells it; null where that was not known in time."""

    id: str
    stream: str
    type: str
    sentence: str | None


class Fault(Struct, frozen=True, kw_only=True):
    """What keeps a request out: the problem that it would be answered with, where, and what is accepted there."""

    type: str
    title: str
    status: int
    detail: str
    pointer: str | None
    accepted: tuple[str, ...] | UnsetType = UNSET
    example: Any = UNSET


class DryRun(Struct, frozen=True, kw_only=True):
    """The answer. ``undecided``: pointers to what speaks about something refused; ``more``: not all faults are told."""

    result: Literal["would-record", "on-record", "refused"]
    events: tuple[WouldRecord, ...] = ()
    findings: Sequence[FindingShown] | None = ()
    on_record: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()
    undecided: tuple[str, ...] = ()
    more: bool = False


def refused(
    flaws: Iterable[Flaw],
    errors: Iterable[Refusal | RecordError] = (),
    undecided: Iterable[str] = (),
    *,
    cut: bool = False,
) -> Answer:
    """All that is wrong: faults of form, then what the record refuses. ``cut``: not everything was looked at."""
    faults = [*map(_of_form, flaws), *map(_fault, errors)]
    more = cut or len(faults) > MOST_FAULTS
    return _answer(DryRun(result="refused", faults=tuple(faults[:MOST_FAULTS]), undecided=tuple(undecided), more=more))


def accepted(rehearsal: Rehearsal, submissions: Sequence[Submission]) -> Answer:
    """What would be recorded of these, or is on record already."""
    tried, said = rehearsal
    if tried.on_record:
        return _answer(DryRun(result="on-record", on_record=tuple([one.position for one in tried.on_record])))
    sentences: Sequence[str | None] = [None] * len(tried.events) if said is None else said.sentences
    events = [
        WouldRecord(
            id=one.event_id,
            stream=one.stream,
            type=type(submission.event).__name__,
            sentence=sentence,
        )
        for one, submission, sentence in zip(tried.events, submissions, sentences, strict=True)
    ]
    return _answer(
        DryRun(result="would-record", events=tuple(events), findings=None if said is None else said.findings)
    )


def _of_form(flaw: Flaw) -> Fault:
    fault = _fault(flaw.error)
    return msgspec.structs.replace(fault, accepted=flaw.accepted or UNSET, example=flaw.example)


def _fault(error: Exception) -> Fault:
    status, problem, _ = told(error)
    of_request = isinstance(error, RecordError) and error.entry is None
    pointer = None if of_request else getattr(error, "pointer", None)
    return Fault(type=problem.type, title=problem.title, status=status, detail=problem.detail, pointer=pointer)


def _answer(body: DryRun) -> Answer:
    return Answer(200, [NO_STORE], msgspec.json.encode(body), JSON)
