"""What a reader takes for equal is equal, and what says nothing is refused; texts are kept as they were given."""

import re
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from negotiation.state import register_keys
from negotiation.texts import IGNORABLE, folded, folded_json, says_nothing_somewhere, says_something
from parley.http.openapi import patterns
from tests.negotiation.desk import ANSWER_OF_THE_UNITED_STATES, NO_BREAKTHROUGH, TALKS, VETO, set_table
from tests.negotiation.histories import GENEVA

UNSEEN = ("", " ", "\u00a0", "\n", "\t", "\u200b", "\ufeff", "\u3164", "\u00ad", "\u2060", "\U000e0100")
blanks = st.lists(st.sampled_from(UNSEEN), max_size=3).map("".join)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.text(
    "ae\u0301\u00e9 \u200b", max_size=8
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Geneva", " Geneva\u200b "),
        ("Gen\u00e8ve", "Gene\u0300ve"),
        ("Palais des Nations", "Palais  des\n\u00a0Nations"),
        ("Geneva", "\ufeffGene\u00adva"),
        ("e\u0301", "e\u034f\u0301"),
    ],
)
def test_tell_a_venue_as_a_reader_takes_for_the_same_contests_nothing(one: str, other: str) -> None:
    """One value, in the words in which it was first given, with both facts as evidence."""
    desk = set_table()
    desk.record(TALKS | {"venue": other}, occurred="2022-01-11", publisher="The Courier")
    desk.record(TALKS | {"venue": one}, occurred="2022-01-10")

    register = desk.register("session", "geneva", "day-1")

    assert not register.contested
    assert (register.values[0].evidence_total, register.values[0].since) == (2, "2022-01-10")
    assert msgspec.json.decode(register.values[0].value)["venue"] == one


@pytest.mark.parametrize("other", ["geneva", "Gen\u00e9va", "Geneva.", "Gene va", "\u0413eneva"])
def test_tell_a_venue_that_differs_to_a_reader_contests_it(other: str) -> None:
    """Letters, accents and spaces within a word can be seen."""
    desk = set_table()
    desk.record(TALKS | {"venue": "Geneva"})
    desk.record(TALKS | {"venue": other}, publisher="The Courier")

    assert desk.register("session", "geneva", "day-1").contested


def test_assess_under_a_name_that_a_reader_takes_for_the_same_is_one_assessor() -> None:
    """An outlet with a space more is no other outlet."""
    desk = set_table()
    desk.record(NO_BREAKTHROUGH, occurred="2022-01-10")
    outcome = {"type": "ProgressReported", "assessed_by": {"outlet": "The  Gazette\u200b"}}
    desk.record(outcome, occurred="2022-01-11")
    votes: dict[str, Any] = {"type": "VoteTaken", "on": VETO, "result": "adopted"}
    for electorate in ("Council", "Council\ufeff"):
        desk.record(votes | {"electorate": electorate})

    [key] = desk.world.talks.history.keys("outcome", "geneva")
    assert desk.values(*key) == [{"type": "ProgressReported"}]
    votes_on_record = desk.world.talks.history.keys("vote", "demand/veto-on-enlargement")
    assert {register_keys.votes_of(key)[4] for key in votes_on_record} == {"Council"}


def test_answer_in_a_condition_of_other_spaces_is_the_same_answer() -> None:
    """Texts inside a value count as a reader takes them, too; the order of recording does not choose the words."""
    desk = set_table()
    for text, occurred in (("If  so.", "2022-01-11"), ("If so.", "2022-01-10")):
        condition: dict[str, Any] = {"if": [{"condition": "so", "text": text}]}
        desk.answer("accept", occurred, **condition)

    [value] = desk.values(*ANSWER_OF_THE_UNITED_STATES)

    assert value["if"][0]["text"] == "If so."


def test_keep_a_text_as_it_was_given() -> None:
    """Nothing is lost of it."""
    desk = set_table()
    venue = "  Gen\u0065\u0300ve\u200b  "
    talks = desk.record(TALKS | {"venue": venue})

    [known] = desk.world.talks.history.known[talks.id]
    [value] = desk.values("session", "geneva", "day-1")

    assert (msgspec.to_builtins(known.event)["venue"], value["venue"]) == (venue, venue)
    assert known.stream == GENEVA


@given(texts, blanks, blanks)
def test_fold_a_text_takes_away_what_cannot_be_seen_and_no_more(text: str, before: str, after: str) -> None:
    """Whatever blanks stand around it, and in whichever form its letters are; folding twice is folding once."""
    once = folded(text)
    assert folded(before + text + after) == once == folded(once)
    assert folded(unicodedata.normalize("NFD", text)) == once
    assert (says_something(text) and once != "") or not says_something(text)
    assert "".join(once.split()) == unicodedata.normalize("NFC", "".join(_seen(text).split()))


def _seen(text: str) -> str:
    return "".join(char for char in text if not any(first <= ord(char) <= last for first, last in IGNORABLE))


values = st.recursive(
    texts | st.integers(-9, 9) | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(values)
def test_fold_json_folds_every_text_in_it(value: Any) -> None:
    """By way of the bytes or not; the quick look at the bytes misses nothing."""
    encoded = msgspec.json.encode(value)
    assert msgspec.json.decode(folded_json(encoded)) == _folded(value)
    assert says_nothing_somewhere(encoded) == any(text and not says_something(text) for text in _texts(value))


def _folded(value: Any) -> Any:
    match value:
        case str():
            return folded(value)
        case list():
            return [_folded(item) for item in value]
        case dict():
            return {name: _folded(item) for name, item in value.items()}
        case _:
            return value


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in _texts(item)]
        case dict():
            return [text for item in value.values() for text in _texts(item)]
        case _:
            return []


@given(texts | blanks)
def test_say_something_as_the_pattern_in_the_openapi_document_tells(text: str) -> None:
    """As far as it can tell: of what is beyond the first 65,536 code points it knows nothing."""
    assume(all(ord(char) < 0x10000 for char in text))

    assert (re.search(patterns.TEXT, text) is not None) == says_something(text)
