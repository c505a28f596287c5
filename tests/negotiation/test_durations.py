"""Durations as sources give them (ISO 8601-1:2019)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from negotiation.dates import DurationError, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT7H", 25_200),
        ("P1DT2H30M", 95_400),
        ("P2W", 1_209_600),
        ("P1D", 86_400),
        ("PT1M", 60),
        ("PT90M", 5_400),
        ("PT1S", 1),
        ("PT0S", 0),
        ("PT1H1S", 3_601),
        ("P999999999DT1S", 86_399_999_913_601),
    ],
)
def test_parse_duration_of_fixed_units_gives_seconds(text: str, seconds: int) -> None:
    """Weeks, days, hours, minutes and seconds have a length, which is given in seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["P1Y", "P6M", "P1Y6M", "P1M1D", "P1YT5H", "P0Y"])
def test_parse_duration_with_years_or_months_has_no_length(text: str) -> None:
    """A year and a month differ in length from one to the next: such a duration is taken, without a length."""
    assert parse_duration(text) is None


NOT_DURATIONS = [
    *["", "P", "PT", "P1DT", "7H", "P7H", "PT7", "pt7h", "PT7h", "PT1.5H", "PT1,5H", "-PT7H", "+PT7H", "PT-7H"],
    *["P1W2D", "P1DT2W", "PT30M2H", "P1D1D", "PT7H7H", "P1D2H", "PT7H/2", " PT7H", "PT7H\n", "PT 7H", "PT\uff17H"],
    *["P1234567890W", "P1234567890Y", "P1234567890M", "P1234567890D"],
    *["PT1234567890H", "PT1234567890M", "PT1234567890S"],
]


@pytest.mark.parametrize("text", NOT_DURATIONS, ids=repr)
def test_parse_duration_of_anything_else_is_refused_with_the_remedy(text: str) -> None:
    """Fractions, signs, weeks beside other units, other orders and digits are refused, with examples to follow."""
    with pytest.raises(DurationError) as refusal:
        parse_duration(text)
    assert str(refusal.value) == (
        f"{text!r} is not a duration; write whole numbers (at most 9 digits), as in PT7H, P1DT2H30M, P2W or P1Y6M"
    )


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.integers(0, 999))
def test_parse_duration_of_any_numbers_adds_them_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    """A duration is the sum of its parts, whether or not they carry over."""
    length = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    assert parse_duration(f"P{days}DT{hours}H{minutes}M{seconds}S") == length


@given(st.one_of(st.text(), st.text("P0123456789YMWDTHS.,-+ ", max_size=16)))
@example("P" + "1" * 100_000 + "D")
@example("\ud800")
def test_parse_duration_of_anything_raises_nothing_but_duration_error(text: str) -> None:
    """Whatever the text, it is read or refused in one short line."""
    try:
        seconds = parse_duration(text)
    except DurationError as error:
        refusal = str(error)
    else:
        assert seconds is None or 0 <= seconds < 2**63
        return
    assert refusal.isprintable()
    assert len(refusal) < 200
