"""positions_196x30: how each of 196 parties in two blocs stands to thirty provisions, read from a warm service."""

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
from negotiation.streams import party_stream
from parley.commands.identifiers import new_event_id
from parley.commands.request import Entry

ROW: Final = "positions_196x30"
MOST_BYTES: Final = 300_000
_TALKS: Final = "plastics-treaty"
_MATRIX: Final = f"/v1/negotiations/{_TALKS}/positions/matrix?on=provision"
_BLOCS: Final = ("coalition", "group-of-many")
_ANSWERS: Final = ("accept", "reserve", "reject", "defer", "counter")
_MOVES: Final = 0.1
"""So many answers are given another time, later, so that they have a history."""


def conference(seats: int, provisions: int) -> Iterator[Entry]:
    """States in two blocs, a treaty; the answer of each bloc for its members and of each state to each provision."""
    dice = Dice("positions", seats, provisions)
    states = [f"state-{number}" for number in range(1, seats + 1)]
    for party, kind in (*((state, "state") for state in states), *((bloc, "bloc") for bloc in _BLOCS)):
        yield _entry(dice, {"type": "PartyIdentified", "party": party, "name": party.title(), "kind": kind}, party)
    for number, state in enumerate(states):
        bloc = _BLOCS[number % len(_BLOCS)]
        yield _entry(dice, {"type": "MemberJoined", "group": bloc, "member": state}, bloc)
    yield _entry(dice, {"type": "NegotiationOpened", "title": "A treaty on plastics"})
    articles = [f"article-{number}" for number in range(1, provisions + 1)]
    text = [{"id": article, "text": f"What {article} says."} for article in articles]
    yield _entry(
        dice, {"type": "DocumentTabled", "document": "treaty", "version": "1", "kind": "draft", "provisions": text}
    )
    for article in articles:
        for bloc in _BLOCS:
            yield _answer(dice, article, {"party": bloc, "as": "for-members"}, "2024-02-01")
        for state in states:
            yield _answer(dice, article, {"party": state}, f"2024-03-{dice.between(1, 28):02}")
            if dice.chance(_MOVES):
                yield _answer(dice, article, {"party": state}, f"2024-04-{dice.between(1, 28):02}")


def _answer(dice: Dice, article: str, actor: dict[str, str], occurred: str) -> Entry:
    on = {"kind": "document", "id": "treaty", "version": "1", "provision": article}
    return _entry(dice, {"type": "AnswerGiven", "on": on, "answer": dice.pick(_ANSWERS), "by": [actor]}, "", occurred)


def _entry(dice: Dice, event: dict[str, Any], party: str = "", occurred: str = "2024-01-01") -> Entry:
    publisher = dice.pick(("The Gazette", "The Courier", "The secretariat"))
    sources = [{"publisher": publisher, "kind": "outlet", "published": f"2024-05-{dice.between(1, 28):02}"}]
    fields = {"event": event, "id": new_event_id(), "occurred": occurred, "sources": sources}
    return Entry(party_stream(party) if party else _TALKS, msgspec.convert(fields, Submission))


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row: the matrix of positions over HTTP, one connection, after it was read once."""
    seats, provisions = run.scale.seats, run.scale.provisions
    run.say(f"{ROW}: {seats} parties answer {provisions} provisions")
    (found,) = await readings(run, ROW, conference(seats, provisions), [_MATRIX])
    if found.size > MOST_BYTES:
        run.say(f"{ROW}: {found.size:,} bytes, which is more than {MOST_BYTES:,}")
    note = (
        f"p50 of {len(found.took)} readings of the matrix, one connection, from 1 in 10 to 9 in 10; "
        f"{found.in_words()}; {found.size / 1000:.0f} kB (to reach: {MOST_BYTES // 1000}); "
        f"{seats} parties, {len(_BLOCS)} blocs, {provisions} provisions; {PINNED}"
    )
    return [Figure.measured(name, milliseconds(found.took), "ms", reach="<= 100 ms", note=note) for name in names]
