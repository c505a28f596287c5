"""What dates mean, and what is refused; the `edtf` package is the oracle where it follows ISO 8601-2.

Where edtf 5.0 deviates from the standard, the tests go round it as narrowly as they can:

1.  An open side (`a/..`, `../b`, `[..b]`) makes lower_strict or upper_strict a TypeError: the closed side is asked.
2.  `%` sets is_uncertain_and_approximate, but neither is_approximate nor is_uncertain.
3.  The bounds of a time are its written day, whatever its offset: they are compared there, and the instant itself with
    `datetime.fromisoformat`.
4.  The offset +00:00 is refused, though ISO 8601 has it (-00:00 rightly is).
5.  `[a..b]` is refused where a and b differ in precision, which ISO 8601-2 allows: each side is asked alone.
6.  XXXX is bounded by years 0000 and 9999; here it has no bounds.
    Of winter it has December alone; here it lasts until February. It takes no flag after a season.
7.  It accepts what we refuse: 29 February of any year, 24:00:00, times without an offset, ranges that end before they
    begin, year 0000, white space around. Nothing that we accept rests on that.

And where we go beyond EDTF, into ISO 8601-1: fractions of a second, and times in ranges. There, too, each side is asked
alone, without its fraction.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import edtf
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from negotiation.dates import (
    BEGINNING,
    END_OF_TIME,
    EVER,
    DateError,
    Instant,
    Interval,
    When,
    day_of,
    instant,
    instant_text,
    interval_of_date,
    of_days,
    parse,
    parse_clock,
)

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
HOUR = 3_600_000_000
DAY = 24 * HOUR
ALPHABET = "0123456789-/.[]XTZ:+~?% "
Days = tuple[date, date]


def us(text: str) -> Instant:
    """Microseconds since the epoch, by the standard library; a day alone is its midnight in UTC."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")
    return (moment - EPOCH) // timedelta(microseconds=1)


def span(begins: str, ends: str) -> Interval:
    """From one day to before another, as written: in UTC it can begin 14 hours before and end 12 hours after."""
    return Interval(us(begins), us(ends), us(begins) - 14 * HOUR, us(ends) + 12 * HOUR, days=True)


def moment(written: str, in_utc: str, lasts: int = 1_000_000) -> Interval:
    """A time as the clock showed it, and in UTC."""
    first, earliest = us(f"{written}+00:00"), us(f"{in_utc}+00:00")
    return Interval(first, first + lasts, earliest, earliest + lasts, days=False)


YEAR_1 = us("0001-01-01")
YEAR_10000 = us("9999-12-31") + DAY

# --- Strategies

with_oracle = settings(max_examples=50, deadline=None)  # the oracle takes 5 to 40 ms a parse
flags = st.sampled_from(["", "", "~", "?", "%"])
seasons = st.sampled_from([21, 22, 23, 24])
precisions = st.sampled_from([4, 7, 10])
fractions = st.sampled_from(["", ".5", ".05", ".123456", ".000000"])
dates = st.builds(lambda day, precision: day.isoformat()[:precision], st.dates(), precisions)
flagged_dates = st.builds(str.__add__, dates, flags)
offsets = st.one_of(
    st.just("Z"),
    st.builds(
        lambda sign, minutes: f"{sign}{minutes // 60:02}:{minutes % 60:02}",
        st.sampled_from("+-"),
        st.integers(1, 14 * 60),
    ),
)
times = st.builds(
    lambda day, second, offset: f"{day}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{offset}",
    st.dates(date(1, 1, 2), date(9999, 12, 30)),
    st.integers(0, 86_399),
    offsets,
)
precise_times = st.builds(lambda time, fraction: time[:19] + fraction + time[19:], times, fractions)


@st.composite
def ordered_dates(draw: st.DrawFn) -> tuple[str, str]:
    """Two dates of any precision: the second does not end before the first begins."""
    first, last = sorted(draw(st.tuples(st.dates(), st.dates())))
    return first.isoformat()[: draw(precisions)], last.isoformat()[: draw(precisions)]


@st.composite
def values(draw: st.DrawFn) -> str:
    """A value of the subset, in any of its forms."""
    first, last = draw(
        st.one_of(ordered_dates(), st.tuples(precise_times, precise_times).map(lambda two: sorted(two, key=us)))
    )
    if draw(st.integers(0, 3)) == 0 and "T" not in first:
        first = last = f"{first[:4]}-{draw(seasons)}"
    form = draw(st.sampled_from(["{0}", "{0}/{1}", "{0}/..", "../{0}", "[..{0}]", "[{0}..{1}]", "XXXX"]))
    flagged = "T" not in first and "[" not in form
    return form.format(first + draw(flags), last + draw(flags)) if flagged else form.format(first, last)


@st.composite
def spoilt_values(draw: st.DrawFn) -> str:
    """A value of the subset with one to three places changed."""
    text = draw(values())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(ALPHABET, max_size=2)) + text[at + draw(st.integers(0, 2)) :]
    return text


# --- The oracle


def days_of_oracle(first: Any, last: Any) -> Days:
    return date(*first.lower_strict()[:3]), date(*last.upper_strict()[:3])


def days_of(interval: Interval) -> Days:
    """The first and the last day, as written."""
    return day_at(interval.begins), day_at(interval.ends - 1)


def day_at(instant: Instant) -> date:
    return (EPOCH + timedelta(microseconds=instant)).date()


def flags_of_oracle(answer: Any) -> tuple[bool, bool]:
    both = answer.is_uncertain_and_approximate
    return answer.is_approximate or both, answer.is_uncertain or both


def flags_of(when: When) -> tuple[bool, bool]:
    return when.approximate, when.uncertain


def oracle_accepts(text: str) -> bool:
    """Whether the oracle takes the text, or each of its sides where it has times, fractions or mixed precisions."""
    sides = [side for side in re.split(r"/|\.\.", text.strip("[]")) if side]
    if any("T" in side for side in sides) or (text.startswith("[") and len({len(side) for side in sides}) > 1):
        return all(edtf.is_valid_edtf(re.sub(r"\.[0-9]+", "", side).replace("+00:00", "Z")) for side in sides)
    return bool(edtf.is_valid_edtf(text))


def refusal_of(read: Callable[[str], object], text: str) -> str | None:
    """What a reader refuses the text with, if it does."""
    try:
        read(text)
    except DateError as error:
        return str(error)
    return None


def plain(text: str) -> str:
    """A date without its flag."""
    return text.rstrip("~?%")


@with_oracle
@given(flagged_dates)
def test_parse_date_agrees_with_oracle(text: str) -> None:
    """A year, month or date covers the days and has the flags that the oracle tells."""
    ours, oracle = parse(text), edtf.parse_edtf(text)
    assert (ours.text, ours.shape, ours.until) == (text, "moment", ours.start)
    assert flags_of(ours) == flags_of_oracle(oracle)
    unflagged = parse(plain(text))
    assert days_of(unflagged.start) == days_of_oracle(oracle, oracle)
    if text == unflagged.text:
        assert ours.start.days
    else:
        assert ours.start.begins <= unflagged.start.begins < unflagged.start.ends <= ours.start.ends
        assert ours.start != unflagged.start


@with_oracle
@given(st.integers(1, 9998), seasons)
def test_parse_season_agrees_with_oracle(year: int, season: int) -> None:
    """A season begins when the oracle says, and lasts for three months."""
    text = f"{year:04}-{season}"
    ours, oracle = parse(text), edtf.parse_edtf(text)
    first, last = days_of(ours.start)
    assert first == days_of_oracle(oracle, oracle)[0]
    assert (ours.shape, ours.until, first.day) == ("moment", ours.start, 1)
    assert (last + timedelta(days=1)).month == (first.month + 2) % 12 + 1
    assert (last - first).days in range(89, 93)


@with_oracle
@given(times)
@example("2022-01-10T23:59:59-14:00")
@example("2022-01-10T00:00:00+14:00")
def test_parse_time_agrees_with_oracle(text: str) -> None:
    """A time covers a second: its instant is the one that the standard library tells, its written day the oracle's."""
    ours, oracle = parse(text), edtf.parse_edtf(text)
    assert ours.start == ours.until
    assert (ours.start.earliest, ours.start.latest) == (us(text), us(text) + 1_000_000)
    assert days_of(ours.start) == days_of_oracle(oracle, oracle)


@with_oracle
@given(ordered_dates(), flags, flags)
def test_parse_range_agrees_with_oracle(sides: tuple[str, str], flag: str, last_flag: str) -> None:
    """A range lasts from its first date to its last and has the flags of both sides, as the oracle tells."""
    text = f"{sides[0]}{flag}/{sides[1]}{last_flag}"
    ours, oracle = parse(text), edtf.parse_edtf(text)
    assert ours.shape == "lasting"
    assert (ours.start, ours.until) == (parse(sides[0] + flag).start, parse(sides[1] + last_flag).start)
    unflagged = parse("/".join(sides))
    assert (day_at(unflagged.start.begins), day_at(unflagged.last.ends - 1)) == days_of_oracle(oracle, oracle)
    assert flags_of(ours) == flags_of_oracle(oracle)


@with_oracle
@given(flagged_dates)
def test_parse_range_open_at_its_end_agrees_with_oracle(text: str) -> None:
    """`a/..` begins within a, has a's flags and is asserted until nothing in particular."""
    ours, oracle = parse(f"{text}/.."), edtf.parse_edtf(f"{text}/..")
    assert (ours.shape, ours.until, ours.start) == ("lasting", None, parse(text).start)
    assert days_of(parse(f"{plain(text)}/..").start) == days_of_oracle(oracle.lower, oracle.lower)
    assert flags_of(ours) == flags_of_oracle(oracle)


@with_oracle
@given(flagged_dates)
def test_parse_range_open_at_its_start_agrees_with_oracle(text: str) -> None:
    """`../b` can have begun at any time up to b, is asserted until b, and has b's flags."""
    ours, oracle = parse(f"../{text}"), edtf.parse_edtf(f"../{text}")
    b = parse(text).start
    assert (ours.shape, ours.until) == ("lasting", b)
    assert ours.start == of_days(BEGINNING, b.ends)
    assert days_of(parse(f"../{plain(text)}").last) == days_of_oracle(oracle.upper, oracle.upper)
    assert flags_of(ours) == flags_of_oracle(oracle)


@with_oracle
@given(ordered_dates())
def test_parse_brackets_agrees_with_oracle(sides: tuple[str, str]) -> None:
    """`[a..b]` is a moment between the begin of a and the end of b, as the oracle tells."""
    first, last = sides[0], sides[1]
    assume(len(first) == len(last))
    ours, oracle = parse(f"[{first}..{last}]"), edtf.parse_edtf(f"[{first}..{last}]")
    assert (ours.shape, ours.until) == ("moment", ours.start)
    assert days_of(ours.start) == days_of_oracle(oracle, oracle)
    assert flags_of(ours) == (False, False)


@with_oracle
@given(dates)
def test_parse_brackets_open_at_their_start_agrees_with_oracle(text: str) -> None:
    """`[..b]` is a moment at any time up to the end of b, as the oracle tells."""
    ours, oracle = parse(f"[..{text}]"), edtf.parse_edtf(f"[..{text}]")
    (consecutive,) = oracle.objects
    assert (ours.shape, ours.until, ours.start.begins) == ("moment", ours.start, BEGINNING)
    _, last_day = days_of_oracle(consecutive.upper, consecutive.upper)
    assert ours.start == of_days(BEGINNING, us(last_day.isoformat()) + DAY)


@settings(max_examples=200, deadline=None)
@given(values())
def test_parse_any_form_of_the_subset_is_read_as_its_sides(text: str) -> None:
    """Every form is read, keeps its text, and what bounds it are the intervals of the dates written in it."""
    ours = parse(text)
    sides = [parse(side).start for side in re.split(r"/|\.\.", text.strip("[X]")) if side] or [EVER]
    first, last = sides[0], sides[-1]
    if text.startswith(("[..", "../")):
        assert ours.start == Interval(BEGINNING, last.ends, BEGINNING, last.latest, last.days)
        assert ours.until == (ours.start if text.startswith("[") else last)
    elif text.startswith("["):
        assert ours.start == ours.until
        assert ours.start == Interval(first.begins, last.ends, first.earliest, last.latest, first.days and last.days)
    else:
        assert ours.start == first
        assert ours.until == (None if text.endswith("/..") else last)
    assert (ours.text, ours.shape) == (text, "lasting" if "/" in text else "moment")
    assert flags_of(ours) == ("~" in text or "%" in text, "?" in text or "%" in text)


@settings(max_examples=250, deadline=None)
@given(spoilt_values())
def test_parse_spoilt_value_is_refused_or_accepted_by_oracle_too(text: str) -> None:
    """A value with characters changed is refused, or is one that the oracle takes."""
    assert refusal_of(parse, text) or oracle_accepts(text)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.text(ALPHABET, max_size=24), spoilt_values()))
@example("")
@example("9" * 10_000)
@example("T" * 100_000)
@example("2022-01-10T" + "0" * 100_000)
@example("\ud800")
@example("2022\0")
def test_read_anything_raises_nothing_but_date_error(text: str) -> None:
    """Whatever the text, every reader of dates answers or raises a DateError of one short line."""
    for read in (parse, parse_clock, interval_of_date, instant):
        refusal = refusal_of(read, text)
        assert refusal is None or (refusal.isprintable() and len(refusal) < 300)


# --- Meaning

SECOND = "2022-01-10T09:00:00"
MOMENTS = {
    "2022": span("2022-01-01", "2023-01-01"),
    "2021-12": span("2021-12-01", "2022-01-01"),
    "2022-02": span("2022-02-01", "2022-03-01"),
    "2024-02": span("2024-02-01", "2024-03-01"),
    "1900-02": span("1900-02-01", "1900-03-01"),
    "1800": span("1800-01-01", "1801-01-01"),
    "2000-02": span("2000-02-01", "2000-03-01"),
    "2022-01-10": span("2022-01-10", "2022-01-11"),
    "2022-12-31": span("2022-12-31", "2023-01-01"),
    "2024-02-29": span("2024-02-29", "2024-03-01"),
    "2022-04-30": span("2022-04-30", "2022-05-01"),
    "0001": span("0001-01-01", "0002-01-01"),
    "9999": of_days(us("9999-01-01"), YEAR_10000),
    "9999-12": of_days(us("9999-12-01"), YEAR_10000),
    "9999-12-31": of_days(us("9999-12-31"), YEAR_10000),
    "2021-21": span("2021-03-01", "2021-06-01"),
    "2021-22": span("2021-06-01", "2021-09-01"),
    "2021-23": span("2021-09-01", "2021-12-01"),
    "2021-24": span("2021-12-01", "2022-03-01"),
    "2023-24": span("2023-12-01", "2024-03-01"),
    "9999-24": of_days(us("9999-12-01"), YEAR_10000),
    f"{SECOND}Z": moment(SECOND, SECOND),
    f"{SECOND}+00:00": moment(SECOND, SECOND),
    f"{SECOND}+01:00": moment(SECOND, "2022-01-10T08:00:00"),
    f"{SECOND}-05:30": moment(SECOND, "2022-01-10T14:30:00"),
    f"{SECOND}+14:00": moment(SECOND, "2022-01-09T19:00:00"),
    f"{SECOND}.5Z": moment(f"{SECOND}.500000", f"{SECOND}.500000", 100_000),
    f"{SECOND}.25Z": moment(f"{SECOND}.250000", f"{SECOND}.250000", 10_000),
    f"{SECOND}.123456Z": moment(f"{SECOND}.123456", f"{SECOND}.123456", 1),
    "9999-12-31T23:59:59Z": moment("9999-12-31T23:59:59", "9999-12-31T23:59:59"),
    "9999-12-31T23:59:59.999999Z": moment("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999", 1),
    "0001-01-01T00:00:00Z": moment("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
}


@pytest.mark.parametrize(("text", "covers"), MOMENTS.items(), ids=str)
def test_parse_moment_covers_its_written_precision(text: str, covers: Interval) -> None:
    """A moment is somewhere in the half-open interval of its written precision, and is last asserted for the same."""
    assert parse(text) == When(text, "moment", covers, covers, approximate=False, uncertain=False)
    assert interval_of_date(text) == covers
    assert parse_clock(text) == (covers.ends if covers.days else covers.latest)


TENTH, TWELFTH = MOMENTS["2022-01-10"], span("2022-01-12", "2022-01-13")
AROUND_TENTH, AROUND_TWELFTH = span("2022-01-07", "2022-01-14"), span("2022-01-09", "2022-01-16")
WIDE_AROUND_TENTH = span("2022-01-04", "2022-01-17")
BETWEEN = span("2022-01-10", "2022-01-13")
BY_NINE = of_days(BEGINNING, us("2022-01-10T09:00:01+00:00"))._replace(
    latest=us("2022-01-10T09:00:01+00:00"), days=False
)
NINE_TO_TWELFTH = Interval(
    us("2022-01-10T09:00:00+00:00"), TWELFTH.ends, us("2022-01-10T14:00:00+00:00"), TWELFTH.latest, days=False
)
OTHERS = [
    When("2022-01-10~", "moment", AROUND_TENTH, AROUND_TENTH, approximate=True),
    When("2022-01-10?", "moment", AROUND_TENTH, AROUND_TENTH, uncertain=True),
    When("2022-01-10%", "moment", WIDE_AROUND_TENTH, WIDE_AROUND_TENTH, approximate=True, uncertain=True),
    When("2022~", "moment", span("2021-01-01", "2024-01-01"), span("2021-01-01", "2024-01-01"), approximate=True),
    When("2021-12?", "moment", span("2021-11-01", "2022-02-01"), span("2021-11-01", "2022-02-01"), uncertain=True),
    When(
        "2021-12%",
        "moment",
        span("2021-10-01", "2022-03-01"),
        span("2021-10-01", "2022-03-01"),
        approximate=True,
        uncertain=True,
    ),
    When("2021-21~", "moment", span("2020-12-01", "2021-09-01"), span("2020-12-01", "2021-09-01"), approximate=True),
    When("0001-01-02~", "moment", span("0001-01-01", "0001-01-06"), span("0001-01-01", "0001-01-06"), approximate=True),
    When("0001-01~", "moment", span("0001-01-01", "0001-03-01"), span("0001-01-01", "0001-03-01"), approximate=True),
    When(
        "9999%",
        "moment",
        of_days(us("9997-01-01"), YEAR_10000),
        of_days(us("9997-01-01"), YEAR_10000),
        approximate=True,
        uncertain=True,
    ),
    When("XXXX", "moment", EVER, EVER),
    When("[..2022-01-10]", "moment", of_days(BEGINNING, TENTH.ends), of_days(BEGINNING, TENTH.ends)),
    When("[2022-01-10..2022-01-12]", "moment", BETWEEN, BETWEEN),
    When("[2022-01..2022-01-12]", "moment", span("2022-01-01", "2022-01-13"), span("2022-01-01", "2022-01-13")),
    When(f"[..{SECOND}Z]", "moment", BY_NINE, BY_NINE),
    When(f"[{SECOND}-05:00..2022-01-12]", "moment", NINE_TO_TWELFTH, NINE_TO_TWELFTH),
    When("2022-01-10/2022-01-12", "lasting", TENTH, TWELFTH),
    When("2022-01-10/2022-01-10", "lasting", TENTH, TENTH),
    When("2022-01-10~/2022-01-12?", "lasting", AROUND_TENTH, AROUND_TWELFTH, approximate=True, uncertain=True),
    When("2022-01-10/2022-01-12~", "lasting", TENTH, AROUND_TWELFTH, approximate=True),
    When("2022-01-10%/2022-01-12", "lasting", WIDE_AROUND_TENTH, TWELFTH, approximate=True, uncertain=True),
    When("2022/2022-01-10", "lasting", MOMENTS["2022"], TENTH),
    When("2022-01-10/2022", "lasting", TENTH, MOMENTS["2022"]),
    When(f"{SECOND}Z/2022-01-12", "lasting", MOMENTS[f"{SECOND}Z"], TWELFTH),
    When(f"{SECOND}+01:00/{SECOND}Z", "lasting", MOMENTS[f"{SECOND}+01:00"], MOMENTS[f"{SECOND}Z"]),
    When("2022-01-10/..", "lasting", TENTH, None),
    When("2022-01-10?/..", "lasting", AROUND_TENTH, None, uncertain=True),
    When("../2022-01-10", "lasting", of_days(BEGINNING, TENTH.ends), TENTH),
    When(
        "../2022-01-10%",
        "lasting",
        of_days(BEGINNING, WIDE_AROUND_TENTH.ends),
        WIDE_AROUND_TENTH,
        approximate=True,
        uncertain=True,
    ),
]


@pytest.mark.parametrize("when", OTHERS, ids=lambda when: when.text)
def test_parse_every_other_form_means_what_the_design_says(when: When) -> None:
    """Flags, brackets, ranges and the unknown date are read as the head of the module says."""
    assert parse(when.text) == when


def test_parse_twice_answers_with_the_same_value() -> None:
    """A date is parsed once and remembered, among a bounded number."""
    assert parse("2022-01-10") is parse("2022-01-10")
    assert parse.cache_info().maxsize is not None


@given(st.dates(max_value=date(9999, 12, 30)), precisions)
def test_parse_following_dates_leaves_no_gap_and_no_overlap(day: date, precision: int) -> None:
    """A day, month or year ends exactly where the next begins."""
    here = interval_of_date(day.isoformat()[:precision])
    assume(here.ends < YEAR_10000)
    following = (EPOCH + timedelta(microseconds=here.ends)).date()
    there = interval_of_date(following.isoformat()[:precision])
    assert here.ends == there.begins
    assert here.begins <= us(day.isoformat()) < here.ends


# --- Refusals

REFUSALS = {
    "": ("is not a date", "write YYYY, YYYY-MM, YYYY-MM-DD or"),
    "20": ("is not a date", "or XXXX when unknown"),
    "20220110": ("has no hyphens", "write 2022-01-10"),
    "20221301": ("year beyond 9999", "in four digits"),
    "2007-11-00": ("month or day 00", "write 2007-11"),
    "2007-00-00": ("month or day 00", "write 2007"),
    "2007-11-00~": ("month or day 00", "write 2007-11~"),
    "../2007-11-00": ("month or day 00", "write ../2007-11"),
    "2021-12-02 to 2021-12-09": ("not how a range is written", "write 2021-12-02/2021-12-09"),
    "2021-12-02 - 2021-12-09": ("not how a range is written", "write 2021-12-02/2021-12-09"),
    "2021-12-02\N{EN DASH}2021-12-09": ("not how a range is written", "write 2021-12-02/2021-12-09"),
    "2021-12-09 to 2021-12-02": ("has white space", "write digits and signs alone"),
    "01/10/2022": ("year last", "write 2022-10-01 where the day comes first or 2022-01-10 where the month does"),
    "1.10.2022": ("year last", "write 2022-10-01 where the day comes first or 2022-01-10 where the month does"),
    "13/01/2022": ("year last", "write 2022-01-13"),
    "01-13-2022": ("year last", "write 2022-01-13"),
    "10/10/2022": ("year last", "write 2022-10-10"),
    "32/13/2022": ("is not a date", "a/b"),
    "2022-1-10": ("not written with hyphens and two digits", "write 2022-01-10"),
    "2022/01/10": ("not written with hyphens and two digits", "write 2022-01-10"),
    "2022-1": ("not written with a hyphen and two digits", "write 2022-01"),
    "20220110/20220112": ("has no hyphens", "write 2022-01-10/2022-01-12"),
    "[..20220110]": ("has no hyphens", "write [..2022-01-10]"),
    "2022-25": ("not in the calendar", "write a date that exists"),
    "2022-21-01": ("not in the calendar", "write a date that exists"),
    "99999": ("year beyond 9999", "from 0001 to 9999"),
    "0000": ("not in the calendar", "years 0001 to 9999"),
    "2022-13": ("not in the calendar", "write a date that exists"),
    "2022-00": ("month or day 00", "write 2022"),
    "2022-20": ("not in the calendar", "write a date that exists"),
    "2022-02-29": ("not in the calendar", "write a date that exists"),
    "1900-02-29": ("not in the calendar", "write a date that exists"),
    "2022-04-31": ("not in the calendar", "write a date that exists"),
    "-2022": ("is not a date", "YYYY"),
    "2022-XX": ("is not a date", "XXXX when unknown"),
    "xxxx": ("is not a date", "XXXX when unknown"),
    "XXXX~": ("is not a date", "XXXX when unknown"),
    "XXXX/2022": ("is not a date", "../b"),
    "~2022": ("is not a date", "YYYY"),
    "2022~-01": ("is not a date", "YYYY"),
    "2022?~": ("has several flags", "% both"),
    f"{SECOND}": ("time without an offset", "end it with Z or +hh:mm"),
    f"{SECOND}.5": ("time without an offset", "end it with Z or +hh:mm"),
    "2022-01-10T09:00Z": ("time without seconds", "hh:mm:ss"),
    "2022-01-10T09:00": ("time without seconds", "hh:mm:ss"),
    "2022-01-10T24:00:00Z": ("time that no day has", "00:00 of the next day"),
    "2022-01-10T23:60:00Z": ("time that no day has", "23:59:59"),
    "2022-01-10T23:59:60Z": ("time that no day has", "no leap second"),
    f"{SECOND}.1234567Z": ("finer than a microsecond", "at most 6 digits"),
    f"{SECOND},5Z": ("is not a date", "hh:mm:ss"),
    f"{SECOND}z": ("is not a date", "with Z or an offset"),
    f"{SECOND}+01": ("is not a date", "an offset such as +01:00"),
    f"{SECOND}+0100": ("is not a date", "an offset such as +01:00"),
    f"{SECOND}-00:00": ("ISO 8601 excludes", "write Z"),
    f"{SECOND}+14:01": ("offset that no place has", "-14:00 to +14:00"),
    f"{SECOND}+01:60": ("offset that no place has", "-14:00 to +14:00"),
    f"{SECOND} 01:00": ("has white space", "in a URL, write + as %2B"),
    f"{SECOND}Z~": ("flag after a time", "write it without"),
    f"2022/{SECOND}+01:00?": ("flag after a time", "write it without"),
    "0001-01-01T00:00:00+00:01": ("not in years 0001 to 9999 of UTC", "write an instant within"),
    "9999-12-31T23:59:59-00:01": ("not in years 0001 to 9999 of UTC", "write an instant within"),
    " 2022": ("has white space", "write digits and signs alone"),
    "2022\n": ("has white space", "write digits and signs alone"),
    "2022 / 2023": ("has white space", "write digits and signs alone"),
    "\uff12\uff10\uff12\uff12": ("other than printable ASCII", "digits 0-9"),
    "\u0662\u0660\u0662\u0662": ("other than printable ASCII", "digits 0-9"),
    "2022\N{EN DASH}01": ("other than printable ASCII", "hyphen-minus"),
    "2022\0": ("other than printable ASCII", "digits 0-9"),
    "../..": ("open on both sides", "write XXXX"),
    "2022/": ("is not a date", "a/.."),
    "/2022": ("is not a date", "../b"),
    "/": ("is not a date", "a/b"),
    "..": ("is not a date", "../b"),
    "2022..": ("is not a date", "a/.."),
    "2022..2023": ("is not a date", "[a..b]"),
    "2022/2023/2024": ("is not a date", "a/b"),
    "2022/2021": ("ends before it begins", "earlier date first"),
    "2022-02/2022-01-31": ("ends before it begins", "earlier date first"),
    f"{SECOND}Z/{SECOND}+01:00": ("ends before it begins", "earlier date first"),
    "[2022-01-12..2022-01-10]": ("ends before it begins", "earlier date first"),
    "[2022..]": ("has no end", "a/.."),
    "[..]": ("not a date in brackets", "[..b] for by b"),
    "[]": ("not a date in brackets", "[a..b]"),
    "[2022]": ("not a date in brackets", "[a..b]"),
    "[2021,2022]": ("not a date in brackets", "[a..b]"),
    "[2021..2022..2023]": ("is not a date", "[a..b]"),
    "{2021..2022}": ("is not a date", "[a..b]"),
    "[..2022": ("is not a date", "[..b]"),
    "..2022]": ("is not a date", "[..b]"),
    "[..2022~]": ("flag in brackets", "without ~, ? and %"),
    "[2021?..2022]": ("flag in brackets", "without ~, ? and %"),
    "[..2022]~": ("is not a date", "[..b]"),
    "[../2022]": ("is not a date", "[..b]"),
}


@pytest.mark.parametrize(("text", "told"), REFUSALS.items(), ids=repr)
def test_parse_text_outside_the_subset_is_refused_with_the_remedy(text: str, told: tuple[str, str]) -> None:
    """A refusal is one line that quotes the text, says what is wrong and then what to write."""
    with pytest.raises(DateError) as refusal:
        parse(text)
    message = str(refusal.value)
    wrong, _, remedy = message.removeprefix(repr(text)).partition("; ")
    assert message.startswith(f"{text!r} ")
    assert told[0] in wrong
    assert told[1] in remedy
    assert message.isprintable()


@pytest.mark.parametrize("text", ["a" * 81, "\n" * 81, "9" * 1_000_000, "\x00" * 40], ids=len)
def test_refuse_long_text_quotes_eighty_characters_of_it(text: str) -> None:
    """However long the text, its quotation has at most eighty characters."""
    with pytest.raises(DateError) as refusal:
        parse(text)
    message = str(refusal.value)
    assert message.startswith(repr(text)[:77] + "...")
    assert " " in message[80:82]


@pytest.mark.parametrize("read", [parse_clock, interval_of_date], ids=lambda read: read.__name__)
@pytest.mark.parametrize("text", ["2022/2023", "2022/..", "../2022", "[..2022]", "[2021..2022]", "XXXX"])
def test_read_plain_date_from_a_range_or_unknown_date_is_refused(read: Any, text: str) -> None:
    """A clock and the date of a source are plain: no range, nothing in brackets, nothing unknown."""
    with pytest.raises(DateError, match=r"is not a plain date; write YYYY, YYYY-MM, YYYY-MM-DD or .*such as \+01:00$"):
        read(text)


@pytest.mark.parametrize("read", [parse_clock, interval_of_date], ids=lambda read: read.__name__)
def test_read_plain_date_written_another_way_is_refused_with_a_plain_date_that_was_meant(read: Any) -> None:
    """What is proposed is what is taken there: a day, no range."""
    with pytest.raises(DateError, match=r"; write 2022-01-10$"):
        read("20220110")
    with pytest.raises(DateError, match="has white space; write digits and signs alone"):
        read("2021-12-02 to 2021-12-09")


@pytest.mark.parametrize("read", [parse_clock, interval_of_date], ids=lambda read: read.__name__)
@pytest.mark.parametrize("flag", "~?%")
def test_read_plain_date_with_a_flag_is_refused(read: Any, flag: str) -> None:
    """A clock and the date of a source have no flags."""
    with pytest.raises(DateError, match=rf"has the flag {re.escape(flag)}; write it without"):
        read(f"2022-01{flag}")


def test_parse_clock_includes_all_of_what_is_written() -> None:
    """A clock stands at the end of the day, month, year or second that is written."""
    assert parse_clock("2022-01-10") == us("2022-01-11")
    assert parse_clock("2022-02") == us("2022-03-01")
    assert parse_clock("2022") == us("2023-01-01")
    assert parse_clock(f"{SECOND}+01:00") == us("2022-01-10T08:00:01+00:00")


# --- Intervals and instants


@pytest.mark.parametrize(
    ("first", "second", "in_order"),
    [
        ("2022-01-10", "2022-01-11", True),
        ("2022-01-10", "2022-01-10", False),
        ("2022-01-11", "2022-01-10", False),
        ("2022-01", "2022-01-31", False),
        ("2022-01", "2022-02-01", True),
        ("2022-01-10", "XXXX", False),
        ("XXXX", "2022-01-10", False),
        ("[..2022-01-10]", "2022-01-11", True),
        ("2021", "2022-01-01T11:59:59Z", False),  # it is still 2021 at -12:00
        ("2021", "2022-01-01T12:00:00Z", True),
        ("2022-01-10", "2022-01-10T20:30:00-05:00", False),
        ("2022-01-10T20:30:00-05:00", "2022-01-10", False),
        ("2022-01-20", "2022-01-20T19:30:00-05:00", False),
        ("2022-01-10T09:59:59Z", "2022-01-11", True),
        ("2022-01-10T10:00:00Z", "2022-01-11", False),  # it is the 11th already at +14:00
        ("2022-01-10T23:00:00-05:00", "2022-01-11T00:30:00+03:00", False),
        ("2022-01-11T00:30:00+03:00", "2022-01-10T23:00:00-05:00", True),  # by the clock of the world
        ("2022-01-10", "[2022-01-11T09:00:00Z..2022-01-12]", False),
        ("2022-01-10", "[2022-01-11T12:00:00Z..2022-01-12]", True),
        ("2022-01", "2022-02~", False),
        ("2022-01", "2022-03~", True),
        ("2022-05~", "2022-06", False),
        ("2022-05%", "2022-07", False),
        ("2022-05%", "2022-08", True),
        ("2022-01-10~", "2022-01-13", False),
        ("2022-01-10~", "2022-01-14", True),
        ("2022?", "2023", False),
        ("2022?", "2024", True),
        ("2021-21", "2021-06", True),
        ("2021-23", "2021-24", True),
        ("2021-24", "2022-02-28", False),
        ("2021-21~", "2021-22", False),
    ],
)
def test_before_two_intervals_is_true_where_the_first_is_over(first: str, second: str, *, in_order: bool) -> None:
    """One interval is before another that begins at its end or later, and not before one that it touches inside."""
    assert parse(first).start.before(parse(second).start) is in_order


intervals = st.one_of(dates, flagged_dates, times).map(lambda text: parse(text).start) | values().map(
    lambda text: parse(text).last
)
near = st.builds(
    lambda day, second, offset, time: (
        f"2022-01-{day:02}" + (f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{offset}" if time else "")
    ),
    st.integers(8, 12),
    st.integers(0, 86_399),
    offsets.filter(lambda offset: not ("-12:00" < offset <= "-14:00")),
    st.booleans(),
)


def placed(text: str, hours: int) -> tuple[Instant, Instant]:
    """When it was in UTC; a day where the clocks are so many hours ahead."""
    covers = interval_of_date(text)
    if "T" in text:
        return covers.earliest, covers.latest
    return us(text) - hours * HOUR, us(text) + DAY - hours * HOUR


@given(near, near)
def test_before_holds_where_it_holds_wherever_a_day_was(first: str, second: str) -> None:
    """A day beside a time is a day anywhere; two days are at one place, and two times are where they say."""
    in_order = all(placed(first, hours)[1] <= placed(second, hours)[0] for hours in range(-12, 15))
    assert interval_of_date(first).before(interval_of_date(second)) is in_order


@settings(max_examples=300, deadline=None)
@given(st.lists(intervals | near.map(interval_of_date), min_size=3, max_size=3))
def test_before_is_a_strict_order_that_lists_by_date_keep(three: list[Interval]) -> None:
    """Nothing is before itself, what is before what is before a third is before the third."""
    first, second, third = three
    assert not first.before(first)
    if first.before(second):
        assert not second.before(first)
        assert first.by_date < second.by_date
        if second.before(third):
            assert first.before(third)


@pytest.mark.parametrize(
    ("date", "clock", "over", "begun"),
    [
        ("2022-01-10", "2022-01-10", True, True),
        ("2022-01-10", "2022-01-09", False, False),
        ("2022-01", "2022-01-10", False, True),
        ("2022-01", "2022-01", True, True),
        ("2022-01-10T20:30:00-05:00", "2022-01-10", True, True),  # in UTC it is the 11th
        ("2022-01-10T20:30:00-05:00", "2022-01-09", False, False),
        ("2022-01-10T08:00:00+01:00", "2022-01-10", True, True),
        ("2022-01-10T08:00:00+01:00", "2022-01-09", False, True),  # it was the 9th at -12:00
        ("2022-01-10T13:00:00+01:00", "2022-01-09", False, False),
        ("2022-01-10", "2022-01-10T23:59:59Z", False, True),
        ("2022-01-10", "2022-01-11T11:59:59Z", True, True),
        ("2022-01-10", "2022-01-09T10:00:00Z", False, True),
        ("2022-01-10", "2022-01-09T09:59:59Z", False, False),
        ("2022-01-10T20:30:00-05:00", "2022-01-11T01:30:00Z", True, True),
        ("2022-01-10T20:30:00-05:00", "2022-01-11T01:29:59Z", False, False),
        ("2022-05~", "2022-05-31", False, True),
        ("2022-05~", "2022-06-30", True, True),
        ("../2022-01-11", "2015", False, True),
        ("../2022-01-11", "2022-01-11", True, True),
        ("[..2022-01-11]", "2015", False, True),
    ],
)
def test_by_a_clock_is_over_or_can_have_begun(date: str, clock: str, *, over: bool, begun: bool) -> None:
    """A time counts with the day that is written in it; a day beside a clock with a time when it is over everywhere."""
    at = interval_of_date(clock)
    assert parse(date).start.over_by(at) is over
    assert parse(date).start.may_begin_by(at) is begun


@pytest.mark.parametrize(
    ("until", "clock", "over"),
    [
        ("2022-03-31", "2022-03-31", False),
        ("2022-03-31", "2022-04-01", True),
        ("2022-03-31", "2022-03", False),
        ("2022-03-30", "2022-03", True),
        ("2022-03-31T12:00:00+02:00", "2022-03-31", True),
        ("2022-03-31T12:00:00+02:00", "2022-03-31T10:00:00Z", False),
        ("2022-03-31T12:00:00+02:00", "2022-03-31T10:00:01Z", True),
    ],
)
def test_until_a_day_lasts_through_it(until: str, clock: str, *, over: bool) -> None:
    """What lasts until a day has not ended by that day."""
    assert interval_of_date(until).over_before(interval_of_date(clock)) is over


@pytest.mark.parametrize(
    ("date", "by", "capped"),
    [
        ("2022", "2022-01-12", of_days(us("2022-01-01"), us("2022-01-13"))),
        ("XXXX", "2022-01-12", of_days(BEGINNING, us("2022-01-13"))),
        ("2022-01-13", "2022-01-12", interval_of_date("2022-01-13")),
        ("2022-01-12", "2022-01-12", interval_of_date("2022-01-12")),
        (f"[..{SECOND}Z]", "2022-01-08", of_days(BEGINNING, us("2022-01-09"))),
        (f"[..{SECOND}Z]", "2022-01-10", BY_NINE),
        (
            f"[{SECOND}Z..2022-01-14T09:00:00Z]",
            "2022-01-12",
            Interval(
                us("2022-01-10T09:00:00+00:00"),
                us("2022-01-13"),
                us("2022-01-10T09:00:00+00:00"),
                us("2022-01-13T12:00:00+00:00"),
                days=False,
            ),
        ),
    ],
)
def test_cap_an_interval_leaves_the_part_that_begins_by_the_end_of_a_day(date: str, by: str, capped: Interval) -> None:
    """Where the end of the day lies within it; otherwise it stays as it is."""
    assert parse(date).start.capped(interval_of_date(by)) == capped


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2022-01-10T00:00:00+00:00", "2022-01-10"),
        ("2022-01-10T23:59:59.999999+00:00", "2022-01-10"),
        ("2022-01-10T00:30:00+01:00", "2022-01-09"),
        ("1969-12-31T23:59:59.999999+00:00", "1969-12-31"),
        ("0001-01-01T00:00:00+00:00", "0001-01-01"),
        ("9999-12-31T23:59:59+00:00", "9999-12-31"),
    ],
)
def test_day_of_instant_is_its_utc_day(at: str, day: str) -> None:
    """The day of an instant is the half-open UTC day around it, before 1970 too."""
    assert day_of(us(at)) == of_days(us(day), us(day) + DAY)


@given(st.integers(YEAR_1, YEAR_10000 - 1))
@example(YEAR_1)
@example(YEAR_10000 - 1)
@example(-1)
@example(0)
def test_write_instant_and_read_it_again_gives_the_same(at: Instant) -> None:
    """An instant has one text, of fixed length in UTC, which is read as the same instant here and by others."""
    text = instant_text(at)
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", text)
    assert instant(text) == us(text) == at


@pytest.mark.parametrize("at", [BEGINNING, END_OF_TIME, YEAR_1 - 1, YEAR_10000])
def test_write_instant_outside_the_years_is_refused(at: Instant) -> None:
    """An unbounded end, or one outside years 0001 to 9999, has no text, and asking for it is a DateError."""
    with pytest.raises(DateError, match=f"instant {at} has no RFC 3339 text; only years 0001 to 9999 have one"):
        instant_text(at)


def test_sentinels_lie_outside_every_date_and_fit_a_bigint() -> None:
    """An unbounded end lies beyond every date, and its distance to each still fits 64 bits."""
    assert YEAR_1 > BEGINNING >= -(2**63) + YEAR_10000
    assert YEAR_10000 < END_OF_TIME < 2**63 - YEAR_10000


@given(precise_times)
def test_read_instant_agrees_with_the_standard_library(text: str) -> None:
    """An RFC 3339 text is read as the microsecond that the standard library reads."""
    assert instant(text) == us(text)


@pytest.mark.parametrize("text", ["2022-01-10", "2022", "", "XXXX", "2022/2023"])
def test_read_instant_from_a_date_is_refused(text: str) -> None:
    """A date is no instant, and the refusal says how to write one."""
    with pytest.raises(DateError, match="is not an instant; write YYYY-MM-DDThh:mm:ss with Z or an offset"):
        instant(text)
