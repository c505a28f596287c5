"""What a fact rests on: the names that it uses and other facts introduced. One arm a family, total by types."""

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from negotiation.envelope import AnyFact
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
from negotiation.references import Ref
from negotiation.streams import Stream


class Ground(NamedTuple):
    """A name that a fact uses, and where in its payload (JSON pointer inside ``event``)."""

    pointer: str
    ref: Ref


class Introduction(NamedTuple):
    """A name that a fact gives to something, for good (``once``) or again and again, and where in its payload."""

    pointer: str
    ref: Ref
    once: bool


def _party(pointer: str, party: str) -> Ground:
    return Ground(pointer, Ref(kind="party", id=party))


def _parties(pointer: str, parties: tuple[str, ...]) -> Iterator[Ground]:
    for index, party in enumerate(parties):
        yield _party(f"{pointer}/{index}", party)


def grounds(event: AnyFact) -> Iterator[Ground]:
    """Every name that the fact uses, in the order of its fields."""
    for index, actor in enumerate(event.by):
        if actor.party is not None:
            yield _party(f"/by/{index}/party", actor.party)
    yield from _parties("/to", event.to)
    if event.via is not None and event.via.party is not None:
        yield _party("/via/party", event.via.party)
    for index, event_id in enumerate(event.after):
        yield Ground(f"/after/{index}", Ref(kind="event", id=event_id))
    yield from _own_grounds(event)


def _own_grounds(event: AnyFact) -> Iterator[Ground]:  # noqa: C901, PLR0912, PLR0915 - one arm a family, nothing else
    match event:
        case PartyIdentified():
            pass
        case PartyRenamed():
            yield _party("/party", event.party)
        case PartySplit() | PartySucceeded():
            yield _party("/party", event.party)
            yield from _parties("/into", event.into)
        case Membership():
            yield _party("/group", event.group)
            yield _party("/member", event.member)
        case Participation() | Delegation():
            yield _party("/party", event.party)
        case NegotiationOpened() | BodyEstablished() | AgendaItemSet() | Schedule() | Proceedings():
            pass
        case Talks():
            if event.body is not None:
                yield Ground("/body", Ref(kind="body", id=event.body))
            for index, room in enumerate(event.rooms):
                yield from _parties(f"/rooms/{index}", room)
            yield from _parties("/shuttles", event.shuttles)
            yield from _parties("/absent", event.absent)
        case Deadline():
            if event.on is not None:
                yield Ground("/on", event.on)
        case Demand():
            for index, item in enumerate(event.items):
                yield Ground(f"/items/{index}", Ref(kind="agenda-item", id=item))
            if event.revises is not None:
                yield Ground("/revises", Ref(kind="demand", id=event.revises))
        case Document():
            yield from _parties("/authors", event.authors)
            yield from _parties("/from", event.from_)
            if event.supersedes is not None:
                yield Ground("/supersedes", event.supersedes)
            for number, provision in enumerate(event.provisions):
                for index, option in enumerate(provision.options):
                    yield from _parties(f"/provisions/{number}/options/{index}/wanted_by", option.wanted_by)
        case Answer():
            yield Ground("/on", event.on)
            if event.with_ is not None:
                yield Ground("/with", event.with_)
        case Statement():
            for index, ref in enumerate(event.about):
                yield Ground(f"/about/{index}", ref)
        case Commitment():
            if event.under is not None:
                yield Ground("/under", event.under)
        case Disclosure():
            yield Ground("/of", event.of)
        case Conduct():
            for index, ref in enumerate(event.linked_to):
                yield Ground(f"/linked_to/{index}", ref)
        case Vote():
            yield Ground("/on", event.on)
        case Consent():
            yield Ground("/version", Ref(kind="document", id=event.document, version=event.version))
            yield from _parties("/parties", event.parties)
        case Status():
            yield Ground("/document", Ref(kind="document", id=event.document))
            yield from _parties("/for", event.for_)
        case Outcome():
            if event.of is not None:
                yield Ground("/of", event.of)
            if event.assessed_by.party is not None:
                yield _party("/assessed_by/party", event.assessed_by.party)
        case Performance():
            yield Ground("/of", event.of)
            if event.assessed_by.party is not None:
                yield _party("/assessed_by/party", event.assessed_by.party)
        case _:
            assert_never(event)


def introductions(event: AnyFact, here: Stream) -> Iterator[Introduction]:  # noqa: C901, PLR0912 - one arm a family
    """Every name that the fact gives; ``here`` is the stream that it is recorded in."""
    for index, condition in enumerate(event.conditions):
        yield Introduction(f"/if/{index}/condition", Ref(kind="condition", id=condition.condition), once=False)
    match event:
        case PartyIdentified():
            yield Introduction("/party", Ref(kind="party", id=event.party), once=True)
        case NegotiationOpened():
            yield Introduction("/type", Ref(kind="negotiation", id=here.unit), once=True)
        case BodyEstablished():
            yield Introduction("/body", Ref(kind="body", id=event.body), once=True)
        case AgendaItemSet():
            yield Introduction("/item", Ref(kind="agenda-item", id=event.item), once=False)
        case Schedule():
            yield Introduction("/round", Ref(kind="round", id=event.round), once=False)
        case Talks():
            if here.is_round and event.session:
                yield Introduction("/session", Ref(kind="session", id=f"{here.part}/{event.session}"), once=False)
        case Deadline():
            yield Introduction("/deadline", Ref(kind="deadline", id=event.deadline), once=False)
        case Demand():
            yield Introduction("/demand", Ref(kind="demand", id=event.demand), once=True)
            for index, part in enumerate(event.parts):
                ref = Ref(kind="demand", id=event.demand, provision=part.part)
                yield Introduction(f"/parts/{index}/part", ref, once=False)
        case Document():
            ref = Ref(kind="document", id=event.document, version=event.version)
            yield Introduction("/version", ref, once=True)
            yield Introduction("/document", Ref(kind="document", id=event.document), once=False)
            for index, provision in enumerate(event.provisions):
                for version in (event.version, None):
                    ref = Ref(kind="document", id=event.document, version=version, provision=provision.id)
                    yield Introduction(f"/provisions/{index}/id", ref, once=False)
        case Commitment():
            yield Introduction("/commitment", Ref(kind="commitment", id=event.commitment), once=True)
        case Conduct():
            yield Introduction("/conduct", Ref(kind="conduct", id=event.conduct), once=False)
        case (
            PartyRenamed()
            | PartySplit()
            | PartySucceeded()
            | Membership()
            | Participation()
            | Delegation()
            | Proceedings()
            | Answer()
            | Statement()
            | Disclosure()
            | Vote()
            | Consent()
            | Status()
            | Outcome()
            | Performance()
        ):
            pass
        case _:
            assert_never(event)
