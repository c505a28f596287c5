"""What the record takes: first whether a submission is well formed, then whether it fits what is on record.

`check_form` needs nothing but the submission. `decide` looks at the state as it stands, and raises the refusal by
name; it changes nothing. What does not add up in the world is no ground for refusal: see `findings`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, assert_never

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
    """Raise Malformed for the first field that the shapes allow and the rules of form do not."""
    event = submission.event
    _check_texts(submission)
    match event:
        case EventCorrected():
            _check_content(submission, event.replacement, "/event/replacement")
        case EventRetracted():
            if submission.occurred is not None:
                raise Malformed("/occurred", "a retraction has no date of its own: leave it out")
        case AccountAdded():
            _check_account(submission, event)
        case Fact():
            _check_content(submission, event, "/event")
        case _:
            assert_never(event)


def _check_content(submission: Submission, event: AnyFact, pointer: str) -> None:
    if submission.occurred is None:
        raise Malformed("/occurred", "say when it happened: an EDTF date such as 2022-01-10, [..2022-01-11] or XXXX")
    _check_date("/occurred", submission.occurred)
    _check_sources(submission.sources)
    speaker = any(actor.speaker for actor in event.by)
    for index, source in enumerate(submission.sources):
        if source.kind == "quote" and source.speaker is None and not speaker:
            raise Malformed(
                f"/sources/{index}/speaker", f"a direct quote has its speaker: name it here or in {pointer}/by"
            )


def _check_account(submission: Submission, event: AccountAdded) -> None:
    _check_sources(submission.sources)
    if submission.occurred is not None:
        raise Malformed("/occurred", 'put a date that this account gives into /event/differs: {"occurred": "..."}')
    for name, value in event.differs.items():
        if name == "type":
            raise Malformed("/event/differs/type", "an account cannot make another kind of fact: record that as a fact")
        if _has_float(value):
            raise Malformed(f"/event/differs/{name}", "write figures as text or as whole numbers")
        if name == "occurred":
            _check_date("/event/differs/occurred", value)
    for index, source in enumerate(submission.sources):
        if source.kind == "quote" and source.speaker is None:
            raise Malformed(f"/sources/{index}/speaker", "a direct quote has its speaker: name it here")


def _check_texts(submission: Submission) -> None:
    if says_nothing_somewhere(_encode(submission)):
        for pointer in _silent(msgspec.to_builtins(submission), ""):
            raise Malformed(pointer, "write something that can be seen: it has only spaces or what is shown as nothing")


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


def _check_date(pointer: str, value: Any) -> None:
    if not isinstance(value, str):
        raise Malformed(pointer, "write the date as text: an EDTF date such as 2022-01-10")
    try:
        parse(value)
    except DateError as error:
        raise Malformed(pointer, str(error)) from error


def _check_sources(sources: tuple[Source, ...]) -> None:
    if not sources:
        raise Malformed("/sources", "say where it comes from: at least one source with its publisher, kind and date")


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


def decide(
    submission: Submission, here: Stream, index: Index, directory: Directory, clock: Instant
) -> tuple[Named, ...] | None:
    """Raise the Refusal that keeps this submission out of the record; return if it may be recorded.

    ``index`` is the unit of the stream, with everything recorded so far. ``clock``: microseconds since 1970, UTC.
    Returns the names that a fact introduces, None for a record event.
    """
    if here.unit == PARTIES and not here.part:
        raise refusals.StreamNameTaken("/event")
    event = submission.event
    match event:
        case EventCorrected():
            before = _decide_correction(event, here, index)
            _decide_dates(submission, clock)
            _decide_fact(event.replacement, "/event/replacement", index, directory, before)
        case EventRetracted():
            _decide_retraction(event, here, index)
        case AccountAdded():
            _decide_dates(submission, clock)
            _decide_account(event, here, index, directory, clock)
        case Fact():
            _belongs(event, here)
            _opened(event, here, index)
            _decide_dates(submission, clock)
            named = list(introductions(event, here))
            _not_introduced(named, "/event", index)
            _decide_fact(event, "/event", index, directory)
            return tuple([one.name for one in named])
        case _:
            assert_never(event)
    return None


def _decide_dates(submission: Submission, clock: Instant) -> None:
    if submission.occurred is not None:
        _has_happened("/occurred", submission.occurred, clock)
    for index, source in enumerate(submission.sources):
        for name, date in (("published", source.published), ("retrieved", source.retrieved)):
            if date is not None:
                _not_ahead(f"/sources/{index}/{name}", date, interval_of_date(date), clock)


def _has_happened(pointer: str, occurred: str, clock: Instant) -> None:
    """A fact has begun, and what it lasted for is over."""
    when = parse(occurred)
    _not_ahead(pointer, occurred, when.start, clock)
    if when.last.begins_after(clock):
        known = f"../{instant_text(clock)[:10]}" if when.already else f"{occurred.partition('/')[0]}/.."
        raise refusals.LastsBeyondTheClock(pointer, lasting=occurred, clock=instant_text(clock), known=known)


def _not_ahead(pointer: str, date: str, start: Interval, clock: Instant) -> None:
    if start.begins_after(clock):
        raise refusals.StartsAfterTheClock(pointer, date=date, clock=instant_text(clock))


def _decide_fact(
    event: AnyFact, pointer: str, index: Index, directory: Directory, before: AnyFact | None = None
) -> None:
    """``before`` is the content it is to replace: a name used there already may have been withdrawn since."""
    used = {ground.name for ground in grounds(before)} if before is not None else set()
    for ground in grounds(event):
        if ground.name not in used and not _is_known(ground, index):
            raise refusals.UnknownReference(pointer + ground.pointer, ref=str(ground.name))
    if isinstance(event, NegotiationOpened):
        named = [("/parent", event.parent)] if event.parent else []
        named += [(f"/related/{index}", name) for index, name in enumerate(event.related)]
        for where, name in named:
            if not directory.knows_negotiation(name):
                raise refusals.UnknownReference(pointer + where, ref=f"negotiation {name}")
    if isinstance(event, Answer):
        _not_to_own_demand(event, pointer, index)


def _is_known(ground: Ground, index: Index) -> bool:
    if ground.pointer.startswith("/after"):  # a fact that was withdrawn came before it all the same
        found = index.chains.events.get(ground.name.id)
        return found is not None and isinstance(found.event, Fact)
    return index.knows(ground.name)


def _not_to_own_demand(event: Answer, pointer: str, index: Index) -> None:
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
            raise refusals.AnswerToOwnDemand(f"{pointer}/by/{number}/party", party=str(actor.party), demand=event.on.id)


def _not_introduced(named: Iterable[Introduction], pointer: str, index: Index) -> None:
    for introduction in named:
        if introduction.once and (before := index.introducers(introduction.name)):
            raise refusals.AlreadyIntroduced(
                pointer + introduction.pointer, ref=str(introduction.name), event=before[0]
            )


def _belongs(event: AnyFact, here: Stream) -> None:
    """Where a fact lives: parties' identity with the party, a round's course in the round."""
    remedy, pointer = _home(event, here)
    if remedy:
        raise refusals.BelongsElsewhere(pointer, type=type(event).__name__, stream=here.name, remedy=remedy)


def _home(event: AnyFact, here: Stream) -> tuple[str, str]:  # noqa: PLR0911 - one rule a line
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
        case Talks() | Delegation() | RoundConcluded() | RoundCancelled() if not here.is_round:
            return "the stream of its round", "/event/type"
        case NegotiationOpened() | NegotiationConcluded() if here.is_round:
            return f"the negotiation's own stream, {here.unit}", "/event/type"
        case Proceedings() if (
            not here.is_round and event.scope != "negotiation" and not isinstance(event, NegotiationConcluded)
        ):
            return 'the stream of its round, or say `"scope": "negotiation"`', "/event/scope"
        case Participation() if not here.is_round and event.scope == "round":
            return "the stream of its round", "/event/scope"
        case _:
            return "", ""


def _opened(event: AnyFact, here: Stream, index: Index) -> None:
    if here.is_party or isinstance(event, NegotiationOpened):
        return
    if not index.knows(Named("negotiation", here.unit)):
        raise refusals.NotOpenedYet("", stream=here.unit, remedy="its NegotiationOpened")
    if here.is_round and not isinstance(event, Schedule) and not index.knows(Named("round", here.part)):
        raise refusals.NotOpenedYet("", stream=here.name, remedy="its RoundScheduled")


def _target(target: str, here: Stream, index: Index) -> Entry:
    found = index.chains.events.get(target)
    if found is None:
        raise refusals.UnknownReference("/event/target", ref=f"event {target}")
    if found.stream != here.name:
        raise refusals.TargetElsewhere("/event/target", target=target, stream=found.stream)
    return found


def _decide_correction(event: EventCorrected, here: Stream, index: Index) -> AnyFact:
    """Give the content that is to be replaced."""
    found = _target(event.target, here, index)
    root = index.chains.root(event.target)
    if root is None or not isinstance(found.event, Fact | EventCorrected):
        raise refusals.TargetUnfit(
            "/event/target",
            target=event.target,
            type=type(found.event).__name__,
            act="a correction",
            remedy="Correct the fact; retract an account or a retraction and record another.",
        )
    head = index.chains.head(root)
    if event.target != head:
        raise refusals.NotTheHead("/event/target", target=event.target, head=head)
    before = index.content(root)
    _same_identity(before, event.replacement, "/event/replacement", here)
    return before


def _same_identity(original: AnyFact, now: AnyFact, pointer: str, here: Stream) -> None:
    was_named = [str(one.name) for one in introductions(original, here) if one.once]
    now_named = [str(one.name) for one in introductions(now, here) if one.once]
    was, is_now = type(original).__name__, type(now).__name__
    if was != is_now or was_named != now_named or _home(now, here)[0]:
        raise refusals.CorrectionChangesIdentity(
            pointer, was=" ".join([was, *was_named]), now=" ".join([is_now, *now_named])
        )


def _decide_retraction(event: EventRetracted, here: Stream, index: Index) -> None:
    found = _target(event.target, here, index)
    body = found.event
    if isinstance(body, EventCorrected):
        raise refusals.TargetUnfit(
            "/event/target",
            target=event.target,
            type="EventCorrected",
            act="a retraction",
            remedy=f"Correct the fact again, or retract the fact itself: {index.chains.root(event.target)}.",
        )
    fact = index.chains.events.get(body.target) if isinstance(body, EventRetracted) else None
    if fact is not None and isinstance(fact.event, EventRetracted):
        raise refusals.RestorationIsFinal("/event/target", target=event.target, fact=fact.event.target)
    withdrawn = index.chains.retraction(event.target)
    if withdrawn is not None:
        raise refusals.AlreadyRetracted("/event/target", target=event.target, event=withdrawn.id)
    if fact is not None and isinstance(fact.event, Fact):
        named = introductions(index.content(fact.id), here)
        _not_introduced((name._replace(pointer="") for name in named), "/event/target", index)


def _decide_account(event: AccountAdded, here: Stream, index: Index, directory: Directory, clock: Instant) -> None:
    found = _target(event.target, here, index)
    if not isinstance(found.event, Fact):
        raise refusals.TargetUnfit(
            "/event/target",
            target=event.target,
            type=type(found.event).__name__,
            act="an account",
            remedy=f"Name the fact itself: {index.chains.root(event.target)}.",
        )
    if event.stance != "differs":
        return
    content = index.content(event.target)
    try:
        variant = differing_event(content, event.differs)
    except msgspec.ValidationError as error:
        raise refusals.AccountDoesNotFit("/event/differs", reason=str(error)) from error
    _same_identity(content, variant, "/event/differs", here)
    _decide_fact(variant, "/event/differs", index, directory, content)
    if (occurred := event.differs.get("occurred")) is not None:
        _has_happened("/event/differs/occurred", occurred, clock)
