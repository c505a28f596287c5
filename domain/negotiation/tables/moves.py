"""What moved between two readings: who went from which answer to which, what was tabled, revised and conceded."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

from msgspec import Meta, Struct

from negotiation.documents.ledger import demand_slugs
from negotiation.events.positions import ConcessionMade, Demand, Document
from negotiation.references import Ref
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.register_keys import Key
from negotiation.state.registers import Assertion
from negotiation.tables.cells import Cell, On, Subject, Voice, cells
from negotiation.tables.positions import Basis, Conditions, told_conditions
from negotiation.tables.table import EventOf, Occurred, PositionOf, Sources, cited
from negotiation.texts import as_counted

What = Literal[
    "tabled", "reworded", "revised", "conceded", "answered", "moved", "contested", "settled", "withdrawn", "went"
]
Side = Literal["makes", "answers"]


class MoveRow(Struct, frozen=True, kw_only=True, gc=False):
    """What a party did between two readings about a demand, document, provision or option."""

    on: Annotated[
        Literal[On, None],  # noqa: PYI061 - one enumeration, by which the column can be filtered
        Meta(description="What it is about; null: a concession of which no source says on what.", examples=["demand"]),
    ]
    of: Annotated[str | None, Meta(description="The demand or document.", examples=["veto-on-enlargement"])]
    version: Annotated[str | None, Meta(description="The version of a document.", examples=["1"])]
    provision: Annotated[
        str | None, Meta(description="The provision, or part of a demand; empty: the whole.", examples=["article-3"])
    ]
    option: Annotated[str | None, Meta(description="The option of a provision.", examples=["shorter"])]
    party: Annotated[
        str | None, Meta(description="The party; null: the source names none.", examples=["united-states"])
    ]
    side: Annotated[
        Literal[Side, None],  # noqa: PYI061 - as `on`
        Meta(
            description="Of a demand, whether the party `makes` it or `answers`; null: of a text.", examples=["answers"]
        ),
    ]
    move: Annotated[
        What,
        Meta(
            description="`tabled`, `revised` (by another demand), `reworded` (on record in other words), `conceded`; "
            "or of an answer: `answered` (there was none), `moved`, `contested`, `settled`, `withdrawn`; `went`: it is "
            "on record no more."
        ),
    ]
    before: Annotated[
        tuple[str, ...], Meta(description="The answers, or the text, at the first reading.", examples=[["reject"]])
    ]
    before_basis: Annotated[Basis, Meta(description="Whose answer that was: as in the table of positions.")]
    after: Annotated[
        tuple[str, ...], Meta(description="The answers, or the text, at the second reading.", examples=[["reserve"]])
    ]
    after_basis: Annotated[Basis, Meta(description="Whose answer that is.")]
    through: Annotated[
        tuple[str, ...], Meta(description="The blocs that an answer is inherited from, then.", examples=[["nato"]])
    ]
    conditions: Conditions
    occurred: Occurred
    earliest: Annotated[
        str | None, Meta(description="The first day that `occurred` can mean.", examples=["2022-01-10"])
    ]
    latest: Annotated[str | None, Meta(description="The last day that `occurred` can mean.", examples=["2022-01-10"])]
    sources: Sources
    event: EventOf
    position: PositionOf


class At(NamedTuple):
    """A negotiation and the parties, at one reading."""

    dossier: Dossier
    parties: Dossier


def moves(before: At, after: At) -> list[MoveRow]:
    """All moves, by what they are about, then by date: demands first, concessions on nothing in particular last."""
    found = [*_demands(before, after), *_documents(before, after), *_concessions(before, after), *_cells(before, after)]
    return sorted(found, key=_order)


def _order(row: MoveRow) -> tuple[Any, ...]:
    names = [as_counted(name or "") for name in (row.of, row.version, row.provision, row.option)]
    kind = 2 if row.on is None else row.on != "demand"
    return (kind, *names, row.earliest or "~", row.position, row.party or "")


def _row(subject: Subject | None, known: Known, **fields: Any) -> MoveRow:
    about = dict.fromkeys(Subject._fields) if subject is None else subject._asdict()
    given = {"before": (), "after": (), "before_basis": "none", "after_basis": "none", "through": ()} | fields
    return MoveRow(**about, conditions=told_conditions(known.event.conditions), **given, **cited(known)._asdict())


# -- what is on the table


def _demands(before: At, after: At) -> Iterator[MoveRow]:
    """Demands that were tabled, reworded or went, and those that another one revises."""
    for slug in sorted({*demand_slugs(before.dossier), *demand_slugs(after.dossier)}):
        key = register_keys.demand(slug)
        was, now = before.dossier.history.standing(key), after.dossier.history.standing(key)
        texts = _told(was), _told(now)
        if texts[0] != texts[1]:
            move: What = "tabled" if not was else "reworded" if now else "went"
            yield from _by_actor(Subject("demand", slug), _new(was, now), move, *texts)
        for one in _new(was, now) if now else ():
            event = one.event
            if isinstance(event, Demand) and event.revises and not was:
                revised = _told(after.dossier.history.standing(register_keys.demand(event.revises)))
                told = (f"{slug}: {_text(event)}",)
                yield from _by_actor(Subject("demand", event.revises), [one], "revised", revised, told)


def _documents(before: At, after: At) -> Iterator[MoveRow]:
    """Versions of documents that were tabled, or went."""
    keys = before.dossier.history.keys_of_kind("document") | after.dossier.history.keys_of_kind("document")
    for key in sorted(keys):
        was, now = before.dossier.history.standing(key), after.dossier.history.standing(key)
        if bool(was) == bool(now):
            continue
        move: What = "tabled" if now else "went"
        subject = Subject("document", register_keys.about_of(key), register_keys.name_of(key))
        yield from _by_actor(subject, _new(was, now), move, _told(was), _told(now))


def _by_actor(
    subject: Subject, knowns: Iterable[Known], move: What, before: tuple[str, ...], after: tuple[str, ...]
) -> Iterator[MoveRow]:
    """A row for each party that did it."""
    for known in knowns:
        event = known.event
        parties = [actor.party for actor in event.by]
        if isinstance(event, Document):
            parties += event.authors
        for party in dict.fromkeys(parties or [None]):
            side: Side | None = "makes" if subject.on == "demand" else None
            yield _row(subject, known, party=party, side=side, move=move, before=before, after=after)


def _new(was: Sequence[Assertion], now: Sequence[Assertion]) -> list[Known]:
    """The facts that say what is new; where nothing is said any more, those that said it."""
    same = {one.same for one in was}
    return [one.known for one in now if one.same not in same] if now else [one.known for one in was]


def _told(standing: Sequence[Assertion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([_text(one.known.event) for one in standing]))


def _text(event: object) -> str:
    match event:
        case Demand():
            terms = "; ".join(" ".join(filter(None, (term.name, term.value, term.unit))) for term in event.terms)
            return f"{event.text} ({terms})" if terms else event.text
        case Document():
            return event.title or event.kind
        case _:
            raise AssertionError("only what is tabled has a text here")


# -- concessions


def _concessions(before: At, after: At) -> Iterator[MoveRow]:
    """Concessions that were made, and those that were withdrawn from the record."""
    was, now = _conceded(before.dossier), _conceded(after.dossier)
    for known in [*(now[key] for key in now.keys() - was.keys()), *(was[key] for key in was.keys() - now.keys())]:
        event = known.event
        assert isinstance(event, ConcessionMade), "only concessions are looked for"
        came = known.id in {one.id for one in now.values()}
        told = {"after" if came else "before": (event.text,)}
        for subject in _subjects(event.about):
            for party in dict.fromkeys([actor.party for actor in event.by] or [None]):
                side = _side(after if came else before, subject, party)
                yield _row(subject, known, party=party, side=side, move="conceded" if came else "went", **told)


def _conceded(dossier: Dossier) -> dict[Key, Known]:
    history = dossier.history
    standing = ((key, history.standing(key)) for key in history.keys_of_kind("statement"))
    return {key: found[0].known for key, found in standing if found and type(found[0].known.event) is ConcessionMade}


def _subjects(refs: Iterable[Ref]) -> list[Subject | None]:
    found: list[Subject | None] = []
    for ref in refs:
        version, provision = ref.version or "", ref.provision or ""
        if ref.kind == "demand":
            found.append(Subject("demand", ref.id, "", provision))
        elif ref.kind == "document":
            found.append(Subject("provision" if provision else "document", ref.id, version, provision))
    return found or [None]


def _side(at: At, subject: Subject | None, party: str | None) -> Side | None:
    if subject is None or subject.on != "demand":
        return None
    standing = at.dossier.history.standing(register_keys.demand(subject.of))
    makes = any(actor.party == party for one in standing for actor in one.known.event.by)
    return "makes" if makes and party else "answers"


# -- answers


def _cells(before: At, after: At) -> Iterator[MoveRow]:
    """The cells in which another answer stands."""
    was, now = _stands(before), _stands(after)
    for place in was.keys() | now.keys():
        subject, party = place
        first, last = was.get(place, _NOBODY), now.get(place, _NOBODY)
        move = _move(first, last)
        if move is None:
            continue
        if subject.on == "demand" and {*first.said, *last.said} == {"wants"}:
            continue  # a demand that was tabled, or went, is told by itself
        at = after if last.voices else before
        side = "makes" if subject.on == "demand" and "wants" in first.said else _side(at, subject, party)
        yield _row(
            subject,
            _did(first, last),
            party=party or None,
            side=side,
            move=move,
            before=first.said,
            before_basis=first.basis,
            after=last.said,
            after_basis=last.basis,
            through=last.through,
        )


class _Stand(NamedTuple):
    """The values that stand in a cell, and whose they are."""

    voices: tuple[Voice, ...]
    basis: Basis
    through: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([voice.answer for voice in self.voices]))

    @property
    def same(self) -> set[tuple[str, bytes]]:
        return {(voice.answer, voice.same) for voice in self.voices}


_NOBODY: Final = _Stand((), "none")


def _stands(at: At) -> dict[tuple[Subject, str], _Stand]:
    return {(cell.subject, cell.party): _stand(cell) for cell in cells(*at) if cell.left is None}


def _stand(cell: Cell) -> _Stand:
    if cell.own:
        return _Stand(cell.own, "own")
    return _Stand(
        tuple(voice for _, voice in cell.blocs), "inherited", tuple(dict.fromkeys(bloc for bloc, _ in cell.blocs))
    )


def _move(first: _Stand, last: _Stand) -> What | None:
    """What became of an answer; None where it is the same, whoever gave it."""
    was, now = first.same, last.same
    if was == now:
        return None
    if not now:
        return "went"
    if last.said == ("withdraw",):
        return "withdrawn"
    if not was:
        return "contested" if len(now) > 1 else "answered"
    if (len(was) > 1) != (len(now) > 1):
        return "contested" if len(now) > 1 else "settled"
    return "moved"


def _did(first: _Stand, last: _Stand) -> Known:
    """The last fact that says what is new; where nothing is, the last that said what was before."""
    new = [voice for voice in last.voices if (voice.answer, voice.same) not in first.same]
    return (new or last.voices or first.voices)[-1].known
