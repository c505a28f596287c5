"""`parley replay`: the story of a negotiation, event by event, in the order of a chosen clock."""

import asyncio
import io
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import asyncpg

from negotiation.dates import DateError, interval_of_date
from negotiation.envelope import Recorded
from negotiation.streams import PARTIES
from parley.cli.chosen import chosen
from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.cli.lines import Lines
from parley.cli.page import THEME, Page
from parley.cli.terminal import Terminal
from parley.store.damage import check_streams, event_of
from parley.store.log import SQL, read_head
from parley.store.migrate import check_version
from parley.store.openings import opened
from parley.store.primary import connect
from parley.telling.order import Clock
from parley.telling.story import TO_THE_END, Step, Story, Until

NAMES_SHOWN: Final = 20
"""How many names a message lists; the rest is counted."""


class Options(NamedTuple):
    """What to tell, and how; ``speed``: events a second, None without pausing."""

    negotiation: str | None
    by: str
    until: str | None
    round: str | None
    speed: float | None
    json: bool


class Sheet(Protocol):
    """What a story is written on."""

    def head(self) -> None:
        """Begin."""

    def step(self, step: Step) -> None:
        """Tell one event."""

    def end(self) -> None:
        """Tell where it stands."""


async def tell_story(data: Path | None, options: Options, environment: Mapping[str, str]) -> None:
    """Tell the story; nothing is kept open while it is told. Raises Failure."""
    clock = Clock(options.by)
    until = until_of(options.until, clock)
    async with chosen("replay", data, environment) as url:
        connection = await connect(url, server_settings={"search_path": "parley", "jit": "off"})
        try:
            await check_version(connection)
            negotiation = await _negotiation(connection, options.negotiation)
            events = await _events(connection, negotiation)
        finally:
            await connection.close()
    story = Story(negotiation, events, clock, until=until, round_=options.round)
    if options.round is not None and options.round not in story.rounds:
        raise Failure(_unknown("round", options.round, story.rounds, f" in {negotiation}"), CALLED_WRONGLY)
    await tell(story, _sheet(story, as_json=options.json), options.speed)


async def tell(story: Story, sheet: Sheet, speed: float | None) -> None:
    """Write the story on the sheet, so many events a second; can be cancelled between any two."""
    sheet.head()
    for step in story.steps():
        sheet.step(step)
        await asyncio.sleep(1 / speed if speed else 0)
    sheet.end()


def until_of(text: str | None, clock: Clock) -> Until:
    """Where the story is to end; raises Failure for what is neither a date nor, by *recorded*, a position."""
    if text is None:
        return TO_THE_END
    if clock is Clock.RECORDED and text.isascii() and text.isdigit():
        return Until(position=int(text[:19]))
    try:
        return Until(clock=interval_of_date(text))
    except DateError as error:
        raise Failure(f"--until: {error}{_or_a_position(text, clock)}.", CALLED_WRONGLY) from error


def _or_a_position(text: str, clock: Clock) -> str:
    if clock is Clock.RECORDED:
        return "; or a position, a whole number"
    return "; for a position say --by recorded, too" if text.isdecimal() else ""


def _sheet(story: Story, *, as_json: bool) -> Sheet:
    if as_json:
        return Lines(sys.stdout.buffer, story)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without the letters of a name
    return Page(Terminal(highlight=False, markup=False, emoji=False, theme=THEME), story)


async def _negotiation(connection: asyncpg.Connection, asked: str | None) -> str:
    """The negotiation asked for, or the only one on record; raises Failure."""
    known = await opened(connection)
    if not known:
        raise Failure("No negotiation is on record yet: record one, or load a file with one (`parley load`).")
    if asked is None and len(known) > 1:
        raise Failure(f"Which negotiation? On record are {_some(known)}: name one.", CALLED_WRONGLY)
    if asked is not None and asked not in known:
        raise Failure(_unknown("negotiation", asked, known, " on record"), CALLED_WRONGLY)
    return asked or known[0]


async def _events(connection: asyncpg.Connection, negotiation: str) -> list[Recorded]:
    """The events of a negotiation and of all parties, as they were recorded."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await read_head(connection)
        rows = [row async for row in connection.cursor(SQL["events_of_units"], [PARTIES, negotiation], prefetch=1_000)]
    check_streams(rows, 0)
    return [event_of(row) for row in rows]


def _unknown(kind: str, asked: str, known: Sequence[str], where: str) -> str:
    close = get_close_matches(asked, known, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    there = f"There are {_some(known)}." if len(known) > 1 else f"There is {known[0]}." if known else "There is none."
    return f"There is no {kind} {asked}{where}.{meant} {there}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
