"""The names that a fact uses and gives, without where they stand in its payload: that is what `grounds` is for.

Every fact that is folded is asked for its names, so here a table by type has what `grounds` has in one arm a family.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias, TypeVar

from negotiation.envelope import AnyFact
from negotiation.events.agreements import Consent, Outcome, Performance, Status, Vote
from negotiation.events.fact import Fact
from negotiation.events.parties import (
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
from negotiation.references import Assessor, Named, Ref
from negotiation.state.families import by_type
from negotiation.state.grounds import codes_named, named_party
from negotiation.streams import Stream

_K = TypeVar("_K")
_Names: TypeAlias = Iterable[Named]


class _Made(dict[_K, Named]):
    """Names that were made: most are used again and again. All are let go where there are too many."""

    def __init__(self, make: Callable[[_K], Named]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: _K) -> Named:
        if len(self) >= _MOST:
            self.clear()
        name = self[key] = self._make(key)
        return name


_MOST: Final = 65_536
_PARTY: Final = _Made(named_party)
_NAME: Final = _Made[tuple[str, str, str, str]](Named._make)


def _name(kind: str, name: str, version: str = "", provision: str = "") -> Named:
    return _NAME[kind, name, version, provision]


def _of(ref: Ref) -> Named:
    return _NAME[ref.kind, ref.id, ref.version or "", ref.place]


def _named(ref: Ref | None) -> _Names:
    return () if ref is None else (_of(ref),)


def _parties(parties: tuple[str, ...]) -> _Names:
    return [_PARTY[party] for party in parties]


def _assessor(assessor: Assessor) -> _Names:
    return () if assessor.party is None else (named_party(assessor.party),)


# -- used


def names_used(event: AnyFact) -> tuple[Named, ...]:
    """Every name that has to be there for the fact to be supported, once; the facts that it came after do not."""
    used = [_PARTY[actor.party] for actor in event.by if actor.party is not None]
    if event.to:
        used += [_PARTY[party] for party in event.to]
    if event.via is not None and event.via.party is not None:
        used.append(named_party(event.via.party))
    more = _USED[type(event)]
    if more is not None:
        used += more(event)
    return tuple(used) if len(used) < 2 else tuple(dict.fromkeys(used))


def _used_by_delegation(event: Delegation) -> _Names:
    return (_PARTY[event.party], *(() if event.body is None else (_name("body", event.body),)))


def _used_by_talks(event: Talks) -> Iterator[Named]:
    if event.body is not None:
        yield _name("body", event.body)
    for room in (*event.rooms, event.shuttles, event.absent):
        yield from _parties(room)
    for one in event.present:
        if one.party is not None:
            yield _PARTY[one.party]
    for meeting in event.meetings:
        yield from _parties(meeting.parties)
        yield from [_PARTY[carrier.party] for carrier in meeting.through if carrier.party is not None]


def _used_by_demand(event: Demand) -> Iterator[Named]:
    for item in event.items:
        yield _name("agenda-item", item)
    if event.revises is not None:
        yield _name("demand", event.revises)


def _used_by_document(event: Document) -> Iterator[Named]:
    yield from _parties(event.authors)
    yield from _parties(event.from_)
    yield from _named(event.supersedes)
    for provision in event.provisions:
        for option in provision.options:
            yield from _parties(option.wanted_by)
        for bracket in provision.brackets:
            yield from _parties(bracket.wanted_by + bracket.opposed_by)


def _used_by_consent(event: Consent) -> _Names:
    return (_name("document", event.document, event.version), *_parties(event.parties))


def _used_by_status(event: Status) -> _Names:
    return (_name("document", event.document), *_parties(event.for_))


def _used_by_text_state(event: TextState) -> Iterator[Named]:
    version = event.version or ""
    yield _name("document", event.document, version)
    for provision in (*event.agreed, *event.agreed_in_principle, *event.open_):
        yield _name("document", event.document, version, provision)


def _used_by_text_correction(event: TextCorrection) -> Iterator[Named]:
    yield _name("document", event.document, event.version)
    if event.provision is not None:
        yield _name("document", event.document, event.version, event.provision)


def _used_by_endorsement(event: Endorsement) -> Iterator[Named]:
    yield _name("document", event.document, event.version or "")
    if event.body is not None:
        yield _name("body", event.body)


def _used_by_entry_conditions(event: EntryConditions) -> Iterator[Named]:
    yield _name("document", event.document, event.version or "")
    for threshold in event.thresholds:
        yield from _parties(threshold.among)


_USED: Final[dict[type[Fact], Callable[[Any], _Names] | None]] = by_type(
    {
        Answer: lambda event: (_of(event.on), *_named(event.with_)),
        Statement: lambda event: [_of(ref) for ref in event.about],
        PartyIdentified: None,
        PartyRenamed: lambda event: (_PARTY[event.party],),
        PartyReclassified: lambda event: (_PARTY[event.party],),
        PartySplit: lambda event: _parties((event.party, *event.into)),
        PartySucceeded: lambda event: _parties((event.party, *event.into)),
        Membership: lambda event: (named_party(event.group), named_party(event.member)),
        Participation: lambda event: (_PARTY[event.party],),
        Delegation: _used_by_delegation,
        Office: lambda event: (_name("body", event.body), *(() if event.party is None else (_PARTY[event.party],))),
        NegotiationOpened: None,
        BodyEstablished: lambda event: () if event.parent is None else (_name("body", event.parent),),
        AgendaItemSet: None,
        Schedule: None,
        Proceedings: None,
        Talks: _used_by_talks,
        Deadline: lambda event: _named(event.on),
        Demand: _used_by_demand,
        DemandCourse: lambda event: (_name("demand", event.demand),),
        Document: _used_by_document,
        Commitment: lambda event: _named(event.under),
        CommitmentCourse: lambda event: (_name("commitment", event.commitment),),
        Disclosure: lambda event: (_of(event.of),),
        Conduct: lambda event: [_of(ref) for ref in event.linked_to],
        Vote: lambda event: (_of(event.on), *map(_of, event.also_on)),
        Consent: _used_by_consent,
        Status: _used_by_status,
        TextState: _used_by_text_state,
        TextCorrection: _used_by_text_correction,
        Endorsement: _used_by_endorsement,
        EntryConditions: _used_by_entry_conditions,
        Outcome: lambda event: (*_named(event.of), *_assessor(event.assessed_by)),
        Performance: lambda event: (_of(event.of), *_assessor(event.assessed_by)),
    }
)
"""What else a fact uses than who acted, to whom and through whom. None: nothing."""


# -- given


def names_given(event: AnyFact, here: Stream) -> tuple[Named, ...]:
    """Every name that the fact gives; ``here`` is the stream that it is recorded in."""
    more = _GIVEN[type(event)]
    given = () if more is None else tuple(more(event, here))
    if event.conditions:
        return (*(_name("condition", condition.condition) for condition in event.conditions), *given)
    return given


def _given_by_talks(event: Talks, here: Stream) -> _Names:
    return (_name("session", f"{here.part}/{event.session}"),) if here.is_round and event.session else ()


def _given_by_codes(codes: Codes | None) -> _Names:
    return () if codes is None else [name for _, _, name in codes_named(codes)]


def _given_by_demand(event: Demand, _: Stream) -> Iterator[Named]:
    yield _name("demand", event.demand)
    for part in event.parts:
        yield _name("demand", event.demand, "", part.part)


def _given_by_document(event: Document, _: Stream) -> Iterator[Named]:
    yield _name("document", event.document, event.version)
    yield _name("document", event.document)
    for provision in event.provisions:
        for version in (event.version, ""):
            yield _name("document", event.document, version, provision.id)
            for option in provision.options:
                yield _name("document", event.document, version, f"{provision.id}/{option.option}")


_GIVEN: Final[dict[type[Fact], Callable[[Any, Stream], _Names] | None]] = by_type(
    {
        **dict.fromkeys((Answer, Statement, PartyRenamed, PartySplit, PartySucceeded, Membership)),
        **dict.fromkeys((Participation, Delegation, Office, Proceedings, Disclosure, Vote, Consent, Status)),
        **dict.fromkeys((Outcome, Performance, TextState, TextCorrection, Endorsement, EntryConditions)),
        **dict.fromkeys((DemandCourse, CommitmentCourse)),
        PartyIdentified: lambda event, _: (_PARTY[event.party], *_given_by_codes(event.codes)),
        PartyReclassified: lambda event, _: _given_by_codes(event.codes),
        NegotiationOpened: lambda _, here: (_name("negotiation", here.unit),),
        BodyEstablished: lambda event, _: (_name("body", event.body),),
        AgendaItemSet: lambda event, _: (_name("agenda-item", event.item),),
        Schedule: lambda event, _: (_name("round", event.round),),
        Talks: _given_by_talks,
        Deadline: lambda event, _: (_name("deadline", event.deadline),),
        Demand: _given_by_demand,
        Document: _given_by_document,
        Commitment: lambda event, _: (_name("commitment", event.commitment),),
        Conduct: lambda event, _: (_name("conduct", event.conduct),),
    }
)
"""What a fact gives a name to, besides its conditions. None: nothing."""
