"""Registers that hold several values at a time: a party to the talks can chair them too, and two can be co-chairs.

Such a register has parts, and each part reads like a register of its own: a value gives way only to a later one of the
same part. It is contested where one of its parts is.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, get_args

import msgspec

from negotiation.events.parties import Office, OfficeTaken, Participation, Role
from negotiation.state.register_keys import Key, Kind, kind_of
from negotiation.state.registers import Assertion, Register, Value, as_read, current
from negotiation.state.values import role_of
from negotiation.texts import folded, folded_json

_encode = msgspec.json.Encoder().encode


class Part(NamedTuple):
    """What is told of one thing in a register: of a role, of a holder of an office. ``name``: empty for all of it."""

    name: str
    every: Sequence[Assertion]


_Parts: TypeAlias = Callable[[Sequence[Assertion]], Sequence[Part]]

_ROLES: Final[tuple[str, ...]] = get_args(Role)


def _by_role(every: Sequence[Assertion]) -> Sequence[Part]:
    """What is said of each role of a party. Versions of one fact that differ in the role are not two roles."""
    said: dict[str, set[str]] = {}
    for one in every:
        said.setdefault(one.known.id, set()).add(_role_of(one))
    roles = set[str]().union(*said.values())
    return [
        Part(role, [one for one in every if not said[one.known.id].isdisjoint((role, ""))])
        for role in (*_ROLES, "")
        if role in roles and (role or roles == {""})
    ]


def holder_of(event: Office) -> str:
    """Who takes or leaves an office: a person, whatever party they are of, or else a party."""
    return f"party/{event.party}" if event.person is None else f"person/{folded(event.person)}"


def by_holder(every: Sequence[Assertion]) -> list[Part]:
    """What is said of each holder of an office."""
    said: dict[str, set[str]] = {}
    for one in every:
        said.setdefault(one.known.id, set()).add(holder_of(office_fact(one)))
    holders = sorted(set[str]().union(*said.values()))
    return [Part(holder, [one for one in every if holder in said[one.known.id]]) for holder in holders]


def _in_office(every: Sequence[Assertion]) -> Sequence[Part]:
    """Those who took an office and did not leave it; where nobody is in it, what was last said of it."""
    holders = [part for part in by_holder(every) if any(map(taken, current(part.every)))]
    if not holders:
        return [Part("", every)]
    if office_fact(every[0]).office not in ONE_AT_A_TIME:
        return holders
    them = {part.name for part in holders}
    return [Part("", [one for one in every if taken(one) and holder_of(office_fact(one)) in them])]


ONE_AT_A_TIME: Final = frozenset({"chair", "rapporteur"})
"""The offices that one holds at a time: who takes it follows who had it."""


def taken(one: Assertion) -> bool:
    """Whether somebody took an office, or holds it."""
    return type(one.known.event) is OfficeTaken


def office_fact(one: Assertion) -> Office:
    """The fact that somebody took or left an office."""
    event = one.known.event
    assert isinstance(event, Office), "only such facts are of offices"
    return event


def _role_of(one: Assertion) -> str:
    event = one.known.event
    assert isinstance(event, Participation), "only such facts are of roles"
    return role_of(event)


_SETS: Final[Mapping[Kind, _Parts]] = {"participation": _by_role, "office": _in_office}


def parts(key: Key, every: Sequence[Assertion]) -> Sequence[Part]:
    """The parts of a register; most have only one."""
    split = _SETS.get(kind_of(key))
    return [Part("", every)] if split is None else split(every)


def current_of(key: Key, every: Sequence[Assertion]) -> list[Assertion]:
    """The values of a register that nothing followed, in the order given."""
    if len(every) < 2 or kind_of(key) not in _SETS:
        return current(every)
    standing = {_which(one) for part in parts(key, every) for one in current(part.every)}
    return [one for one in every if _which(one) in standing]


def read_of(
    key: Key,
    every: Sequence[Assertion],
    standing: Sequence[Assertion],
    ended: Sequence[Assertion],
    *,
    may_have_changed: bool,
) -> Register:
    """A register as it reads; see `as_read`."""
    if len(every) < 2 or not standing or kind_of(key) not in _SETS:
        return as_read(every, standing, ended, may_have_changed=may_have_changed)
    each = [
        as_read(part.every, part_standing, may_have_changed=may_have_changed)
        for part, part_standing in standing_in_parts(key, every, standing)
    ]
    values: dict[bytes, Value] = {}
    for register in each:
        for value in register.values:
            values.setdefault(folded_json(bytes(value.value)), value)
    return Register(
        contested=any(register.contested for register in each),
        values=tuple(values.values()),
        may_have_changed=may_have_changed,
    )


def standing_in_parts(
    key: Key, every: Sequence[Assertion], standing: Collection[Assertion]
) -> list[tuple[Part, list[Assertion]]]:
    """The parts of a register, each with those of its values that stand.

    Of what is said of all roles and holds for some of them only, the value tells which role it is.
    """
    which = {_which(one) for one in standing}
    split = parts(key, every)
    found = [(part, [one for one in current(part.every) if _which(one) in which]) for part in split]
    if len(split) == 1 or kind_of(key) != "participation":
        return found
    holds: dict[tuple[str, str], int] = {}
    belongs: dict[tuple[str, str], int] = {}
    for part, part_standing in found:
        for one in part.every:
            belongs[_which(one)] = belongs.get(_which(one), 0) + 1
        for one in part_standing:
            holds[_which(one)] = holds.get(_which(one), 0) + 1
    some = {one for one, count in holds.items() if count < belongs[one]}
    return [
        (
            Part(part.name, [_of_role(one, part.name) if _which(one) in some else one for one in part.every]),
            [_of_role(one, part.name) if _which(one) in some else one for one in part_standing],
        )
        for part, part_standing in found
    ]


def _of_role(one: Assertion, role: str) -> Assertion:
    value = msgspec.json.decode(one.value)
    return one._replace(value=_encode({"type": value.pop("type"), "role": value.pop("role", role), **value}))


def _which(one: Assertion) -> tuple[str, str]:
    return one.known.id, one.known.account or ""
