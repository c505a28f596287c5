"""Dates in words. They are read as `negotiation.dates` reads them, and say no more than is written."""

import re
from typing import Final

from negotiation.dates import END_OF_TIME, Instant, day_of, instant_text

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SEASONS: Final = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_FLAGS: Final = {"~": ("about ", ""), "?": ("", " (uncertain)"), "%": ("about ", " (uncertain)")}
_DURATION: Final = re.compile(r"(\d+)([YMWDHS])")
_UNITS: Final = {"Y": "year", "M": "month", "W": "week", "D": "day", "H": "hour", "S": "second"}


def iso_day(ends: Instant) -> str | None:
    """The last day before this end (exclusive), as written, ``2022-01-10``; None where there is no end."""
    return None if ends >= END_OF_TIME else instant_text(day_of(ends - 1).begins)[:10]


def last_day(ends: Instant) -> str | None:
    """As `iso_day`, in words: ``10 January 2022``."""
    day = iso_day(ends)
    return None if day is None else _simple(day)


def date(text: str) -> str:
    """An EDTF date in words: ``by 11 January 2022``, ``from December 2021 on``, ``10 January 2022``."""
    if text == "XXXX":
        return "an unknown date"
    if text.startswith("["):
        begin, _, end = text[1:-1].partition("..")
        return f"between {_simple(begin)} and {_simple(end)}" if begin else f"by {_simple(end)}"
    begin, slash, end = text.partition("/")
    if not slash:
        return _simple(text)
    if begin == "..":
        return f"{_simple(end)} or before"
    return f"from {_simple(begin)} on" if end == ".." else f"{_simple(begin)} to {_simple(end)}"


def gloss(text: str) -> str:
    """What the signs of an EDTF date mean, without the dates; empty for a plain one."""
    if text == "XXXX":
        return "unknown"
    if text.startswith("["):
        return "by then" if text.startswith("[..") else "between"
    if text.startswith("../"):
        return "already so"
    if text.endswith("/.."):
        return "since then"
    flag = {"~": "about", "?": "uncertain", "%": "about, uncertain"}.get(text[-1], "")
    within = {4: "in that year", 7: "in that month"}.get(len(text.rstrip("~?%")), "")
    if text[5:7] in _SEASONS and within:
        within = "in that season"
    return "" if "/" in text else ", ".join(word for word in (within, flag) if word)


def duration(text: str) -> str:
    """An ISO 8601 duration in words: ``7 hours 30 minutes``."""
    days, _, time = text.removeprefix("P").partition("T")
    found = [(number, _UNITS[unit]) for number, unit in _DURATION.findall(days)]
    found += [(number, "minute" if unit == "M" else _UNITS[unit]) for number, unit in _DURATION.findall(time)]
    return " ".join(f"{number} {unit}{'' if int(number) == 1 else 's'}" for number, unit in found)


def _simple(text: str) -> str:
    before, after = _FLAGS.get(text[-1], ("", ""))
    plain = text[:-1] if before or after else text
    written, _, time = plain.partition("T")
    year, *rest = written.split("-")
    words = [year.lstrip("0") or "0"]
    if rest:
        words.insert(0, _SEASONS.get(rest[0]) or _MONTHS[int(rest[0]) - 1])
    if rest[1:]:
        words.insert(0, str(int(rest[1])))
    clock = f", {time.replace('Z', ' UTC')}" if time else ""
    return f"{before}{' '.join(words)}{clock}{after}"
