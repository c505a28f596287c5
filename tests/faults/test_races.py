"""Two replicas race for one key, one event id, one name, one version: exactly one of them has an effect, each time."""

import asyncio
import random
from collections.abc import Callable
from typing import Final, NamedTuple

import asyncpg
import pytest

from negotiation.refusals import AlreadyIntroduced
from parley.commands.identifiers import new_event_id
from parley.commands.request import Receipt, Request
from parley.recording import Recording
from parley.store.errors import EventIdTaken, KeyReused, PreconditionFailed
from tests.record.chain import assert_whole
from tests.record.conftest import Replica
from tests.record.fold import assert_equals_fold
from tests.record.world import BRUSSELS, GENEVA, demanded, events, identified, opened, request, said

ROUNDS: Final = 25
SEED: Final = 20220110
CONTENDERS: Final = 4


class Race(NamedTuple):
    """What the contenders ask for in a round, and what those are told that come too late; None: the first's answer."""

    ask: Callable[[int, int], Request]
    late: type[Exception] | None


_ids = [new_event_id() for _ in range(ROUNDS)]

RACES: Final = {
    "a key": Race(lambda round_, _: request(said(f"{round_}"), key=f"key-{round_}"), None),
    "a key for different bodies": Race(
        lambda round_, one: request(said(f"{round_} {one}"), key=f"key-{round_}", body=b"%d" % one), KeyReused
    ),
    "an event id": Race(lambda round_, _: request(said(f"{round_}", id=_ids[round_])), None),
    "an event id for different events": Race(
        lambda round_, one: request(said(f"{round_} {one}", id=_ids[round_])), EventIdTaken
    ),
    "a demand": Race(
        lambda round_, one: request(demanded(f"demand-{round_}", [GENEVA, BRUSSELS][one % 2])), AlreadyIntroduced
    ),
    "a party": Race(
        lambda round_, one: request(identified(f"party-{round_}"), said(f"{one}", by=f"party-{round_}")),
        AlreadyIntroduced,
    ),
    "a negotiation": Race(
        lambda round_, one: request(opened(f"talks-{round_}", title=f"Talks {one}")), AlreadyIntroduced
    ),
    "a version": Race(
        # The round was scheduled by the first event of its stream, and each race leaves one more.
        lambda round_, one: request(said(f"{round_} {one}"), if_match=(GENEVA, 1 + round_)),
        PreconditionFailed,
    ),
}


@pytest.mark.parametrize("race", RACES.values(), ids=[name.replace(" ", "-") for name in RACES])
async def test_race_of_two_replicas_has_exactly_one_effect_and_the_late_are_told_by_name(
    talks: Recording, replica: Replica, psql: asyncpg.Connection, race: Race
) -> None:
    """Whoever is first has the effect; the others get its very answer, or the refusal that says what is taken."""
    dice = random.Random(SEED)
    replicas = [talks, await replica()]
    first_at = [0, 0]
    for round_ in range(ROUNDS):
        order = [number % 2 for number in range(CONTENDERS)]
        dice.shuffle(order)
        requests = [race.ask(round_, number) for number in range(CONTENDERS)]
        before = await psql.fetchval("SELECT position FROM head")
        answers = await asyncio.gather(
            *(replicas[at].record(wanted) for at, wanted in zip(order, requests, strict=True)), return_exceptions=True
        )
        firsts = [one for one in answers if isinstance(one, Receipt) and not one.replayed]
        assert len(firsts) == 1, answers
        first = firsts[0]
        first_at[order[answers.index(first)]] += 1
        late = [one for one in answers if one is not first]
        if race.late is None:
            assert [one.body for one in late if isinstance(one, Receipt)] == [first.body] * (CONTENDERS - 1), late
        else:
            assert [type(one) for one in late] == [race.late] * (CONTENDERS - 1), late
        stored = await psql.fetch(
            "SELECT notification_id, event_id::text FROM parley_events WHERE notification_id > $1 ORDER BY 1", before
        )
        assert [tuple(row) for row in stored] == [(event["position"], event["id"]) for event in events(first)]
    assert min(first_at) > 0
    await assert_whole(psql)
    await assert_equals_fold(psql)
