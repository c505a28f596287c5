"""Who speaks for whom: the people in delegations, as flat rows at the dossier's reading.

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
from negotiation.references import Capacity
from negotiation.sources import Source
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.register_keys import Key, about_of, body_party_and_capacity
from negotiation.state.registers import Assertion, chronological

Scope: TypeAlias = Literal["negotiation", "body", "round"]

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
    for value, row in valued(dossier, key, past=past):
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


# -- what rows of any kind are made of


def valued(dossier: Dossier, key: Key, *, past: bool) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The values of a register that stand, or all that it ever had, each with the fields of its `Row`."""
    history = dossier.history
    if past:
        yield from _one_after_the_other(sorted(history.assertions(key).values(), key=chronological))
        return
    register = history.register(key)
    every = history.assertions(key)
    for value in register.values:
        knowns = [every[one.event, one.account or ""].known for one in value.evidence]
        yield msgspec.json.decode(value.value), _row(knowns, None, contested=register.contested)


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
