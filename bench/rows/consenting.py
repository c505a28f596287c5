"""consents_at_scale: one more party deposits its instrument with an agreement that hundreds are parties to.

Beside it other facts are recorded in the same negotiation, one after each deposit.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from bench.figures import Figure
from bench.rows.growing import milliseconds
from bench.run import Run
from bench.workers import module, worker
from negotiation.envelope import Submission
from negotiation.streams import party_stream
from parley.commands.identifiers import new_event_id
from parley.commands.request import Entry

ROW: Final = "consents_at_scale"
_NEGOTIATION: Final = "seabed-convention"
_VERSION: Final = {"document": "convention", "version": "1"}
_SHARE_TIMED: Final = 10
"""Of the appends of a run one in so many is timed here, so that the agreement stays about as large as it was."""
_PEER: Final = "any other fact in the same negotiation"


class Convention:
    """A negotiation with an agreement that so many signed and deposited their instruments with; more may accede."""

    def __init__(self, parties: int, more: int) -> None:
        self._parties = [f"state-{number}" for number in range(1, parties + 1)]
        self._more = [f"state-{number}" for number in range(parties + 1, parties + more + 1)]

    def before(self) -> Iterator[Entry]:
        """Who there is, and all until each of the first parties has deposited its instrument."""
        for party in (*self._parties, *self._more):
            name = f"State {party.rpartition('-')[2]}"
            yield _entry({"type": "PartyIdentified", "party": party, "name": name, "kind": "state"}, party)
        yield _entry({"type": "NegotiationOpened", "title": "Talks: the seabed convention"})
        for party in (*self._parties, *self._more):
            yield _entry({"type": "PartyAdmitted", "party": party})
        text = {"kind": "agreement", "title": "Convention on the seabed", "authors": self._parties[:1]}
        yield _entry({"type": "DocumentTabled", **_VERSION, **text})
        yield _entry({"type": "TextAdopted", **_VERSION, "parties": self._parties})
        yield _entry({"type": "AgreementSigned", **_VERSION, "parties": self._parties})
        for party in self._parties:
            yield self._deposit(party)

    def deposits(self) -> Iterator[Entry]:
        """One more party after the other deposits its instrument."""
        return map(self._deposit, self._more)

    def others(self) -> Iterator[Entry]:
        """As many other facts, of several kinds in turn."""
        for number in range(len(self._more)):
            party = self._parties[number % len(self._parties)]
            by = [{"party": party}]
            outlet = {"outlet": "The Gazette"}
            several: tuple[dict[str, Any], ...] = (
                {"type": "StatementMade", "text": "We shall come back to this.", "by": by},
                {"type": "DeadlineSet", "deadline": f"reply-{number}", "what": "A reply", "due": "2001-01-01"},
                {"type": "PositionStated", "text": "It is what we need.", "by": by},
                {"type": "ProgressReported", "assessed_by": outlet, "text": "A good day"},
            )
            yield _entry(several[number % len(several)])

    def _deposit(self, party: str) -> Entry:
        return _entry({"type": "InstrumentDeposited", **_VERSION, "parties": [party], "by": [{"party": party}]})


def _entry(event: dict[str, Any], party: str = "") -> Entry:
    sources = [{"publisher": "The Gazette", "kind": "outlet", "published": "2000-01-02"}]
    fields = {"event": event, "id": new_event_id(), "occurred": "2000-01-01", "sources": sources}
    return Entry(party_stream(party) if party else _NEGOTIATION, msgspec.convert(fields, Submission))


async def measure(run: Run, names: Sequence[str]) -> list[Figure]:
    """The row: in turn one more deposit, and one other fact, each until its answer with findings."""
    parties, timed = run.scale.parties, max(10, run.scale.appends // _SHARE_TIMED)
    talks = Convention(parties, timed)
    dsn = await run.server.database("consented", migrated=True)
    async with worker(*module("bench.sides.appender", dsn), environment=run.profile(ROW)) as side:
        run.say(f"{ROW}: {parties} parties sign and deposit")
        await side.ask("record", entries=list(talks.before()))
        in_turn = [entry for both in zip(talks.deposits(), talks.others(), strict=True) for entry in both]
        run.say(f"{ROW}: {timed} more deposits")
        done = await side.ask("each", entries=in_turn)
    await run.server.drop("consented")
    took, settled = done["seconds"], done["settled"]
    deposit, other = (milliseconds(settled[first::2]) for first in (0, 1))
    note = (
        f"one writer; {parties} parties and deposits, and {timed} that accede one by one; medians until the answer "
        f"with its findings; from 1 in 10 to 9 in 10; read models were up to date after {deposit} ms, and {other} ms"
    )
    mine, theirs = milliseconds(took[0::2]), milliseconds(took[1::2])
    return [Figure.measured(name, mine, "ms", _PEER, theirs, reach="<= 2x", note=note) for name in names]
