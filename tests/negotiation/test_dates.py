"""What dates mean, and what is refused; the `edtf` package is the oracle where it follows ISO 8601-2.

Where edtf 5.0 deviates from the standard, the tests go round it as narrowly as they can:

1.  An open side (`a/..`, `../b`, `[..b]`) makes lower_strict or upper_strict a TypeError: the closed side is asked.
2.  `%` sets is_uncertain_and_approximate, but neither is_approximate nor is_uncertain.
3.  The bounds of a time are its written day, whatever its offset: they are compared there, and the instant itself with
    `datetime.fromisoformat`.
4.  The offset +00:00 is refused, though ISO 8601 has it (-00:00 rightly is).
5.  `[a..b]` is refused where a and b differ in precision, which ISO 8601-2 allows: each side is asked alone.
6.  XXXX is bounded by years 0000 and 9999; here it has no bounds.
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
    parse,
    parse_clock,
)

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
DAY = 86_400_000_000
ALPHABET = "0123456789-/.[]XTZ:+~?% "
Days = tuple[date, date]


def us(text: str) -> Instant:
    """Microseconds since the epoch, by the standard library; a day alone is its midnight in UTC."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")
    return (moment - EPOCH) // timedelta(microseconds=1)


def span(begins: str, ends: str) -> Interval:
    return Interval(us(begins), us(ends))


YEAR_1 = us("0001-01-01")
YEAR_10000 = us("9999-12-31") + DAY

# --- Strategies

with_oracle = settings(max_examples=50, deadline=None)  # the oracle takes 5 to 40 ms a parse
flags = st.sampled_from(["", "", "~", "?", "%"])
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
    """The first and the last UTC day."""
    begins, ends = interval
    return (EPOCH + timedelta(microseconds=begins)).date(), (EPOCH + timedelta(microseconds=ends - 1)).date()


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


@with_oracle
@given(flagged_dates)
def test_parse_date_agrees_with_oracle(text: str) -> None:
    """A year, month or date, flagged or not, covers the days and has the flags that the oracle tells."""
    ours, oracle = parse(text), edtf.parse_edtf(text)
    assert (ours.text, ours.shape, ours.until) == (text, "moment", ours.start)
    assert days_of(ours.start) == days_of_oracle(oracle, oracle)
    assert flags_of(ours) == flags_of_oracle(oracle)


@with_oracle
@given(times)
@example("2022-01-10T23:59:59-14:00")
@example("2022-01-10T00:00:00+14:00")
def test_parse_time_agrees_with_oracle(text: str) -> None:
    """A time covers a second: its instant is the one that the standard library tells, its written day the oracle's."""
    ours, oracle = parse(text), edtf.parse_edtf(text)
    written_second = us(f"{text[:19]}+00:00")
    assert ours.start == ours.until == Interval(us(text), us(text) + 1_000_000)
    assert days_of(Interval(written_second, written_second + 1)) == days_of_oracle(oracle, oracle)


@with_oracle
@given(ordered_dates(), flags, flags)
def test_parse_range_agrees_with_oracle(sides: tuple[str, str], flag: str, last_flag: str) -> None:
    """A range lasts from its first date to its last and has the flags of both sides, as the oracle tells."""
    text = f"{sides[0]}{flag}/{sides[1]}{last_flag}"
    ours, oracle = parse(text), edtf.parse_edtf(text)
    assert ours.shape == "lasting"
    assert ours.until is not None
    assert days_of(Interval(ours.start.begins, ours.until.ends)) == days_of_oracle(oracle, oracle)
    assert flags_of(ours) == flags_of_oracle(oracle)


@with_oracle
@given(flagged_dates)
def test_parse_range_open_at_its_end_agrees_with_oracle(text: str) -> None:
    """`a/..` begins within a, has a's flags and is asserted until nothing in particular."""
    ours, oracle = parse(f"{text}/.."), edtf.parse_edtf(f"{text}/..")
    assert (ours.shape, ours.until) == ("lasting", None)
    assert days_of(ours.start) == days_of_oracle(oracle.lower, oracle.lower)
    assert flags_of(ours) == flags_of_oracle(oracle)


@with_oracle
@given(flagged_dates)
def test_parse_range_open_at_its_start_agrees_with_oracle(text: str) -> None:
    """`../b` counts from b, until b, and has b's flags."""
    ours, oracle = parse(f"../{text}"), edtf.parse_edtf(f"../{text}")
    assert (ours.shape, ours.until) == ("lasting", ours.start)
    assert days_of(ours.start) == days_of_oracle(oracle.upper, oracle.upper)
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
    assert days_of(Interval(ours.start.ends - 1, ours.start.ends)) == (last_day, last_day)


@settings(max_examples=200, deadline=None)
@given(values())
def test_parse_any_form_of_the_subset_is_read_as_its_sides(text: str) -> None:
    """Every form is read, keeps its text, and what bounds it are the intervals of the dates written in it."""
    ours = parse(text)
    sides = [interval_of_date(side.rstrip("~?%")) for side in re.split(r"/|\.\.", text.strip("[X]")) if side] or [EVER]
    if text.startswith("["):
        assert ours.start == ours.until == Interval(BEGINNING if text[1] == "." else sides[0].begins, sides[-1].ends)
    else:
        assert ours.start == sides[0]
        assert ours.until == (None if text.endswith("/..") else sides[-1])
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
    "9999": Interval(us("9999-01-01"), YEAR_10000),
    "9999-12": Interval(us("9999-12-01"), YEAR_10000),
    "9999-12-31": Interval(us("9999-12-31"), YEAR_10000),
    f"{SECOND}Z": span("2022-01-10T09:00:00+00:00", "2022-01-10T09:00:01+00:00"),
    f"{SECOND}+00:00": span("2022-01-10T09:00:00+00:00", "2022-01-10T09:00:01+00:00"),
    f"{SECOND}+01:00": span("2022-01-10T08:00:00+00:00", "2022-01-10T08:00:01+00:00"),
    f"{SECOND}-05:30": span("2022-01-10T14:30:00+00:00", "2022-01-10T14:30:01+00:00"),
    f"{SECOND}+14:00": span("2022-01-09T19:00:00+00:00", "2022-01-09T19:00:01+00:00"),
    f"{SECOND}.5Z": span("2022-01-10T09:00:00.500000+00:00", "2022-01-10T09:00:00.600000+00:00"),
    f"{SECOND}.25Z": span("2022-01-10T09:00:00.250000+00:00", "2022-01-10T09:00:00.260000+00:00"),
    f"{SECOND}.123456Z": span("2022-01-10T09:00:00.123456+00:00", "2022-01-10T09:00:00.123457+00:00"),
    "9999-12-31T23:59:59Z": Interval(YEAR_10000 - 1_000_000, YEAR_10000),
    "9999-12-31T23:59:59.999999Z": Interval(YEAR_10000 - 1, YEAR_10000),
    "0001-01-01T00:00:00Z": Interval(YEAR_1, YEAR_1 + 1_000_000),
}


@pytest.mark.parametrize(("text", "covers"), MOMENTS.items(), ids=str)
def test_parse_moment_covers_its_written_precision(text: str, covers: Interval) -> None:
    """A moment is somewhere in the half-open interval of its written precision, and is last asserted for the same."""
    assert parse(text) == When(text, "moment", covers, covers, approximate=False, uncertain=False)
    assert interval_of_date(text) == covers
    assert parse_clock(text) == covers.ends


TENTH, TWELFTH = MOMENTS["2022-01-10"], span("2022-01-12", "2022-01-13")
BETWEEN = Interval(TENTH.begins, TWELFTH.ends)
BY_NINE = Interval(BEGINNING, us("2022-01-10T09:00:01+00:00"))
OTHERS = [
    When("2022-01-10~", "moment", TENTH, TENTH, approximate=True),
    When("2022-01-10?", "moment", TENTH, TENTH, uncertain=True),
    When("2022-01-10%", "moment", TENTH, TENTH, approximate=True, uncertain=True),
    When("2022~", "moment", MOMENTS["2022"], MOMENTS["2022"], approximate=True),
    When("2021-12?", "moment", MOMENTS["2021-12"], MOMENTS["2021-12"], uncertain=True),
    When("XXXX", "moment", EVER, EVER),
    When("[..2022-01-10]", "moment", Interval(BEGINNING, TENTH.ends), Interval(BEGINNING, TENTH.ends)),
    When("[2022-01-10..2022-01-12]", "moment", BETWEEN, BETWEEN),
    When("[2022-01..2022-01-12]", "moment", span("2022-01-01", "2022-01-13"), span("2022-01-01", "2022-01-13")),
    When(f"[..{SECOND}Z]", "moment", BY_NINE, BY_NINE),
    When("2022-01-10/2022-01-12", "lasting", TENTH, TWELFTH),
    When("2022-01-10/2022-01-10", "lasting", TENTH, TENTH),
    When("2022-01-10~/2022-01-12?", "lasting", TENTH, TWELFTH, approximate=True, uncertain=True),
    When("2022-01-10/2022-01-12~", "lasting", TENTH, TWELFTH, approximate=True),
    When("2022-01-10%/2022-01-12", "lasting", TENTH, TWELFTH, approximate=True, uncertain=True),
    When("2022/2022-01-10", "lasting", MOMENTS["2022"], TENTH),
    When("2022-01-10/2022", "lasting", TENTH, MOMENTS["2022"]),
    When(f"{SECOND}Z/2022-01-12", "lasting", MOMENTS[f"{SECOND}Z"], TWELFTH),
    When(f"{SECOND}+01:00/{SECOND}Z", "lasting", MOMENTS[f"{SECOND}+01:00"], MOMENTS[f"{SECOND}Z"]),
    When("2022-01-10/..", "lasting", TENTH, None),
    When("2022-01-10?/..", "lasting", TENTH, None, uncertain=True),
    When("../2022-01-10", "lasting", TENTH, TENTH),
    When("../2022-01-10%", "lasting", TENTH, TENTH, approximate=True, uncertain=True),
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
    "2022-1-10": ("is not a date", "YYYY-MM-DD"),
    "20220110": ("year beyond 9999", "in four digits"),
    "99999": ("year beyond 9999", "from 0001 to 9999"),
    "0000": ("not in the calendar", "years 0001 to 9999"),
    "2022-13": ("not in the calendar", "write a date that exists"),
    "2022-00": ("not in the calendar", "write a date that exists"),
    "2022-21": ("not in the calendar", "write a date that exists"),
    "2022-02-29": ("not in the calendar", "write a date that exists"),
    "1900-02-29": ("not in the calendar", "write a date that exists"),
    "2022-04-31": ("not in the calendar", "write a date that exists"),
    "2022-01-00": ("not in the calendar", "write a date that exists"),
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
        ("2021", "2022-01-01T00:00:00Z", True),
        ("2022-01-10", "XXXX", False),
        ("XXXX", "2022-01-10", False),
        ("[..2022-01-10]", "2022-01-11", True),
    ],
)
def test_before_two_intervals_is_true_where_the_first_is_over(first: str, second: str, *, in_order: bool) -> None:
    """One interval is before another that begins at its end or later, and not before one that it touches inside."""
    assert parse(first).start.before(parse(second).start) is in_order


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
    assert day_of(us(at)) == Interval(us(day), us(day) + DAY)


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
