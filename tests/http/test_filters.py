"""Lists filter by what their rows have: answers by party and answer, findings by rule."""

import csv
import io

import httpx
import pytest

from tests.http.test_reading import read
from tests.http.test_renditions import answered
from tests.http.test_routing import problem
from tests.http.world import DEMAND, GENEVA, OUTCOME, N, fact, record, record_frame

DEMANDS = f"{N}/demands"


async def told(client: httpx.AsyncClient) -> None:
    """Two demands, answers to one of them, and two findings."""
    await record_frame(client)
    troops = fact("DemandTabled", demand="troops", text="Fewer.", by=[{"party": "nato"}], to=["russia"])
    answers = (answered("united-states", "reject"), answered("nato", "defer"))
    await record(client, f"{GENEVA}/events", OUTCOME, DEMAND, troops, *answers)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("party=united-states&answer=reject", [("veto", "united-states")]),
        ("answer=defer", [("veto", "nato")]),
        ("party=nato", [("veto", "nato")]),
        ("party=nato&answer=reject", []),
        ("answer=accept", []),
        ("party=russia&silent=true", []),
    ],
)
async def test_what_did_a_party_answer_is_one_request(
    recorder: httpx.AsyncClient, query: str, expected: list[tuple[str, str]]
) -> None:
    await told(recorder)
    found = read(await recorder.get(f"{DEMANDS}?{query}"))["items"]
    assert [(one["demand"], answer["party"]) for one in found for answer in one["answers"]] == expected
    if "silent" not in query:
        table = csv.DictReader(io.StringIO((await recorder.get(f"{DEMANDS}.csv?{query}")).text))
        assert [(row["demand"], row["party"]) for row in table] == expected


async def test_filters_that_cannot_be_are_refused_with_what_is_accepted(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    refused = problem(await recorder.get(f"{DEMANDS}?answer=rejct"), 400, "malformed-request")
    assert "did you mean reject?" in str(refused["detail"])
    problem(await recorder.get(f"{DEMANDS}?party=atlantis"), 404, "not-found")
    problem(await recorder.get(f"{DEMANDS}?party=At"), 400, "malformed-request")
    refused = problem(await recorder.get(f"{N}/findings?type=OutcomeWithoutTalk"), 400, "malformed-request")
    assert "did you mean OutcomeWithoutTalks?" in str(refused["detail"])


async def test_findings_filter_by_their_rule(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    every = read(await recorder.get(f"{N}/findings"))["items"]
    assert "OutcomeWithoutTalks" in {one["type"] for one in every}
    found = read(await recorder.get(f"{N}/findings?type=OutcomeWithoutTalks"))["items"]
    assert found == [one for one in every if one["type"] == "OutcomeWithoutTalks"]
    assert read(await recorder.get(f"{N}/findings?type=AnswerBeforeDemand"))["items"] == []


async def test_a_filtered_list_goes_on_behind_a_page_without_a_match(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    page = read(await recorder.get(f"{DEMANDS}?party=nato&limit=1"))
    assert page["items"] == []
    page = read(await recorder.get(page["next"]))
    assert [one["demand"] for one in page["items"]] == ["veto"]
