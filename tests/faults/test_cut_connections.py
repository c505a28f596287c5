"""The connection is cut at every single message of an append: exactly one effect, and everybody is answered."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import count, cycle
from math import inf
from typing import Any, Final

import asyncpg
import msgspec
import pytest

from negotiation.refusals import UnknownReference
from parley.commands.request import Entry, Receipt, Request
from parley.embedded import EmbeddedPostgres
from parley.recording import Recording
from tests import databases
from tests.faults.proxy import SIDES, Cut, Proxy, Side, Step, proxied
from tests.record.chain import assert_whole
from tests.record.desk import at_work, connection
from tests.record.fold import assert_equals_fold
from tests.record.world import (
    BRUSSELS,
    answered,
    demanded,
    events,
    negotiation,
    parties,
    request,
    said,
    talked,
)

LANES: Final = 10
"""Records that are cut side by side, since each waits most of its time for its next attempt."""

Ask = Callable[[int], Sequence[Request]]
"""What is asked in one batch, the n-th time."""


def one_alone(number: int) -> Sequence[Request]:
    """A single request under an Idempotency-Key."""
    return [request(said(f"{number}"), key=f"key-{number}", body=b"%d" % number)]


def without_id(asked: Entry) -> Entry:
    """The same, for the record to give an id to."""
    return msgspec.structs.replace(asked, submission=msgspec.structs.replace(asked.submission, id=None))


def several(number: int) -> Sequence[Request]:
    """A list, a request that a rule refuses, one under a key, and a list whose second event is refused."""
    return [
        request(without_id(said(f"{number}")), without_id(demanded(f"demand-{number}", BRUSSELS))),
        request(answered("no-such-demand")),
        request(answered(f"demand-{number}"), key=f"key-{number}", body=b"%d" % number),
        request(talked(), answered("no-such-demand")),
    ]


class Lane:
    """A record of its own behind a proxy of its own."""

    def __init__(self, proxy: Proxy, recording: Recording, own: asyncpg.Connection, *, among_others: bool) -> None:
        self._among_others = among_others
        self.proxy = proxy
        self.recording = recording
        self.own = own
        self._number = count()

    async def ask(self, ask: Ask) -> tuple[Sequence[Request], list[Receipt | BaseException]]:
        """Ask, all in one batch."""
        requests = ask(next(self._number))
        answers = await asyncio.gather(*map(self.recording.record, requests), return_exceptions=True)
        return requests, answers

    async def messages(self, ask: Ask) -> dict[Side, int]:
        """How many messages each side sends while it is asked and answered."""
        await self.ask(ask)
        await self.ask(ask)  # by now every statement is prepared
        self.proxy.watch()
        await self.ask(ask)
        # Two statements of three messages each; and BEGIN and COMMIT, where others record, too.
        least, last = (8, b"C\0\0\0\x0bCOMMIT") if self._among_others else (6, b"C\0\0\0\rSELECT 1")
        assert self.proxy.counted["client"] >= least
        assert self.proxy.said[-2][1].startswith(last)
        return dict(self.proxy.counted)

    async def ask_and_cut(self, ask: Ask, *cuts: Cut) -> list[Receipt | BaseException]:
        """Ask, be cut, and see that everything is as it has to be: answers, record and read models."""
        before = int(await self.own.fetchval("SELECT position FROM head"))
        self.proxy.watch(*cuts)
        requests, answers = await self.ask(ask)
        assert not self.proxy.cuts_left, cuts
        self.proxy.watch()
        told = [event for answer in answers if isinstance(answer, Receipt) for event in events(answer)]
        rows = await self.own.fetch(
            "SELECT notification_id, event_id::text FROM parley_events WHERE notification_id > $1 ORDER BY 1", before
        )
        assert [tuple(row) for row in rows] == [(event["position"], event["id"]) for event in told], cuts
        assert await assert_whole(self.own) == before + len(told), cuts
        await assert_equals_fold(self.own)
        for wanted, answer in zip(requests, answers, strict=True):
            if wanted.key is not None and isinstance(answer, Receipt):
                again = await self.recording.record(wanted)
                assert again.replayed
                assert (again.body, again.last_position) == (answer.body, answer.last_position)
        return answers


def every_cut(messages: dict[Side, int]) -> Iterator[Cut]:
    """Before and after each message of the client, before each of the server, and after the very last."""
    for number in range(1, messages["client"] + 1):
        yield Cut(Step("client", number), passed=False)
        yield Cut(Step("client", number), passed=True)
    for number in range(1, messages["server"] + 1):
        yield Cut(Step("server", number), passed=False)
    yield Cut(Step("server", messages["server"]), passed=True)


@pytest.fixture(params=[False, True], ids=["alone", "among-others"])
async def lanes(
    template: EmbeddedPostgres, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Lane]]:
    """Records with a negotiation in them, each behind a proxy; other services seem to record there, too, or not."""
    among_others: bool = request.param
    monkeypatch.setattr("parley.commands.writer.OTHERS_FOR_S", inf if among_others else 0.0)
    async with AsyncExitStack() as stack:

        async def lane(_: Any) -> Lane:
            dsn = await stack.enter_async_context(databases.database(template))
            proxy = await stack.enter_async_context(proxied(dsn))
            recording = await stack.enter_async_context(at_work(proxy.dsn))
            await recording.record(parties())
            own = await stack.enter_async_context(connection(dsn))
            if among_others:
                async with at_work(dsn) as other:
                    await other.record(negotiation())
            else:
                await recording.record(negotiation())
            return Lane(proxy, recording, own, among_others=among_others)

        yield [await lane(number) for number in range(LANES)]


@pytest.mark.parametrize(
    ("ask", "refusals"), [(one_alone, [False]), (several, [False, True, False, True])], ids=["one", "several"]
)
async def test_cut_at_any_message_of_an_append_has_exactly_one_effect(
    lanes: list[Lane], ask: Ask, refusals: list[bool]
) -> None:
    """Whichever message is the last, the writer tries again by itself; everybody is answered with what is stored."""
    messages = [await lane.messages(ask) for lane in lanes]
    assert messages == messages[:1] * LANES
    await cut_in_lanes(lanes, [(cut,) for cut in every_cut(messages[0])], ask, refusals)


async def test_cut_again_at_any_message_of_the_next_attempt_has_exactly_one_effect(lanes: list[Lane]) -> None:
    """The reply to COMMIT is lost, and then every few messages of reconnecting, asking what became of it, and again."""
    messages = [await lane.messages(one_alone) for lane in lanes]
    committed = Cut(Step("client", messages[0]["client"]), passed=True)
    lanes[0].proxy.watch(committed)
    await lanes[0].ask(one_alone)
    later = [
        Cut(Step(side, number), passed=passed)
        for side in SIDES
        for number, passed in zip(
            range(messages[0][side] + 1, lanes[0].proxy.counted[side] + 1, 3), cycle([True, False]), strict=False
        )
    ]
    assert len(later) > 30
    await cut_in_lanes(lanes, [(committed, cut) for cut in later], one_alone, [False])


async def cut_in_lanes(lanes: list[Lane], cuts: Iterable[tuple[Cut, ...]], ask: Ask, refusals: list[bool]) -> None:
    """Ask and be cut in each of these ways, each time in a record that is at rest; some of the answers are refusals."""
    waiting = iter(cuts)

    async def run(lane: Lane) -> None:
        for cut in waiting:
            answers = await lane.ask_and_cut(ask, *cut)
            assert [refused(answer) for answer in answers] == refusals, (cut, answers)
            # The next request goes through at once, and brings the new connection to where the old one was.
            _, after = await lane.ask(ask)
            assert [refused(answer) for answer in after] == refusals

    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(run(lane))


def refused(answer: Receipt | BaseException) -> bool:
    """Whether a rule refused it; nothing else may be amiss."""
    if isinstance(answer, Receipt):
        return False
    assert isinstance(answer, UnknownReference), answer
    return True
