"""A demand's life in order: what happened to it from when it was tabled until it was settled, each step a fact.

Tabled, put to parties, revised, answered with words and terms, met by a concession or a commitment, voted on, assessed,
withdrawn, settled. A step stands where the latest moment lies at which it can have happened; what was already so stands
first. On one moment facts that say what they came ``after`` stand behind it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, TypeAlias, assert_never, get_args

from msgspec import Struct

from negotiation.dates import BEGINNING
from negotiation.events.agreements import Performance, Vote
from negotiation.events.fact import Event
from negotiation.events.positions import (
    Answer,
    Commitment,
    ConcessionMade,
    Demand,
    DemandCourse,
    DemandPut,
    DemandSettled,
)
from negotiation.references import Named, Ref
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.families import of_families
from negotiation.state.history import History

Step: TypeAlias = Literal[
    "tabled", "put", "revised", "answered", "conceded", "committed", "voted", "assessed", "withdrawn", "settled"
]
"""What happened to a demand; of one day in this order."""

_ORDER: Final[tuple[Step, ...]] = get_args(Step)

_InALife: TypeAlias = Demand | DemandCourse | Answer | ConcessionMade | Commitment | Vote | Performance

IN_A_LIFE: Final[frozenset[type[Event]]] = frozenset(
    of_families(Demand, DemandCourse, Answer, ConcessionMade, Commitment, Vote, Performance)
)
"""The types of facts that are steps in a demand's life where they name it."""


class LifeStep(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One step: what happened, when, by whom, and the fact that says so. ``of``: the part of the demand it is about."""

    step: Step
    occurred: str
    event: str
    position: int
    stream: str
    type: str
    by: Any = ()
    to: tuple[str, ...] = ()
    of: str | None = None
    demand: str | None = None
    text: str | None = None
    terms: Any = ()
    answer: str | None = None
    with_: Any = None
    conditions: Any = ()
    finding: str | None = None
    assessed_by: Any = None
    result: str | None = None
    how: str | None = None


LIFE_STEP: Final = {"with_": "with", "conditions": "if"}
"""The fields of a step whose name in JSON is another."""


def addressed(history: History, demand: str) -> set[str]:
    """The parties that a demand was put to: when it was tabled, and later."""
    tabled = history.standing(register_keys.demand(demand))
    put = history.assertions(register_keys.demand_course(demand)).values()
    facts = [*(one.known.event for one in tabled), *(one.known.event for one in put)]
    return {party for event in facts for party in event.to}


def demands_named(event: object) -> tuple[str, ...]:  # noqa: PLR0911 - one arm a family
    """The demands that a fact is a step in the life of."""
    match event:
        case Demand():
            return (event.demand, event.revises or event.demand)
        case DemandCourse():
            return (event.demand,)
        case Answer():
            return _named((event.on,))
        case ConcessionMade():
            return _named(event.about)
        case Commitment():
            return _named(() if event.under is None else (event.under,))
        case Vote():
            return _named(event.every_on)
        case Performance():
            return _named((event.of,))
        case _:
            return ()


def _named(refs: Iterable[Ref]) -> tuple[str, ...]:
    return tuple(ref.id for ref in refs if ref.kind == "demand")


def life(dossier: Dossier, demand: str) -> list[dict[str, Any]]:
    """Every step in a demand's life that certainly stands, in order."""
    facts = {known.id: known for known in _facts(dossier.history, demand)}
    owners = {
        actor.party
        for known in facts.values()
        if isinstance(known.event, Demand) and known.event.demand == demand
        for actor in known.event.by
    }
    steps = [(known, step) for known in facts.values() if (step := _step(known, demand, owners)) is not None]
    behind = _behind([known for known, _ in steps])
    steps.sort(key=lambda one: (*_date(one[0]), behind[one[0].id], _ORDER.index(one[1].step), one[0].id))
    return [_fields(step) for _, step in steps]


def _facts(history: History, demand: str) -> Iterator[Known]:
    """The facts that name a demand or a part of it."""
    tabled = history.introducers(Named("demand", demand))
    parts = {part.part for known in tabled if isinstance(known.event, Demand) for part in known.event.parts}
    yield from tabled
    for part in ("", *parts):
        for fact in history.watching(Named("demand", demand, "", part)):
            if type(history.lives.events[fact].event) in IN_A_LIFE:
                yield from history.known.get(fact, ())[:1]


def _date(known: Known) -> tuple[int, int]:
    """When it can have happened at the latest, and then at the earliest; what was already so, before anything."""
    begins, ends = known.start.by_date
    return (BEGINNING, ends) if known.when.already else (ends, begins)


def _behind(facts: list[Known]) -> dict[str, int]:
    """Behind how many others of the same moment each stands, by what it says that it came after."""
    moments = {known.id: _date(known) for known in facts}
    found: dict[str, int] = dict.fromkeys(moments, 0)
    saying = [known for known in facts if known.event.after]
    for _ in saying:  # a chain is no longer than this; a circle ends here, too
        before = dict(found)
        for known in saying:
            for other in known.event.after:
                if moments.get(other) == moments[known.id]:
                    found[known.id] = max(found[known.id], min(before[other] + 1, len(saying)))
        if found == before:
            break
    return found


def _step(known: Known, demand: str, owners: set[str | None]) -> LifeStep | None:
    event = known.event
    if not isinstance(event, _InALife) or demand not in demands_named(event):
        return None
    step, more = _told(event, demand, owners)
    return LifeStep(
        step=step,
        occurred=known.occurred,
        event=known.id,
        position=known.position,
        stream=known.stream,
        type=type(event).__name__,
        by=event.by,
        to=event.to,
        conditions=event.conditions,
        **more,
    )


def _told(  # noqa: PLR0911 - one arm a family
    event: _InALife, demand: str, owners: set[str | None]
) -> tuple[Step, dict[str, Any]]:
    """What a fact is in the life of a demand, and what it says of it."""
    match event:
        case Demand():
            step: Step = "tabled" if event.demand == demand else "revised"
            return step, {"text": event.text, "terms": event.terms} | (
                {"demand": event.demand} if step == "revised" else {}
            )
        case DemandPut():
            return "put", {"text": event.text}
        case DemandSettled():
            return "settled", {"text": event.text, "how": event.how}
        case DemandCourse():
            raise AssertionError(event)
        case Answer():
            own = event.answer == "withdraw" and any(actor.party in owners for actor in event.by)
            said = {"answer": event.answer, "text": event.text, "terms": event.terms, "with_": event.with_}
            return "withdrawn" if own else "answered", {"of": event.on.provision, **said}
        case ConcessionMade():
            return "conceded", {"of": _part(event.about, demand), "text": event.text}
        case Commitment():
            return "committed", {"of": event.under and event.under.provision, "text": event.text}
        case Vote():
            return "voted", {"of": _part(event.every_on, demand), "text": event.motion, "result": event.result}
        case Performance():
            assessed = {"finding": event.finding, "assessed_by": event.assessed_by}
            return "assessed", {"of": event.of.provision, "text": event.text, **assessed}
        case _:
            assert_never(event)


def _part(refs: Iterable[Ref], demand: str) -> str | None:
    parts = {ref.provision for ref in refs if ref.kind == "demand" and ref.id == demand}
    return parts.pop() if len(parts) == 1 else None


def _fields(step: LifeStep) -> dict[str, Any]:
    """A step as it is shown: what it says nothing of is left out."""
    given = ((name, getattr(step, name)) for name in step.__struct_fields__)
    return {LIFE_STEP.get(name, name): value for name, value in given if value not in (None, ())}
