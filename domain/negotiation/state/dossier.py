"""A dossier: one unit's history with its findings, kept up to date event by event.

This is what the aggregates (`negotiation`, `round`, `party`) are read from, and what decisions are made on.
"""

from collections.abc import Callable, Iterable
from typing import Final

from negotiation.clocks import NOW, Reading
from negotiation.envelope import Recorded
from negotiation.findings.reach import beside_answers_of, reached
from negotiation.findings.rules import findings
from negotiation.findings.types import Finding
from negotiation.state.grounds import named_party
from negotiation.state.history import Changes, History

_FINDING: Final = 250
"""About how many bytes a finding takes."""


class Dossier:
    """A history and what does not add up in it, by fact and by stream."""

    def __init__(
        self,
        reading: Reading = NOW,
        knows_party: Callable[[str], bool] | None = None,
        parties: Callable[[], History] | None = None,
    ) -> None:
        self.history = History(reading, knows_party, parties)
        self.findings: dict[str, tuple[Finding, ...]] = {}
        self._in_stream: dict[str, set[str]] = {}
        self._counts: dict[str | None, int] = {}

    def apply(self, event: Recorded) -> Changes:
        """Take one event in, look again at the facts it touched, and tell what changed. Never fails."""
        changes = self.history.apply(event)
        self._look_again(changes)
        return changes

    def apply_all(self, events: Iterable[Recorded]) -> Changes:
        """Take several events in, looking at the facts once at the end."""
        changes = self.history.apply_all(events)
        self._look_again(changes)
        return changes

    def parties_flipped(self, parties: Iterable[str]) -> Changes:
        """Look again at what these parties reach: they are known, lived or are made up otherwise than before."""
        changes = Changes.none()
        for party in parties:
            changes.facts |= self.history.watching(named_party(party))
            changes.facts.update(beside_answers_of(party, self.history))
        self._look_again(changes)
        return changes

    def _look_again(self, changes: Changes) -> None:
        history, found = self.history, self.findings
        with history.asking_once():
            if changes.moved or changes.flips:
                changes.facts.update(reached(changes, history, found))
            for fact in changes.facts:
                versions = history.known.get(fact)
                now = findings(versions[0], history) if versions else ()
                if now or fact in found:
                    self._put_findings(fact, now, changes)

    def _put_findings(self, fact: str, now: tuple[Finding, ...], changes: Changes) -> None:
        before = self.findings.get(fact, ())
        if now == before:
            return
        here = self.history.lives.events[fact].stream
        known = set(before)
        changes.raised += [finding for finding in now if finding not in known]
        changes.found.add(fact)
        changes.streams.add(here)
        for place in (None, here):
            self._counts[place] = self._counts.get(place, 0) + len(now) - len(before)
        in_stream = self._in_stream.setdefault(here, set())
        if now:
            self.findings[fact] = now
            in_stream.add(fact)
        else:
            self.findings.pop(fact, None)
            in_stream.discard(fact)

    def weight(self, written: int) -> int:
        """About how many bytes of memory it takes, if its events are so many bytes of JSON. Looks at all there is."""
        return self.history.weight(written) + _FINDING * sum(map(len, self.findings.values()))

    def count_findings(self, stream: str | None = None) -> int:
        """How many findings there are in one stream, or (None) in all."""
        return self._counts.get(stream, 0)

    def findings_in(self, stream: str | None = None) -> list[Finding]:
        """The findings of one stream, or (None) of all, ordered by fact and rule; never by recording."""
        facts = self.findings if stream is None else self._in_stream.get(stream, set())
        return [finding for fact in sorted(facts) for finding in self.findings[fact]]
