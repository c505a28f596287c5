"""What each fact says: the registers it gives a value to. A row of a table a family, total by types."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, Final, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Struct

from negotiation.events.agreements import Consent, Outcome, Performance, Status, Vote
from negotiation.events.fact import Fact
from negotiation.events.parties import (
    SCHEMES,
    Delegation,
    Membership,
    Office,
    Participation,
    PartyAdmitted,
    PartyIdentified,
    PartyInvited,
    PartyReclassified,
    PartyRenamed,
    PartySplit,
    PartySucceeded,
)
from negotiation.events.positions import (
    Answer,
    Commitment,
    CommitmentCourse,
    Conduct,
    Demand,
    DemandCourse,
    Disclosure,
    Document,
    Statement,
)
from negotiation.events.procedure import (
    AgendaItemSet,
    BodyEstablished,
    Deadline,
    NegotiationOpened,
    Proceedings,
    Schedule,
    Talks,
)
from negotiation.events.texts import Endorsement, EntryConditions, TextCorrection, TextState
from negotiation.references import Capacity
from negotiation.state import register_keys
from negotiation.state.facts import Known
from negotiation.state.families import by_type, of_families
from negotiation.state.register_keys import Key
from negotiation.state.registers import Assertion
from negotiation.streams import stream

_encode = msgspec.json.Encoder().encode

_AROUND = ("by", "to", "via", "session", "after", "effective")
"""Fields that say who, when and where, and are shown as evidence: they do not make two values differ."""

_Value: TypeAlias = Callable[[Any], bytes]
_Keys: TypeAlias = Callable[[Any, Known, str], list[Key]]


def _content(*left_out: str) -> _Value:
    """The event's own fields as canonical JSON: its wire names, in their fixed order, defaults left out."""
    return _part((*_AROUND, *left_out))


def _addressed(*left_out: str) -> _Value:
    """As `_content`, with who acted and to whom: for what is nobody's without them."""
    return _part((*_AROUND[2:], *left_out))


def _part(left_out: tuple[str, ...]) -> _Value:
    parts: dict[type[Struct], _Value] = {}

    def value(event: Struct) -> bytes:
        encode = parts.get(type(event))
        if encode is None:  # made when it is first asked for: all of them take most of a second
            encode = parts[type(event)] = _part_of(type(event), left_out)
        return encode(event)

    return value


def _part_of(type_: type[Struct], left_out: tuple[str, ...]) -> _Value:
    """How events of a type are encoded without some of their fields: as structs that have only the others."""
    fields = [field for field in msgspec.structs.fields(type_) if field.encode_name not in left_out]
    config = type_.__struct_config__
    part: Callable[..., Struct] = msgspec.defstruct(
        type_.__name__,
        [
            # UNSET: what has to be there has no default that would be left out.
            (field.name, Any, msgspec.field(default=UNSET if field.required else field.default, name=field.encode_name))
            for field in fields
        ],
        omit_defaults=True,
        tag_field=None if "type" in left_out else config.tag_field,
        tag=None if "type" in left_out else config.tag,
    )
    if len(fields) == 1:
        value = attrgetter(fields[0].name)
        return lambda event: _encode(part(value(event)))
    if not fields:
        nothing = _encode(part())
        return lambda _: nothing
    values = attrgetter(*(field.name for field in fields))
    return lambda event: _encode(part(*values(event)))


def scope_of(known: Known) -> str:
    """The round that a fact with a ``scope`` is about, or the empty string: the whole negotiation."""
    event = known.event
    if isinstance(event, Participation | Proceedings | Delegation) and event.scope == "negotiation":
        return ""
    return stream(known.stream).part


_ARRIVALS: Final = of_families(PartyInvited, PartyAdmitted)


def role_of(event: Participation) -> str:
    """The role that a fact of participation is about; empty: every role of the party."""
    return event.role or ("party" if type(event) in _ARRIVALS else "")


def assertions(known: Known) -> list[Assertion]:
    """Every register value that the fact asserts."""
    event = known.event
    found = [
        Assertion(key, value, known)
        for keys, say in _SAID[type(event)]
        for value in (say(event),)
        for key in keys(event, known, stream(known.stream).part)
    ]
    if type(event) in _COUNTING:
        found += [Assertion(key, value, known) for key, value in _figures(event)]
    return found


def keys_of(known: Known) -> list[Key]:
    """The registers that the fact gives a value to."""
    event = known.event
    found = [key for keys, _ in _SAID[type(event)] for key in keys(event, known, stream(known.stream).part)]
    if type(event) in _COUNTING:
        found += [key for key, _ in _figures(event)]
    return found


_COUNTING: Final = of_families(Document, TextState)
"""The types that tell figures: each figure has a register, and a value of its own."""
_number: Final = _part(("unit",))


def _figures(event: Any) -> Iterator[tuple[Key, bytes]]:
    for figure in event.figures:
        yield register_keys.figure(event.document, event.version or "", figure.unit), _number(figure)


# -- the registers of each family


def _answer(event: Answer, _: Known, __: str) -> list[Key]:
    on = event.on
    if len(event.by) == 1:
        return [register_keys.answer(on, event.by[0].party or "")]
    return [register_keys.answer(on, party) for party in dict.fromkeys(actor.party or "" for actor in event.by)]


def _consent(event: Consent, _: Known, __: str) -> list[Key]:
    return [register_keys.consent(event.document, party) for party in dict.fromkeys(event.parties)]


def _status(event: Status, _: Known, __: str) -> list[Key]:
    return [register_keys.status(event.document, party) for party in dict.fromkeys(event.for_) or ("",)]


def _outcome(event: Outcome, _: Known, here: str) -> list[Key]:
    return [register_keys.outcome(here, event.of.named if event.of else None, event.assessed_by)]


def _disclosure(event: Disclosure, _: Known, __: str) -> list[Key]:
    return [register_keys.disclosure(event.of, event.manner)]


def _vote(event: Vote, known: Known, _: str) -> list[Key]:
    return [register_keys.vote(on, event.electorate, known.id) for on in event.every_on]


def _performance(event: Performance, _: Known, __: str) -> list[Key]:
    return [register_keys.performance(event.of, event.assessed_by, event.occasion)]


def _participation(event: Participation, known: Known, _: str) -> list[Key]:
    return [register_keys.participation(scope_of(known), event.party)]


_part_taken = _content("party", "scope")


def _role(event: Participation) -> bytes:
    """What became of a party's part. To be admitted as a party is to be admitted."""
    if event.role == "party" and type(event) in _ARRIVALS:
        event = msgspec.structs.replace(event, role=None)
    return _part_taken(event)


class _Sent(Struct, omit_defaults=True):
    """Whom a party sends in one capacity, in no order: sources name the same people in any."""

    persons: list[str]
    until: str | None = None


def _sent(capacity: Capacity) -> tuple[_Keys, _Value]:
    """A delegation's register of a capacity, and whom it is given. Without anybody, it has members not known."""

    def keys(event: Delegation, known: Known, _: str) -> list[Key]:
        if not any(one.capacity == capacity for one in event.members) and (event.members or capacity != "member"):
            return []
        place = scope_of(known) if event.body is None else ""
        return [register_keys.delegation(place, event.party, capacity, event.body or "")]

    def value(event: Delegation) -> bytes:
        persons = {one.person for one in event.members if one.capacity == capacity}
        return _encode(_Sent(sorted(persons), event.until))

    return keys, value


def _announced(provisions: Callable[[TextState], tuple[str, ...]], state: str) -> tuple[_Keys, _Value]:
    """The registers of the provisions that are announced to be in one state, and that state."""
    value = _encode({"state": state})

    def keys(event: TextState, _: Known, __: str) -> list[Key]:
        return [
            register_keys.provision_state(event.document, event.version or "", provision)
            for provision in provisions(event)
        ]

    return keys, lambda _: value


def _correction(event: TextCorrection, known: Known, _: str) -> list[Key]:
    return [register_keys.text_correction(event.document, event.version, event.provision or "", known.id)]


def _endorsement(event: Endorsement, _: Known, __: str) -> list[Key]:
    version = event.version or ""
    if event.body is not None:
        return [register_keys.endorsement(event.document, version, event.body, "")]
    parties = dict.fromkeys(actor.party for actor in event.by if actor.party)
    return [register_keys.endorsement(event.document, version, "", party) for party in parties]


def _coded(scheme: str) -> tuple[_Keys, _Value]:
    """A party's register of its code in a scheme, and the code."""
    code = attrgetter(scheme)

    def keys(event: PartyIdentified | PartyReclassified, _: Known, __: str) -> list[Key]:
        given = event.codes is not None and code(event.codes) is not None
        return [register_keys.party_code(event.party, scheme)] if given else []

    def value(event: PartyIdentified | PartyReclassified) -> bytes:
        return _encode(None if event.codes is None else code(event.codes))

    return keys, value


def _commitment(event: Commitment, _: Known, __: str) -> list[Key]:
    return [register_keys.commitment(event.commitment)]


_SAID: Final[dict[type[Fact], list[tuple[_Keys, _Value]]]] = by_type(
    {
        Answer: [(_answer, _content("type", "on", "text"))],
        Statement: [(lambda _, known, here: [register_keys.statement(here, known.id)], _addressed())],
        PartyIdentified: [
            (lambda event, *_: [register_keys.party_kind(event.party)], lambda event: _encode(event.kind)),
            (lambda event, *_: [register_keys.party_name(event.party)], lambda event: _encode(event.name)),
            *map(_coded, SCHEMES),
        ],
        PartyReclassified: [
            (
                lambda event, *_: [] if event.kind is None else [register_keys.party_kind(event.party)],
                lambda event: _encode(event.kind),
            ),
            *map(_coded, SCHEMES),
        ],
        PartyRenamed: [(lambda event, *_: [register_keys.party_name(event.party)], lambda event: _encode(event.name))],
        PartySplit: [(lambda event, *_: [register_keys.succession(event.party)], _content("party"))],
        PartySucceeded: [(lambda event, *_: [register_keys.succession(event.party)], _content("party"))],
        Membership: [
            (
                lambda event, *_: [
                    register_keys.membership(event.group, event.member),
                    register_keys.membership_of(event.member, event.group),
                ],
                _content("group", "member"),
            )
        ],
        Participation: [(_participation, _role)],
        Delegation: [_sent(capacity) for capacity in get_args(Capacity)],
        Office: [(lambda event, *_: [register_keys.office(event.body, event.office)], _content("body", "office"))],
        NegotiationOpened: [(lambda *_: [register_keys.negotiation()], _content("type"))],
        BodyEstablished: [(lambda event, *_: [register_keys.body(event.body)], _content("type", "body"))],
        AgendaItemSet: [(lambda event, *_: [register_keys.agenda_item(event.item)], _content("type", "item"))],
        Schedule: [(lambda event, *_: [register_keys.schedule(event.round)], _content("type", "round"))],
        Proceedings: [(lambda _, known, __: [register_keys.proceedings(scope_of(known))], _content("scope"))],
        Talks: [(lambda event, _, here: [register_keys.session(here, event.session or "")], _content("type"))],
        Deadline: [(lambda event, *_: [register_keys.deadline(event.deadline)], _content("type", "deadline"))],
        Demand: [(lambda event, *_: [register_keys.demand(event.demand)], _addressed("type", "demand"))],
        DemandCourse: [(lambda event, *_: [register_keys.demand_course(event.demand)], _content("demand", "text"))],
        Document: [
            (
                lambda event, *_: [register_keys.document(event.document, event.version)],
                _content("type", "document", "version", "figures"),
            )
        ],
        Commitment: [(_commitment, _addressed("type", "commitment"))],
        CommitmentCourse: [
            (lambda event, *_: [register_keys.commitment_course(event.commitment)], _content("commitment", "text"))
        ],
        Disclosure: [(_disclosure, _content("type", "of", "manner"))],
        Conduct: [(lambda event, *_: [register_keys.conduct(event.conduct)], _addressed("type", "conduct"))],
        Vote: [(_vote, _content("type", "on", "also_on", "electorate"))],
        Consent: [(_consent, _content("document", "parties"))],
        Status: [(_status, _content("document", "for"))],
        TextState: [
            _announced(lambda event: event.agreed, "agreed"),
            _announced(lambda event: event.agreed_in_principle, "agreed-in-principle"),
            _announced(lambda event: event.open_, "open"),
        ],
        TextCorrection: [(_correction, _content("type", "document", "version", "provision"))],
        Endorsement: [(_endorsement, _content("type", "document", "version", "body", "text"))],
        EntryConditions: [
            (lambda event, *_: [register_keys.entry_conditions(event.document)], _content("type", "document"))
        ],
        Outcome: [(_outcome, _content("of", "assessed_by", "text"))],
        Performance: [(_performance, _content("type", "of", "occasion", "assessed_by", "text"))],
    }
)
"""The registers of each family, and the value that a fact gives them."""
