"""A fact's whole life: what it said at first and says now, what was recorded about it, and what rests on it."""

from collections.abc import Iterable
from typing import Any

from msgspec import Raw

from negotiation.documents.views import SHOWN, FactShown, encode, show_event, show_fact, shown
from negotiation.envelope import Recorded
from negotiation.events.fact import Fact
from negotiation.references import Named
from negotiation.state.dossier import Dossier
from negotiation.state.grounds import introductions
from negotiation.streams import stream


def life_document(dossier: Dossier, event_id: str) -> bytes:
    """The life of the fact that an event belongs to, as JSON; ``null`` where that fact is not here.

    ``head`` is what the next correction has to name. ``now`` is how the fact reads, null while it is withdrawn;
    ``told_otherwise`` is how accounts that differ tell it. ``record`` are the corrections, retractions and accounts, in
    the order of recording. ``rests_on_it`` are the facts of the same unit that use a name which it introduced, or its
    id.
    """
    lives = dossier.history.lives
    root = lives.root(event_id)
    if root is None:
        return b"null"
    versions = dossier.history.known.get(root, ())
    about = [lives.events[one] for one in lives.life(root) - {root}]
    resting = [lives.events[one] for one in _resting(dossier, lives.events[root])]
    document: dict[str, Any] = {
        "id": root,
        "position": lives.events[root].position,
        "head": lives.head(root),
        "now": show_fact(dossier, root) if versions else None,
        "told_otherwise": [
            FactShown(
                id=version.account or version.id,
                position=lives.events[version.account or version.id].position,
                stream=version.stream,
                occurred=version.occurred,
                event=version.event,
                sources=version.sources,
            )
            for version in versions[1 : SHOWN + 1]
        ],
        **({"told_otherwise_total": len(versions) - 1} if len(versions) - 1 > SHOWN else {}),
        "record": _listed(encode(one) for one in sorted(about, key=_position)),
        "rests_on_it": _listed(encode(show_event(one)) for one in sorted(resting, key=_position)),
    }
    return encode(document)


def _listed(documents: Iterable[bytes]) -> Raw:
    every = list(documents)
    return Raw(shown(len(every), every))


def _position(event: Recorded) -> int:
    return event.position


def _resting(dossier: Dossier, fact: Recorded) -> set[str]:
    names = [Named("event", fact.id)]
    if isinstance(fact.event, Fact):
        names += [one.name for one in introductions(fact.event, stream(fact.stream))]
    found: set[str] = set()
    for name in names:
        found |= dossier.history.watching(name)
    return found - {fact.id}
