"""Findings: what is on record and does not add up in the world. Admitted, because sources say such things, and shown.

A finding is about one fact. Each class is one rule; its docstring is its message. What a rule looks at besides its
fact stands in `reach` too, so that the fact is looked at again when that changes.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final, TypeAlias

from negotiation.envelope import AnyFact
from negotiation.events.agreements import Consent, Outcome, Vote
from negotiation.events.fact import Fact
from negotiation.events.parties import PartyIdentified, PartyReclassified
from negotiation.events.positions import Answer
from negotiation.events.procedure import Deadline, Schedule, Talks
from negotiation.findings.ballots import ballots
from negotiation.findings.blocs import answer_departs_from_bloc, groups_bind_member_differently
from negotiation.findings.codes import code_held_by_two
from negotiation.findings.course import course
from negotiation.findings.lifetimes import act_outside_lifetime
from negotiation.findings.types import (
    RELATED_KEPT,
    ActByAbsentParty,
    AgreementDisputed,
    AnswerBeforeDemand,
    DeadlinePassed,
    Finding,
    OutcomeWithoutTalks,
    ReportedBeforeItHappened,
    RestsOnWithdrawnFact,
    TalksAfterBreakOff,
    TalksAfterConclusion,
    VoteContradictsCounts,
    VoteRecordedTwice,
)
from negotiation.state import register_keys
from negotiation.state.facts import Known
from negotiation.state.families import FACT_TYPES, of_families
from negotiation.state.history import GONE, History
from negotiation.state.register_keys import Key
from negotiation.state.registers import Assertion, current, only_value
from negotiation.state.sets import parts
from negotiation.state.uses import due_by
from negotiation.streams import stream

Rule: TypeAlias = Callable[[Known, Any, History], Sequence[Finding]]


def findings(known: Known, history: History) -> tuple[Finding, ...]:
    """Every finding about one fact, at the history's reading."""
    found: tuple[Finding, ...] = ()
    event = known.event
    for rule in _RULES[type(event)]:
        more = rule(known, event, history)
        if more:
            found = (*found, *more)
    return tuple(dict.fromkeys(found)) if found else ()


def talks_after_conclusion(known: Known, _: Talks, history: History) -> Sequence[TalksAfterConclusion]:
    """Concluded before the talks, and not resumed in between."""
    here = stream(known.stream).part
    noted = course(history, register_keys.proceedings(here))
    if noted is None:
        return ()
    standing = [one.id for one in noted.concluded if noted.ended_by(one, known)]
    if not standing:
        return ()
    related = tuple(sorted(standing)[:RELATED_KEPT])
    return (TalksAfterConclusion(event=known.id, stream=known.stream, related=related, round=here),)


def talks_after_break_off(known: Known, _: Talks, history: History) -> Sequence[TalksAfterBreakOff]:
    """Broken off before the talks, in the round or in the whole negotiation, and not resumed in between in either."""
    broken_off = broken_off_before(known, history)
    if not broken_off:
        return ()
    here = stream(known.stream).part
    return (TalksAfterBreakOff(event=known.id, stream=known.stream, related=broken_off, round=here),)


def broken_off_before(talks: Known, history: History) -> tuple[str, ...]:
    """The facts by which talks were last broken off before these talks, unless they can have been resumed since."""
    start = talks.start
    scopes = dict.fromkeys((stream(talks.stream).part, ""))
    courses = [one for scope in scopes if (one := course(history, register_keys.proceedings(scope))) is not None]
    last = [broken_off for one in courses for broken_off in one.broken_off_before(start).items()]
    found = [fact for fact, date in last if not any(one.resumed_between(date, start) for one in courses)]
    return tuple(sorted(set(found)))


def outcome_without_talks(known: Known, event: Outcome, history: History) -> Sequence[OutcomeWithoutTalks]:
    """No talks in the round at all; an exchange in writing needs none."""
    of = event.of
    here = stream(known.stream).part
    round_ = of.id if of is not None and of.kind == "round" else here if of is None else ""
    if not round_ or round_ != here or history.has_facts(known.stream, Talks.__name__):
        return ()
    schedule = only_value(history.standing(register_keys.schedule(here)))
    if schedule is not None and isinstance(schedule.known.event, Schedule) and schedule.known.event.format == "written":
        return ()
    return (OutcomeWithoutTalks(event=known.id, stream=known.stream, round=here),)


def answer_before_demand(known: Known, event: Answer, history: History) -> Sequence[AnswerBeforeDemand]:
    """Every answer is given to something that is already on the table."""
    on = event.on.named
    tabled = history.introducers(on)
    if not answered_before(known, tabled):
        return ()
    related = tuple([one.id for one in tabled[:RELATED_KEPT]])
    return (AnswerBeforeDemand(event=known.id, stream=known.stream, related=related, on=str(on)),)


def answered_before(answer: Known, tabled: Sequence[Known]) -> bool:
    """Whether an answer was given before any of these facts that tabled what it is on; what stood already did not."""
    for one in tabled:
        if not answer.start.before(one.start):
            return False
    return bool(tabled)


_SITTINGS: Final = of_families(Talks)


def act_by_absent_party(known: Known, event: AnyFact, history: History) -> Sequence[ActByAbsentParty]:
    """Who acts in a session was in a room of it, by every account, and had not left the round before."""
    session = event.session
    if session is None or not (here := stream(known.stream).part):
        return ()
    sitting = type(event) in _SITTINGS
    if sitting and isinstance(event, Talks):
        acting = dict.fromkeys(event.attend())
    else:
        acting = dict.fromkeys([actor.party for actor in event.by if actor.party])
    found = []
    for party in acting:
        related = () if sitting else _sittings_without(party, register_keys.session(here, session), history)
        related = related or _departure(register_keys.participation(here, party), known, history)
        if related:
            found.append(
                ActByAbsentParty(event=known.id, stream=known.stream, related=related, party=party, session=session)
            )
    return found


def _sittings_without(party: str, key: Key, history: History) -> tuple[str, ...]:
    standing = history.standing(key)
    for one in standing:
        event = one.known.event
        if isinstance(event, Talks) and not _sat_without(party, event):
            return ()
    return tuple(sorted({one.known.id for one in standing})[:RELATED_KEPT])


def _sat_without(party: str, event: Talks) -> bool:
    """Whether a party was not there. To tell persons who were present does not say that nobody else was."""
    if party in event.absent:
        return True
    if not event.rooms and not event.meetings:
        return False
    return party not in event.attend() and party not in event.go_between()


def _departure(key: Key, known: Known, history: History) -> tuple[str, ...]:
    """The facts by which a party had left before, in every role, by all that is said last of it; it is noted."""
    every = history.assertions(key)
    if not every:
        return ()
    if len(every) == 1:
        (only,) = every.values()
        return (only.known.id,) if _left(only) and _holds(only, known) else ()
    noted = history.noted(key)
    begins = (known.start.earliest, known.start.days)
    found: tuple[str, ...] | None = noted.get(begins)
    if found is None:
        roles = parts(key, [one for one in every.values() if _holds(one, known)])
        last = [current(role.every) for role in roles]
        gone = last and all(one and all(map(_left, one)) for one in last)
        facts = sorted({one.known.id for role in last for one in role})
        found = noted[begins] = tuple(facts[:RELATED_KEPT]) if gone else ()
    return found


def _holds(one: Assertion, act: Known) -> bool:
    """Whether what is said was so before an act, and was not over before it."""
    before = one.known
    return before.stands.before(act.start) and (before.until is None or not before.until.before(act.start))


def _left(one: Assertion) -> bool:
    return type(one.known.event) in GONE


_NEEDED: Final = {"two-thirds": Fraction(2, 3), "three-quarters": Fraction(3, 4)}


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


def vote_contradicts_counts(known: Known, event: Vote, _: History) -> Sequence[VoteContradictsCounts]:
    """The reported result is what the counts say under the rule."""
    adopted = _adopted(event)
    if adopted is None or adopted == (event.result == "adopted"):
        return ()
    rule = event.rule or "of any majority"
    return (VoteContradictsCounts(event=known.id, stream=known.stream, result=event.result, rule=rule),)


def vote_recorded_twice(known: Known, event: Vote, history: History) -> Sequence[VoteRecordedTwice]:
    """Votes on one thing by one electorate differ in motion, day, result or counts, or say which came after which."""
    if history.count("vote", register_keys.about(event.on.kind, event.on.id)) < 2:
        return ()
    same = ballots(history, register_keys.vote(event.on, event.electorate, known.id)).same_as(known)
    if not same:
        return ()
    on = str(event.on)
    return (VoteRecordedTwice(event=known.id, stream=known.stream, related=tuple(same), on=on, result=event.result),)


def deadline_passed(known: Known, event: Deadline, history: History) -> Sequence[DeadlinePassed]:
    """The date has passed for the record (something is dated after it), and it was neither moved, lifted nor met."""
    due = due_by(event)
    if (
        event.due is None
        or due is None
        or not history.passed(due)
        or history.uses.met.get(register_keys.about("deadline", event.deadline))
        or all(one.known.id != known.id for one in history.standing(register_keys.deadline(event.deadline)))
    ):
        return ()
    return (DeadlinePassed(event=known.id, stream=known.stream, deadline=event.deadline, due=event.due),)


def rests_on_withdrawn_fact(known: Known, _: AnyFact, history: History) -> Sequence[RestsOnWithdrawnFact]:
    """Every name that it uses is introduced by a fact that stands."""
    missing = history.unsupported(known)
    if not missing:
        return ()
    return [RestsOnWithdrawnFact(event=known.id, stream=known.stream, ground=str(name)) for name in missing]


def reported_before_it_happened(known: Known, _: AnyFact, __: History) -> Sequence[ReportedBeforeItHappened]:
    """A reported fact has begun by the end of the day it was first reported; what was already so, long before."""
    start = known.when.start
    if not known.reported_on.before(start) or not known.reported.before(start):
        return ()
    return (ReportedBeforeItHappened(event=known.id, stream=known.stream, occurred=known.occurred),)


def agreement_disputed(known: Known, event: Consent, history: History) -> Sequence[AgreementDisputed]:
    """Parties agree only where their consents name the same version; of other parties' consents the first are told."""
    about = register_keys.about("document", event.document)
    if history.consents.versions(about) < 2:
        return ()
    return list(_disputes(known, event, about, history))


def _disputes(known: Known, event: Consent, about: str, history: History) -> Iterator[AgreementDisputed]:
    for party in dict.fromkeys(event.parties):
        if all(one.known.id != known.id for one in history.standing(register_keys.consent(event.document, party))):
            continue
        others = history.consents.disputing(about, event.version, party)
        if others:
            yield AgreementDisputed(
                event=known.id,
                stream=known.stream,
                related=tuple(others),
                party=party,
                document=event.document,
                version=event.version,
            )


RULES: Final[tuple[tuple[type[Fact], Rule], ...]] = (
    (Talks, talks_after_conclusion),
    (Talks, talks_after_break_off),
    (Outcome, outcome_without_talks),
    (Answer, answer_before_demand),
    (Answer, answer_departs_from_bloc),
    (Answer, groups_bind_member_differently),
    (Fact, act_by_absent_party),
    (Fact, act_outside_lifetime),
    (PartyIdentified, code_held_by_two),
    (PartyReclassified, code_held_by_two),
    (Vote, vote_contradicts_counts),
    (Vote, vote_recorded_twice),
    (Deadline, deadline_passed),
    (Fact, rests_on_withdrawn_fact),
    (Fact, reported_before_it_happened),
    (Consent, agreement_disputed),
)
"""Each rule with the family of the facts that it is about: no other is handed to it."""

_RULES: Final[dict[type[AnyFact], tuple[Rule, ...]]] = {
    type_: tuple(rule for about, rule in RULES if issubclass(type_, about)) for type_ in FACT_TYPES
}
