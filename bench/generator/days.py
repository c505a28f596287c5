"""Dates as generated sources give them: days and, now and then, what is only known roughly."""

from functools import lru_cache
from typing import Final

from bench.generator.dice import Dice
from negotiation.dates import Instant, instant, instant_text

SECOND: Final = 1_000_000
"""Microseconds, as all lengths of time here."""
MINUTE: Final = 60 * SECOND
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR

FIRST_DAY: Final = instant("1990-01-08T00:00:00Z")
"""When the first party is recorded."""
LAST_OPENING: Final = instant("2004-01-01T00:00:00Z")
"""No negotiation opens later."""
LONGEST: Final = 3650 * DAY
"""No negotiation lasts much longer, so that nothing lies ahead of a clock that runs today."""


@lru_cache(maxsize=16_384)
def _day(number: int) -> str:
    return instant_text(number * DAY)[:10]


def day_text(at: Instant) -> str:
    """The UTC day of an instant: `2004-03-09`."""
    return _day(at // DAY)


def moment_text(at: Instant) -> str:
    """The instant to the second: `2004-03-09T14:30:07Z`."""
    return instant_text(at)[:19] + "Z"


def roughly(at: Instant, dice: Dice) -> str:
    """What a source tells that does not know the day exactly, or knows the hour. It never lies ahead of the instant."""
    day = day_text(at)
    before = day_text(at - dice.between(1, 20) * DAY)
    vague = (f"[..{day}]", f"[{before}..{day}]", f"{before}/{day}", f"{day}/..", f"../{day}")
    less = (day[:7], day[:4], f"{day[:7]}~", f"{day}~", f"{day}?", f"{day}%", "XXXX")
    return dice.pick((moment_text(at), dice.pick(vague), dice.pick(vague), dice.pick(less)))
