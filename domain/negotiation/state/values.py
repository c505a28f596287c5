"""What each fact says: the registers it gives a value to. One arm a family, total by types.

The second part of a key says what the register belongs to: a round's slug, a party's, what is answered, voted on or
assessed (``demand/veto-on-enlargement``), or an empty string: the whole negotiation.
"""

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, assert_never

import msgspec
from msgspec import UNSET, Struct

from negotiation.events.agreements import Consent, Outcome, Performance, Status, Vote
from negotiation.events.parties import (
    Delegation,
    Membership,
    Participation,
    PartyIdentified,
    PartyRenamed,
    PartySplit,
    PartySucceeded,
)
from negotiation.events.positions import Answer, Commitment, Conduct, Demand, Disclosure, Document, Statement
from negotiation.events.procedure import (
    AgendaItemSet,
    BodyEstablished,
    Deadline,
    NegotiationOpened,
    Proceedings,
    Schedule,
    Talks,
)
from negotiation.references import Assessor, Ref
from negotiation.state.facts import Known
from negotiation.state.registers import Assertion, Key
from negotiation.streams import stream

_encode = msgspec.json.Encoder().encode

_AROUND = ("by", "to", "via", "session", "after", "effective")
"""Fields that say who, when and where, and are shown as evidence: they do not make two values differ."""


def content(event: Struct, *left_out: str) -> bytes:
    """The event's own fields as canonical JSON: its wire names, in their fixed order, defaults left out."""
    return _part_of(type(event), (*_AROUND, *left_out))(event)


def addressed(event: Struct, *left_out: str) -> bytes:
    """As `content`, with who acted and to whom: for what is nobody's without them."""
    return _part_of(type(event), (*_AROUND[2:], *left_out))(event)


@cache
def _part_of(type_: type[Struct], left_out: tuple[str, ...]) -> Callable[[Struct], bytes]:
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
    values = attrgetter(*(field.name for field in fields), "__class__")  # two at least, so that it gives a tuple
    return lambda event: _encode(part(*values(event)[:-1]))


def about(ref: Ref) -> str:
    """A reference as the second part of a key: ``demand/veto-on-enlargement``."""
    return f"{ref.kind}/{ref.id}"


def part(ref: Ref) -> Key:
    """What of it a reference names: version and provision; empty strings where it names none."""
    return (ref.version or "", ref.provision or "")


def assessor_key(assessor: Assessor) -> str:
    """An assessor as a part of a key: canonical JSON."""
    return _encode(assessor).decode()


def scope_of(known: Known) -> str:
    """The round that a fact with a ``scope`` is about, or the empty string: the whole negotiation."""
    event = known.event
    if isinstance(event, Participation | Proceedings) and event.scope == "negotiation":
        return ""
    return stream(known.stream).part


def assertions(known: Known) -> Iterator[Assertion]:
    """Every register value that the fact asserts."""
    for key, value in _values(known):
        yield Assertion(key, value, known)


def _values(known: Known) -> Iterator[tuple[Key, bytes]]:  # noqa: C901, PLR0912, PLR0915 - one arm a family, nothing else
    event = known.event
    here = stream(known.stream).part
    match event:
        case Answer():
            value = content(event, "type", "on", "text")
            for party in dict.fromkeys(actor.party or "" for actor in event.by):
                yield ("answer", about(event.on), *part(event.on), party), value
        case Statement():
            yield ("statement", here, known.id), addressed(event)
        case PartyIdentified():
            yield ("party", event.party), content(event, "type", "party", "name")
            yield ("party-name", event.party), _encode(event.name)
        case PartyRenamed():
            yield ("party-name", event.party), _encode(event.name)
        case PartySplit() | PartySucceeded():
            yield ("succession", event.party), content(event, "party")
        case Membership():
            yield ("membership", event.group, event.member), content(event, "group", "member")
            yield ("membership-of", event.member, event.group), content(event, "group", "member")
        case Participation():
            yield ("participation", scope_of(known), event.party), content(event, "party", "scope")
        case Delegation():
            yield ("delegation", here, event.party), content(event, "type", "party", "scope")
        case NegotiationOpened():
            yield ("negotiation", ""), content(event, "type")
        case BodyEstablished():
            yield ("body", "", event.body), content(event, "type", "body")
        case AgendaItemSet():
            yield ("agenda-item", "", event.item), content(event, "type", "item")
        case Schedule():
            yield ("schedule", event.round), content(event, "type", "round")
        case Proceedings():
            yield ("proceedings", scope_of(known)), content(event, "scope")
        case Talks():
            yield ("session", here, event.session or ""), content(event, "type")
        case Deadline():
            yield ("deadline", "", event.deadline), content(event, "type", "deadline")
        case Demand():
            yield ("demand", "", event.demand), addressed(event, "type", "demand")
        case Document():
            yield ("document", event.document, event.version), content(event, "type", "document", "version")
        case Commitment():
            yield ("commitment", "", event.commitment), addressed(event, "type", "commitment")
        case Disclosure():
            yield ("disclosure", about(event.of), *part(event.of), event.manner), content(event, "type", "of", "manner")
        case Conduct():
            yield ("conduct", "", event.conduct), addressed(event, "type", "conduct")
        case Vote():
            yield (
                ("vote", about(event.on), *part(event.on), event.electorate),
                content(event, "type", "on", "electorate"),
            )
        case Consent():
            value = content(event, "document", "parties")
            for party in dict.fromkeys(event.parties):
                yield ("consent", f"document/{event.document}", party), value
        case Status():
            value = content(event, "document", "for")
            for party in dict.fromkeys(event.for_) or ("",):
                yield ("status", f"document/{event.document}", party), value
        case Outcome():
            of = event.of.named if event.of else ("round", here, "", "") if here else ("negotiation", "", "", "")
            yield ("outcome", here, *of, assessor_key(event.assessed_by)), content(event, "of", "assessed_by", "text")
        case Performance():
            key = ("performance", about(event.of), *part(event.of), assessor_key(event.assessed_by))
            yield key, content(event, "type", "of", "assessed_by", "text")
        case _:
            assert_never(event)
