"""What a negotiation's record rests on, for reference managers: CSL-JSON (Zotero and others), and BibTeX."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from negotiation.sources import Source, date_of
from negotiation.state.dossier import Dossier
from parley.harmless import one_line
from parley.telling.titles import title_of

SHOWN: Final = 20
"""So many events are named that rest on a source; all are counted."""

_TYPES: Final = {"official": "document", "leak": "document"}
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


class Csl(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"container_title": "container-title"}):
    """An item in CSL-JSON."""

    id: str
    type: str
    title: str
    container_title: str | None = None
    publisher: str | None = None
    url: str | None = field(default=None, name="URL")
    issued: dict[str, Any] | None = None
    accessed: dict[str, Any] | None = None
    version: str | None = None
    note: str | None = None


def items(negotiation: str, dossier: Dossier, address: str) -> Iterator[Csl]:
    """The record itself, then each source once, by publisher and date. ``address``: where the record is read."""
    history = dossier.history
    yield Csl(
        id=f"parley-{negotiation}-{history.latest}",
        type="dataset",
        title=f"{title_of(negotiation, dossier)}: record of the negotiation",
        publisher="Parley",
        url=f"{address}?as_of={history.latest}",
        version=f"position {history.latest}",
    )
    cited: dict[Source, list[int]] = {}
    for known, *_ in history.known.values():
        for source in (*known.sources, *(one for account in known.accounts for one in account.sources)):
            cited.setdefault(_same(source), []).append(known.position)
    for source in sorted(cited, key=lambda one: (one.publisher, date_of(one), one.title or "", one.url or "")):
        yield _item(source, sorted(set(cited[source])))


def csl(negotiation: str, dossier: Dossier, address: str) -> bytes:
    """The items as CSL-JSON."""
    return msgspec.json.encode(list(items(negotiation, dossier, address)))


def bibtex(negotiation: str, dossier: Dossier, address: str) -> bytes:
    """The items as BibTeX."""
    from pybtex.database import BibliographyData, Entry  # it takes 0.1 s to import

    entries = {}
    for item in items(negotiation, dossier, address):
        fields = {
            "title": item.title,
            "journal": item.container_title,
            "publisher": item.publisher,
            "url": item.url,
            "version": item.version,
            "note": item.note,
            **_bibtex_date("", item.issued),
            "urldate": "-".join(f"{part:02}" for part in item.accessed["date-parts"][0]) if item.accessed else None,
        }
        kind = "article" if item.type == "article-newspaper" else "misc"
        entries[item.id] = Entry(kind, fields=[(name, one_line(value)) for name, value in fields.items() if value])
    text: str = BibliographyData(entries).to_string("bibtex")
    return text.encode()


def _same(source: Source) -> Source:
    """A source without what only tells one use of it from another: the quote, who speaks, and where in it."""
    kind: Any = source.kind if source.kind in _TYPES else "outlet"
    return replace(source, quote=None, speaker=None, locator=None, attribution=None, kind=kind)


def _item(source: Source, positions: list[int]) -> Csl:
    more = f" and {len(positions) - SHOWN} more" if len(positions) > SHOWN else ""
    return Csl(
        id=_key(source),
        type=_TYPES.get(source.kind, "article-newspaper"),
        title=source.title or f"{source.publisher}, {date_of(source)}",
        container_title=source.publisher,
        url=source.url,
        issued=_parts(source.published),
        accessed=_parts(source.retrieved),
        note=f"Cited by events at positions {', '.join(map(str, positions[:SHOWN]))}{more}.",
    )


def _key(source: Source) -> str:
    """A key that stays the same from one export to the next."""
    name = _NO_WORD.sub("-", source.publisher.lower()).strip("-") or "source"
    told = "\n".join((source.publisher, source.title or "", source.url or "", date_of(source)))
    return f"{name[:40]}-{date_of(source)[:4]}-{sha256(told.encode()).hexdigest()[:6]}"


def _parts(date: str | None) -> dict[str, Any] | None:
    """A plain date or an instant in CSL's form; of a season the year alone."""
    if date is None:
        return None
    numbers = [int(part) for part in date.partition("T")[0].split("-")]
    return {"date-parts": [numbers[:1] if len(numbers) == 2 and numbers[1] > 12 else numbers]}


def _bibtex_date(prefix: str, date: dict[str, Any] | None) -> dict[str, str]:
    if date is None:
        return {}
    numbers = date["date-parts"][0]
    return {f"{prefix}{name}": str(number) for name, number in zip(("year", "month", "day"), numbers, strict=False)}
