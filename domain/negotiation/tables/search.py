"""What a search finds: a fact by the words in it and in its sources, and what is shown of it.

Which fields hold words follows from their types: texts and names do, and slugs, whose words are apart by hyphens.
Dates, durations, numbers of versions, addresses and what can only be one of a few values do not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Annotated, Any, Final, Literal, NamedTuple

from msgspec import Meta, Struct, inspect

from negotiation.references import SLUG_PATTERN, Ref
from negotiation.sources import Source
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.names import names_given
from negotiation.streams import PARTIES, stream
from negotiation.tables.table import Earliest, EventOf, Latest, Occurred, PositionOf, Sources, cited, span
from negotiation.words import Wanted, snippet, words

MOST_BYTES: Final = 400_000
"""So many bytes of words can be looked through in one fact; PostgreSQL has a bound on them."""
SHORTEST_TEXT: Final = 200
"""A field that takes so many characters holds a text or a name."""

Match = Literal["exact", "similar"]


class Said(NamedTuple):
    """Something that a fact says: in which field, and the text."""

    field: str
    text: str


class Found(Struct, frozen=True, kw_only=True, gc=False):
    """A fact as a search shows it, with all that it says."""

    negotiation: str
    round: str
    type: str
    parties: tuple[str, ...]
    corrected: bool
    occurred: str
    earliest: str | None
    latest: str | None
    sources: tuple[str, ...]
    event: str
    position: int
    said: tuple[Said, ...]


class Searchable(NamedTuple):
    """A fact to be searched: when it was (microseconds since 1970), what it is filtered by, and its words."""

    ends: int
    begins: int
    labels: tuple[str, ...]
    words: str
    found: Found


class SearchRow(Struct, frozen=True, kw_only=True, gc=False):
    """A fact in which the words were found, as it reads now."""

    negotiation: Annotated[
        str, Meta(description="The negotiation; empty: a fact about a party.", examples=["european-security"])
    ]
    round: Annotated[str, Meta(description="The round; empty: between rounds.", examples=["geneva"])]
    type: Annotated[str, Meta(description="The type of the event.", examples=["AnswerGiven"])]
    found_in: Annotated[
        tuple[str, ...],
        Meta(description="The fields that have the words, the best first.", examples=[["text", "source.quote"]]),
    ]
    snippet: Annotated[
        str,
        Meta(description="The place in the first of them, the words between `**`.", examples=["a **non-starter**"]),
    ]
    match: Annotated[
        Match, Meta(description="`exact`: the words as they were written; `similar`: typing errors were forgiven.")
    ]
    parties: Annotated[tuple[str, ...], Meta(description="The parties that it names.", examples=[["russia"]])]
    corrected: Annotated[bool, Meta(description="Whether it was corrected; then it was found by what it says now.")]
    occurred: Occurred
    earliest: Earliest
    latest: Latest
    sources: Sources
    event: EventOf
    position: PositionOf


def searchable(dossier: Dossier, fact: str) -> Searchable | None:
    """A fact with all that its accounts say, too; None where it was withdrawn, or is hidden at the reading."""
    knowns = dossier.history.known.get(fact)
    if not knowns:
        return None
    known = knowns[0]
    here = stream(known.stream)
    is_party = here.unit == PARTIES
    said = tuple(dict.fromkeys(_said(knowns)))
    parties = _parties(knowns)
    type_ = type(known.event).__name__
    labels = [f"type:{type_}", f"unit:{here.unit}", *(f"party:{party}" for party in parties)]
    if here.is_round:
        labels.append(f"round:{here.part}")
    begins, ends = known.start, known.start if known.when.shape == "moment" else known.when.until or known.stands
    earliest, latest = span(known)
    where = cited(known)
    return Searchable(
        ends=ends.ends,
        begins=begins.begins,
        labels=tuple(labels),
        words=_words(said),
        found=Found(
            negotiation="" if is_party else here.unit,
            round=here.part if here.is_round else "",
            type=type_,
            parties=parties,
            corrected=bool(known.corrections),
            occurred=known.occurred,
            earliest=earliest,
            latest=latest,
            sources=where.sources,
            event=known.id,
            position=known.position,
            said=said,
        ),
    )


def row(found: Found, wanted: Wanted) -> SearchRow:
    """What is shown of a fact to a reader who looked for these words."""
    best: list[tuple[int, int, str, str]] = []
    for number, one in enumerate(found.said):
        shown, marks = snippet(one.text, wanted)
        if marks:
            best.append((-marks, number, one.field, shown))
    best.sort()
    rest = {name: getattr(found, name) for name in found.__struct_fields__ if name != "said"}
    return SearchRow(
        found_in=tuple(dict.fromkeys(field for _, _, field, _ in best)),
        snippet=best[0][3] if best else "",
        match=_match(found, wanted),
        **rest,
    )


def _match(found: Found, wanted: Wanted) -> Match:
    is_exact = not wanted.is_forgiving or wanted.as_written.is_in(_words(found.said).split())
    return "exact" if is_exact else "similar"


def _words(said: Iterable[Said]) -> str:
    return _bounded(words(" ".join([text for _, text in said])))


def _bounded(text: str) -> str:
    if len(text) * 4 <= MOST_BYTES:
        return text
    # What lies behind the first half is found word by word, and not as words in a row.
    first = _cut(text)
    seen = set(first.split())
    rest = dict.fromkeys(word for word in text[len(first) :].split() if word not in seen)
    return f"{first} {_cut(' '.join(rest))}"


def _cut(text: str) -> str:
    half = text.encode()[: MOST_BYTES // 2].decode(errors="ignore")
    return half if len(half) == len(text) else half.rpartition(" ")[0]


def _parties(knowns: Sequence[Known]) -> tuple[str, ...]:
    names = [name for known in knowns for name in (*known.uses, *names_given(known.event, stream(known.stream)))]
    return tuple(dict.fromkeys(name.id for name in names if name.kind == "party"))


# -- what a fact says


def _said(knowns: Sequence[Known]) -> Iterator[Said]:
    """What a fact says, then its sources; then the same of accounts that differ, and of those that agree or deny."""
    for known in knowns:
        yield from fields_of(type(known.event))(known.event, "")
        yield from _sourced(known.sources)
    for account in knowns[0].accounts:
        if account.note is not None:
            yield Said("account.note", account.note)
        yield from _sourced(account.sources)


def _sourced(sources: Iterable[Source]) -> Iterator[Said]:
    read = fields_of(Source)
    for source in sources:
        yield from read(source, "source.")


Read = Callable[[Any, str], Iterator[Said]]
"""Gives what a value says; its fields are named behind a prefix."""


@cache
def fields_of(type_: type[Struct]) -> Read:
    """What reads the words of a struct, made from the types of its fields: texts first, then slugs."""
    shape = inspect.type_info(type_)
    assert isinstance(shape, inspect.StructType)
    readers = sorted(
        ((rank, field.name, field.encode_name, read) for field in shape.fields for rank, read in _reader(field.type)),
        key=lambda one: one[0],
    )

    def read_all(value: Any, prefix: str) -> Iterator[Said]:
        for _, name, shown, read in readers:
            held = getattr(value, name)
            if held is not None and held != ():
                yield from read(held, prefix + shown)

    return read_all


_TEXT, _STRUCT, _SLUG = range(3)


def _reader(of: inspect.Type) -> Iterator[tuple[int, Read]]:
    """What reads a field of a type, and how soon it comes; nothing where the type holds no words."""
    match of:
        case inspect.Metadata():
            yield from _reader(of.type)
        case inspect.UnionType():
            for one in of.types:
                yield from _reader(one)
        case inspect.VarTupleType():
            for rank, read in _reader(of.item_type):
                yield rank, _of_each(read)
        case inspect.StructType():
            if of.cls is Ref:
                yield _SLUG, _ref
            else:
                inner = fields_of(of.cls)
                yield _STRUCT, lambda value, name: inner(value, f"{name}.")
        case inspect.StrType() if of.pattern is None and (of.max_length or 0) >= SHORTEST_TEXT:
            yield _TEXT, _text
        case inspect.StrType() if of.pattern is not None and SLUG_PATTERN in of.pattern:
            yield _SLUG, _text
        case _:
            pass


def _text(value: str, name: str) -> Iterator[Said]:
    yield Said(name, value)


def _ref(value: Ref, name: str) -> Iterator[Said]:
    if value.kind != "event":
        yield Said(name, f"{value.id} {value.provision}" if value.provision else value.id)


def _of_each(read: Read) -> Read:
    def read_each(values: Iterable[Any], name: str) -> Iterator[Said]:
        for value in values:
            yield from read(value, name)

    return read_each
