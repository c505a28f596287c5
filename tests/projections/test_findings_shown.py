"""Findings appear on every read that they touch, and go when their reason goes."""

import asyncpg
import msgspec

from parley.recording import Recording
from parley.store.reading import Document
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold
from tests.record.world import (
    BRUSSELS,
    TALKS,
    demanded,
    entry,
    failed,
    found,
    id_of,
    identified,
    joined,
    request,
    retracted,
    talked,
)


def types(document: Document | None) -> list[str]:
    assert document is not None
    return [finding["type"] for finding in msgspec.json.decode(document.body)["findings"]["shown"]]


async def everywhere(recording: Recording, round_: str) -> list[list[str]]:
    """The findings as the round, the negotiation and the list of findings show them."""
    page = await recording.live.findings(TALKS, None, 100)
    assert page is not None
    return [
        types(await recording.live.round(TALKS, round_)),
        types(await recording.live.negotiation(TALKS)),
        [msgspec.json.decode(item)["type"] for item in page.items],
    ]


async def test_record_outcome_before_any_talks_shows_the_finding_until_talks_are_recorded(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """The outcome is taken and the round shows what does not add up; with the talks it is gone, without them back."""
    assert found(await talks.record(request(failed(BRUSSELS)))) == ["OutcomeWithoutTalks"]
    assert await everywhere(talks, "brussels") == [["OutcomeWithoutTalks"]] * 3
    assert types(await talks.live.round(TALKS, "geneva")) == []
    held = talked(BRUSSELS)
    assert found(await talks.record(request(held))) == []
    assert await everywhere(talks, "brussels") == [[]] * 3
    await talks.record(request(retracted(held)))
    assert await everywhere(talks, "brussels") == [["OutcomeWithoutTalks"]] * 3
    await assert_equals_fold(psql)


async def test_correct_the_date_of_what_does_not_add_up_shows_the_finding_with_that_date(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A finding names the event by its type and date, as it reads now, wherever the finding is shown."""

    async def named() -> list[tuple[str, str, str]]:
        page = await talks.live.findings(TALKS, None, 100)
        assert page is not None
        shown = [msgspec.json.decode(item) for item in page.items]
        return [(one["event_type"], one["occurred"], one["stream"]) for one in shown]

    outcome = failed(BRUSSELS)
    await talks.record(request(outcome))
    assert await named() == [("NoBreakthrough", "2022-01-10", BRUSSELS)]

    correction = {
        "type": "EventCorrected",
        "target": id_of(outcome),
        "reason": "Read again.",
        "replacement": {"type": "NoBreakthrough", "assessed_by": {"outlet": "The Gazette"}},
    }
    await talks.record(request(entry(BRUSSELS, correction, occurred="2022-01-09")))

    assert await named() == [("NoBreakthrough", "2022-01-09", BRUSSELS)]
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(talks.pool)


async def test_record_finding_and_its_remedy_in_one_request_leaves_none(talks: Recording) -> None:
    """A receipt tells the findings that stand at its end."""
    assert found(await talks.record(request(failed(BRUSSELS), talked(BRUSSELS)))) == []
    assert await everywhere(talks, "brussels") == [[]] * 3


async def test_withdraw_what_another_rounds_fact_rests_on_shows_in_that_round(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """A finding shows in the round of the fact that it is about, wherever its reason lies."""
    demand = demanded("veto")
    about = {"type": "PositionStated", "text": "No.", "about": [{"kind": "demand", "id": "veto"}]}
    await talks.record(request(demand, entry(BRUSSELS, about)))
    await talks.record(request(retracted(demand)))
    assert await everywhere(talks, "brussels") == [["RestsOnWithdrawnFact"]] * 3
    await talks.record(request(demanded("veto", BRUSSELS)))
    assert await everywhere(talks, "brussels") == [[]] * 3
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(talks.pool)


async def test_withdraw_a_member_shows_on_its_group(talks: Recording) -> None:
    """A party's own document shows what does not add up in its stream."""
    finland = identified("finland")
    await talks.record(request(finland, joined("nato", "finland")))
    await talks.record(request(retracted(finland)))
    assert types(await talks.live.party("nato")) == ["RestsOnWithdrawnFact"]
    await talks.record(request(identified("finland")))
    assert types(await talks.live.party("nato")) == []
