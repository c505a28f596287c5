"""The three clocks: what had happened, what was reported, what was recorded."""

from msgspec import Struct

from negotiation.dates import Instant, Interval
from negotiation.envelope import Recorded


class Reading(Struct, frozen=True, gc=False):
    """At which clocks the record is read; None: not cut by this clock.

    ``happened_by``, ``reported_by``: the first instant that is too late (microseconds since 1970, UTC).
    ``as_of``: the last position that counts.
    """

    happened_by: Instant | None = None
    reported_by: Instant | None = None
    as_of: int | None = None

    def recorded(self, event: Recorded) -> bool:
        """Whether the event had been recorded."""
        return self.as_of is None or event.position <= self.as_of

    def reported(self, report: Interval) -> bool:
        """Whether a source that reported within this interval had certainly done so."""
        return self.reported_by is None or report.ends <= self.reported_by

    def happened(self, start: Interval) -> bool:
        """Whether what began within this interval had certainly begun."""
        return self.happened_by is None or start.ends <= self.happened_by

    def may_have_happened(self, start: Interval) -> bool:
        """Whether what began within this interval can have begun."""
        return self.happened_by is None or start.begins < self.happened_by


NOW = Reading()
"""The whole record as it stands."""
