"""search_1m: facts found by their words among a million events. append_with_search: what that costs who records."""

import asyncio
import json
import time
import urllib.request
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from statistics import median
from typing import Final
from urllib.parse import urlencode

import asyncpg

from bench.figures import Figure, Measured
from bench.rows.recording import UNIT, Ours
from bench.run import Run, in_turn
from bench.sides import services
from bench.sides.services import Service
from parley.store.log import SCHEMA

SEARCH: Final = "search_1m"
APPEND: Final = "append_with_search"
_LOOKED_AT: Final = 5_000
"""Of so many facts the words are counted."""
_WARM, _TIMED = 3, 20
"""So often each question is asked before it is timed, and while it is."""


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """append_with_search: the same recorded and projected by one process, with searches and without."""
    ours = Ours(run, APPEND, projected=True, name="with_search", projectors=0)
    without = Ours(run, APPEND, projected=True, name="without_search", projectors=0, search=False)
    async with AsyncExitStack() as stack:
        for side in (ours, without):
            await stack.enter_async_context(side.ready())
        mine, theirs = await in_turn(run, APPEND, [ours, without])
    note = (
        f"{run.scale.writers} writers; one process records and projects, and the clock stops when every read model is "
        "up to date"
    )
    peer = "the same without searches"
    return [Figure.measured(name, mine, UNIT, peer, theirs, reach=">= 0.75x", note=note) for name in names]


async def figures(run: Run, dsn: str) -> dict[str, Figure]:
    """search_1m: each kind of question over HTTP, one connection, on a warm service."""
    asked = await _questions(dsn)
    async with services.parley(dsn, profile=run.profile(SEARCH)) as service:
        run.say(f"{SEARCH}: {len(asked)} questions")
        took = {kind: await asyncio.to_thread(_ask, service, query) for kind, query in asked.items()}
    medians = {kind: median(found) for kind, (found, _) in took.items()}
    told = ", ".join(f"{kind} {medians[kind]:.0f} ms ({_counted(total)})" for kind, (_, total) in took.items())
    slowest = max(medians.values())
    return {
        SEARCH: Figure.measured(
            SEARCH, Measured(slowest, min(medians.values()), max(max(found) for found, _ in took.values())), "ms",
            reach="<= 200 ms",
            note=f"{run.scale.large:,} events; the median of the slowest kind of question, from that of the quickest "
            f"to the slowest answer of all; 20 facts a page, over HTTP; {told}",
        )
    }  # fmt: skip


async def _questions(dsn: str) -> Mapping[str, Mapping[str, str]]:
    """Questions of all kinds, in words of the record."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": SCHEMA})
    try:
        rows = await connection.fetch(
            "SELECT words, labels FROM search_facts TABLESAMPLE SYSTEM (5) WHERE unit <> 'parties' LIMIT $1", _LOOKED_AT
        )
    finally:
        await connection.close()
    counted = Counter(word for row in rows for word in set(row["words"].split()) if word.isalpha() and len(word) > 5)
    ranked = [word for word, _ in counted.most_common()]
    common, middle, rare = ranked[0], ranked[len(ranked) // 8], ranked[-1]
    (party, _), *_ = Counter(one for row in rows for one in row["labels"] if one.startswith("party:")).most_common(1)
    (unit, _), *_ = Counter(one for row in rows for one in row["labels"] if one.startswith("unit:")).most_common(1)
    row = max(rows, key=lambda one: len(one["words"]))["words"].split()
    return {
        "the commonest word": {"q": common},
        "a word": {"q": middle},
        "a rare word": {"q": rare},
        "two words": {"q": f"{common} {middle}"},
        "words in a row": {"q": f'"{" ".join(row[:3])}"'},
        "a word and not another": {"q": f"{common} -{middle}"},
        "with a typing error": {"q": f"{middle[:3]}{middle[4:]}"},
        "of one party": {"q": common, "party": party.partition(":")[2]},
        "of one negotiation": {"q": common, "negotiation": unit.partition(":")[2]},
        "nothing": {"q": "qwertzuiop"},
    }


def _ask(service: Service, query: Mapping[str, str]) -> tuple[list[float], int]:
    """How many milliseconds each answer takes, and how many facts are found."""
    address = f"{service.address}/v1/search?{urlencode({**query, 'limit': '20'})}"
    took: list[float] = []
    total = 0
    for _ in range(_WARM + _TIMED):
        began = time.perf_counter()
        with urllib.request.urlopen(address) as answer:
            body = answer.read()
        took.append((time.perf_counter() - began) * 1000)
        total = json.loads(body)["total"]
    return took[_WARM:], total


def _counted(total: int) -> str:
    return f"{total:,} facts"
