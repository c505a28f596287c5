"""The demand ledger: contested and settled answers, beside each other and through a bloc."""

from typing import Any

import msgspec
import pytest

from parley.recording import Recording
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import (
    BRUSSELS,
    GENEVA,
    TALKS,
    account,
    answered,
    corrected,
    demanded,
    entry,
    identified,
    joined,
    request,
    retracted,
)

COURIER = {"publisher": "The Courier", "kind": "outlet", "published": "2022-01-13"}


async def row(recording: Recording, demand: str = "veto") -> dict[str, Any]:
    document = await recording.live.demand(TALKS, demand, silent=True)
    assert document is not None
    return msgspec.json.decode(document.body, type=dict[str, Any])


async def answer_of(recording: Recording, party: str) -> dict[str, Any]:
    (found,) = [one for one in (await row(recording))["answers"] if one["party"] == party]
    return msgspec.convert(found, dict[str, Any])


def values(answer: dict[str, Any]) -> list[str]:
    return [value["value"]["answer"] for value in answer["values"]]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
async def test_record_two_answers_of_one_party_on_one_day_is_contested_until_a_later_day_settles_it(
    talks: Recording, order: list[int]
) -> None:
    """Both are shown with their sources, in whatever order they came; the later day's answer stands alone."""
    both = [answered("veto", "reject"), answered("veto", "defer", stream=BRUSSELS, sources=[COURIER])]
    await talks.record(request(demanded("veto")))
    for index in order:
        await talks.record(request(both[index]))
    contested = await answer_of(talks, "united-states")
    assert contested["contested"]
    assert sorted(values(contested)) == ["defer", "reject"]
    publishers = {one["evidence"][0]["sources"][0]["publisher"] for one in contested["values"]}
    assert publishers == {"The Gazette", "The Courier"}
    assert contested["rounds"] == ["brussels", "geneva"]

    await talks.record(request(answered("veto", "accept", occurred="2022-01-12")))
    settled = await answer_of(talks, "united-states")
    assert not settled["contested"]
    assert values(settled) == ["accept"]
    await assert_equals_fold(talks.pool)
    await assert_documents_equal_fold(talks.pool)


async def test_answer_of_a_member_stands_beside_its_blocs_and_neither_overwrites_the_other(talks: Recording) -> None:
    """Own before inherited; unknown and not put for those that said nothing."""
    await talks.record(request(demanded("veto", to=["nato"]), joined("nato", "sweden"), joined("nato", "ukraine")))
    await talks.record(request(answered("veto", by="nato", as_="for-members")))
    assert (await answer_of(talks, "sweden"))["through"] == "nato"
    own = answered("veto", "accept", by="sweden")
    await talks.record(request(own))
    assert (await answer_of(talks, "sweden"))["basis"] == "own"
    assert (await answer_of(talks, "ukraine"))["through"] == "nato"
    assert (await answer_of(talks, "nato"))["for_members"]
    await talks.record(request(retracted(own)))
    assert (await answer_of(talks, "sweden"))["through"] == "nato"
    await talks.record(request(demanded("other", to=["united-states"])))
    other = await row(talks, "other")
    unknown = {"total": 1, "parties": ["united-states"]}
    assert (other["unknown"], other["not_put"]) == (unknown, {"total": 1, "parties": ["nato"]})


async def test_demand_that_a_group_made_for_its_members_is_theirs(talks: Recording) -> None:
    """A bloc tables it for its members: nobody puts it to them, and they have nothing to answer."""
    await talks.record(request(joined("nato", "sweden"), identified("finland"), identified("serbia")))
    acting = [{"party": "nato", "as": "for-members"}]
    tabled = {"type": "DemandTabled", "demand": "citizens", "text": "Rights.", "by": acting, "to": ["russia"]}
    for_members = entry(GENEVA, tabled)
    await talks.record(
        request(for_members, demanded("own", by="sweden", to=["finland"]), demanded("other", by="serbia"))
    )
    found = await row(talks, "citizens")
    assert found["owners"] == ["nato", "sweden"]
    assert found["unknown"] == {"total": 1, "parties": ["russia"]}
    assert found["not_put"]["parties"] == ["finland", "serbia"]

    await talks.record(request(joined("nato", "finland", "2022-06-01")))
    assert (await row(talks, "citizens"))["owners"] == ["nato", "sweden"]  # it joined when the demand was made long ago
    await talks.record(request(joined("nato", "serbia", "2001-01-01")))
    assert (await row(talks, "citizens"))["owners"] == ["nato", "serbia", "sweden"]
    await assert_equals_fold(talks.pool)


async def test_demand_counts_those_without_an_answer_and_names_them_where_asked(talks: Recording) -> None:
    """Hundreds of names would hide the answers."""
    await talks.record(request(demanded("veto", to=["united-states", "nato"]), answered("veto")))
    document = await talks.live.demand(TALKS, "veto")
    assert document is not None
    found = msgspec.json.decode(document.body)
    assert (found["unknown"], found["not_put"]) == ({"total": 1}, {"total": 0})
    assert (await row(talks, "veto"))["unknown"] == {"total": 1, "parties": ["nato"]}


async def test_correct_a_demand_or_an_answer_changes_every_demand_that_it_named_or_names(talks: Recording) -> None:
    """What it said before shows nowhere, what it says now shows where it belongs."""
    first, second = demanded("first"), demanded("second")
    revision = demanded("third", revises="first")
    answer = answered("first")
    await talks.record(request(first, second, revision, answer))
    assert (await row(talks, "first"))["revised_by"] == ["third"]
    now = {"type": "DemandTabled", "demand": "third", "text": "No.", "by": [{"party": "russia"}], "revises": "second"}
    await talks.record(request(corrected(revision, now)))
    assert (await row(talks, "first"))["revised_by"] == []
    assert (await row(talks, "second"))["revised_by"] == ["third"]
    await assert_equals_fold(talks.pool)
    on = {"kind": "demand", "id": "second"}
    moved = {"type": "AnswerGiven", "on": on, "answer": "defer", "by": [{"party": "united-states"}]}
    await talks.record(request(corrected(answer, moved)))
    assert ((await row(talks, "first"))["answers"], len((await row(talks, "second"))["answers"])) == ([], 1)
    await assert_equals_fold(talks.pool)


async def test_withdraw_a_party_named_by_a_corrected_answer_shows_on_the_demand_it_was_moved_to(
    talks: Recording,
) -> None:
    """A finding about a fact shows where the fact stands now."""
    finland, answer = identified("finland"), answered("first")
    await talks.record(request(finland, demanded("first"), demanded("second"), answer))
    on = {"kind": "demand", "id": "second"}
    moved = {"type": "AnswerGiven", "on": on, "answer": "defer", "by": [{"party": "finland"}]}
    await talks.record(request(corrected(answer, moved)))
    withdrawal = retracted(finland)
    await talks.record(request(withdrawal))
    (shown,) = (await row(talks, "second"))["answers"]
    assert shown["findings"]["total"] == 1
    await assert_equals_fold(talks.pool)
    await talks.record(request(retracted(withdrawal)))
    (shown,) = (await row(talks, "second"))["answers"]
    assert shown["findings"]["total"] == 0
    await assert_equals_fold(talks.pool)


async def test_answer_with_a_condition_shows_who_assessed_it_how(talks: Recording) -> None:
    """Accept-if stays open until somebody assesses the condition."""
    event = {
        "type": "AnswerGiven",
        "on": {"kind": "demand", "id": "veto"},
        "answer": "accept",
        "by": [{"party": "united-states"}],
        "if": [{"condition": "build-up-ends", "text": "It ends."}],
    }
    await talks.record(request(demanded("veto"), entry(GENEVA, event)))
    assert (await answer_of(talks, "united-states"))["conditions"][0]["assessments"] == []
    assessment = {
        "type": "PerformanceAssessed",
        "of": {"kind": "condition", "id": "build-up-ends"},
        "finding": "not-met",
        "assessed_by": {"party": "united-states"},
    }
    assessed = entry(BRUSSELS, assessment)
    await talks.record(request(assessed))
    assert len((await answer_of(talks, "united-states"))["conditions"][0]["assessments"]) == 1
    await assert_equals_fold(talks.pool)
    await talks.record(request(account(assessed, finding="partly"), retracted(assessed)))
    await assert_equals_fold(talks.pool)
    await assert_documents_equal_fold(talks.pool)


async def test_assess_a_condition_of_an_answer_that_was_moved_shows_on_the_demand_it_was_moved_to(
    talks: Recording,
) -> None:
    """The assessment shows where the answer stands now, and not where it was recorded first."""
    answer = answered("first")
    await talks.record(request(demanded("first"), demanded("second"), answer))
    moved = {
        "type": "AnswerGiven",
        "on": {"kind": "demand", "id": "second"},
        "answer": "accept",
        "by": [{"party": "united-states"}],
        "if": [{"condition": "build-up-ends", "text": "It ends."}],
    }
    await talks.record(request(corrected(answer, moved)))
    assessment = {
        "type": "PerformanceAssessed",
        "of": {"kind": "condition", "id": "build-up-ends"},
        "finding": "met",
        "assessed_by": {"party": "united-states"},
    }
    await talks.record(request(entry(BRUSSELS, assessment)))
    (shown,) = (await row(talks, "second"))["answers"]
    assert len(shown["conditions"][0]["assessments"]) == 1
    await assert_equals_fold(talks.pool)
