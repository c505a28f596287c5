"""Dates as sources give them: a subset of EDTF (ISO 8601-2:2019), read as intervals of UTC instants.

    2022   2021-12   2022-01-10   2022-01-10T09:00:00+01:00      a moment within what is written
    [..b]  [a..b]                                                a moment: by the end of b; between a and b
    a/b    a/..   ../b                                           lasting: from a to b; since a; already so at b
    XXXX                                                         a moment nobody knows

A year, month or date outside brackets (not a time) may end in `~` (approximate), `?` (uncertain) or `%` (both).
A value covers its written precision, in the proleptic Gregorian calendar, years 0001 to 9999; a date is the UTC day.
EDTF keeps times out of intervals and sets; here a and b may have one, since talks last from one hour to another.
"""

import re
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


class Interval(NamedTuple):
    """Half-open: `begins` is inside, `ends` is the first instant after it."""

    begins: Instant
    ends: Instant

    def before(self, other: "Interval") -> bool:
        """Whether this one is over when the other begins; intervals that touch are in order."""
        return self.ends <= other.begins


class When(msgspec.Struct, frozen=True, gc=False):
    """When something happened, as far as its source tells.

    `start` is where it can have begun: at `start.begins` at the earliest, just before `start.ends` at the latest.
    `until` is what it is last asserted for; None for `a/..`, which is asserted until the day it was reported.
    """

    text: str
    shape: Literal["moment", "lasting"]
    start: Interval
    until: Interval | None
    approximate: bool = False
    uncertain: bool = False


class _Simple(NamedTuple):
    covers: Interval
    flag: str


EVER: Final = Interval(BEGINNING, END_OF_TIME)
"""The interval of an unknown date."""

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
    if text == "XXXX":
        return When(text, "moment", EVER, EVER)
    if text.startswith("[") and text.endswith("]"):
        start = _bracketed(text)
        return When(text, "moment", start, start)
    if "/" in text:
        return _lasting(text)
    covers, flag = _simple(text, text)
    return When(text, "moment", covers, covers, *_flags(flag))


@lru_cache(maxsize=_CACHED_DATES)
def interval_of_date(text: str) -> Interval:
    """Read a year, month, date or RFC 3339 instant; raises DateError for ranges, flags and unknown dates too."""
    covers, flag = _simple(text, text, _NOT_PLAIN)
    if flag:
        raise _refusal(text, f"has the flag {flag}", "write it without: a plain date is expected here")
    return covers


def parse_clock(text: str) -> Instant:
    """The end (exclusive) of the year, month, date or RFC 3339 instant that a reader asks for; raises DateError."""
    return interval_of_date(text).ends


def day_of(instant: Instant) -> Interval:
    """The UTC day that contains the instant."""
    begins = instant - instant % _DAY
    return Interval(begins, begins + _DAY)


def instant_text(instant: Instant) -> str:
    """Write the instant in RFC 3339, UTC, with microseconds: `2022-01-10T08:00:00.000000Z`.

    Raises DateError outside years 0001 to 9999, which is so for an unbounded end and for the end of year 9999.
    """
    if not _YEAR_1 <= instant < _YEAR_10000:
        message = f"instant {instant} has no RFC 3339 text; only years 0001 to 9999 have one"
        raise DateError(message)
    return (_EPOCH + timedelta(microseconds=instant)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant(text: str) -> Instant:
    """Read an RFC 3339 text with Z or an offset and at most six fractional digits; raises DateError."""
    if "T" not in text:
        raise _refusal(text, "is not an instant", "write YYYY-MM-DDThh:mm:ss with Z or an offset such as +01:00")
    return interval_of_date(text).begins


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


def _lasting(text: str) -> When:
    left, _, right = text.partition("/")
    if left == right == "..":
        raise _refusal(text, "is open on both sides", "write XXXX when nothing is known of the date")
    if left == "..":
        until, flag = _simple(right, text)
        return When(text, "lasting", until, until, *_flags(flag))
    start, flag = _simple(left, text)
    if right == "..":
        return When(text, "lasting", start, None, *_flags(flag))
    until, until_flag = _simple(right, text)
    _in_order(start, until, text)
    return When(text, "lasting", start, until, *_flags(flag + until_flag))


def _bracketed(text: str) -> Interval:
    left, dots, right = text[1:-1].partition("..")
    if dots and left and not right:
        raise _refusal(text, "has no end", "write a/.. for what goes on since a, or [a..b] for a moment between")
    if not dots or not right:
        raise _refusal(text, "is not a date in brackets", "write [..b] for by b, or [a..b] for between a and b")
    end, end_flag = _simple(right, text)
    begin, flag = _simple(left, text) if left else (Interval(BEGINNING, BEGINNING), "")
    if flag or end_flag:
        raise _refusal(text, "has a flag in brackets", "write the dates in brackets without ~, ? and %")
    _in_order(begin, end, text)
    return Interval(begin.begins, end.ends)


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
    try:
        first = date(int(year), int(month or 1), int(day or 1)).toordinal() - _EPOCH_ORDINAL
    except ValueError:
        raise _refusal(text, "is not in the calendar", "write a date that exists, in years 0001 to 9999") from None
    if hour:
        return _Simple(_of_time(found, first * _DAY, text), "")
    if day:
        days = 1
    elif month:
        days = _DAYS_OF_MONTH[int(month)] + (month == "02" and _is_leap(int(year)))
    else:
        days = 365 + _is_leap(int(year))
    return _Simple(Interval(first * _DAY, (first + days) * _DAY), flag or "")


_DAYS_OF_MONTH: Final = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _of_time(found: re.Match[str], midnight: Instant, text: str) -> Interval:
    hour, minute, second, fraction, offset = found.group(4, 5, 6, 7, 8)
    seconds = (int(hour) * 60 + int(minute)) * 60 + int(second)
    if offset != "Z":
        ahead = (int(offset[1:3]) * 60 + int(offset[4:])) * 60
        seconds += ahead if offset[0] == "-" else -ahead
    unit = 10 ** (6 - len(fraction or ""))
    begins = midnight + seconds * _SECOND + int(fraction or 0) * unit
    if not _YEAR_1 <= begins < _YEAR_10000:
        raise _refusal(text, "is not in years 0001 to 9999 of UTC", "write an instant within them")
    return Interval(begins, begins + unit)


def _fault(part: str, text: str, otherwise: tuple[str, str]) -> DateError:
    if len(part) <= _QUOTED_CHARACTERS:  # no date is longer, and searching takes quadratic time
        for sign, wrong, remedy in _FAULTS:
            if sign.search(part):
                return _refusal(text, wrong, remedy)
    return _refusal(text, *otherwise)


def _refusal(text: str, wrong: str, remedy: str) -> DateError:
    return DateError(f"{_quoted(text)} {wrong}; {remedy}")


def _quoted(text: str) -> str:
    whole = repr(text[:_QUOTED_CHARACTERS])
    return whole if len(text) <= _QUOTED_CHARACTERS >= len(whole) else whole[: _QUOTED_CHARACTERS - 3] + "..."
