"""One stream as an aggregate of the event-sourcing library: a round, a negotiation's own events, or a party."""

from collections.abc import Iterable

from negotiation.envelope import Recorded
from negotiation.state.dossier import Dossier


class Aggregate:
    """A stream folded: ``id`` is its name, ``version`` its last event's, ``dossier`` what its events say.

    It satisfies the library's protocol for immutable aggregates. Which parties are known is another stream's matter,
    so here every party is taken as known.
    """

    def __init__(self, stream: str) -> None:
        self.id = stream
        self.dossier = Dossier(knows_party=lambda _: True)

    @property
    def version(self) -> int:
        """The version of the last event."""
        return self.dossier.history.versions.get(self.id, 0)


def project(initial: Aggregate | None, events: Iterable[Recorded]) -> Aggregate | None:
    """Fold a stream's events; a projector function for `repository.get`. None where there are none."""
    aggregate = initial
    for event in events:
        if aggregate is None:
            aggregate = Aggregate(event.stream)
        aggregate.dossier.apply(event)
    return aggregate
