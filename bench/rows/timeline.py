"""timeline_500: the timeline of 500 facts, its rows and its picture, read from a warm service."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from bench.figures import Figure
from bench.generator.dice import Dice
from bench.rows.growing import milliseconds
from bench.rows.http import PINNED
from bench.rows.warm import readings
from bench.run import Run
from negotiation.envelope import Submission
from negotiation.streams import party_stream, round_stream
from parley.commands.identifiers import new_event_id
from parley.commands.request import Entry

ROW: Final = "timeline_500"
_TALKS: Final = "ceasefire"
_ROUNDS: Final = 10
_PARTIES: Final = ("north", "south", "mediator")
_ROWS: Final = f"/v1/negotiations/{_TALKS}/timeline.ndjson"
_PICTURE: Final = f"/v1/negotiations/{_TALKS}/timeline.svg"


def talks(facts: int) -> Iterator[Entry]:
    """Three parties, and so many facts: rounds with talks, demands, answers to them and statements."""
    dice = Dice("timeline", facts)
    for party in _PARTIES:
        identity = {"type": "PartyIdentified", "party": party, "name": party.title(), "kind": "state"}
        yield _entry(party_stream(party), identity, "2023-12-01")
    yield _entry(_TALKS, {"type": "NegotiationOpened", "title": "Talks on a ceasefire"}, "2023-12-31")
    for number in range(facts - 1):
        round_ = f"round-{number % _ROUNDS + 1}"
        day = f"2024-{number % _ROUNDS + 1:02}-{dice.between(1, 28):02}"
        yield _entry(round_stream(_TALKS, round_), _fact(number, round_, day, dice), day)


def _fact(number: int, round_: str, day: str, dice: Dice) -> dict[str, Any]:
    part = number // _ROUNDS  # of the round
    asks, *answer = _PARTIES
    if part == 0:
        return {"type": "RoundScheduled", "round": round_, "starts": day, "venue": "Geneva"}
    match part % 4:
        case 0:
            return {"type": "TalksHeld", "session": f"session-{part}", "rooms": [list(_PARTIES)]}
        case 1:
            return {
                "type": "DemandTabled",
                "demand": f"demand-{number}",
                "text": f"What {number} asks.",
                "by": [{"party": asks}],
            }
        case 2:
            on = {"kind": "demand", "id": f"demand-{number - _ROUNDS}"}
            given = dice.pick(("accept", "reject", "defer"))
            return {"type": "AnswerGiven", "on": on, "answer": given, "by": [{"party": dice.pick(answer)}]}
        case _:
            text = f"What was said in {round_}, number {number}."
            return {"type": "StatementMade", "text": text, "by": [{"party": dice.pick(_PARTIES)}]}


def _entry(stream: str, event: dict[str, Any], occurred: str) -> Entry:
    sources = [{"publisher": "The Gazette", "kind": "outlet", "published": "2024-12-01"}]
    fields = {"event": event, "id": new_event_id(), "occurred": occurred, "sources": sources}
    return Entry(stream, msgspec.convert(fields, Submission))


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row: the slower one of rows and picture over HTTP, one connection, after each was read once."""
    facts = run.scale.facts
    run.say(f"{ROW}: a timeline of {facts} facts")
    rows, picture = await readings(run, ROW, talks(facts), [_ROWS, _PICTURE])
    slower = max(rows, picture, key=lambda one: sum(one.took))
    note = (
        f"p50 of {len(slower.took)} readings of the {'rows' if slower is rows else 'picture'}, which take longer, one "
        f"connection, from 1 in 10 to 9 in 10; rows: {rows.in_words()}, {rows.size / 1000:.0f} kB; picture: "
        f"{picture.in_words()}, {picture.size / 1000:.0f} kB; {facts} facts in {_ROUNDS} rounds; {PINNED}"
    )
    return [Figure.measured(name, milliseconds(slower.took), "ms", reach="<= 100 ms", note=note) for name in names]
