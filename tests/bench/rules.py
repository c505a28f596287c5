"""The record's rules, asked about one submission after the other, as the service asks them."""

from collections.abc import Iterable

from bench.generator.desk import Filed
from negotiation.admission import Directory, check_form, decide
from negotiation.dates import Instant, instant
from negotiation.documents.negotiation import negotiation_dossier, negotiation_exists
from negotiation.documents.party import knows_party, parties_dossier
from negotiation.envelope import Recorded
from negotiation.state.dossier import Dossier
from negotiation.streams import PARTIES, stream

TODAY: Instant = instant("2020-01-01T00:00:00Z")


class Book:
    """Every unit of a record that has been admitted so far."""

    def __init__(self) -> None:
        self.parties = parties_dossier()
        self.units: dict[str, Dossier] = {PARTIES: self.parties}
        self.positions = 0

    def admit(self, filed: Filed, clock: Instant = TODAY) -> Recorded:
        """Record it; raises what the service would refuse it with."""
        here, submission = stream(filed.entry.stream), filed.entry.submission
        dossier = self.units.setdefault(here.unit, negotiation_dossier(lambda party: knows_party(self.parties, party)))
        check_form(submission)
        decide(submission, here, dossier.history, Directory(self._opened), clock)
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
            version=dossier.history.versions.get(here.name, 0) + 1,
        )
        assert recorded.version == filed.version
        dossier.apply(recorded)
        return recorded

    def admit_all(self, several: Iterable[Filed]) -> list[Recorded]:
        """Record all of them."""
        return [self.admit(filed) for filed in several]

    def _opened(self, negotiation: str) -> bool:
        dossier = self.units.get(negotiation)
        return dossier is not None and negotiation_exists(dossier, negotiation)
