"""What the record takes: first whether a submission is well formed, then whether it fits what is on record.

`check_form` needs nothing but the submission. `decide` looks at the state as it stands, and raises the refusal by
name; it changes nothing. What does not add up in the world is no ground for refusal: see `findings`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, assert_never

import msgspec
from msgspec import Struct

from negotiation import refusals
from negotiation.dates import DateError, Instant, Interval, instant_text, interval_of_date, parse
from negotiation.envelope import AnyFact, Submission
from negotiation.events.catalogue import AccountAdded, EventCorrected, EventRetracted
from negotiation.events.fact import Fact
from negotiation.events.parties import Delegation, Identity, Membership, Participation
from negotiation.events.positions import Answer
from negotiation.events.procedure import (
    NegotiationConcluded,
    NegotiationOpened,
    Proceedings,
    RoundCancelled,
    RoundConcluded,
    Schedule,
    Talks,
)
from negotiation.references import Named
from negotiation.sources import Source
from negotiation.state.facts import differing_event
from negotiation.state.grounds import Ground, Introduction, grounds, introductions
from negotiation.state.index import Entry, Index
from negotiation.streams import PARTIES, Stream
from negotiation.texts import says_nothing_somewhere, says_something

_encode = msgspec.json.Encoder().encode


class Malformed(Exception):
    """A field is not well formed. ``pointer`` is a JSON pointer into the submission, ``remedy`` says what to write.

    ``entry``: which submission of a list it is about, where there is a list.
    """

    entry: int | None = None

    def __init__(self, pointer: str, remedy: str) -> None:
        super().__init__(remedy)
        self.pointer = pointer
        self.remedy = remedy


class Directory(Struct, frozen=True, gc=False):
    """What is known outside the unit: whether another negotiation was opened."""

    knows_negotiation: Callable[[str], bool]


# -- well formed by itself


def check_form(submission: Submission) -> None:
    """Raise Malformed for the first of the `faults_of_form`."""
    for fault in faults_of_form(submission):
        raise fault


def faults_of_form(submission: Submission) -> Iterator[Malformed]:
    """Every field that the shapes allow and the rules of form do not."""
    event = submission.event
    yield from _faults_of_texts(submission)
    match event:
        case EventCorrected():
            yield from _faults_of_content(submission, event.replacement, "/event/replacement")
        case EventRetracted():
            if submission.occurred is not None:
                yield Malformed("/occurred", "a retraction has no date of its own: leave it out")
        case AccountAdded():
            yield from _faults_of_account(submission, event)
        case Fact():
            yield from _faults_of_content(submission, event, "/event")
        case _:
            assert_never(event)


def _faults_of_content(submission: Submission, event: AnyFact, pointer: str) -> Iterator[Malformed]:
    if submission.occurred is None:
        yield Malformed("/occurred", "say when it happened: an EDTF date such as 2022-01-10, [..2022-01-11] or XXXX")
    else:
        yield from _faults_of_date("/occurred", submission.occurred)
    yield from _faults_of_sources(submission.sources)
    speaker = any(actor.speaker for actor in event.by)
    for index, source in enumerate(submission.sources):
        if source.kind == "quote" and source.speaker is None and not speaker:
            yield Malformed(
                f"/sources/{index}/speaker", f"a direct quote has its speaker: name it here or in {pointer}/by"
            )


def _faults_of_account(submission: Submission, event: AccountAdded) -> Iterator[Malformed]:
    yield from _faults_of_sources(submission.sources)
    if submission.occurred is not None:
        yield Malformed("/occurred", 'put a date that this account gives into /event/differs: {"occurred": "..."}')
    for name, value in event.differs.items():
        if name == "type":
            yield Malformed("/event/differs/type", "an account cannot make another kind of fact: record that as a fact")
        if _has_float(value):
            yield Malformed(f"/event/differs/{name}", "write figures as text or as whole numbers")
        if name == "occurred":
            yield from _faults_of_date("/event/differs/occurred", value)
    for index, source in enumerate(submission.sources):
        if source.kind == "quote" and source.speaker is None:
            yield Malformed(f"/sources/{index}/speaker", "a direct quote has its speaker: name it here")


def _faults_of_texts(submission: Submission) -> Iterator[Malformed]:
    if says_nothing_somewhere(_encode(submission)):
        for pointer in _silent(msgspec.to_builtins(submission), ""):
            yield Malformed(pointer, "write something that can be seen: it has only spaces or what is shown as nothing")


def _silent(value: Any, pointer: str) -> Iterator[str]:
    """Where the texts are that have nothing in them that can be seen."""
    match value:
        case str() if not says_something(value):
            yield pointer
        case dict():
            for name, item in value.items():
                yield from _silent(item, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _silent(item, f"{pointer}/{index}")
        case _:
            pass


def _faults_of_date(pointer: str, value: Any) -> Iterator[Malformed]:
    if not isinstance(value, str):
        yield Malformed(pointer, "write the date as text: an EDTF date such as 2022-01-10")
        return
    try:
        parse(value)
    except DateError as error:
        yield Malformed(pointer, str(error))


def _faults_of_sources(sources: tuple[Source, ...]) -> Iterator[Malformed]:
    if not sources:
        yield Malformed("/sources", "say where it comes from: at least one source with its publisher, kind and date")


def _has_float(value: Any) -> bool:
    match value:
        case float():
            return True
        case dict():
            return any(_has_float(item) for item in value.values())
        case list() | tuple():
            return any(_has_float(item) for item in value)
        case _:
            return False


# -- fit for the record as it stands


_Refuse: TypeAlias = Callable[[refusals.Refusal], None]
"""Takes a refusal: raises it, or takes note of it and lets the rules look on."""


def _at_once(refusal: refusals.Refusal) -> None:
    raise refusal


def decide(
    submission: Submission,
    here: Stream,
    index: Index,
    directory: Directory,
    clock: Instant,
    *,
    refuse: _Refuse = _at_once,
) -> tuple[Named, ...] | None:
    """Raise the Refusal that keeps this submission out of the record; return if it may be recorded.

    ``index`` is the unit of the stream, with everything recorded so far. ``clock``: microseconds since 1970, UTC.
    ``refuse``: what is done with each refusal, in the order of the rules; one that does not raise is given all of them.
    Returns the names that a fact introduces, None for a record event.
    """
    if here.unit == PARTIES and not here.part:
        refuse(refusals.StreamNameTaken("/event"))
        return None
    event = submission.event
    match event:
        case EventCorrected():
            before = _decide_correction(event, here, index, refuse)
            _decide_dates(submission, clock, refuse)
            if before is not None:
                _decide_fact(event.replacement, "/event/replacement", index, directory, refuse, before=before)
        case EventRetracted():
            _decide_retraction(event, here, index, refuse)
        case AccountAdded():
            _decide_dates(submission, clock, refuse)
            _decide_account(event, here, index, directory, clock, refuse=refuse)
        case Fact():
            _belongs(event, here, refuse)
            _opened(event, here, index, refuse)
            _decide_dates(submission, clock, refuse)
            named = list(introductions(event, here))
            _not_introduced(named, "/event", index, refuse)
            _decide_fact(event, "/event", index, directory, refuse)
            return tuple([one.name for one in named])
        case _:
            assert_never(event)
    return None


def _decide_dates(submission: Submission, clock: Instant, refuse: _Refuse) -> None:
    if submission.occurred is not None:
        _has_happened("/occurred", submission.occurred, clock, refuse)
    for index, source in enumerate(submission.sources):
        for name, date in (("published", source.published), ("retrieved", source.retrieved)):
            if date is not None:
                _is_ahead(f"/sources/{index}/{name}", date, interval_of_date(date), clock, refuse)


def _has_happened(pointer: str, occurred: str, clock: Instant, refuse: _Refuse) -> None:
    """A fact has begun, and what it lasted for is over."""
    when = parse(occurred)
    if _is_ahead(pointer, occurred, when.start, clock, refuse):
        return
    if when.last.begins_after(clock):
        known = f"../{instant_text(clock)[:10]}" if when.already else f"{occurred.partition('/')[0]}/.."
        refuse(refusals.LastsBeyondTheClock(pointer, lasting=occurred, clock=instant_text(clock), known=known))


def _is_ahead(pointer: str, date: str, start: Interval, clock: Instant, refuse: _Refuse) -> bool:
    """Whether it begins after the clock, which is refused."""
    if not start.begins_after(clock):
        return False
    refuse(refusals.StartsAfterTheClock(pointer, date=date, clock=instant_text(clock)))
    return True


def _decide_fact(
    event: AnyFact, pointer: str, index: Index, directory: Directory, refuse: _Refuse, *, before: AnyFact | None = None
) -> None:
    """``before`` is the content it is to replace: a name used there already may have been withdrawn since."""
    used = {ground.name for ground in grounds(before)} if before is not None else set()
    for ground in grounds(event):
        if ground.name not in used and not _is_known(ground, index):
            refuse(refusals.UnknownReference(pointer + ground.pointer, ref=str(ground.name)))
    if isinstance(event, NegotiationOpened):
        named = [("/parent", event.parent)] if event.parent else []
        named += [(f"/related/{index}", name) for index, name in enumerate(event.related)]
        for where, name in named:
            if not directory.knows_negotiation(name):
                refuse(refusals.UnknownReference(pointer + where, ref=f"negotiation {name}"))
    if isinstance(event, Answer):
        _not_to_own_demand(event, pointer, index, refuse)


def _is_known(ground: Ground, index: Index) -> bool:
    if ground.pointer.startswith("/after"):  # a fact that was withdrawn came before it all the same
        found = index.chains.events.get(ground.name.id)
        return found is not None and isinstance(found.event, Fact)
    return index.knows(ground.name)


def _not_to_own_demand(event: Answer, pointer: str, index: Index, refuse: _Refuse) -> None:
    if event.on.kind != "demand" or event.answer == "withdraw":
        return
    owners = {
        actor.party
        for fact in index.introducers(Named("demand", event.on.id))
        for actor in index.content(fact).by
        if actor.party is not None
    }
    for number, actor in enumerate(event.by):
        if actor.party in owners:
            refuse(
                refusals.AnswerToOwnDemand(f"{pointer}/by/{number}/party", party=str(actor.party), demand=event.on.id)
            )


def _not_introduced(named: Iterable[Introduction], pointer: str, index: Index, refuse: _Refuse) -> None:
    for introduction in named:
        if introduction.once and (before := index.introducers(introduction.name)):
            refuse(
                refusals.AlreadyIntroduced(pointer + introduction.pointer, ref=str(introduction.name), event=before[0])
            )


def _belongs(event: AnyFact, here: Stream, refuse: _Refuse) -> None:
    """Where a fact lives: parties' identity with the party, a round's course in the round."""
    remedy, pointer = home(event, here)
    if remedy:
        refuse(refusals.BelongsElsewhere(pointer, type=type(event).__name__, stream=here.name, remedy=remedy))


def home(event: AnyFact, here: Stream) -> tuple[str, str]:  # noqa: PLR0911 - one rule a line
    """The stream it should be in (empty if it is there) and what shows it."""
    match event:
        case Identity() if here.name != f"{PARTIES}/{event.party}":
            return f"the party's own stream, {PARTIES}/{event.party}", "/event/party"
        case Membership() if here.name != f"{PARTIES}/{event.group}":
            return f"the group's own stream, {PARTIES}/{event.group}", "/event/group"
        case Identity() | Membership():
            return "", ""
        case _ if here.is_party:
            return "a negotiation or one of its rounds", "/event/type"
        case Schedule() if here.part != event.round:
            return f"the round's own stream, {here.unit}/{event.round}", "/event/round"
        case Talks() | RoundConcluded() | RoundCancelled() if not here.is_round:
            return "the stream of its round", "/event/type"
        case NegotiationOpened() | NegotiationConcluded() if here.is_round:
            return f"the negotiation's own stream, {here.unit}", "/event/type"
        case Proceedings() if (
            not here.is_round and event.scope != "negotiation" and not isinstance(event, NegotiationConcluded)
        ):
            return 'the stream of its round, or say `"scope": "negotiation"`', "/event/scope"
        case Participation() | Delegation() if not here.is_round and event.scope == "round":
            return "the stream of its round", "/event/scope"
        case _:
            return "", ""


def _opened(event: AnyFact, here: Stream, index: Index, refuse: _Refuse) -> None:
    if here.is_party or isinstance(event, NegotiationOpened):
        return
    if not index.knows(Named("negotiation", here.unit)):
        refuse(refusals.NotOpenedYet("", stream=here.unit, remedy="its NegotiationOpened"))
    elif here.is_round and not isinstance(event, Schedule) and not index.knows(Named("round", here.part)):
        refuse(refusals.NotOpenedYet("", stream=here.name, remedy="its RoundScheduled"))


def _target(target: str, here: Stream, index: Index, refuse: _Refuse) -> Entry | None:
    """What is spoken about; None where it cannot be that, and the rules that go by it have nothing to look at."""
    found = index.chains.events.get(target)
    if found is None:
        refuse(refusals.UnknownReference("/event/target", ref=f"event {target}"))
        return None
    if found.stream != here.name:
        refuse(refusals.TargetElsewhere("/event/target", target=target, stream=found.stream))
        return None
    return found


def _decide_correction(event: EventCorrected, here: Stream, index: Index, refuse: _Refuse) -> AnyFact | None:
    """Give the content that is to be replaced; None where it cannot be told."""
    found = _target(event.target, here, index, refuse)
    if found is None:
        return None
    root = index.chains.root(event.target)
    if root is None or not isinstance(found.event, Fact | EventCorrected):
        refuse(
            refusals.TargetUnfit(
                "/event/target",
                target=event.target,
                type=type(found.event).__name__,
                act="a correction",
                remedy="Correct the fact; retract an account or a retraction and record another.",
            )
        )
        return None
    head = index.chains.head(root)
    if event.target != head:
        refuse(refusals.NotTheHead("/event/target", target=event.target, head=head))
    before = index.content(root)
    _same_identity(before, event.replacement, "/event/replacement", here, refuse)
    return before


def _same_identity(original: AnyFact, now: AnyFact, pointer: str, here: Stream, refuse: _Refuse) -> None:
    was_named = [str(one.name) for one in introductions(original, here) if one.once]
    now_named = [str(one.name) for one in introductions(now, here) if one.once]
    was, is_now = type(original).__name__, type(now).__name__
    if was != is_now or was_named != now_named or home(now, here)[0]:
        refuse(
            refusals.CorrectionChangesIdentity(
                pointer, was=" ".join([was, *was_named]), now=" ".join([is_now, *now_named])
            )
        )


def _decide_retraction(event: EventRetracted, here: Stream, index: Index, refuse: _Refuse) -> None:
    found = _target(event.target, here, index, refuse)
    if found is None:
        return
    body = found.event
    if isinstance(body, EventCorrected):
        refuse(
            refusals.TargetUnfit(
                "/event/target",
                target=event.target,
                type="EventCorrected",
                act="a retraction",
                remedy=f"Correct the fact again, or retract the fact itself: {index.chains.root(event.target)}.",
            )
        )
        return
    fact = index.chains.events.get(body.target) if isinstance(body, EventRetracted) else None
    if fact is not None and isinstance(fact.event, EventRetracted):
        refuse(refusals.RestorationIsFinal("/event/target", target=event.target, fact=fact.event.target))
        return
    withdrawn = index.chains.retraction(event.target)
    if withdrawn is not None:
        refuse(refusals.AlreadyRetracted("/event/target", target=event.target, event=withdrawn.id))
    elif fact is not None and isinstance(fact.event, Fact):
        named = introductions(index.content(fact.id), here)
        _not_introduced((name._replace(pointer="") for name in named), "/event/target", index, refuse)


def _decide_account(
    event: AccountAdded, here: Stream, index: Index, directory: Directory, clock: Instant, *, refuse: _Refuse
) -> None:
    found = _target(event.target, here, index, refuse)
    if found is None:
        return
    if not isinstance(found.event, Fact):
        refuse(
            refusals.TargetUnfit(
                "/event/target",
                target=event.target,
                type=type(found.event).__name__,
                act="an account",
                remedy=f"Name the fact itself: {index.chains.root(event.target)}.",
            )
        )
        return
    if event.stance != "differs":
        return
    content = index.content(event.target)
    try:
        variant = differing_event(content, event.differs)
    except msgspec.ValidationError as error:
        refuse(refusals.AccountDoesNotFit("/event/differs", reason=str(error)))
        return
    _same_identity(content, variant, "/event/differs", here, refuse)
    _decide_fact(variant, "/event/differs", index, directory, refuse, before=content)
    if (occurred := event.differs.get("occurred")) is not None:
        _has_happened("/event/differs/occurred", occurred, clock, refuse)
