"""Registers that hold several values at a time: a party can be a party to the talks and chair them.

Such a register has parts, and each part reads like a register of its own: a value gives way only to a later one of the
same part. It is contested where one of its parts is.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, get_args

import msgspec

from negotiation.events.parties import Participation, Role
from negotiation.state.register_keys import Key, Kind, kind_of
from negotiation.state.registers import Assertion, Register, Value, as_read, current
from negotiation.state.values import role_of
from negotiation.texts import folded_json

_encode = msgspec.json.Encoder().encode


class Part(NamedTuple):
    """What is told of one thing in a register: of a role, say. ``name`` is empty where the register has no parts."""

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


_SETS: Final[Mapping[Kind, _Parts]] = {"participation": _by_role}


def _role_of(one: Assertion) -> str:
    event = one.known.event
    assert isinstance(event, Participation), "only such facts are of roles"
    return role_of(event)


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
    if len(split) == 1:
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
