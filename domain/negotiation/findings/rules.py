"""Findings: what is on record and does not add up in the world. Admitted, because sources say such things, and shown.

A finding is about one fact. Each class is one rule; its docstring is its message. A rule tells what it looks at, so
that the fact is looked at again when that changes.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cache

from negotiation.dates import BEGINNING, parse
from negotiation.envelope import AnyFact
from negotiation.events.agreements import Consent, Outcome, Vote
from negotiation.events.fact import Fact
from negotiation.events.parties import (
    PartyExpelled,
    PartyLeft,
    PartySuspended,
    PartyWalkedOut,
)
from negotiation.events.positions import Answer
from negotiation.events.procedure import Deadline, RoundConcluded, Schedule, Talks, TalksResumed
from negotiation.findings.types import (
    ActByAbsentParty,
    AgreementDisputed,
    AnswerBeforeDemand,
    DeadlinePassed,
    Finding,
    OutcomeWithoutTalks,
    ReportedBeforeItHappened,
    RestsOnWithdrawnFact,
    TalksAfterConclusion,
    VoteContradictsCounts,
)
from negotiation.state.facts import Known
from negotiation.state.history import History, Watch
from negotiation.state.registers import current, only_value
from negotiation.streams import stream

Rule = Callable[[Known, History], Iterable[Finding]]


def findings(known: Known, history: History) -> tuple[Finding, ...]:
    """Every finding about one fact, at the history's reading."""
    found = [finding for rule in _rules_for(type(known.event)) for finding in rule(known, history)]
    return tuple(dict.fromkeys(found)) if found else ()


@cache
def _rules_for(type_: type[AnyFact]) -> tuple[Rule, ...]:
    return tuple(rule for about, rule in RULES if issubclass(type_, about))


def watches(known: Known) -> tuple[Watch, ...]:
    """What the rules look at for this fact besides itself."""
    event = known.event
    here = stream(known.stream).part
    found: list[Watch] = [("exists", *name) for name in known.uses]
    found += [("exists", "event", event_id, "", "") for event_id in event.after]
    match event:
        case Talks():
            found.append(("changed", "proceedings", here))
            found += [("changed", "participation", here, party) for room in event.rooms for party in room]
        case Outcome():
            found += [("listed", known.stream, Talks.__name__), ("changed", "schedule", here)]
        case Answer() if event.on.kind == "demand":
            found.append(("changed", "demand", "", event.on.id))
        case Answer():
            found.append(("changed", "document", event.on.id))
        case Deadline():
            found += [("horizon",), ("changed", "deadline", "", event.deadline)]
            found.append(("changed", "performance", f"deadline/{event.deadline}"))
        case Consent():
            found.append(("changed", "consent", f"document/{event.document}"))
        case _:
            pass
    if event.session is not None and here:
        found.append(("changed", "session", here, event.session))
        found += [("changed", "participation", here, actor.party) for actor in event.by if actor.party]
    return tuple(dict.fromkeys(found))


def talks_after_conclusion(known: Known, history: History) -> Iterator[TalksAfterConclusion]:
    """Concluded before the talks, and not resumed in between."""
    if not isinstance(known.event, Talks):
        return
    here = stream(known.stream).part
    proceedings = history.assertions(("proceedings", here)).values()
    concluded = [one.known for one in proceedings if isinstance(one.known.event, RoundConcluded)]
    resumed = [one.known for one in proceedings if isinstance(one.known.event, TalksResumed)]
    standing = [
        one
        for one in concluded
        if one.stands.before(known.start)
        and not any(not other.stands.before(one.stands) and other.stands.begins < known.start.ends for other in resumed)
    ]
    if standing:
        related = tuple(sorted(one.id for one in standing))
        yield TalksAfterConclusion(event=known.id, stream=known.stream, related=related, round=here)


def outcome_without_talks(known: Known, history: History) -> Iterator[OutcomeWithoutTalks]:
    """No talks in the round at all; an exchange in writing needs none."""
    if not isinstance(known.event, Outcome):
        return
    of = known.event.of
    here = stream(known.stream).part
    round_ = of.id if of is not None and of.kind == "round" else here if of is None else ""
    if not round_ or round_ != here or history.has_facts(known.stream, Talks.__name__):
        return
    schedule = only_value(history.assertions(("schedule", here)))
    if schedule is not None and isinstance(schedule.known.event, Schedule) and schedule.known.event.format == "written":
        return
    yield OutcomeWithoutTalks(event=known.id, stream=known.stream, round=here)


def earliest_existence(known: Known) -> int:
    """Since when it can have been there: what stands already (`../b`) has no beginning."""
    return BEGINNING if known.occurred.startswith("../") else known.start.begins


def answer_before_demand(known: Known, history: History) -> Iterator[AnswerBeforeDemand]:
    """Every answer is given to something that is already on the table."""
    if not isinstance(known.event, Answer):
        return
    tabled = history.introducers(known.event.on.named)
    if tabled and all(known.start.ends <= earliest_existence(one) for one in tabled):
        related = tuple(one.id for one in tabled)
        yield AnswerBeforeDemand(event=known.id, stream=known.stream, related=related, on=str(known.event.on))


_GONE = (PartySuspended, PartyExpelled, PartyWalkedOut, PartyLeft)


def act_by_absent_party(known: Known, history: History) -> Iterable[ActByAbsentParty]:
    """Who acts in a session was in a room of it, by every account, and had not left the round before."""
    here = stream(known.stream).part
    return (
        ()
        if known.event.session is None or not here
        else _acts_by_absent_parties(known, known.event.session, here, history)
    )


def _acts_by_absent_parties(known: Known, session: str, here: str, history: History) -> Iterator[ActByAbsentParty]:
    event = known.event
    acting = dict.fromkeys(actor.party for actor in event.by if actor.party)
    if isinstance(event, Talks):
        acting = dict.fromkeys(party for room in event.rooms for party in room)
    for party in acting:
        related = () if isinstance(event, Talks) else _sittings_without(party, session, here, history)
        related = related or _departure(party, known, history)
        if related:
            yield ActByAbsentParty(event=known.id, stream=known.stream, related=related, party=party, session=session)


def _sittings_without(party: str, session: str, here: str, history: History) -> tuple[str, ...]:
    standing = [assertion.known for assertion in current(list(history.assertions(("session", here, session)).values()))]
    absent = [
        known.id
        for known in standing
        if isinstance(known.event, Talks)
        and (
            party in known.event.absent or (known.event.rooms and not any(party in room for room in known.event.rooms))
        )
    ]
    return tuple(sorted(set(absent))) if standing and len(absent) == len(standing) else ()


def _departure(party: str, known: Known, history: History) -> tuple[str, ...]:
    here = stream(known.stream).part
    before = [
        assertion
        for assertion in history.assertions(("participation", here, party)).values()
        if assertion.known.stands.before(known.start)
    ]
    last = [assertion.known for assertion in current(before)]
    if last and all(isinstance(one.event, _GONE) for one in last):
        return tuple(sorted({one.id for one in last}))
    return ()


_NEEDED = {"two-thirds": Fraction(2, 3), "three-quarters": Fraction(3, 4)}


def _adopted(event: Vote) -> bool | None:
    """What the counts say under the rule; None where they do not tell."""
    counts = event.counts
    if counts is None or event.result == "no-quorum":
        return None
    cast = counts.in_favour + counts.against
    match event.rule:
        case "simple-majority":
            return counts.in_favour > counts.against
        case "two-thirds" | "three-quarters":
            return cast > 0 and Fraction(counts.in_favour, cast) >= _NEEDED[event.rule]
        case "absolute-majority":
            return 2 * counts.in_favour > cast + counts.abstaining + counts.absent
        case "unanimity" | "consensus":
            return counts.against == 0
        case None:
            # Whatever the rule, nothing is adopted against everybody, nor rejected by nobody.
            return False if counts.in_favour == 0 and counts.against else None


def vote_contradicts_counts(known: Known, _: History) -> Iterator[VoteContradictsCounts]:
    """The reported result is what the counts say under the rule."""
    if not isinstance(known.event, Vote):
        return
    adopted = _adopted(known.event)
    if adopted is not None and adopted != (known.event.result == "adopted"):
        yield VoteContradictsCounts(
            event=known.id, stream=known.stream, result=known.event.result, rule=known.event.rule or "of any majority"
        )


def deadline_passed(known: Known, history: History) -> Iterator[DeadlinePassed]:
    """The date has passed for the record (something is dated after it), and it was neither moved, lifted nor met."""
    event = known.event
    if not isinstance(event, Deadline) or event.due is None:
        return
    key = ("deadline", "", event.deadline)
    standing = {assertion.known.id for assertion in current(list(history.assertions(key).values()))}
    due = parse(event.due)
    ends = (due.until or due.start).ends
    if known.id not in standing or history.horizon < ends or _met("deadline", event.deadline, history):
        return
    yield DeadlinePassed(event=known.id, stream=known.stream, deadline=event.deadline, due=event.due)


def _met(kind: str, name: str, history: History) -> bool:
    keys = history.keys("performance", f"{kind}/{name}")
    return any(
        getattr(assertion.known.event, "finding", None) == "met"
        for key in keys
        for assertion in current(list(history.assertions(key).values()))
    )


def rests_on_withdrawn_fact(known: Known, history: History) -> list[RestsOnWithdrawnFact]:
    """Every name that it uses is introduced by a fact that stands."""
    return [
        RestsOnWithdrawnFact(event=known.id, stream=known.stream, ground=str(name))
        for name in history.unsupported(known)
    ]


def reported_before_it_happened(known: Known, _: History) -> tuple[ReportedBeforeItHappened, ...]:
    """A reported fact has begun by the end of the day it was first reported."""
    if known.when.start.begins < known.reported_on.ends:
        return ()
    return (ReportedBeforeItHappened(event=known.id, stream=known.stream, occurred=known.occurred),)


def agreement_disputed(known: Known, history: History) -> Iterator[AgreementDisputed]:
    """Parties agree only where their consents name the same version."""
    event = known.event
    if not isinstance(event, Consent):
        return
    for party in dict.fromkeys(event.parties):
        others = sorted(
            {
                assertion.known.id
                for key in history.keys("consent", f"document/{event.document}")
                if key[2] != party
                for assertion in current(list(history.assertions(key).values()))
                if isinstance(assertion.known.event, Consent) and assertion.known.event.version != event.version
            }
        )
        mine = current(list(history.assertions(("consent", f"document/{event.document}", party)).values()))
        if others and any(assertion.known.id == known.id for assertion in mine):
            yield AgreementDisputed(
                event=known.id,
                stream=known.stream,
                related=tuple(others),
                party=party,
                document=event.document,
                version=event.version,
            )


RULES: tuple[tuple[type[Fact], Rule], ...] = (
    (Talks, talks_after_conclusion),
    (Outcome, outcome_without_talks),
    (Answer, answer_before_demand),
    (Fact, act_by_absent_party),
    (Vote, vote_contradicts_counts),
    (Deadline, deadline_passed),
    (Fact, rests_on_withdrawn_fact),
    (Fact, reported_before_it_happened),
    (Consent, agreement_disputed),
)
"""Each rule with the family of the facts that it is about."""
