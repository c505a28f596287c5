"""docs/limits.md tells the limits that there are."""

import re

import pytest

from negotiation import references
from negotiation.documents.views import SHOWN
from parley.access import attempts, keys, store
from parley.cli import protocol
from parley.commands.request import Request
from parley.feed import followers
from parley.http.request import bodies, conditions, queries, trying
from parley.http.response import dry_runs, paging
from parley.http.response.problems import NAMED
from parley.settings import TABLE
from tests.cli.running import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", PAGE, re.MULTILINE))
DEFAULTS = {setting.variable: setting.default for setting in TABLE}
COUNTS = {
    "events in one list": bodies.MAX_ENTRIES,
    "faults that a dry run tells": dry_runs.MOST_FAULTS,
    "places in one event that a dry run passes over to look on": trying.MOST_MENDED,
    "nesting of the body": bodies.MAX_DEPTH,
    "entries of a list within an event": references.MANY,
    "`Idempotency-Key`": conditions.MAX_KEY,
    "parameters of a query": queries.MAX_FIELDS,
    "a cursor": paging.MAX_CURSOR,
    "items on a page (`limit`)": queries.MAX_LIMIT,
    "items that a document shows of each list": SHOWN,
    "negotiations that it is limited to": keys.MOST_NEGOTIATIONS,
    "keys in use": store.MOST_KEYS,
    "answers to refused keys that wait": attempts.MOST_WAITING,
    "time for the head, from the connection to its end": protocol.HEAD_WITHIN_S,
    "time for the body": protocol.BODY_WITHIN_S,
    "time for a client to take what it asked for": protocol.TAKEN_WITHIN_S,
    "time until an event is recorded": Request(entries=(), recorded_by="").timeout_s,
}
SIZES = {
    "head: address and header fields": (protocol.MOST_HEAD, "64 KiB"),
    "body": (bodies.MAX_BYTES, "1 MiB"),
    "what waits for one reader of a stream": (followers.MOST_WAITING, "4 MiB"),
    "whole numbers": (bodies.MAX_WHOLE + 1, "2^53 - 1"),
}
UNITS = {"64 KiB": 64 << 10, "1 MiB": 1 << 20, "4 MiB": 4 << 20, "2^53 - 1": 2**53}


@pytest.mark.parametrize("what", COUNTS)
def test_limit_on_the_page_is_the_program_s(what: str) -> None:
    assert re.match(r"[\d,]+", ROWS[what]), ROWS[what]
    assert int(re.split(r"[^\d,]", ROWS[what])[0].replace(",", "")) == COUNTS[what]


@pytest.mark.parametrize("what", SIZES)
def test_size_on_the_page_is_the_program_s(what: str) -> None:
    size, told = SIZES[what]
    assert (ROWS[what], UNITS[told]) == (told, size)


def test_settings_on_the_page_have_the_defaults_that_it_tells() -> None:
    told = re.findall(r"([\d,]+)(?: s)? \(`(PARLEY_\w+)`", PAGE)
    assert len(told) >= 7
    for value, variable in told:
        assert DEFAULTS[variable] == value.replace(",", "")


def test_problems_on_the_page_are_there() -> None:
    named = set(re.findall(r"\d{3} `([a-z-]+)`", PAGE))
    assert named <= set(NAMED)
    assert {name for name, kind in NAMED.items() if kind.status in {408, 413, 429, 431}} <= named
