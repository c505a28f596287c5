"""The three clocks: what had happened, what was reported, what was recorded.

By a day is by its end, at each place: a day, month or year that is written counts as it is written, and a time with an
offset on the day that is written in it, so that what is written with 10 January is there by 10 January wherever it was.
What was on another day there can have been by that day too, where that day still went on somewhere.
"""

from msgspec import Struct

from negotiation.dates import Interval
from negotiation.envelope import Recorded


class Reading(Struct, frozen=True, gc=False):
    """At which clocks the record is read; None: not cut by this clock.

    ``happened_by``, ``reported_by``: the day, month, year or instant by whose end it is read.
    ``as_of``: the last position that counts.
    """

    happened_by: Interval | None = None
    reported_by: Interval | None = None
    as_of: int | None = None

    def recorded(self, event: Recorded) -> bool:
        """Whether the event had been recorded."""
        return self.as_of is None or event.position <= self.as_of

    def reported(self, report: Interval) -> bool:
        """Whether a source that reported within this interval had certainly done so."""
        return self.reported_by is None or report.over_by(self.reported_by)

    def happened(self, start: Interval) -> bool:
        """Whether what began within this interval had certainly begun."""
        return self.happened_by is None or start.over_by(self.happened_by)

    def ended(self, until: Interval) -> bool:
        """Whether what lasts until then had certainly ended; only a reading by a date tells."""
        return self.happened_by is not None and until.over_before(self.happened_by)

    def may_have_happened(self, start: Interval) -> bool:
        """Whether what began within this interval can have begun."""
        return self.happened_by is None or start.may_begin_by(self.happened_by)


NOW = Reading()
"""The whole record as it stands."""
