"""A story for programs: an object of JSON a line, for each event that is told."""

from typing import Any, BinaryIO, Final

import msgspec

from negotiation.documents.difference import Change
from negotiation.documents.labels import label
from negotiation.documents.views import FindingShown, show_finding
from negotiation.findings.types import Finding
from negotiation.state.register_keys import kind_of
from negotiation.streams import stream
from parley.telling import dates
from parley.telling.accounts import Teller
from parley.telling.order import WHO_IS_WHO
from parley.telling.phrases import Names
from parley.telling.story import Step, Story

_encode: Final = msgspec.json.Encoder().encode


class Lines:
    """A story as lines of JSON on a stream of bytes.

    ``clock`` and ``day``: where the clock has come to (null: before the story, or no date); ``sentence``: the event in
    words; ``event``: its envelope; ``changes``: what became of registers, each with the fields that say what it is
    about; ``raised``, ``gone``: findings.
    """

    def __init__(self, out: BinaryIO, story: Story) -> None:
        self._out = out
        self._story = story
        self._teller = Teller(story.lives.events, Names(story.parties))

    def head(self) -> None:
        """Nothing: every line is an event."""

    def step(self, step: Step) -> None:
        """One event as a line."""
        told = {
            "clock": self._story.clock,
            "day": None if step.moment == WHO_IS_WHO else dates.iso_day(step.moment.ends),
            "sentence": self._teller.sentence(step.event, step.about, beside=False).plain,
            "event": step.event,
            "changes": [_change(change) for change in step.changes],
            "raised": [self._finding(finding) for finding in step.raised],
            "gone": [self._finding(finding) for finding in step.gone],
        }
        self._out.write(_encode(told) + b"\n")
        self._out.flush()

    def _finding(self, finding: Finding) -> FindingShown:
        of_party = stream(finding.stream).is_party
        return show_finding(self._story.parties if of_party else self._story.talks, finding)

    def end(self) -> None:
        """Nothing: where it stands follows from the changes."""


def _change(change: Change) -> dict[str, Any]:
    return {
        "register": kind_of(change.key),
        **label(change.key),
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
    }
