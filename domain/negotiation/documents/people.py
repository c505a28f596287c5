"""Who speaks for whom, as what parties take part, who holds which office: flat rows at the dossier's reading.

A reading by a date tells who stood on that day; nothing here looks at another clock. Where sources do not agree on who
it is, each of them has a row, and the rows say ``contested``.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import Struct

from negotiation.dates import parse
from negotiation.events.fact import Fact
from negotiation.events.parties import OfficeTaken
from negotiation.references import Capacity
from negotiation.sources import Source
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.register_keys import Key, about_of, body_and_office, body_party_and_capacity, party_of
from negotiation.state.registers import Assertion, as_read, chronological
from negotiation.state.sets import ONE_AT_A_TIME, by_holder, parts, standing_in_parts, taken

Scope: TypeAlias = Literal["negotiation", "body", "round"]
Status: TypeAlias = Literal["invited", "admitted", "suspended", "expelled", "walked-out", "returned", "left"]

_CAPACITIES: Final[tuple[str, ...]] = get_args(Capacity)


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """What every row says of its dates and what it rests on.

    ``since``: the date of the first fact that says it without another in between, as written. ``until``: when it ends
    as far as the facts say; None: they do not. ``events`` and ``positions`` are those of the facts, in the same order.
    """

    since: str
    until: str | None
    contested: bool
    events: tuple[str, ...]
    positions: tuple[int, ...]
    sources: tuple[Source, ...]


class DelegateRow(Row, frozen=True, kw_only=True, gc=False):
    """A person who speaks for a party: in the whole negotiation, in a body of it, or in a round."""

    party: str
    scope: Scope
    round: str | None
    body: str | None
    person: str
    capacity: str


def delegations(dossier: Dossier, *, past: bool = False) -> list[DelegateRow]:
    """Who stands in the delegations: of the negotiation, of its bodies, of its rounds; by party, then by rank.

    ``past``: those, too, who gave way to others or whose period is over, by date: so the heads of a delegation are told
    one after the other, each until the next.
    """
    keys = sorted(dossier.history.keys_of_kind("delegation"), key=_by_place_and_rank)
    return [row for key in keys for row in _delegates(dossier, key, past=past)]


def _by_place_and_rank(key: Key) -> tuple[str, str, str, int]:
    body, party, capacity = body_party_and_capacity(key)
    return (about_of(key), body, party, _CAPACITIES.index(capacity))


def _delegates(dossier: Dossier, key: Key, *, past: bool) -> Iterator[DelegateRow]:
    round_ = about_of(key)
    body, party, capacity = body_party_and_capacity(key)
    for _, value, row in _valued(dossier, key, past=past):
        for person in value["persons"]:
            yield DelegateRow(
                party=party,
                scope="body" if body else "round" if round_ else "negotiation",
                round=round_ or None,
                body=body or None,
                person=person,
                capacity=capacity,
                **row,
            )


class RoleRow(Row, frozen=True, kw_only=True, gc=False):
    """A role of a party, in the whole negotiation or in a round, and what became of it last."""

    party: str
    scope: Scope
    round: str | None
    role: str
    status: Status


_STATUS: Final[dict[str, Status]] = {
    "PartyInvited": "invited",
    "PartyAdmitted": "admitted",
    "PartySuspended": "suspended",
    "PartyExpelled": "expelled",
    "PartyWalkedOut": "walked-out",
    "PartyReturned": "returned",
    "PartyLeft": "left",
}


_ARRIVALS: Final = frozenset({"PartyInvited", "PartyAdmitted"})
"""Without a role these are of a party to the talks, the others of every role, and of that one where none is known."""


def roles(dossier: Dossier, *, past: bool = False) -> list[RoleRow]:
    """As what parties take part: each role by itself, with its status; by party.

    ``past``: the statuses, too, that gave way to others or whose period is over.
    """
    rows = [
        RoleRow(
            party=party_of(key),
            scope="round" if about_of(key) else "negotiation",
            round=about_of(key) or None,
            role=value.get("role") or (role if value["type"] not in _ARRIVALS and role else "party"),
            status=_STATUS[value["type"]],
            **row,
        )
        for key in sorted(dossier.history.keys_of_kind("participation"))
        for role, value, row in _valued(dossier, key, past=past)
    ]
    return list(dict.fromkeys(rows))  # versions of one fact that differ in the role are told of both roles


class OfficeRow(Row, frozen=True, kw_only=True, gc=False):
    """Somebody in an office of a body: a person, a party, or a person of a party."""

    body: str
    office: str
    person: str | None
    party: str | None


def offices(dossier: Dossier, *, past: bool = False) -> list[OfficeRow]:
    """Who is in the offices of bodies; by body, then by office.

    ``past``: those, too, who left, whom another followed, or whose period is over.
    """
    rows = [
        OfficeRow(body=body, office=office, person=value.get("person"), party=value.get("party"), **row)
        for key in sorted(dossier.history.keys_of_kind("office"))
        for body, office in (body_and_office(key),)
        for _, value, row in (_terms(dossier, key) if past else _valued(dossier, key, past=False))
        if value["type"] == OfficeTaken.__name__
    ]
    return list(dict.fromkeys(rows))  # versions of one fact that differ in the holder are told of both


def _terms(dossier: Dossier, key: Key) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The terms of each holder of an office, by their beginning: each until they leave, or are followed."""
    every = sorted(dossier.history.assertions(key).values(), key=chronological)
    order = {one.known.id: number for number, one in reversed(list(enumerate(every)))}
    found = []
    for part in by_holder(every):
        own = {(one.known.id, one.known.account) for one in part.every}
        follows = body_and_office(key)[1] in ONE_AT_A_TIME
        course = [one for one in every if (one.known.id, one.known.account) in own or (follows and taken(one))]
        of_others = {one.known.id for one in course} - {which for which, _ in own}
        found += [
            (order[row["events"][0]], part.name, value, row)
            for value, row in _one_after_the_other(course)
            if not of_others.intersection(row["events"])
        ]
    yield from ((name, value, row) for _, name, value, row in sorted(found, key=lambda one: one[:2]))


# -- what rows of any kind are made of


def _valued(dossier: Dossier, key: Key, *, past: bool) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The values of a register that stand, or all that it ever had: the part, the value, the fields of its `Row`."""
    history = dossier.history
    if past:
        for part in parts(key, sorted(history.assertions(key).values(), key=chronological)):
            for value, row in _one_after_the_other(part.every):
                yield part.name, value, row
        return
    for part, standing in standing_in_parts(key, history.by_date(key), history.standing(key)):
        register = as_read(part.every, standing, may_have_changed=False)
        known = {(one.known.id, one.known.account): one.known for one in part.every}
        for found in register.values:
            knowns = [known[one.event, one.account] for one in found.evidence]
            yield part.name, msgspec.json.decode(found.value), _row(knowns, None, contested=register.contested)


def _one_after_the_other(every: Sequence[Assertion]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Values by date, each until the next begins."""
    runs = [list(run) for _, run in groupby(every, key=lambda one: one.same)]
    for run, following in zip(runs, [*(one[0].known for one in runs[1:]), None], strict=True):
        knowns = [one.known for one in run]
        yield msgspec.json.decode(run[0].value), _row(knowns, following, contested=False)


def _row(knowns: Sequence[Known], following: Known | None, *, contested: bool) -> dict[str, Any]:
    until = next((end for known in reversed(knowns) if (end := end_of(known)) is not None), None)
    if following is not None and (until is None or following.start.before(parse(until).last)):
        until = beginning_of(following)
    return {
        "since": beginning_of(knowns[0]),
        "until": until,
        "contested": contested,
        "events": tuple([known.id for known in knowns]),
        "positions": tuple([known.position for known in knowns]),
        "sources": tuple(dict.fromkeys(source for known in knowns for source in known.sources)),
    }


def beginning_of(known: Known) -> str:
    """When a fact took effect, as written; of what lasted, or lasts, when it began."""
    event: Fact = known.event
    written = event.effective or known.occurred
    first, _, last = written.partition("/")
    return written if not last or first in {"", ".."} else first


def end_of(known: Known) -> str | None:
    """Until when a fact says that it holds, as written; None where it does not say."""
    if known.until is None:
        return None
    limit: str | None = getattr(known.event, "until", None)
    return limit or known.occurred.partition("/")[2]
