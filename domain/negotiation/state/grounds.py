"""What a fact rests on: the names that it uses and other facts introduced. One arm a family, total by types."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, assert_never

from negotiation.envelope import AnyFact
from negotiation.events.agreements import Consent, Outcome, Performance, Status, Vote
from negotiation.events.parties import (
    SCHEMES,
    Codes,
    Delegation,
    Membership,
    Office,
    Participation,
    PartyIdentified,
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
from negotiation.references import Named
from negotiation.streams import Stream


class Ground(NamedTuple):
    """A name that a fact uses, and where in its payload (JSON pointer inside ``event``)."""

    pointer: str
    name: Named


class Introduction(NamedTuple):
    """A name that a fact gives to something, for good (``once``) or again and again, and where in its payload."""

    pointer: str
    name: Named
    once: bool


def _party(pointer: str, party: str) -> Ground:
    return Ground(pointer, named_party(party))


@lru_cache(maxsize=65_536)  # a few parties are named again and again
def named_party(party: str) -> Named:
    """A party, by its slug."""
    return Named("party", party)


def _parties(pointer: str, parties: tuple[str, ...]) -> Iterator[Ground]:
    for index, party in enumerate(parties):
        yield _party(f"{pointer}/{index}", party)


def _text(document: str, version: str | None) -> Ground:
    """A version of a document, or the document."""
    return Ground("/document" if version is None else "/version", Named("document", document, version or ""))


def grounds(event: AnyFact) -> Iterator[Ground]:
    """Every name that the fact uses, in the order of its fields."""
    for index, actor in enumerate(event.by):
        if actor.party is not None:
            yield _party(f"/by/{index}/party", actor.party)
    if event.to:
        yield from _parties("/to", event.to)
    if event.via is not None and event.via.party is not None:
        yield _party("/via/party", event.via.party)
    for index, event_id in enumerate(event.after):
        yield Ground(f"/after/{index}", Named("event", event_id))
    yield from _own_grounds(event)


def _own_grounds(event: AnyFact) -> Iterator[Ground]:  # noqa: C901, PLR0912, PLR0915 - one arm a family, nothing else
    match event:  # what is recorded most stands first: each arm before it takes its time
        case Answer():
            yield Ground("/on", event.on.named)
            if event.with_ is not None:
                yield Ground("/with", event.with_.named)
        case Statement():
            for index, ref in enumerate(event.about):
                yield Ground(f"/about/{index}", ref.named)
        case PartyIdentified():
            pass
        case PartyRenamed() | PartyReclassified():
            yield _party("/party", event.party)
        case PartySplit() | PartySucceeded():
            yield _party("/party", event.party)
            yield from _parties("/into", event.into)
        case Membership():
            yield _party("/group", event.group)
            yield _party("/member", event.member)
        case Participation():
            yield _party("/party", event.party)
        case Delegation():
            yield _party("/party", event.party)
            if event.body is not None:
                yield Ground("/body", Named("body", event.body))
        case Office():
            yield Ground("/body", Named("body", event.body))
            if event.party is not None:
                yield _party("/party", event.party)
        case BodyEstablished():
            if event.parent is not None:
                yield Ground("/parent", Named("body", event.parent))
        case NegotiationOpened() | AgendaItemSet() | Schedule() | Proceedings():
            pass
        case Talks():
            if event.body is not None:
                yield Ground("/body", Named("body", event.body))
            for index, room in enumerate(event.rooms):
                yield from _parties(f"/rooms/{index}", room)
            yield from _parties("/shuttles", event.shuttles)
            yield from _parties("/absent", event.absent)
            for index, one in enumerate(event.present):
                if one.party is not None:
                    yield _party(f"/present/{index}/party", one.party)
            for number, meeting in enumerate(event.meetings):
                yield from _parties(f"/meetings/{number}/parties", meeting.parties)
                for index, carrier in enumerate(meeting.through):
                    if carrier.party is not None:
                        yield _party(f"/meetings/{number}/through/{index}/party", carrier.party)
        case Deadline():
            if event.on is not None:
                yield Ground("/on", event.on.named)
        case Demand():
            for index, item in enumerate(event.items):
                yield Ground(f"/items/{index}", Named("agenda-item", item))
            if event.revises is not None:
                yield Ground("/revises", Named("demand", event.revises))
        case DemandCourse():
            yield Ground("/demand", Named("demand", event.demand))
        case Document():
            yield from _parties("/authors", event.authors)
            yield from _parties("/from", event.from_)
            if event.supersedes is not None:
                yield Ground("/supersedes", event.supersedes.named)
            for number, provision in enumerate(event.provisions):
                for index, option in enumerate(provision.options):
                    yield from _parties(f"/provisions/{number}/options/{index}/wanted_by", option.wanted_by)
                for index, bracket in enumerate(provision.brackets):
                    where = f"/provisions/{number}/brackets/{index}"
                    yield from _parties(f"{where}/wanted_by", bracket.wanted_by)
                    yield from _parties(f"{where}/opposed_by", bracket.opposed_by)
        case CommitmentCourse():
            yield Ground("/commitment", Named("commitment", event.commitment))
        case Commitment():
            if event.under is not None:
                yield Ground("/under", event.under.named)
        case Disclosure():
            yield Ground("/of", event.of.named)
        case Conduct():
            for index, ref in enumerate(event.linked_to):
                yield Ground(f"/linked_to/{index}", ref.named)
        case Vote():
            yield Ground("/on", event.on.named)
            for index, ref in enumerate(event.also_on):
                yield Ground(f"/also_on/{index}", ref.named)
        case Consent():
            yield Ground("/version", Named("document", event.document, event.version))
            yield from _parties("/parties", event.parties)
        case Status():
            yield Ground("/document", Named("document", event.document))
            yield from _parties("/for", event.for_)
        case TextState():
            yield _text(event.document, event.version)
            for where in ("agreed", "agreed_in_principle", "open_"):
                for index, provision in enumerate(getattr(event, where)):
                    name = Named("document", event.document, event.version or "", provision)
                    yield Ground(f"/{where.rstrip('_')}/{index}", name)
        case TextCorrection():
            yield _text(event.document, event.version)
            if event.provision is not None:
                yield Ground("/provision", Named("document", event.document, event.version, event.provision))
        case EntryConditions():
            yield _text(event.document, event.version)
            for index, threshold in enumerate(event.thresholds):
                yield from _parties(f"/thresholds/{index}/among", threshold.among)
        case Endorsement():
            yield _text(event.document, event.version)
            if event.body is not None:
                yield Ground("/body", Named("body", event.body))
        case Outcome():
            if event.of is not None:
                yield Ground("/of", event.of.named)
            if event.assessed_by.party is not None:
                yield _party("/assessed_by/party", event.assessed_by.party)
        case Performance():
            yield Ground("/of", event.of.named)
            if event.assessed_by.party is not None:
                yield _party("/assessed_by/party", event.assessed_by.party)
        case _:
            assert_never(event)


def codes_named(codes: Codes | None) -> Iterator[tuple[str, str, Named]]:
    """The codes that are given: scheme, code, and the name by which those who give the same code find each other."""
    for scheme in SCHEMES if codes is not None else ():
        code = getattr(codes, scheme)
        if code is not None:
            yield scheme, code, Named("code", f"{scheme}/{code}")


def _codes_introduced(codes: Codes | None) -> Iterator[Introduction]:
    for scheme, _, name in codes_named(codes):
        yield Introduction(f"/codes/{scheme}", name, once=False)


def introductions(event: AnyFact, here: Stream) -> Iterator[Introduction]:  # noqa: C901, PLR0912 - one arm a family
    """Every name that the fact gives; ``here`` is the stream that it is recorded in."""
    for index, condition in enumerate(event.conditions):
        yield Introduction(f"/if/{index}/condition", Named("condition", condition.condition), once=False)
    match event:
        case (
            Answer()
            | Statement()
            | PartyRenamed()
            | PartySplit()
            | PartySucceeded()
            | Membership()
            | Participation()
            | Delegation()
            | Office()
            | Proceedings()
            | Disclosure()
            | Vote()
            | Consent()
            | Status()
            | Outcome()
            | Performance()
            | TextState()
            | TextCorrection()
            | Endorsement()
            | DemandCourse()
            | CommitmentCourse()
            | EntryConditions()
        ):
            pass
        case PartyIdentified():
            yield Introduction("/party", Named("party", event.party), once=True)
            yield from _codes_introduced(event.codes)
        case PartyReclassified():
            yield from _codes_introduced(event.codes)
        case NegotiationOpened():
            yield Introduction("/type", Named("negotiation", here.unit), once=True)
        case BodyEstablished():
            yield Introduction("/body", Named("body", event.body), once=True)
        case AgendaItemSet():
            yield Introduction("/item", Named("agenda-item", event.item), once=False)
        case Schedule():
            yield Introduction("/round", Named("round", event.round), once=False)
        case Talks():
            if here.is_round and event.session:
                yield Introduction("/session", Named("session", f"{here.part}/{event.session}"), once=False)
        case Deadline():
            yield Introduction("/deadline", Named("deadline", event.deadline), once=False)
        case Demand():
            yield Introduction("/demand", Named("demand", event.demand), once=True)
            for index, part in enumerate(event.parts):
                name = Named("demand", event.demand, provision=part.part)
                yield Introduction(f"/parts/{index}/part", name, once=False)
        case Document():
            yield Introduction("/version", Named("document", event.document, event.version), once=True)
            yield Introduction("/document", Named("document", event.document), once=False)
            for index, provision in enumerate(event.provisions):
                for version in (event.version, ""):
                    name = Named("document", event.document, version, provision.id)
                    yield Introduction(f"/provisions/{index}/id", name, once=False)
                    for number, option in enumerate(provision.options):
                        name = Named("document", event.document, version, f"{provision.id}/{option.option}")
                        yield Introduction(f"/provisions/{index}/options/{number}/option", name, once=False)
        case Commitment():
            yield Introduction("/commitment", Named("commitment", event.commitment), once=True)
        case Conduct():
            yield Introduction("/conduct", Named("conduct", event.conduct), once=False)
        case _:
            assert_never(event)
