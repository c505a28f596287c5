"""`parley keys`: keys made, listed and revoked."""

import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg
from rich.console import Console

from negotiation.dates import DateError, instant_text, parse_clock
from parley.access import store
from parley.access.keys import MOST_NEGOTIATIONS, Key, NewKey, Role
from parley.cli.chosen import chosen
from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.cli.output import OutputFailed
from parley.cli.terminal import Terminal
from parley.commands.request import LOCAL
from parley.store.log import SCHEMA
from parley.store.migrate import check_version
from parley.store.openings import opened
from parley.store.primary import connect

_DAYS: Final = re.compile(r"[0-9]{1,5}d")
_A: Final[dict[Role, str]] = {"reader": "a", "recorder": "a", "admin": "an"}
_HEADING: Final = ("ID", "NAME", "ROLE", "NEGOTIATIONS", "STATE")


class Wanted(NamedTuple):
    """The key that is to be made."""

    name: str
    role: Role
    only: tuple[str, ...]
    expires: str | None
    another: bool


async def create(data: Path | None, wanted: Wanted, environment: Mapping[str, str]) -> None:
    """Make a key: alone on standard output, what there is to know of it on standard error. Raises Failure."""
    expires_at = _checked(wanted)
    async with _connected("keys create", data, environment) as connection:
        first = not await store.any_made(connection)
        unknown = await _not_on_record(connection, wanted.only)
        try:
            async with connection.transaction():  # a key that cannot be shown is not made
                made = await store.create(
                    connection,
                    wanted.name,
                    wanted.role,
                    negotiations=wanted.only,
                    expires_at=expires_at,
                    another=wanted.another,
                )
                _show(made, wanted, expires_at, unknown, first=first)
        except store.KeyNotMade as error:
            raise Failure(str(error)) from error
        except OutputFailed as error:
            raise Failure(f"No key was made: {error}.") from error


async def tell(console: Console, data: Path | None, environment: Mapping[str, str]) -> None:
    """List every key there ever was. Raises Failure."""
    async with _connected("keys list", data, environment) as connection:
        keys = await store.every(connection)
    if not keys:
        console.print("No keys: services on this record serve their own machine alone.", soft_wrap=True)
        return
    now = datetime.now(UTC)
    rows = [_HEADING, *((key.id, key.name, key.role, _limits(key), _state(key, now)) for key in keys)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADING))]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(line.rstrip(), soft_wrap=True)


async def revoke(console: Console, data: Path | None, name_or_id: str, environment: Mapping[str, str]) -> None:
    """Revoke a key, or all keys of a name. Raises Failure where there is none."""
    async with _connected("keys revoke", data, environment) as connection:
        revoked = await store.revoke(connection, name_or_id)
        known = revoked or await store.find(connection, name_or_id)
    if not known:
        raise Failure(f"No key has the id or the name {name_or_id}: `parley keys list` tells which there are.")
    if not revoked:
        console.print(f"Nothing to do, revoked before: {_listed(known)}.", soft_wrap=True)
        return
    console.print(f"Revoked: {_listed(revoked)}. No service takes it any more.", soft_wrap=True)


def _show(made: NewKey, wanted: Wanted, expires_at: datetime | None, unknown: Sequence[str], *, first: bool) -> None:
    """Write the key; raises OutputFailed."""
    beside = Terminal(stderr=True, highlight=False, markup=False, emoji=False)
    of = f" of {', '.join(wanted.only)}" if wanted.only else ""
    until = f" until {_moment(expires_at)}" if expires_at else ""
    beside.print(f"Key {made.id}: {wanted.name} is {_A[wanted.role]} {wanted.role}{of}{until}.", soft_wrap=True)
    for slug in unknown:
        beside.print(f"(There is no negotiation {slug} on record yet.)", soft_wrap=True)
    if first:
        beside.print("It is the first key: services on this record take nobody without one now.", soft_wrap=True)
    beside.print("This is the only time it is shown:", soft_wrap=True)
    beside.file.flush()
    sys.stdout.write(f"{made.written}\n")
    sys.stdout.flush()


@asynccontextmanager
async def _connected(
    command: str, data: Path | None, environment: Mapping[str, str]
) -> AsyncIterator[asyncpg.Connection]:
    async with chosen(command, data, environment) as url:
        connection = await connect(url, server_settings={"search_path": SCHEMA})
        try:
            await check_version(connection)
            yield connection
        finally:
            await connection.close()


def _checked(wanted: Wanted) -> datetime | None:
    """When the key expires; raises Failure for what cannot be."""
    if wanted.name == LOCAL:
        raise Failure(
            f"{LOCAL} stands in the record for what was recorded without a key: choose another.", CALLED_WRONGLY
        )
    if len(wanted.only) > MOST_NEGOTIATIONS:
        raise Failure(f"A key is limited to {MOST_NEGOTIATIONS} negotiations at most.", CALLED_WRONGLY)
    return None if wanted.expires is None else _expiry(wanted.expires)


def _expiry(text: str) -> datetime:
    now = datetime.now(UTC)
    if _DAYS.fullmatch(text):
        found = now + timedelta(days=int(text[:-1]))
    else:
        try:
            found = datetime.fromisoformat(instant_text(parse_clock(text)))
        except DateError as error:
            raise Failure(f"--expires: {error}; or a number of days, such as 90d.", CALLED_WRONGLY) from error
    if found <= now:
        raise Failure(
            f"--expires: {text} is over already: give a later day, year or month, or a number of days, such as 90d.",
            CALLED_WRONGLY,
        )
    return found


async def _not_on_record(connection: asyncpg.Connection, slugs: Sequence[str]) -> list[str]:
    return sorted(set(slugs) - set(await opened(connection, slugs)))


def _limits(key: Key) -> str:
    return "all" if key.negotiations is None else ",".join(sorted(key.negotiations))


def _state(key: Key, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {_moment(key.revoked_at)}"
    if key.expires_at is None:
        return "in use"
    return f"{'in use until' if key.expires_at > now else 'expired'} {_moment(key.expires_at)}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _listed(keys: Sequence[Key]) -> str:
    return ", ".join(f"{key.id} of {key.name}" for key in keys)
