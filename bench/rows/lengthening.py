"""append_long_round: one append to a round that has ten thousand events, and one to a round of ten.

The rounds are of one negotiation, and the events are of the same kinds, with the same words.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import msgspec

from bench import records
from bench.figures import Figure
from bench.generator.record import generate
from bench.generator.size import Size
from bench.rows.growing import milliseconds
from bench.run import Run
from bench.workers import Worker, module, worker
from negotiation.envelope import Submission
from negotiation.events.positions import DemandTabled
from negotiation.streams import stream
from parley.commands.identifiers import new_event_id
from parley.commands.request import Entry

ROW: Final = "append_long_round"
SHORT: Final = 10
"""Events of a short round, when one more is appended."""
_OTHERS: Final = 1_500
"""Events of the record that are not in the long round: who takes part, and how it began."""
_SOURCE: Final = {"publisher": "The Gazette", "kind": "outlet", "published": "2000-01-02"}


class Talks:
    """A negotiation with a long round, as far as it has come, and what may be said in any of its rounds."""

    def __init__(self, long_round: int) -> None:
        """Until that round has so many events, and has not ended."""
        self.before: list[Entry] = []
        self._demands: list[tuple[str, str]] = []
        self._number = 0
        size = Size(events=long_round + _OTHERS, negotiations=1, long_round=long_round, related=0)
        told: dict[str, int] = {}
        for filed in generate(size, records.SEED):
            entry = filed.entry
            self.before.append(entry)
            told[entry.stream] = told.get(entry.stream, 0) + 1
            event = entry.submission.event
            if isinstance(event, DemandTabled):
                self._demands.append((event.demand, event.by[0].party or ""))
            if stream(entry.stream).is_round and told[entry.stream] == long_round:
                self.long = entry.stream
                return
        raise AssertionError("the round is as long as it was asked for")

    def short_rounds(self, number: int) -> Iterator[tuple[str, list[Entry]]]:
        """So many other rounds: their streams, and their first events."""
        unit = self.long.partition("/")[0]
        for index in range(number):
            name = f"meeting-{index}"
            scheduled = {"type": "RoundScheduled", "round": name, "starts": "2000-01-01", "forum": "Working level"}
            here = f"{unit}/{name}"
            yield here, [_entry(here, scheduled), *(self.said(here) for _ in range(SHORT - 1))]

    def said(self, here: str) -> Entry:
        """The next thing that is said or done, in a round."""
        self._number += 1
        demand, owner = self._demands[self._number % len(self._demands)]
        by = [{"party": owner}]
        match self._number % 4:
            case 0:
                event: dict[str, Any] = {"type": "StatementMade", "text": "We shall come back to this.", "by": by}
            case 1:
                session = f"informal-{self._number}"
                event = {"type": "TalksHeld", "session": session, "rooms": [[owner]], "duration": {"at_least": "PT2H"}}
            case 2:
                about = [{"kind": "demand", "id": demand}]
                event = {"type": "PositionStated", "text": "It is what we need.", "by": by, "about": about}
            case _:
                event = {"type": "ProgressReported", "assessed_by": {"outlet": "The Gazette"}, "text": "A good day"}
        return _entry(here, event)


def _entry(here: str, event: dict[str, Any]) -> Entry:
    fields = {"event": event, "id": new_event_id(), "occurred": "2000-01-01", "sources": [_SOURCE]}
    return Entry(here, msgspec.convert(fields, Submission))


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row: in turn one append to the long round, one to another short one."""
    talks = Talks(run.scale.long_round)
    run.say(f"{ROW}: recording a round of {run.scale.long_round:,} events, and {run.scale.appends} short ones")
    dsn = await run.server.database("lengthened", migrated=True)
    async with _appender(run, dsn) as side:
        await side.ask("record", entries=talks.before)
        shorts = list(talks.short_rounds(run.scale.appends))
        await side.ask("record", entries=[entry for _, entries in shorts for entry in entries])
        timed = [entry for short, _ in shorts for entry in (talks.said(talks.long), talks.said(short))]
        run.say(f"{ROW}: appending")
        took = (await side.ask("each", entries=timed))["seconds"]
    await run.server.drop("lengthened")
    note = (
        "one writer, one event an append, until its answer with findings; medians, the flush of the commit included; "
        "from 1 in 10 to 9 in 10"
    )
    figure = Figure.measured(
        names[0], milliseconds(took[0::2]), "ms", f"the same to a round of {SHORT} events", milliseconds(took[1::2]),
        reach="<= 1.2x", note=note,
    )  # fmt: skip
    return [figure]


def _appender(run: Run, dsn: str) -> AbstractAsyncContextManager[Worker]:
    return worker(*module("bench.sides.appender", dsn), environment=run.profile(ROW))
