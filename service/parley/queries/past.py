"""The record at past clocks: the same documents and lists, made from the events that the clocks let through."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final, TypeVar

import asyncpg
from msgspec import Struct

from negotiation.clocks import Reading
from negotiation.documents.ledger import demand_exists, demand_slugs, ledger_entry, ledger_row
from negotiation.documents.negotiation import negotiation_document, negotiation_exists, negotiation_summary
from negotiation.documents.party import party_document, party_exists, party_summary
from negotiation.documents.round import round_begins, round_document, round_exists, round_summary
from negotiation.documents.views import encode, show_finding, show_possible
from negotiation.state.dossier import Dossier
from negotiation.streams import PARTIES, party_stream, round_stream, stream
from negotiation.texts import as_counted
from parley.projections.units import Folded
from parley.queries.folds import Folds
from parley.store.errors import ReadsBusy
from parley.store.log import SQL
from parley.store.reading import Cursor, Document, Page

MOST_EVENTS_FOLDED: Final = 20_000
"""A page of negotiations ends when it took the folding of so many events; then it is short and can be gone on from."""


_Key = TypeVar("_Key", bound=tuple[Any, ...])
_T = TypeVar("_T")


class Clocks(Struct, frozen=True, kw_only=True):
    """At which clocks to read, and how a reader is told: the dates as asked, the position that `as_of` came to.

    ``settled``: nothing that is recorded later can change what is read.
    """

    reading: Reading
    happened_by: str | None = None
    reported_by: str | None = None
    settled: bool = False

    def told(self, dossier: Dossier | None = None, place: str | None = None) -> bytes:
        """The clocks as JSON, with the facts (of a stream, or of all) that may have happened by then."""
        said: dict[str, object] = {
            name: value
            for name, value in (
                ("happened_by", self.happened_by),
                ("reported_by", self.reported_by),
                ("as_of", self.reading.as_of),
            )
            if value is not None
        }
        if dossier is not None and self.happened_by is not None:
            said["possible"] = show_possible(dossier, place)
        return encode(said)


class Past:
    """The state of the record at past clocks: a `View`."""

    def __init__(self, pool: asyncpg.Pool, folds: Folds, clocks: Clocks) -> None:
        self._pool = pool
        self._folds = folds
        self._clocks = clocks

    # -- documents

    async def negotiation(self, negotiation: str) -> Document | None:
        """One negotiation; its version is the last position of anything in it."""
        async with self._folds.at(self._pool, self._clocks.reading, negotiation) as (dossier, _):
            if not negotiation_exists(dossier, negotiation):
                return None
            body = await self._work(dossier, lambda: negotiation_document(dossier, negotiation))
            return self._document(body, dossier.history.latest, dossier)

    async def round(self, negotiation: str, round_: str) -> Document | None:
        """One round; its version is its stream's."""
        async with self._folds.at(self._pool, self._clocks.reading, negotiation) as (dossier, _):
            if not round_exists(dossier, negotiation, round_):
                return None
            here = round_stream(negotiation, round_)
            version = dossier.history.versions[here]
            body = await self._work(dossier, lambda: round_document(dossier, negotiation, round_))
            return self._document(body, version, dossier, here)

    async def demand(self, negotiation: str, demand: str, *, silent: bool = False) -> Document | None:
        """One demand with its answers; its version is the last position in the negotiation."""
        async with self._folds.at(self._pool, self._clocks.reading, negotiation) as folded:
            dossier = folded.dossier
            if not negotiation_exists(dossier, negotiation) or not demand_exists(dossier, demand):
                return None
            body = await self._work(dossier, lambda: _entry(folded, demand, silent=silent, whole=True))
            return self._document(body, dossier.history.latest, dossier)

    async def party(self, party: str) -> Document | None:
        """One party; its version is its stream's."""
        async with self._folds.at(self._pool, self._clocks.reading, PARTIES) as (_, parties):
            if not party_exists(parties, party):
                return None
            here = party_stream(party)
            body = await self._work(parties, lambda: party_document(parties, party))
            return self._document(body, parties.history.versions[here], parties, here)

    async def _work(self, dossier: Dossier, work: Callable[[], _T]) -> _T:
        """Compose what is shown of a unit that holds still, where it is large on a thread."""
        return await self._folds.aside.work(len(dossier.history.lives.events), work)

    def _document(self, body: bytes, version: int, dossier: Dossier, place: str | None = None) -> Document:
        told = self._clocks.told(dossier, place)
        return Document(body=body[:-1] + b',"reading":' + told + b"}", version=version, settled=self._clocks.settled)

    # -- lists

    async def negotiations(self, after: Cursor | None, limit: int, only: Collection[str] | None = None) -> Page:
        """Negotiations by slug; ``only`` these, None: all."""
        items: list[bytes] = []
        folded = 0
        last = "" if after is None else str(after[0])
        for slug in await self._units_after(last, only):
            if len(items) == limit or folded >= MOST_EVENTS_FOLDED:
                return self._page(items, (last,), None)
            try:
                async with self._folds.at(self._pool, self._clocks.reading, slug) as (dossier, _):
                    folded += len(dossier.history.lives.events)
                    if negotiation_exists(dossier, slug):
                        items.append(negotiation_summary(dossier, slug))
            except ReadsBusy:
                if not items:
                    raise
                return self._page(items, (last,), None)
            last = slug
        return self._page(items, None, None)

    async def _units_after(self, slug: str, only: Collection[str] | None) -> list[str]:
        """Negotiations behind one, in the order of their list."""
        units = only
        if units is None:
            rows = await self._pool.fetch(SQL["units_by"], self._clocks.reading.as_of)
            units = [row["unit"] for row in rows if row["unit"] != PARTIES]
        return sorted((unit for unit in units if as_counted(unit) > as_counted(slug)), key=as_counted)

    async def rounds(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's rounds by start, then by slug."""
        async with self._folds.at(self._pool, self._clocks.reading, negotiation) as (dossier, _):
            if not negotiation_exists(dossier, negotiation):
                return None
            places = (stream(name) for name in dossier.history.versions)
            keys = [
                (round_begins(dossier, here.part), here.part)
                for here in places
                if here.is_round and round_exists(dossier, negotiation, here.part)
            ]
            shown, following = _cut(keys, after, limit)
            items = await self._work(
                dossier, lambda: [round_summary(dossier, negotiation, round_) for _, round_ in shown]
            )
            return self._page(items, following, dossier)

    async def demands(self, negotiation: str, after: Cursor | None, limit: int, *, silent: bool = False) -> Page | None:
        """A negotiation's demands by slug, each with its answers."""
        async with self._folds.at(self._pool, self._clocks.reading, negotiation) as folded:
            dossier = folded.dossier
            if not negotiation_exists(dossier, negotiation):
                return None
            shown, following = _cut([(slug,) for slug in demand_slugs(dossier)], after, limit)
            entries = await self._work(dossier, lambda: [_entry(folded, slug, silent=silent) for (slug,) in shown])
            return self._page(entries, following, dossier)

    async def findings(self, negotiation: str, after: Cursor | None, limit: int) -> Page | None:
        """A negotiation's findings by event."""
        async with self._folds.at(self._pool, self._clocks.reading, negotiation) as (dossier, _):
            if not negotiation_exists(dossier, negotiation):
                return None
            found = dossier.findings
            keys = [(fact, ordinal) for fact in found for ordinal in range(len(found[fact]))]
            shown, following = _cut(keys, after, limit, order=tuple)
            items = [encode(show_finding(dossier, found[fact][ordinal])) for fact, ordinal in shown]
            return self._page(items, following, dossier)

    async def parties(self, after: Cursor | None, limit: int) -> Page:
        """Parties by slug."""
        async with self._folds.at(self._pool, self._clocks.reading, PARTIES) as (_, parties):
            slugs = [stream(name).part for name in parties.history.versions]
            shown, following = _cut([(slug,) for slug in slugs if party_exists(parties, slug)], after, limit)
            return self._page([party_summary(parties, slug) for (slug,) in shown], following, parties)

    def _page(self, items: Iterable[bytes], following: Cursor | None, dossier: Dossier | None) -> Page:
        told = self._clocks.told(dossier)
        return Page(items=tuple(items), next=following, reading=told, settled=self._clocks.settled)


def _counted(key: Iterable[Any]) -> tuple[Any, ...]:
    """What a key of a list is sorted by: names as people count."""
    return tuple(as_counted(part) if isinstance(part, str) else part for part in key)


def _cut(
    keys: Iterable[_Key], after: Cursor | None, limit: int, *, order: Callable[[Any], Any] = _counted
) -> tuple[Sequence[_Key], _Key | None]:
    """A page of keys behind a cursor, in order, and the cursor behind it."""
    every = sorted(keys, key=order)
    begins = 0 if after is None else bisect_right(every, order(after), key=order)
    shown = every[begins : begins + limit]
    return shown, shown[-1] if begins + limit < len(every) else None


def _entry(folded: Folded, demand: str, *, silent: bool, whole: bool = False) -> bytes:
    row = ledger_row(folded.dossier, folded.parties, demand)
    return ledger_entry(row, folded.dossier.history.parties_named, silent=silent, whole=whole)
