"""Rows go into the tables of read models and out of them, whatever they hold."""

from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.projections import READ_MODELS
from parley.projections.tables import Gone, Rows, Table, Update, statement

ROOMS = Table(
    name="rooms",
    columns={
        "house": "text",
        "room": "text",
        "guests": "text[]",
        "event_id": "uuid",
        "number": "integer",
        "begins": "bigint",
        "open": "boolean",
        "document": "bytea",
    },
    key=2,
    unit="house",
)
HOSTILE = ["", ",", '"', "\\", "}", "{a,b}", "NULL", "null", " a ", "'; DROP TABLE rooms; --", "\n\t", "é語🕊", '\\"\\']
IDS = ["00000000-0000-0000-0000-00000000000a", "0199f0a0-0000-7000-8000-000000000001"]

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    HOSTILE
)
rows_strategy = st.lists(
    st.tuples(
        texts,
        texts,
        st.lists(texts, max_size=3),
        st.sampled_from(IDS),
        st.integers(-(2**31), 2**31 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.booleans(),
        st.binary(max_size=20),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[:2],
)


@pytest.fixture
async def rooms(psql: asyncpg.Connection) -> asyncpg.Connection:
    columns = ", ".join(f"{name} {kind}" for name, kind in ROOMS.columns.items())
    await psql.execute(f"CREATE TABLE rooms ({columns}, PRIMARY KEY (house, room))")
    return psql


async def bring(connection: asyncpg.Connection, update: Update) -> None:
    sql, parameters = statement(update)
    await connection.execute(sql, *parameters)


async def stored(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await connection.fetch("SELECT * FROM rooms")
    return sorted((*row[:3], str(row[3]), *row[4:]) for row in map(tuple, rows))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_strategy)
async def test_put_any_rows_are_stored_as_they_were_given(
    rooms: asyncpg.Connection, rows: list[tuple[Any, ...]]
) -> None:
    await rooms.execute("TRUNCATE rooms")

    await bring(rooms, Rows(ROOMS, rows))

    assert await stored(rooms) == sorted(rows)


async def test_put_rows_with_known_keys_takes_their_place(rooms: asyncpg.Connection) -> None:
    one: tuple[Any, ...] = ("a", "1", ["x"], IDS[0], 1, 1, True, b"first")
    other: tuple[Any, ...] = ("a", "2", [], IDS[1], 2, 2, False, b"")
    again: tuple[Any, ...] = ("a", "1", [], IDS[1], 3, 3, False, b"second")

    await bring(rooms, Rows(ROOMS, [one, other]))
    await bring(rooms, Rows(ROOMS, [again]))

    assert await stored(rooms) == [again, other]


@pytest.mark.parametrize("house", HOSTILE)
async def test_take_by_the_first_part_of_a_key_takes_those_and_no_others(rooms: asyncpg.Connection, house: str) -> None:
    rows = [(house, "1"), (house, "2"), ("another", "1")]
    await bring(rooms, Rows(ROOMS, [(*key, [], IDS[0], 0, 0, True, b"") for key in rows]))

    await bring(rooms, Gone(ROOMS, [(house,)]))
    assert [row[:2] for row in await stored(rooms)] == [("another", "1")]

    await bring(rooms, Gone(ROOMS, [("another", "1")]))
    assert await stored(rooms) == []


async def test_put_a_text_with_nul_is_refused_rather_than_shifted(rooms: asyncpg.Connection) -> None:
    with pytest.raises(ValueError, match="NUL"):
        statement(Rows(ROOMS, [("a\0b", "1", [], IDS[0], 0, 0, True, b""), ("c", "2", [], IDS[0], 0, 0, True, b"")]))


async def test_every_table_of_a_read_model_has_the_columns_and_the_key_it_says(psql: asyncpg.Connection) -> None:
    for table in (table for read_model in READ_MODELS for table in read_model.tables):
        columns = await psql.fetch(
            "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
            "WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            table.name,
        )
        key = await psql.fetchval(
            "SELECT array_agg(a.attname::text ORDER BY k.number) FROM pg_index AS i "
            "CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, number) "
            "JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum "
            "WHERE i.indrelid = $1::text::regclass AND i.indisprimary",
            table.name,
        )
        assert {row["attname"]: row["type"] for row in columns} == dict(table.columns)
        assert key == list(table.columns)[: table.key]
