"""One of several processes that record at once: `python -m tests.record.writers DSN NAME WRITERS TURNS`.

It says `ready`, waits for a line, records, and then prints what was acknowledged as one line of JSON: by event id the
position, and how many requests were refused.
"""

import asyncio
import sys
from itertools import cycle

import msgspec

from negotiation.refusals import Refusal
from parley.commands.request import Entry, Request
from parley.recording import Recording
from parley.store.errors import RecordError
from tests.record.desk import at_work
from tests.record.world import (
    answered,
    demanded,
    events,
    failed,
    identified,
    joined,
    left,
    request,
    retracted,
    said,
    talked,
)

NEGOTIATIONS = ("talks-0", "talks-1", "talks-2")


class Tally:
    """What this process was told."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}
        self.replayed: dict[str, int] = {}
        self.refused = 0

    async def record(self, recording: Recording, wanted: Request) -> None:
        try:
            receipt = await recording.record(wanted)
        except (Refusal, RecordError):
            self.refused += 1
            return
        told = self.replayed if receipt.replayed else self.acknowledged
        told.update({event["id"]: event["position"] for event in events(receipt)})


async def write(recording: Recording, tally: Tally, name: str, turns: int) -> None:
    """Whatever a desk may do: good, bad and repeated requests, alone and in lists, among parties and negotiations."""
    places = cycle([f"{negotiation}/{round_}" for negotiation in NEGOTIATIONS for round_ in ("geneva", "brussels")])
    for _ in range(sum(name.encode()) % 6):
        next(places)
    for turn in range(turns):
        here, there = next(places), next(places)
        demand, statement = demanded(f"{name}-{turn}", here, to=["nato", "sweden"]), said(f"{name} {turn}", there)
        lists: list[list[Entry]] = [
            [demand, statement],
            [answered(f"{name}-{turn}", stream=here, by="nato", as_="for-members"), talked(here)],
            [said("never", here), answered("no-such-demand", stream=here)],
            [[joined, left][len(name) % 2]("nato", "sweden", f"20{10 + turn:02}-01-0{len(name)}")],
            [identified(f"party-{name}-{turn}"), failed(there)],
            [said("hello", here, by=f"party-{name}-{turn}"), retracted(statement)],
        ]
        for number, entries in enumerate(lists):
            key = f"{name}-{turn}-{number}" if number % 2 else None
            await tally.record(recording, request(*entries, by=name, key=key, body=str(number).encode()))
        await tally.record(recording, request(demand, statement))


async def main(dsn: str, name: str, writers: int, turns: int) -> None:
    """Record with so many writers at once, each so many turns."""
    tally = Tally()
    async with at_work(dsn, negotiations_limit=2) as recording:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(write(recording, tally, f"{name}{number}", turns))
    sys.stdout.buffer.write(msgspec.json.encode(vars(tally)) + b"\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
