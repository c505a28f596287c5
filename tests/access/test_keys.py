"""Keys: how they are written, and what is kept of them."""

from datetime import UTC, datetime

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.access import keys, store
from parley.access.keys import Key, digest_of, make, taken_apart
from parley.access.store import KeyNotMade
from tests.record.conftest import psql

__all__ = ["psql"]


def test_key_that_was_made_is_taken_apart_and_fits_what_is_kept() -> None:
    made = make()
    parts = taken_apart(made.written.encode())
    assert parts is not None
    assert parts[0] == made.id
    assert digest_of(parts[1]) == made.digest
    assert len(made.written) == 61


def test_keys_that_are_made_are_all_different_in_both_parts() -> None:
    made = [make() for _ in range(200)]
    assert len({key.id for key in made}) == len({key.written[18:] for key in made}) == 200


@given(st.binary(max_size=80) | st.integers(0, 60).map(lambda cut: make().written[:cut].encode()))
def test_bytes_that_are_no_key_are_none_of_ours(written: bytes) -> None:
    assert taken_apart(written) is None or len(written) == 61


@pytest.mark.parametrize(
    "written",
    [make().written + "a", make().written.upper(), "é" * 61, "ghp_" + "a" * 57],
    ids=["longer", "upper-case", "not-ascii", "of-another-kind"],
)
def test_key_that_is_nearly_one_is_none(written: str) -> None:
    assert taken_apart(written.encode()) is None


async def test_create_keeps_the_hash_and_not_the_secret(psql: asyncpg.Connection) -> None:
    made = await store.create(psql, "desk", "recorder", negotiations=["talks", "talks"])
    rows = [str(dict(row)) for row in await psql.fetch("SELECT * FROM keys")]
    assert made.id in rows[0]
    assert made.written[18:] not in rows[0]
    [key] = await store.load(psql)
    assert key.fits(made.written[18:].encode())
    assert not key.fits(b"x" + made.written[19:].encode())
    assert (key.name, key.role, key.negotiations) == ("desk", "recorder", frozenset({"talks"}))


async def test_create_under_a_name_that_is_taken_has_to_say_so(psql: asyncpg.Connection) -> None:
    """A name is its holder's for good, after all their keys are revoked too: it stands in the record."""
    with pytest.raises(KeyNotMade, match="leave out --another"):
        await store.create(psql, "desk", "reader", another=True)
    await store.create(psql, "desk", "reader")
    await store.revoke(psql, "desk")
    with pytest.raises(KeyNotMade, match="a key of the name desk already"):
        await store.create(psql, "desk", "reader")
    await store.create(psql, "desk", "reader", another=True)
    assert len(await store.every(psql)) == 2


async def test_create_more_keys_than_may_be_in_use_is_refused_until_one_is_revoked(
    psql: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_KEYS", 2)
    first = await store.create(psql, "one", "reader")
    await store.create(psql, "two", "reader")
    with pytest.raises(KeyNotMade, match="2 keys are in use"):
        await store.create(psql, "three", "reader")
    await store.revoke(psql, first.id)
    await store.create(psql, "three", "reader")


async def test_load_more_keys_than_are_held_holds_those_in_use(psql: asyncpg.Connection) -> None:
    """However many came and went since."""
    old = await store.create(psql, "old", "admin")
    await psql.execute(
        "INSERT INTO keys (id, name, role, digest, expires_at) SELECT format('a%s', lpad(n::text, 9, 'a')), 'brief', "
        "'reader', $1, now() FROM generate_series(1, 20000) AS n",
        bytes(32),
    )
    assert old.id in {key.id for key in await store.load(psql)}


async def test_revoke_by_id_is_that_key_and_by_name_is_all_of_it(psql: asyncpg.Connection) -> None:
    made = [await store.create(psql, "desk", "reader", another=bool(number)) for number in range(3)]
    assert [key.id for key in await store.revoke(psql, made[1].id)] == [made[1].id]
    assert {key.id for key in await store.revoke(psql, "desk")} == {made[0].id, made[2].id}
    assert await store.revoke(psql, "desk") == []
    assert await store.any_made(psql)


@pytest.mark.parametrize(
    "change",
    ["UPDATE keys SET expires_at = now()", "DELETE FROM keys", "TRUNCATE keys", "UPDATE keys SET role = 'reader'"],
)
async def test_keys_changed_by_hand_change_the_number_that_services_look_at(
    psql: asyncpg.Connection, change: str
) -> None:
    await store.create(psql, "desk", "recorder")
    before = await store.version(psql)
    await psql.execute(change)
    assert await store.version(psql) != before


async def test_keys_that_no_program_would_make_are_refused_by_the_table(psql: asyncpg.Connection) -> None:
    insert = "INSERT INTO keys (id, name, role, negotiations, digest) VALUES ('a', 'b', $1, $2, $3)"
    for role, limits, digest in (("owner", None, bytes(32)), ("reader", [], bytes(32)), ("reader", None, b"short")):
        with pytest.raises(asyncpg.CheckViolationError):
            await psql.execute(insert, role, limits, digest)


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison is the standard library's own for that, and is of hashes: nothing of a secret can be learnt."""
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(keys, "compare_digest", compare)
    made = make()
    at = datetime.fromtimestamp(0, UTC)
    key = Key(id=made.id, name="x", role="reader", negotiations=None, digest=made.digest, created_at=at)
    assert key.fits(made.written[18:].encode())
    assert compared == [(made.digest, made.digest)]
