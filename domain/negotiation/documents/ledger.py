"""The demand ledger: each demand, by whom, to whom, since when, and what each party answered.

A party's own answer stands beside its bloc's, and neither overwrites the other. Without one of its own it inherits
the answers given ``for-members`` by groups to which it belonged both when they were given and at the reading's date.
*Silent* is a sourced act (``none``), *unknown* is no visible evidence, *not put* a demand never addressed to it.
A demand that a group makes for its members is theirs, too: nobody puts it to them.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from msgspec import Raw, Struct

from negotiation.dates import Interval
from negotiation.documents.demand_life import IN_A_LIFE, addressed, demands_named, life
from negotiation.documents.party import members_of
from negotiation.documents.views import SHOWN, cut, encode, joined, show_findings, show_register
from negotiation.envelope import AnyEvent
from negotiation.events.catalogue import EventCorrected
from negotiation.events.fact import Event
from negotiation.events.positions import Answer, Demand
from negotiation.references import Condition, Named
from negotiation.state import register_keys
from negotiation.state.blocs import answered_for_members, was_member
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.families import of_families
from negotiation.state.history import Changes
from negotiation.state.register_keys import (
    Key,
    Kind,
    about,
    about_of,
    kind_of,
    name_of,
    named_in,
    party_of,
    provision_and_party,
)
from negotiation.state.registers import only_value
from negotiation.streams import stream
from negotiation.texts import as_counted

_DEMANDS: Final[frozenset[type[Event]]] = frozenset(of_families(Demand))
_SHOWN_WITH_A_DEMAND: Final[frozenset[Kind]] = frozenset({"answer", "performance"})


class AnswerRow(Struct, frozen=True, kw_only=True, gc=False):
    """One party's answer to a demand or to a part of it, as JSON; ``through``: the group it is inherited from."""

    provision: str
    party: str
    through: str
    document: bytes


class LedgerRow(Struct, frozen=True, kw_only=True):
    """A demand in the ledger: its own JSON, whose it is, to whom it was put (groups and their members), the answers."""

    demand: str
    document: bytes
    life: bytes
    owners: tuple[str, ...]
    put_to: tuple[str, ...]
    answers: tuple[AnswerRow, ...]


class GroupAnswer(Struct, frozen=True, kw_only=True, gc=False):
    """An answer a group gave for its members: to which part of the demand, and when (microseconds, UTC)."""

    group: str
    provision: str
    stands: Interval


class Inherited(Struct, frozen=True, kw_only=True, gc=False):
    """A party that stands by its group's answer: which party, to which part of the demand, through which group."""

    party: str
    provision: str
    group: str


def demand_slugs(dossier: Dossier) -> list[str]:
    """Every demand that was tabled or that somebody answered, by name."""
    history = dossier.history
    tabled = set(map(name_of, history.keys("demand")))
    answered = {named_in(answered, "demand") for answered in history.abouts("answer")}
    return sorted(tabled | (answered - {""}), key=as_counted)


def demand_exists(dossier: Dossier, demand: str) -> bool:
    """Whether anything of the demand stands at the dossier's reading."""
    history = dossier.history
    return bool(history.keys("answer", about("demand", demand)) or history.assertions(register_keys.demand(demand)))


def demand_document(dossier: Dossier, demand: str) -> bytes:
    """The demand without its answers, as JSON: who made it to whom, where it was tabled, in whose words."""
    history = dossier.history
    key = register_keys.demand(demand)
    standing = [one.known for one in history.standing(key)]
    tabled = sorted(known.stream for known in standing)
    facts = sorted({known.id for known in standing})
    found = [finding for fact in facts for finding in dossier.findings.get(fact, ())]
    document: dict[str, Any] = {"demand": demand}
    if history.any_may_change("answer", about("demand", demand)) or history.may_change(key):
        document["may_have_changed"] = True
    return encode(
        {
            **document,
            "supported": bool(standing),
            "withdrawn": _withdrawn(dossier, demand),
            "by": sorted(
                {actor.party for known in standing for actor in known.event.by if actor.party}, key=as_counted
            ),
            "to": sorted(addressed(history, demand), key=as_counted),
            **cut("tabled_in", list(dict.fromkeys(tabled))),
            "text": show_register(dossier, key),
            "course": show_register(dossier, register_keys.demand_course(demand)),
            "conditions": [_condition(dossier, one) for known in standing for one in known.event.conditions],
            **cut("revised_by", sorted(_revisions(dossier, demand), key=as_counted)),
            "findings": show_findings(dossier, found),
        }
    )


def _revisions(dossier: Dossier, demand: str) -> Iterator[str]:
    for fact in dossier.history.watching(Named("demand", demand)):
        for known in dossier.history.known.get(fact, ())[:1]:
            if type(known.event) in _DEMANDS and isinstance(known.event, Demand) and known.event.revises == demand:
                yield known.event.demand


def _withdrawn(dossier: Dossier, demand: str) -> bool:
    """Whether those who made the demand are on record as having withdrawn it, uncontested."""
    history = dossier.history
    owners = {actor.party for known in history.introducers(Named("demand", demand)) for actor in known.event.by}
    withdrawn = []
    for owner in owners - {None}:
        answer = only_value(history.standing(register_keys.answer_to_demand(demand, "", owner or "")))
        withdrawn.append(
            answer is not None and isinstance(answer.known.event, Answer) and answer.known.event.answer == "withdraw"
        )
    return bool(withdrawn) and all(withdrawn)


def answer_keys(dossier: Dossier, demand: str) -> Sequence[Key]:
    """The registers of all answers to a demand or to parts of it, by part and party."""
    return dossier.history.keys_in_order("answer", about("demand", demand))


def answer_document(dossier: Dossier, key: Key) -> bytes:
    """What one party itself answered, as JSON: the register, the rounds, the conditions with their assessments."""
    history = dossier.history
    provision, party = provision_and_party(key)
    standing = [one.known for one in history.standing(key)]
    last = [one.known for one in history.last(key)]
    attached = {condition.condition: condition for known in last for condition in known.event.conditions}
    fields: dict[str, Any] = {"party": party or None, "basis": "own"}
    if provision:
        fields["provision"] = provision
    if any(actor.as_ == "for-members" for known in standing for actor in known.event.by if actor.party == party):
        fields["for_members"] = True
    rest: dict[str, Any] = {"rounds": sorted({stream(known.stream).part for known in standing} - {""}, key=as_counted)}
    if attached:
        rest["conditions"] = [_condition(dossier, condition) for condition in attached.values()]
    facts = sorted({known.id for known in standing}) if dossier.findings else ()
    rest["findings"] = show_findings(dossier, [finding for fact in facts for finding in dossier.findings.get(fact, ())])
    return joined(encode(fields), encode(history.register(key)), encode(rest))


def _answers(dossier: Dossier, keys: Sequence[Key]) -> Iterator[AnswerRow]:
    """What the parties themselves answered.

    Of many answers few change at a time: then how each reads is noted with its register, with what else it shows.
    """
    for key in keys:
        noted: dict[str, tuple[tuple[Any, ...], AnswerRow]] = {}
        others: tuple[Any, ...] = ()
        if len(keys) > FEW:
            noted, others = dossier.history.noted(key), _findings_and_assessments(dossier, key)
        before = noted.get("row")
        if before is None or before[0] != others:
            provision, party = provision_and_party(key)
            row = AnswerRow(provision=provision, party=party, through="", document=answer_document(dossier, key))
            before = noted["row"] = (others, row)
        yield before[1]


FEW: Final = 10
"""So many answers are made anew as fast as it takes to see whether any changed."""


def _findings_and_assessments(dossier: Dossier, key: Key) -> tuple[Any, ...]:
    """What an answer shows besides its register."""
    history = dossier.history
    standing = [one.known for one in history.standing(key)]
    last = [one.known for one in history.last(key)]
    conditions = {condition.condition for known in last for condition in known.event.conditions}
    assessed = [
        (one, history.register(one))
        for condition in sorted(conditions)
        for one in history.keys_in_order("performance", about("condition", condition))[:SHOWN]
    ]
    return ([dossier.findings.get(known.id, ()) for known in standing], assessed)


def _condition(dossier: Dossier, condition: Condition) -> dict[str, Any]:
    """A condition and who assessed it how; without an assessment it is open."""
    keys = dossier.history.keys_in_order("performance", about("condition", condition.condition))
    return {
        "condition": condition.condition,
        "text": condition.text,
        "assessments": [show_register(dossier, key) for key in keys[:SHOWN]],
        **({"assessments_total": len(keys)} if len(keys) > SHOWN else {}),
    }


def group_answers(dossier: Dossier, demand: str) -> list[GroupAnswer]:
    """The current answers to a demand that groups gave for their members."""
    found = []
    for key in answer_keys(dossier, demand):
        provision, group = provision_and_party(key)
        found += [
            GroupAnswer(group=group, provision=provision, stands=assertion.known.stands)
            for assertion in dossier.history.standing(key)
            if group in answered_for_members(assertion.known)
        ]
    return found


def inherited(answers: Sequence[GroupAnswer], parties: Dossier, own: set[tuple[str, str]]) -> list[Inherited]:
    """Who stands by a group's answer; ``own`` holds (part, party) of those that answered themselves."""
    members = {group: members_of(parties, group) for group in {answer.group for answer in answers}}
    then = {
        (group, stands): [party for party, asserted in members[group].items() if was_member(asserted, stands)]
        for group, stands in {(answer.group, answer.stands) for answer in answers}
    }
    found = {
        Inherited(party=party, provision=answer.provision, group=answer.group)
        for answer in answers
        for party in then[answer.group, answer.stands]
        if (answer.provision, party) not in own
    }
    return sorted(found, key=lambda one: (one.party, one.provision, one.group))


def ledger_row(dossier: Dossier, parties: Dossier, demand: str) -> LedgerRow:
    """A demand with every answer to it, own and inherited, as it stands at the dossiers' reading."""
    history = dossier.history
    standing = [one.known for one in history.standing(register_keys.demand(demand))]
    asked = addressed(history, demand)
    members = {party for group in asked for party in members_of(parties, group)}
    makers = {actor.party for known in standing for actor in known.event.by if actor.party}
    keys = answer_keys(dossier, demand)
    own = set(map(provision_and_party, keys))
    answers = list(_answers(dossier, keys))
    answers += [
        AnswerRow(
            provision=one.provision,
            party=one.party,
            through=one.group,
            document=_inherited_document(dossier, demand, one),
        )
        for one in inherited(group_answers(dossier, demand), parties, own)
    ]
    return LedgerRow(
        demand=demand,
        document=demand_document(dossier, demand),
        life=encode(life(dossier, demand)),
        owners=tuple(sorted(makers | {party for known in standing for party in _bound_by(known, parties)})),
        put_to=tuple(sorted(asked | members, key=as_counted)),
        answers=tuple(answers),
    )


def _bound_by(known: Known, parties: Dossier) -> Iterator[str]:
    """The members, then and now, of the groups that act for them in a fact."""
    for actor in known.event.by:
        if actor.as_ == "for-members" and actor.party:
            for party, asserted in members_of(parties, actor.party).items():
                if was_member(asserted, known.stands):
                    yield party


def _inherited_document(dossier: Dossier, demand: str, one: Inherited) -> bytes:
    fields: dict[str, Any] = {"party": one.party, "basis": "inherited", "through": one.group}
    if one.provision:
        fields["provision"] = one.provision
    key = register_keys.answer_to_demand(demand, one.provision, one.group)
    return joined(encode(fields), bytes(dossier.history.register(key).shown))


def touched_demands(dossier: Dossier, changes: Changes, groups: Collection[str]) -> set[str]:
    """The demands whose row may read differently after these changes, or after a change in these groups' members."""
    history = dossier.history
    touched = {name_of(key) for key in changes.keys if kind_of(key) in {"demand", "demand-course"}}
    abouts = {about_of(key) for key in changes.keys if kind_of(key) in _SHOWN_WITH_A_DEMAND}
    touched |= {named_in(one, "demand") for one in abouts} - {""}
    conditions = {named_in(one, "condition") for one in abouts} - {""}
    # What answers say is in `keys`; beyond that their findings are shown. What a demand revises is shown there.
    events = history.lives.events
    facts = {fact for fact in changes.found if isinstance(events[fact].event, Answer | Demand)}
    facts |= {fact for fact in changes.facts if type(events[fact].event) in IN_A_LIFE}
    for condition in conditions:
        facts |= {one.id for one in history.introducers(Named("condition", condition))}
    for fact in facts:
        if type(events[fact].event) in IN_A_LIFE:
            for event in _tellings(dossier, fact):
                touched.update(demands_named(event))
    if groups:
        touched |= {demand for demand in demand_slugs(dossier) if _concerns(dossier, demand, groups)}
    return touched


def _tellings(dossier: Dossier, fact: str) -> Iterator[AnyEvent]:
    """What was ever said of a fact: at first, in each correction, and by accounts that differ."""
    lives = dossier.history.lives
    at_first = lives.events[fact].event
    yield at_first
    for correction in lives.corrections(fact):
        if isinstance(correction.event, EventCorrected):
            yield correction.event.replacement
    for known in dossier.history.known.get(fact, ()):
        if known.event is not at_first:
            yield known.event


def _concerns(dossier: Dossier, demand: str, groups: Collection[str]) -> bool:
    """Whether one of these groups made a demand for its members, was asked, or answered it."""
    assertions = dossier.history.assertions(register_keys.demand(demand)).values()
    named = addressed(dossier.history, demand)
    named |= {actor.party or "" for one in assertions for actor in one.known.event.by if actor.as_ == "for-members"}
    return not named.isdisjoint(groups) or any(party_of(key) in groups for key in answer_keys(dossier, demand))


def ledger_entry(row: LedgerRow, taking_part: Collection[str], *, silent: bool = False, whole: bool = False) -> bytes:
    """The ledger's entry as JSON: the demand, its answers, how many did not answer or were not asked.

    ``silent``: with the names of these. ``whole``: with its life, as a page of its own has it.
    """
    answered = {answer.party for answer in row.answers}
    left = sorted((set(taking_part) | set(row.put_to)) - answered - set(row.owners), key=as_counted)
    put_to = set(row.put_to)
    rest = encode(
        {
            "owners": row.owners,
            "answers": [Raw(answer.document) for answer in sorted(row.answers, key=_in_row)],
            "unknown": _counted([party for party in left if party in put_to], named=silent),
            "not_put": _counted([party for party in left if party not in put_to], named=silent),
        }
        | ({"life": Raw(row.life)} if whole else {})
    )
    return joined(row.document, rest)


def _in_row(answer: AnswerRow) -> tuple[Any, ...]:
    """The parties' own answers first, by part; then those that they inherit, by party."""
    part, party = as_counted(answer.provision), as_counted(answer.party)
    return (True, party, part, answer.through) if answer.through else (False, part, party)


def _counted(parties: Sequence[str], *, named: bool) -> dict[str, Any]:
    return {"total": len(parties)} | ({"parties": parties} if named else {})
