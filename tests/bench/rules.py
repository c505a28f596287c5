"""The record's rules, asked about one submission after the other, as the service asks them."""

from collections.abc import Iterable

from bench.generator.desk import Filed
from negotiation.admission import Directory, check_form, decide
from negotiation.dates import Instant, instant
from negotiation.documents.negotiation import negotiation_dossier
from negotiation.documents.party import parties_dossier
from negotiation.envelope import Recorded
from negotiation.references import Named
from negotiation.state.changes import parties_touched
from negotiation.state.dossier import Dossier
from negotiation.state.grounds import named_party
from negotiation.state.index import Entry, Index
from negotiation.streams import PARTIES, stream

TODAY: Instant = instant("2020-01-01T00:00:00Z")


class Book:
    """Every unit of a record that has been admitted so far."""

    def __init__(self) -> None:
        self.parties = parties_dossier()
        self.units: dict[str, Dossier] = {PARTIES: self.parties}
        self._indexes: dict[str, Index] = {PARTIES: Index()}
        self.positions = 0

    def admit(self, filed: Filed, clock: Instant = TODAY) -> Recorded:
        """Record it; raises what the service would refuse it with."""
        here, submission = stream(filed.entry.stream), filed.entry.submission
        dossier = self.units.setdefault(here.unit, negotiation_dossier(lambda: self.parties))
        index = self._indexes.setdefault(here.unit, Index(self._knows_party))
        check_form(submission)
        names = decide(submission, here, index, Directory(self._opened), clock)
        self.positions += 1
        recorded = Recorded(
            event=submission.event,
            id=submission.id or "",
            occurred=submission.occurred,
            position=self.positions,
            recorded_at="2020-01-01T00:00:00.000000Z",
            recorded_by=filed.recorded_by,
            sources=submission.sources,
            stream=here.name,
            version=index.versions.get(here.name, 0) + 1,
        )
        assert recorded.version == filed.version
        index.put(
            Entry(
                id=recorded.id,
                stream=recorded.stream,
                version=recorded.version,
                position=recorded.position,
                event=recorded.event,
            ),
            names,
        )
        changes = dossier.apply(recorded)
        if dossier is self.parties:
            for unit in self.units.values():
                if unit is not dossier:
                    unit.parties_flipped(parties_touched(changes))
        return recorded

    def admit_all(self, several: Iterable[Filed]) -> list[Recorded]:
        """Record all of them."""
        return [self.admit(filed) for filed in several]

    def _opened(self, negotiation: str) -> bool:
        index = self._indexes.get(negotiation)
        return index is not None and index.knows(Named("negotiation", negotiation))

    def _knows_party(self, party: str) -> bool:
        return self._indexes[PARTIES].knows(named_party(party))
