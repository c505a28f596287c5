"""A generated record holds what negotiations hold, in the shares that were asked for."""

from collections import Counter
from datetime import date, timedelta

import pytest

from bench.generator.desk import Filed
from bench.generator.record import generate
from bench.generator.size import Size
from negotiation.dates import END_OF_TIME, parse
from negotiation.events.catalogue import EVENT_TYPES, AccountAdded, EventCorrected, EventRetracted
from negotiation.events.fact import Fact
from negotiation.events.parties import MemberJoined
from negotiation.events.positions import AnswerGiven
from negotiation.events.procedure import NegotiationOpened, RoundScheduled
from negotiation.findings.types import FINDINGS
from negotiation.state.register_keys import Kind
from negotiation.streams import stream
from tests.bench.rules import Book

USUAL = Size(events=10_000)
DAY = 86_400_000_000


@pytest.fixture(scope="module")
def filed() -> list[Filed]:
    """Ten thousand events."""
    return list(generate(USUAL, 1))


@pytest.fixture(scope="module")
def book(filed: list[Filed]) -> Book:
    """The same, on record."""
    book = Book()
    book.admit_all(filed)
    return book


def types(several: list[Filed]) -> Counter[str]:
    return Counter(type(one.entry.submission.event).__name__ for one in several)


def count(book: Book, kind: Kind) -> int:
    """How many registers of a kind are contested."""
    return sum(
        dossier.history.register(key).contested
        for dossier in book.units.values()
        for key in dossier.history.keys_of_kind(kind)
    )


@pytest.mark.parametrize("seed", range(1, 6))
def test_generate_ten_thousand_events_has_every_type_of_the_catalogue(seed: int) -> None:
    assert set(types(list(generate(USUAL, seed)))) == set(EVENT_TYPES)


@pytest.mark.parametrize("events", [1, 2, 5, 11, 40, 100, 777])
def test_generate_few_events_gives_exactly_as_many(events: int) -> None:
    book = Book()
    book.admit_all(generate(Size(events=events), 7))
    assert book.positions == events


def test_generate_usual_mix_raises_every_finding(book: Book) -> None:
    raised = {type(one) for dossier in book.units.values() for each in dossier.findings.values() for one in each}
    assert raised == set(FINDINGS)


def test_generate_usual_mix_contests_answers_demands_and_sessions(book: Book) -> None:
    assert count(book, "answer") > 50
    assert count(book, "demand") > 5
    assert count(book, "session") > 1


def test_generate_share_of_contested_answers_is_followed() -> None:
    """Without any, and without accounts, only what parties really said twice on a day is contested."""
    few, many = (Book(), Book())
    few.admit_all(generate(Size(events=2_000, contested=0, accounted=0), 3))
    many.admit_all(generate(Size(events=2_000, contested=0.5, accounted=0), 3))
    assert count(few, "answer") < 15
    assert count(many, "answer") > 80


def late(several: list[Filed]) -> float:
    """The share of facts outside parties' streams that are recorded more than a day after they happened."""
    facts = [
        (one.at, parse(one.entry.submission.occurred or "XXXX").start.ends)
        for one in several
        if isinstance(one.entry.submission.event, Fact) and not stream(one.entry.stream).is_party
    ]
    dated = [(at, ends) for at, ends in facts if ends < END_OF_TIME]
    return sum(at > ends + DAY for at, ends in dated) / len(dated)


def test_generate_share_of_late_facts_is_followed(filed: list[Filed]) -> None:
    assert 0.03 < late(filed) < 0.09
    assert late(list(generate(Size(events=3_000, late=0), 1))) < 0.02
    assert late(list(generate(Size(events=3_000, late=0.6), 1))) > 0.25


def test_generate_late_facts_are_reported_late_or_only_recorded_late(filed: list[Filed]) -> None:
    """Some were published when they happened and found later, some were not published before."""
    found_later = reported_later = 0
    for one in filed:
        submission = one.entry.submission
        if not isinstance(submission.event, Fact) or not submission.occurred or len(submission.occurred) != 10:
            continue
        published = (submission.sources[0].published or submission.sources[0].retrieved or "")[:10]
        recorded = date(1970, 1, 1) + timedelta(microseconds=one.at)
        found_later += date.fromisoformat(published) < recorded - timedelta(days=2)
        reported_later += date.fromisoformat(submission.occurred) < date.fromisoformat(published) - timedelta(days=2)
    assert found_later > 50
    assert reported_later > 50


def test_generate_share_of_corrections_is_followed() -> None:
    plain = types(list(generate(Size(events=3_000, corrected=0, accounted=0, retracted=0), 1)))
    revised = types(list(generate(Size(events=3_000, corrected=0.2, accounted=0.2, retracted=0.1), 1)))
    assert plain["EventCorrected"] == plain["AccountAdded"] == 0
    assert plain["EventRetracted"] <= 5 * plain["NegotiationOpened"]  # demands that are withdrawn at the end
    assert min(revised[name] for name in ("EventCorrected", "AccountAdded", "EventRetracted")) > 100


def test_generate_corrections_retractions_and_accounts_are_of_every_kind(filed: list[Filed]) -> None:
    """Corrections are corrected, retractions retracted; accounts agree, differ and deny."""
    events = {one.entry.submission.id: one.entry.submission.event for one in filed}
    about = Counter(
        (type(event).__name__, type(events[event.target]).__name__)
        for event in events.values()
        if isinstance(event, EventCorrected | EventRetracted)
    )
    assert about["EventCorrected", "EventCorrected"] > 10
    assert about["EventRetracted", "EventRetracted"] > 50
    assert about["EventRetracted", "DemandTabled"] > 5
    stances = Counter(event.stance for event in events.values() if isinstance(event, AccountAdded))
    assert min(stances[stance] for stance in ("agrees", "differs", "denies")) > 50


@pytest.mark.parametrize("sign", ["[..", "..20", "20/", "/..", "../", "~", "?", "%", "XXXX", "T"])
def test_generate_usual_mix_has_dates_of_every_form(filed: list[Filed], sign: str) -> None:
    dates = [one.entry.submission.occurred or "" for one in filed]
    assert any(sign in written.replace("199", "20") for written in dates)


def test_generate_usual_mix_has_answers_for_members_conditions_and_order(filed: list[Filed]) -> None:
    """Blocs answer for members that sit at the same table, acceptance depends on conditions, one answer follows."""
    answers = [event for one in filed if isinstance(event := one.entry.submission.event, AnswerGiven)]
    joined = {
        (event.group, event.member) for one in filed if isinstance(event := one.entry.submission.event, MemberJoined)
    }
    for_members = [answer for answer in answers if answer.by[0].as_ == "for-members"]
    assert {answer.by[0].party for answer in for_members} <= {group for group, _ in joined}
    assert len(for_members) > 20
    assert sum(bool(answer.conditions) for answer in answers) > 50
    assert sum(bool(answer.after) for answer in answers) > 20


def test_generate_negotiations_and_rounds_are_as_many_as_asked_for() -> None:
    several = list(generate(Size(events=6_000, negotiations=4, rounds=6), 2))
    opened = [one for one in several if isinstance(one.entry.submission.event, NegotiationOpened)]
    rounds = Counter(
        stream(name).unit
        for name in {one.entry.stream for one in several if isinstance(one.entry.submission.event, RoundScheduled)}
    )
    assert len(opened) == 4
    assert list(rounds.values()) == [6] * 4


def test_generate_more_rounds_than_events_suffice_for_holds_talks_in_each() -> None:
    """Rounds are fewer then, and hardly one of them is only announced and assessed."""
    found = types(list(generate(Size(events=1_500, negotiations=1, rounds=300), 1)))
    assert found["RoundScheduled"] < 150
    assert found["TalksHeld"] >= 0.9 * found["RoundConcluded"]


def test_generate_long_round_is_as_long_as_asked_for() -> None:
    several = list(generate(Size(events=6_000, long_round=3_000), 2))
    streams = Counter(one.entry.stream for one in several)
    longest, events = streams.most_common(1)[0]
    assert stream(longest).is_round
    assert 3_000 <= events < 3_300
    assert len(several) == 6_000


def test_generate_without_related_negotiations_names_none() -> None:
    """Then negotiations can be recorded in any order between each other."""
    opened = [
        one.entry.submission.event
        for one in generate(Size(events=4_000, negotiations=40, related=0), 1)
        if isinstance(one.entry.submission.event, NegotiationOpened)
    ]
    assert not any(event.parent or event.related for event in opened)


def test_generate_many_negotiations_name_earlier_ones_and_are_admitted() -> None:
    book = Book()
    recorded = book.admit_all(generate(Size(events=4_000, negotiations=400, related=0.5), 1))
    named = [
        one for one in recorded if isinstance(one.event, NegotiationOpened) and (one.event.parent or one.event.related)
    ]
    assert len(named) > 100


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"events": 0}, "events"),
        ({"events": 100, "negotiations": 101}, "negotiations"),
        ({"rounds": 0}, "rounds"),
        ({"events": 100, "long_round": 100}, "long_round"),
        ({"late": 1.5}, "late"),
    ],
)
def test_size_that_no_record_has_is_refused_by_name(wrong: dict[str, float], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        Size(**wrong)  # type: ignore[arg-type]
