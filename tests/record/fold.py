"""The read models as a fold from zero gives them, to be held against what is stored and what is read."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

import asyncpg
import msgspec

from negotiation.clocks import NOW, Reading
from negotiation.documents.ledger import demand_slugs, ledger_entry, ledger_row
from negotiation.documents.lists import items, totals
from negotiation.documents.negotiation import (
    negotiation_document,
    negotiation_dossier,
    negotiation_exists,
    negotiation_header,
    negotiation_summary,
    round_slugs,
)
from negotiation.documents.party import (
    parties_dossier,
    party_document,
    party_exists,
    party_header,
    party_summary,
    party_totals,
)
from negotiation.documents.round import round_begins, round_document, round_exists, round_header, round_summary
from negotiation.documents.views import encode, show_finding
from negotiation.envelope import Recorded
from negotiation.state.dossier import Dossier
from negotiation.streams import PARTIES, party_stream, stream
from negotiation.tables.search import searchable
from parley.projections import ledger, negotiations, parties, rounds
from parley.projections.projecting import project
from parley.projections.units import SQL, Units
from parley.store.codec import decode_state
from parley.store.log import AnyConnection
from parley.store.reading import Document

Row: TypeAlias = tuple[Any, ...]

TABLES: Final = {
    "parties": "party, version, header, totals, summary",
    "negotiations": "negotiation, position, parties, header, totals, summary",
    "negotiation_parties": "party, negotiation",
    "rounds": "negotiation, round, begins, scheduled, version, header, totals, summary",
    "items": "place, kind, id, begins, ends, document",
    "demands": "negotiation, demand, owners, put_to, document, life",
    "demand_answers": "negotiation, demand, provision, party, through, document",
    "findings": "unit, event_id::text, ordinal, stream, document",
    "search_facts": "unit, event_id::text, ends, begins, labels, words, found",
}
"""Every read model and all of its columns."""
UNKNOWN_WORDS: Final = """
SELECT word FROM parley.search_facts CROSS JOIN string_to_table(words, ' ') AS word
WHERE length(word) >= 4 AND word !~ '^[0-9]' EXCEPT SELECT word FROM parley.search_words
"""
"""The words in facts in which no typing error would be forgiven."""


class Fold:
    """The whole record, folded from its first event, at a reading."""

    def __init__(self, recorded: Sequence[Recorded], reading: Reading = NOW) -> None:
        self.recorded = recorded
        self.reading = reading
        self.parties = parties_dossier(reading)
        self.parties.apply_all(event for event in recorded if stream(event.stream).is_party)
        self.talks: dict[str, Dossier] = {}
        self.named: set[tuple[str, str]] = set()
        by_unit: dict[str, list[Recorded]] = {}
        for event in recorded:
            if not stream(event.stream).is_party:
                by_unit.setdefault(stream(event.stream).unit, []).append(event)
        for unit, events in by_unit.items():
            self.talks[unit] = self._dossier()
            self.talks[unit].apply_all(events)
            self.named |= {(party, unit) for party in _ever_named(self._dossier(), events)}

    def _dossier(self) -> Dossier:
        return negotiation_dossier(lambda: self.parties, self.reading)

    @property
    def party_slugs(self) -> list[str]:
        """The parties that are known."""
        streams = {stream(event.stream).part for event in self.recorded if stream(event.stream).is_party}
        return sorted(party for party in streams if party_exists(self.parties, party))

    @property
    def negotiation_slugs(self) -> list[str]:
        """The negotiations that stand opened."""
        return sorted(unit for unit, dossier in self.talks.items() if negotiation_exists(dossier, unit))

    @property
    def round_slugs(self) -> list[tuple[str, str]]:
        """The rounds of which anything stands, with their negotiations."""
        places = {stream(event.stream) for event in self.recorded}
        return sorted(
            (here.unit, here.part)
            for here in places
            if here.is_round and round_exists(self.talks[here.unit], here.unit, here.part)
        )

    def tables(self) -> dict[str, list[Row]]:
        """Every row of every read model."""
        every = [(PARTIES, self.parties), *self.talks.items()]
        entries = [
            (unit, ledger_row(dossier, self.parties, demand))
            for unit, dossier in self.talks.items()
            for demand in demand_slugs(dossier)
        ]
        return {
            "parties": [
                (
                    party,
                    self.parties.history.versions[party_stream(party)],
                    party_header(self.parties, party),
                    encode(party_totals(self.parties, party)),
                    party_summary(self.parties, party),
                )
                for party in self.party_slugs
            ],
            "negotiations": [
                (
                    unit,
                    dossier.history.latest,
                    sorted(dossier.history.parties_named),
                    negotiation_header(dossier, unit),
                    encode(totals(dossier, unit, "")),
                    negotiation_summary(dossier, unit),
                )
                for unit, dossier in self.talks.items()
                if negotiation_exists(dossier, unit)
            ],
            "negotiation_parties": list(self.named),
            "rounds": [
                (
                    unit,
                    round_,
                    round_begins(self.talks[unit], round_),
                    round_ in round_slugs(self.talks[unit]),
                    self.talks[unit].history.versions[f"{unit}/{round_}"],
                    round_header(self.talks[unit], unit, round_),
                    encode(totals(self.talks[unit], unit, round_)),
                    round_summary(self.talks[unit], unit, round_),
                )
                for unit, round_ in self.round_slugs
            ],
            "items": [tuple(item) for unit, dossier in every for item in items(dossier, unit)],
            "demands": [
                (unit, row.demand, [*row.owners], [*row.put_to], row.document, row.life) for unit, row in entries
            ],
            "demand_answers": [
                (unit, row.demand, answer.provision, answer.party, answer.through, answer.document)
                for unit, row in entries
                for answer in row.answers
            ],
            "findings": [
                (unit, fact, ordinal, finding.stream, encode(show_finding(dossier, finding)))
                for unit, dossier in every
                for fact, found in dossier.findings.items()
                for ordinal, finding in enumerate(found)
            ],
            "search_facts": [
                (unit, fact, one.ends, one.begins, [*one.labels], one.words, encode(one.found))
                for unit, dossier in every
                for fact in dossier.history.known
                if (one := searchable(dossier, fact)) is not None
            ],
        }

    def documents(self) -> dict[str, bytes]:
        """Every document: of parties and rounds by stream, of negotiations by slug, of demands by both."""
        found = {party_stream(party): party_document(self.parties, party) for party in self.party_slugs}
        for unit in self.negotiation_slugs:
            found[unit] = negotiation_document(self.talks[unit], unit)
            for demand in demand_slugs(self.talks[unit]):
                found[f"{unit} {demand}"] = self.entry(unit, demand, whole=True)
        for unit, round_ in self.round_slugs:
            found[f"{unit}/{round_}"] = round_document(self.talks[unit], unit, round_)
        return found

    def lists(self) -> dict[str, list[bytes]]:
        """Every list, by what it lists and of which negotiation."""
        found = {
            "parties": [party_summary(self.parties, party) for party in self.party_slugs],
            "negotiations": [negotiation_summary(self.talks[unit], unit) for unit in self.negotiation_slugs],
        }
        for unit in self.negotiation_slugs:
            dossier = self.talks[unit]
            rounds = sorted((round_begins(dossier, one), one) for where, one in self.round_slugs if where == unit)
            found[f"{unit} rounds"] = [round_summary(dossier, unit, one) for _, one in rounds]
            found[f"{unit} demands"] = [self.entry(unit, demand) for demand in demand_slugs(dossier)]
            found[f"{unit} findings"] = [encode(show_finding(dossier, one)) for one in dossier.findings_in()]
        return found

    def entry(self, unit: str, demand: str, *, whole: bool = False) -> bytes:
        """A demand with its answers, as a list has it, or (``whole``) as it is read by itself."""
        dossier = self.talks[unit]
        return ledger_entry(
            ledger_row(dossier, self.parties, demand), sorted(dossier.history.parties_named), whole=whole
        )


def _ever_named(dossier: Dossier, events: Iterable[Recorded]) -> set[str]:
    return {flip[1] for event in events for flip in dossier.apply(event).flips if flip[0] == "named"}


async def fold(connection: asyncpg.Connection | asyncpg.Pool) -> Fold:
    """Fold the whole record that is stored."""
    rows = await connection.fetch(
        "SELECT originator_id, originator_version, notification_id, state FROM parley.parley_events ORDER BY 3"
    )
    return Fold(
        [
            decode_state(state, stream=name, version=version, position=at)
            for name, version, at, state in map(tuple, rows)
        ]
    )


async def lagging(connection: asyncpg.Connection) -> list[str]:
    """The units whose read models are behind what is recorded, in them or among the parties that they name."""
    rows = await connection.fetch(SQL["lagging"])
    rows += await connection.fetch(SQL["reached"], 0)
    return sorted({row["unit"] for row in rows})


async def bring_up_to_date(connection: asyncpg.Connection | asyncpg.Pool) -> None:
    """Project every unit that lags, from where its read models are, as any replica may."""
    if isinstance(connection, asyncpg.Pool):
        async with connection.acquire() as one:
            await _project_lagging(one)
    else:
        await connection.execute("SET search_path TO parley")
        await _project_lagging(connection)


async def _project_lagging(connection: AnyConnection) -> None:
    units = Units()
    lagging = {row["unit"] for row in await connection.fetch(SQL["lagging"])}
    if PARTIES in lagging:
        await project(connection, units, [PARTIES])
        lagging.remove(PARTIES)
    lagging |= {row["unit"] for row in await connection.fetch(SQL["reached"], 0)}
    for unit in sorted(lagging):
        await project(connection, units, [unit])
    assert not await connection.fetch(SQL["lagging"])


async def assert_equals_fold(connection: asyncpg.Connection | asyncpg.Pool) -> None:
    """Every row of every read model, up to date, is what a fold from zero gives, and there is no other."""
    await bring_up_to_date(connection)
    await assert_rows_equal_fold(connection)


async def assert_rows_equal_fold(connection: asyncpg.Connection | asyncpg.Pool) -> None:
    """Every row of every read model is so already."""
    expected = (await fold(connection)).tables()
    assert expected.keys() == TABLES.keys()
    for table, columns in TABLES.items():
        stored = [tuple(row) for row in await connection.fetch(f"SELECT {columns} FROM parley.{table}")]
        assert sorted(map(_readable, stored)) == sorted(map(_readable, expected[table])), table
    assert not await connection.fetch(UNKNOWN_WORDS)


def _readable(row: Row) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else repr(value) for value in row]


async def assert_documents_equal_fold(pool: asyncpg.Pool) -> None:
    """Every document that can be read, up to date, says what a fold from zero gives."""
    await bring_up_to_date(pool)
    whole = await fold(pool)
    for party in whole.party_slugs:
        assert _body(await parties.get(pool, party)) == _json(party_document(whole.parties, party))
    for unit in whole.negotiation_slugs:
        assert _body(await negotiations.get(pool, unit)) == _json(negotiation_document(whole.talks[unit], unit))
        for demand in demand_slugs(whole.talks[unit]):
            assert _body(await ledger.get(pool, unit, demand)) == _json(whole.entry(unit, demand, whole=True))
    for unit, round_ in whole.round_slugs:
        assert _body(await rounds.get(pool, unit, round_)) == _json(round_document(whole.talks[unit], unit, round_))


def _body(document: Document | None) -> Any:
    assert document is not None
    return _json(document.body)


def _json(body: bytes) -> Any:
    return msgspec.json.decode(body)
