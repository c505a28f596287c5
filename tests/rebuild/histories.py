"""Histories with all that makes a fold hard: corrections, retractions, accounts, parties that come, go and join."""

from collections.abc import Iterable, Iterator
from itertools import count, islice
from random import Random

import asyncpg

from negotiation.envelope import Recorded
from parley.commands.request import Entry
from parley.recording import Recording
from parley.store.codec import encode_state
from parley.store.log import Written
from tests.record.desk import write_events
from tests.record.world import (
    PARTIES,
    account,
    answered,
    corrected,
    demanded,
    failed,
    id_of,
    identified,
    joined,
    left,
    opened,
    request,
    retracted,
    said,
    scheduled,
    talked,
)

ROUNDS = ("geneva", "brussels")


def history(negotiations: int, turns: int, seed: int = 0) -> Iterator[Entry]:
    """Negotiations that take turns: each turn a fact or two in one of them, and now and then a change of an old one."""
    random = Random(seed)
    yield from (identified(party) for party in PARTIES)
    finland = identified("finland")
    yield finland
    for number in range(negotiations):
        yield opened(f"talks-{number}")
        yield from (scheduled(round_, f"talks-{number}") for round_ in ROUNDS)
    yield from _without_ground("talks-0/brussels")
    facts: list[Entry] = []
    for turn in range(turns):
        stream = f"talks-{random.randrange(negotiations)}/{random.choice(ROUNDS)}"
        facts = facts[-40:]
        for one in _facts(random, stream, turn):
            facts.append(one)
            yield one
        yield from _revisions(random, facts)
        if turn % 50 == 25:
            yield retracted(finland)
            finland = identified("finland")
            yield finland
        if turn % 40 == 20:
            yield joined("nato", random.choice(("sweden", "finland")), f"20{turn % 22:02}-01-01")
        if turn % 60 == 30:
            yield left("nato", "sweden", f"20{turn % 22:02}-06-01")


def _without_ground(stream: str) -> Iterator[Entry]:
    """What somebody said who turned out not to exist: a finding that stays."""
    norway = identified("norway")
    yield norway
    yield said("We may help.", stream, by="norway")
    yield said("We do help.", stream, by="norway")
    yield retracted(norway)


def _facts(random: Random, stream: str, turn: int) -> Iterator[Entry]:
    match random.randrange(5):
        case 0:
            yield demanded(f"demand-{turn}", stream, to=["nato", "finland"])
            yield answered(f"demand-{turn}", stream=stream, by="nato", as_="for-members")
        case 1:
            yield said(f"turn {turn}", stream, by="united-states")
        case 2:
            yield said("Not yet.", stream, by=random.choice(("russia", "ukraine", "finland")))
        case 3:
            yield talked(stream)
        case _:
            yield failed(stream)


def _revisions(random: Random, facts: list[Entry]) -> Iterator[Entry]:
    """Correct, withdraw or add to one of the facts, each at most once; a statement's party is corrected away."""
    if random.random() < 0.4:
        fact = facts.pop(random.randrange(len(facts)))
        match random.randrange(3):
            case 0 if type(fact.submission.event).__name__ == "StatementMade":
                event = {"type": "StatementMade", "text": "Misheard.", "by": [{"party": "sweden"}]}
                correction = corrected(fact, event)
                yield correction
                if random.random() < 0.5:
                    yield corrected(correction, event | {"by": [{"party": "ukraine"}]})
            case 1:
                withdrawal = retracted(fact)
                yield withdrawal
                if random.random() < 0.5:
                    yield retracted(withdrawal)
            case _:
                yield account(fact, occurred="2022-01-11")


async def record(recording: Recording, entries: Iterable[Entry]) -> None:
    """Record entries by the rules, with all read models, some in a batch."""
    for some in _some(entries):
        await recording.record(request(*some, timeout_s=60))


async def store(connection: asyncpg.Connection, entries: Iterable[Entry]) -> int:
    """Put entries into the log as events, leaving the read models as they are; give how many."""
    versions: dict[str, int] = {}
    positions = count(1)
    number = 0
    for some in _some(entries):
        written = []
        for one in some:
            versions[one.stream] = versions.get(one.stream, 0) + 1
            written.append(_written(one, versions[one.stream], next(positions)))
        await write_events(connection, written)
        number += len(some)
    return number


def _some(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    every = iter(entries)
    while some := list(islice(every, 200)):
        yield some


def _written(one: Entry, version: int, position: int) -> Written:
    recorded = Recorded(
        event=one.submission.event,
        id=id_of(one),
        occurred=one.submission.occurred,
        position=position,
        recorded_at=f"2026-11-22T00:00:00.{position:06}Z",
        recorded_by="desk",
        sources=one.submission.sources,
        stream=one.stream,
        version=version,
    )
    return Written(one.stream, version, type(recorded.event).TOPIC, encode_state(recorded), recorded.id)
