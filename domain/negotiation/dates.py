"""Dates as sources give them: a subset of EDTF (ISO 8601-2:2019), read as intervals that can be compared.

    2022   2021-12   2022-01-10   2022-01-10T09:00:00+01:00      a moment within what is written
    2021-21   2021-22   2021-23   2021-24                        spring, summer, autumn, winter (from December)
    [..b]  [a..b]                                                a moment: by the end of b; between a and b
    a/b    a/..   ../b                                           lasting: from a to b; since a; already so at b
    XXXX                                                         a moment nobody knows

A year, season, month or date outside brackets (not a time) may end in `~` (approximate), `?` (uncertain) or `%` (both),
and is wider for it. A value covers its written precision, in the proleptic Gregorian calendar, years 0001 to 9999.
EDTF keeps times out of intervals and sets; here a and b may have one, since talks last from one hour to another.

A written day is a day somewhere: beside a time with an offset it can be that day at any offset from -12:00 to +14:00,
beside another day it is the day as written. `Interval` compares both ways, and nothing else does.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

Instant: TypeAlias = int
"""Microseconds since 1970-01-01T00:00:00Z, without leap seconds; negative before."""

BEGINNING: Final[Instant] = -(1 << 62)
"""No lower bound. Fits a 64-bit integer, and so do differences with every dated instant."""
END_OF_TIME: Final[Instant] = 1 << 62
"""No upper bound."""

_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_YEAR_1: Final[Instant] = (date.min.toordinal() - _EPOCH_ORDINAL) * _DAY
_YEAR_10000: Final[Instant] = (date.max.toordinal() + 1 - _EPOCH_ORDINAL) * _DAY
_CACHED_DATES: Final = 65_536
_QUOTED_CHARACTERS: Final = 80


class DateError(ValueError):
    """A text that is not a date of the subset; the message quotes it, says what is wrong and what to write instead."""


class DurationError(ValueError):
    """A text that is not a duration; the message quotes it and says what to write instead."""


class Over(NamedTuple):
    """From when on what begins lies behind something: days, by their written begin; times, by the instant."""

    day: Instant
    time: Instant


class Interval(NamedTuple):
    """A stretch of time, half-open: its begin is inside, its end is the first instant after it.

    ``begins`` and ``ends`` are as written: what calendar and clock showed at the place, counted as if that were UTC.
    ``earliest`` and ``latest`` are instants: the earliest begin and the latest end that it can have, wherever the
    place was. ``days``: no time is written, so nothing tells the place.
    """

    begins: Instant
    ends: Instant
    earliest: Instant
    latest: Instant
    days: bool

    def before(self, other: "Interval") -> bool:
        """Whether this one is over when the other begins, certainly; intervals that touch are in order.

        This is a strict order: what is before what is before a third is before the third.
        """
        if self.days and other.days:
            return self.ends <= other.begins
        return self.latest <= other.earliest

    @property
    def by_date(self) -> tuple[Instant, Instant]:
        """Its place in a list by date: what is before another stands before it; days count as if they were UTC."""
        return (self.begins, self.ends) if self.days else (self.earliest, self.latest)

    @property
    def over(self) -> Over:
        """When it is over for what begins then."""
        return Over(self.ends if self.days else self.latest + _EASTERNMOST, self.latest)

    def over_by(self, clock: "Interval") -> bool:
        """Whether it is over at the end of what a reader asks for: by a day, what is written with that day or before.

        A time stands on the day that is written in it; beside a clock with a time, a day is over when it is over
        everywhere.
        """
        return self.ends <= clock.ends if clock.days else self.latest <= clock.latest

    def over_before(self, clock: "Interval") -> bool:
        """Whether it is over even before the end of what a reader asks for: what lasts until a day lasts through it."""
        return self.ends < clock.ends if clock.days else self.latest < clock.latest

    def may_begin_by(self, other: "Interval") -> bool:
        """Whether it can have begun before the end of the other."""
        if self.days and other.days:
            return self.begins < other.ends
        return self.earliest < other.latest

    def begins_after(self, clock: Instant) -> bool:
        """Whether it cannot have begun at an instant, nor in the 14 hours behind it by which some clocks are ahead."""
        return (self.begins if self.days else self.earliest) > clock + _EASTERNMOST

    def capped(self, other: "Interval") -> "Interval":
        """The part of it that lies before the end of the other, where that is a part of it; else all of it."""
        if not self.days:
            if self.earliest < other.latest < self.latest:
                whole_days = other.days and self.begins == BEGINNING
                return Interval(self.begins, other.ends, self.earliest, other.latest, whole_days)
        elif self.begins < other.ends < self.ends:
            return Interval(self.begins, other.ends, self.earliest, other.latest, days=True)
        return self


class Begun(NamedTuple):
    """How far some intervals have come: the latest begin of days, as written, and of times, as an instant."""

    day: Instant
    time: Instant

    def after(self, interval: Interval) -> bool:
        """Whether any of them begins when the interval is over."""
        day, time = interval.over
        return day <= self.day or time <= self.time


class When(msgspec.Struct, frozen=True, gc=False):
    """When something happened, as far as its source tells.

    `start` is where it can have begun; what was already so at b (`../b`) at any time up to b.
    `until` is what it is last asserted for; None for `a/..`, which is asserted until the day it was reported.
    Both are wider than written where the date has a flag.
    """

    text: str
    shape: Literal["moment", "lasting"]
    start: Interval
    until: Interval | None
    approximate: bool = False
    uncertain: bool = False

    @property
    def already(self) -> bool:
        """Whether it was already so (`../b`)."""
        return self.shape == "lasting" and self.start.begins == BEGINNING

    @property
    def last(self) -> Interval:
        """What it is last asserted for as far as the date alone tells: of `a/..` a."""
        return self.until or self.start


class _Simple(NamedTuple):
    covers: Interval
    flag: str


EVER: Final = Interval(BEGINNING, END_OF_TIME, BEGINNING, END_OF_TIME, days=True)
"""The interval of an unknown date."""

_EASTERNMOST: Final = 14 * 3_600 * _SECOND
"""A day begins so long before it does in UTC where it begins first, at the offset +14:00."""
_WESTERNMOST: Final = 12 * 3_600 * _SECOND
"""A day ends so long after it does in UTC where it ends last, at the offset -12:00."""


def of_days(begins: Instant, ends: Instant) -> Interval:
    """Whole days as written, from one midnight to another; BEGINNING and END_OF_TIME where there is no bound."""
    earliest = BEGINNING if begins == BEGINNING else begins - _EASTERNMOST
    return Interval(begins, ends, earliest, END_OF_TIME if ends == END_OF_TIME else ends + _WESTERNMOST, days=True)


def day_of(instant: Instant) -> Interval:
    """The day on which an instant falls in UTC, or one that is counted as written on the day that is written."""
    begins = instant - instant % _DAY
    return of_days(begins, begins + _DAY)


def days_of(interval: Interval) -> Interval:
    """The days on which it lies, as written: of a time with an offset the day that is written in it."""
    return interval if interval.days else of_days(day_of(interval.begins).begins, day_of(interval.ends - 1).ends)


_SIMPLE: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,6}))?"
    r"(Z|(?!-00:00)[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?"
    r"(?(4)|([~?%])?)"  # a flag, unless there is a time
)
_DURATION: Final = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,9})W|(?:([0-9]{1,9})Y)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?)"
)

_WRITE_PLAIN: Final = "write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with Z or an offset such as +01:00"
_NOT_PLAIN: Final = ("is not a plain date", _WRITE_PLAIN)
_NOT_A_DATE: Final = (
    "is not a date",
    _WRITE_PLAIN + ", or with these as a and b: [..b], [a..b], a/b, a/.., ../b; or XXXX when unknown",
)
# The first that is found in a text that does not parse tells what is wrong with it.
_FAULTS: Final = (
    (re.compile(r"\s"), "has white space", "write digits and signs alone, as in 2022-01-12 (in a URL, write + as %2B)"),
    (re.compile(r"[^!-~]"), "has a character other than printable ASCII", "write digits 0-9 and the hyphen-minus '-'"),
    (re.compile(r"[~?%]{2}"), "has several flags", "write one: ~ approximate, ? uncertain, % both"),
    (re.compile(r"T[0-9:]+\.[0-9]{7}"), "is finer than a microsecond", "write at most 6 digits after the point"),
    (re.compile(r"T[0-9]{2}:[0-9]{2}(?:$|[Z+-])"), "has a time without seconds", "write hh:mm:ss, then Z or an offset"),
    (re.compile(r"T[0-9]{2}:[0-9]{2}:[0-9]{2}[0-9.]*$"), "has a time without an offset", "end it with Z or +hh:mm"),
    (
        re.compile(r"T(?!(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])[0-9]{2}:[0-9]{2}:[0-9]{2}"),
        "has a time that no day has",
        "write 00:00:00 to 23:59:59 (24:00 is 00:00 of the next day; no leap second)",
    ),
    (re.compile(r"T.*-00:00$"), "has the offset -00:00, which ISO 8601 excludes", "write Z"),
    (re.compile(r"T.*[+-][0-9]{2}:[0-9]{2}$"), "has an offset that no place has", "write Z, or -14:00 to +14:00"),
    (re.compile(r"T.*[~?%]$"), "has a flag after a time", "write it without; a year, month or date may have one"),
    (re.compile(r"^[0-9]{5}"), "has a year beyond 9999", "write a year from 0001 to 9999, in four digits"),
)


@lru_cache(maxsize=_CACHED_DATES)
def parse(text: str) -> When:
    """Read an EDTF date (ISO 8601-2:2019) of the subset that stands at the head of this module.

    Raises DateError for everything else, a range that ends before it begins included.
    """
    try:
        return _when(text)
    except DateError as error:
        raise _meant(text, _when) or error from None


@lru_cache(maxsize=_CACHED_DATES)
def interval_of_date(text: str) -> Interval:
    """Read a year, season, month, date or RFC 3339 instant; raises DateError for ranges, flags and XXXX too."""
    try:
        return _plain(text)
    except DateError as error:
        raise _meant(text, _plain) or error from None


def parse_clock(text: str) -> Instant:
    """The end (exclusive) in UTC of the year, season, month, UTC day or RFC 3339 instant; raises DateError."""
    covers = interval_of_date(text)
    return covers.ends if covers.days else covers.latest


def instant_text(instant: Instant) -> str:
    """Write the instant in RFC 3339, UTC, with microseconds: `2022-01-10T08:00:00.000000Z`.

    Raises DateError outside years 0001 to 9999, which is so for an unbounded end and for the end of year 9999.
    """
    if not _YEAR_1 <= instant < _YEAR_10000:
        message = f"instant {instant} has no RFC 3339 text; only years 0001 to 9999 have one"
        raise DateError(message)
    return (_EPOCH + timedelta(microseconds=instant)).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(maxsize=65_536)
def day_text(instant: Instant) -> str | None:
    """Write the UTC day on which an instant falls: `2022-01-10`; None outside years 0001 to 9999."""
    return instant_text(instant)[:10] if _YEAR_1 <= instant < _YEAR_10000 else None


def instant(text: str) -> Instant:
    """Read an RFC 3339 text with Z or an offset and at most six fractional digits; raises DateError."""
    if "T" not in text:
        raise _refusal(text, "is not an instant", "write YYYY-MM-DDThh:mm:ss with Z or an offset such as +01:00")
    return interval_of_date(text).earliest


def parse_duration(text: str) -> int | None:
    """Give the length in seconds of an ISO 8601-1:2019 duration: `PT7H`, `P1DT2H30M`, `P2W`, in whole numbers.

    It is None where it has years or months, which have no fixed length. Raises DurationError for everything else.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        remedy = "write whole numbers (at most 9 digits), as in PT7H, P1DT2H30M, P2W or P1Y6M"
        message = f"{_quoted(text)} is not a duration; {remedy}"
        raise DurationError(message)
    weeks, years, months, days, hours, minutes, seconds = found.groups()
    if years or months:
        return None
    whole_days = 7 * int(weeks or 0) + int(days or 0)
    return whole_days * 86_400 + int(hours or 0) * 3_600 + int(minutes or 0) * 60 + int(seconds or 0)


def _when(text: str) -> When:
    if text == "XXXX":
        return When(text, "moment", EVER, EVER)
    if text.startswith("[") and text.endswith("]"):
        start = _bracketed(text)
        return When(text, "moment", start, start)
    if "/" in text:
        return _lasting(text)
    covers, flag = _simple(text, text)
    return When(text, "moment", covers, covers, *_flags(flag))


def _plain(text: str) -> Interval:
    covers, flag = _simple(text, text, _NOT_PLAIN)
    if flag:
        raise _refusal(text, f"has the flag {flag}", "write it without: a plain date is expected here")
    return covers


def _lasting(text: str) -> When:
    left, _, right = text.partition("/")
    if left == right == "..":
        raise _refusal(text, "is open on both sides", "write XXXX when nothing is known of the date")
    if left == "..":
        until, flag = _simple(right, text)
        return When(text, "lasting", _between(EVER, until), until, *_flags(flag))
    start, flag = _simple(left, text)
    if right == "..":
        return When(text, "lasting", start, None, *_flags(flag))
    until, until_flag = _simple(right, text)
    _in_order(start, until, text)
    return When(text, "lasting", start, until, *_flags(flag + until_flag))


def _between(first: Interval, last: Interval) -> Interval:
    """From the begin of the one to the end of the other."""
    return Interval(first.begins, last.ends, first.earliest, last.latest, first.days and last.days)


def _bracketed(text: str) -> Interval:
    left, dots, right = text[1:-1].partition("..")
    if dots and left and not right:
        raise _refusal(text, "has no end", "write a/.. for what goes on since a, or [a..b] for a moment between")
    if not dots or not right:
        raise _refusal(text, "is not a date in brackets", "write [..b] for by b, or [a..b] for between a and b")
    end, end_flag = _simple(right, text)
    begin, flag = _simple(left, text) if left else (EVER, "")
    if flag or end_flag:
        raise _refusal(text, "has a flag in brackets", "write the dates in brackets without ~, ? and %")
    _in_order(begin, end, text)
    return _between(begin, end)


def _in_order(first: Interval, last: Interval, text: str) -> None:
    if last.before(first):
        raise _refusal(text, "ends before it begins", "write the earlier date first")


def _flags(flags: str) -> tuple[bool, bool]:
    """Approximate, uncertain."""
    return "~" in flags or "%" in flags, "?" in flags or "%" in flags


def _simple(part: str, text: str, otherwise: tuple[str, str] = _NOT_A_DATE) -> _Simple:
    """Read the one date or time that `part` is; `text` is what is quoted when it is none."""
    found = _SIMPLE.fullmatch(part)
    if found is None:
        raise _fault(part, text, otherwise)
    year, month, day, hour, flag = found.group(1, 2, 3, 4, 9)
    season = _FIRST_OF_SEASON.get(month) if day is None else None
    try:
        first = date(int(year), season or int(month or 1), int(day or 1))
    except ValueError:
        raise _refusal(text, "is not in the calendar", "write a date that exists, in years 0001 to 9999") from None
    if hour:
        return _Simple(_of_time(found, _midnight(first), text), "")
    wider = _WIDER[flag]
    if day:
        begins = _midnight(first)
        wide = wider * _DAYS_ASIDE * _DAY
        return _Simple(of_days(max(_YEAR_1, begins - wide), min(_YEAR_10000, begins + _DAY + wide)), flag or "")
    unit = 12 if month is None else 1 if season is None else 3
    months = first.year * 12 + first.month - 1
    return _Simple(of_days(_first(months - wider * unit), _first(months + unit + wider * unit)), flag or "")


_FIRST_OF_SEASON: Final[dict[str | None, int]] = {"21": 3, "22": 6, "23": 9, "24": 12}
"""The month in which a season begins, in the northern half of the earth; winter ends in the next year."""
_WIDER: Final[dict[str | None, int]] = {None: 0, "~": 1, "?": 1, "%": 2}
"""By how many units a date with a flag is wider on each side: years, seasons, months, or so many days:"""
_DAYS_ASIDE: Final = 3


def _midnight(day: date) -> Instant:
    return (day.toordinal() - _EPOCH_ORDINAL) * _DAY


def _first(months: int) -> Instant:
    """The begin of the month that is so many after January of the year 0, within the years that there are."""
    year, month = divmod(months, 12)
    return _YEAR_1 if year < 1 else _YEAR_10000 if year > date.max.year else _midnight(date(year, month + 1, 1))


def _of_time(found: re.Match[str], midnight: Instant, text: str) -> Interval:
    hour, minute, second, fraction, offset = found.group(4, 5, 6, 7, 8)
    seconds = (int(hour) * 60 + int(minute)) * 60 + int(second)
    unit = 10 ** (6 - len(fraction or ""))
    written = midnight + seconds * _SECOND + int(fraction or 0) * unit
    ahead = 0
    if offset != "Z":
        ahead = (int(offset[1:3]) * 60 + int(offset[4:])) * 60 * _SECOND
    begins = written + ahead if offset[0] == "-" else written - ahead
    if not _YEAR_1 <= begins < _YEAR_10000:
        raise _refusal(text, "is not in years 0001 to 9999 of UTC", "write an instant within them")
    return Interval(written, written + unit, begins, begins + unit, days=False)


def _meant(text: str, read: Callable[[str], object]) -> DateError | None:
    """The refusal of a date that is written another way, with what was probably meant; None where it tells nothing.

    ``read`` takes what may be written there.
    """
    if len(text) > _QUOTED_CHARACTERS:  # no date is longer, and searching takes quadratic time
        return None
    for sign, wrong, forms in _OTHER_WAYS:
        meant: dict[str, str] = {}
        for form, reading in forms:
            other = _rewritten(text, sign, form)
            if other != text and _reads(read, other):
                meant[other] = reading
        if len(meant) == 1:
            return _refusal(text, wrong, f"write {next(iter(meant))}")
        if meant:
            return _refusal(
                text, wrong, "write " + " or ".join(f"{other} {reading}" for other, reading in meant.items())
            )
    return None


def _rewritten(text: str, sign: re.Pattern[str], form: str) -> str:
    return sign.sub(lambda found: form.format(*found.groups()), text)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except DateError:
        return False
    return True


_OTHER_WAYS: Final = (
    (
        re.compile(r"(?<![0-9-])([0-9]{4})([0-9]{2})([0-9]{2})(?![0-9-])"),
        "has no hyphens",
        (("{0}-{1}-{2}", ""),),
    ),
    (
        re.compile(r"([0-9]{4}(?:-(?!00)[0-9]{2})?)(?:-00)+(?![0-9-])"),
        "has a month or day 00",
        (("{0}", ""),),
    ),
    (
        re.compile(r"^([^\s\u2013\u2014]+)(?: *[\u2013\u2014] *| +(?:to|till|until|through|-) +)([^\s\u2013\u2014]+)$"),
        "is not how a range is written",
        (("{0}/{1}", ""),),
    ),
    (
        re.compile(r"^([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})$"),
        "has the year last",
        (("{3}-{2:0>2}-{0:0>2}", "where the day comes first"), ("{3}-{0:0>2}-{2:0>2}", "where the month does")),
    ),
    (
        re.compile(r"^([0-9]{4})([/.-])([0-9]{1,2})\2([0-9]{1,2})$"),
        "is not written with hyphens and two digits",
        (("{0}-{2:0>2}-{3:0>2}", ""),),
    ),
    (
        re.compile(r"^([0-9]{4})[/.-](0?[1-9]|1[0-2])$"),
        "is not written with a hyphen and two digits",
        (("{0}-{1:0>2}", ""),),
    ),
)
"""Other ways to write a date: what is wrong, and each form that may be meant, with how one reads it so."""


def _fault(part: str, text: str, otherwise: tuple[str, str]) -> DateError:
    if len(part) <= _QUOTED_CHARACTERS:
        for sign, wrong, remedy in _FAULTS:
            if sign.search(part):
                return _refusal(text, wrong, remedy)
    return _refusal(text, *otherwise)


def _refusal(text: str, wrong: str, remedy: str) -> DateError:
    return DateError(f"{_quoted(text)} {wrong}; {remedy}")


def _quoted(text: str) -> str:
    whole = repr(text[:_QUOTED_CHARACTERS])
    return whole if len(text) <= _QUOTED_CHARACTERS >= len(whole) else whole[: _QUOTED_CHARACTERS - 3] + "..."
