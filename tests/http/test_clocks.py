"""Reading at past clocks over HTTP: what is asked, what is told, what is hidden, and what may be kept for good."""

from typing import Any

import httpx
import pytest

from tests.http.openapi import Described
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import BRUSSELS, DEMAND, GENEVA, SOURCE, TALKS, N, fact, record, record_frame

FOREVER = "private, max-age=31536000, immutable"
VETO = {"kind": "demand", "id": "veto"}
UNITED_STATES = [{"party": "united-states"}]


@pytest.fixture
async def talks(recorder: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Talks, a demand and two answers to it, the second on an uncertain day: positions 7 to 10."""
    await record_frame(recorder)
    return await record(
        recorder,
        f"{GENEVA}/events",
        TALKS,
        DEMAND,
        fact("AnswerGiven", on=VETO, answer="defer", by=UNITED_STATES),
        {
            **fact("AnswerGiven", "[2022-01-11..2022-01-13]", on=VETO, answer="reject", by=UNITED_STATES),
            "sources": [{**SOURCE, "published": "2022-01-13"}],
        },
    )


def answered(demand: dict[str, Any]) -> list[str]:
    """The answers in the entry of a demand."""
    return [value["value"]["answer"] for answer in demand["answers"] for value in answer["values"]]


@pytest.mark.usefixtures("talks")
async def test_get_happened_by_a_day_takes_the_certain_and_tells_the_possible(recorder: httpx.AsyncClient) -> None:
    """What may have happened by then does not count, is named, and flags what it touches."""
    address = f"{N}/demands/veto"

    [early, between, late] = [
        read(await recorder.get(address, params={"happened_by": day}))
        for day in ("2022-01-10", "2022-01-12", "2022-01-13")
    ]

    assert [answered(one) for one in (early, between, late)] == [["defer"], ["defer"], ["reject"]]
    assert [one["reading"]["happened_by"] for one in (early, between)] == ["2022-01-10", "2022-01-12"]
    possible = [one["occurred"] for one in between["reading"]["possible"]["shown"]]
    assert possible == ["[2022-01-11..2022-01-13]"]
    assert between["may_have_changed"]
    assert [answer["may_have_changed"] for answer in between["answers"]] == [True]
    assert "may_have_changed" not in early | late


@pytest.mark.usefixtures("talks")
async def test_get_reported_by_a_day_knows_nothing_of_later_reports(recorder: httpx.AsyncClient) -> None:
    """A source counts once it was published."""
    entry = read(await recorder.get(f"{N}/demands/veto", params={"reported_by": "2022-01-12"}))

    assert answered(entry) == ["defer"]
    assert entry["reading"] == {"reported_by": "2022-01-12"}


async def test_get_as_of_an_instant_reads_what_was_recorded_by_then(
    recorder: httpx.AsyncClient, talks: list[dict[str, Any]]
) -> None:
    """An instant comes to the position that it stands for, to the microsecond, and the answer tells it."""
    for event in talks:
        found = read(await recorder.get(GENEVA, params={"as_of": event["recorded_at"]}))
        assert found["reading"] == {"as_of": event["position"]}
        assert found["version"] == event["version"]


async def test_get_in_the_middle_of_a_position_and_a_date_cuts_by_both(
    recorder: httpx.AsyncClient, talks: list[dict[str, Any]]
) -> None:
    """The clocks combine: each takes away what it does not let through."""
    clocks = {"as_of": str(talks[2]["position"]), "happened_by": "2022", "reported_by": "2022-01-11"}

    entry = read(await recorder.get(f"{N}/demands/veto", params=clocks))

    assert answered(entry) == ["defer"]
    assert {name: entry["reading"][name] for name in clocks} == clocks | {"as_of": talks[2]["position"]}


@pytest.mark.usefixtures("talks")
@pytest.mark.parametrize(
    ("path", "kind"),
    [(N, "negotiation"), (GENEVA, "round"), (BRUSSELS, "round"), (f"{N}/demands/veto", "demand")]
    + [(f"{N}/{each}", "negotiation") for each in ("rounds", "demands", "findings")]
    + [("/v1/parties/nato", "party")],
)
async def test_get_what_the_clocks_hide_says_so(recorder: httpx.AsyncClient, path: str, kind: str) -> None:
    """On record, but not yet: another problem than never heard of, which stays what it is."""
    happened_by = [] if kind == "party" else [{"happened_by": "2021-01"}]  # it was already known by a day
    for clock in ({"as_of": "0"}, *happened_by, {"reported_by": "2021"}):
        found = problem(await recorder.get(path, params=clock), 404, "not-yet-at-this-reading")
        assert f"The {kind} " in str(found["detail"])
    problem(await recorder.get(path.replace("a", "b"), params={"as_of": "0"}), 404, "not-found")


@pytest.mark.usefixtures("talks")
@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ("happened_by=2022-13-01", "happened_by: '2022-13-01' is not in the calendar"),
        ("happened_by=yesterday", "happened_by: 'yesterday' is not a plain date"),
        ("reported_by=2022-01-10/..", "reported_by: '2022-01-10/..' is not a plain date"),
        ("reported_by=", "reported_by: "),
        ("as_of=11", "as_of: the record ends at position 10"),
        ("as_of=-1", "as_of: '-1' is not a plain date"),
        ("as_of=-1", "as_of: '-1' is not a plain date; write YYYY-MM, "),
        ("as_of=2022", "as_of: the record ends at position 10; write that or a lower one (digits alone are a position"),
        ("as_of=99999999999999999999", "as_of: the record ends at position 10"),
        ("as_of=2022-01-10T09:00", "as_of: '2022-01-10T09:00' has a time without seconds"),
        ("as_of=1&as_of=2", "as_of: is given twice"),
    ],
)
async def test_get_at_an_impossible_clock_says_what_is_taken(
    recorder: httpx.AsyncClient, clock: str, said: str
) -> None:
    """A malformed clock, or a position that there is not yet, is refused by its name."""
    found = problem(await recorder.get(f"{N}?{clock}"), 400, "malformed-request")
    assert str(found["detail"]).startswith(said)


@pytest.mark.usefixtures("talks")
async def test_get_at_a_position_may_be_kept_for_good_and_nothing_else(recorder: httpx.AsyncClient) -> None:
    """What nothing recorded later can change says so; a reading that goes on with the record does not."""
    for path in (N, f"{N}/demands", "/v1/negotiations"):
        assert (await recorder.get(path, params={"as_of": "10"})).headers["cache-control"] == FOREVER
        for clock in ({}, {"happened_by": "2022"}, {"reported_by": "2022"}, {"as_of": "9999-12"}):
            assert (await recorder.get(path, params=clock)).headers["cache-control"] == "no-cache"
    kept = await recorder.get(N, params={"as_of": "10"})
    await record(recorder, f"{BRUSSELS}/events", TALKS)
    again = await recorder.get(N, params={"as_of": "10"}, headers={"If-None-Match": kept.headers["etag"]})
    assert again.status_code == 304
    assert (await recorder.get(N, params={"as_of": "10"})).content == kept.content


@pytest.mark.usefixtures("talks")
async def test_page_through_a_list_at_a_clock_keeps_the_clock(recorder: httpx.AsyncClient) -> None:
    """The address of the next page reads at the same clocks."""
    first = read(await recorder.get(f"{N}/rounds", params={"limit": "1", "as_of": "10"}))
    second = read(await recorder.get(first["next"]))

    assert [one["round"] for one in (*first["items"], *second["items"])] == ["geneva", "brussels"]
    assert first["reading"] == second["reading"] == {"as_of": 10}
    assert second["next"] is None


@pytest.mark.usefixtures("talks")
async def test_every_answer_at_clocks_fits_the_document(recorder: httpx.AsyncClient, described: Described) -> None:
    """The OpenAPI document tells the truth about readings too."""
    for path, address in (
        ("/v1/negotiations", "/v1/negotiations"),
        ("/v1/negotiations/{negotiation}", N),
        ("/v1/negotiations/{negotiation}/rounds", f"{N}/rounds"),
        ("/v1/negotiations/{negotiation}/rounds/{round}", GENEVA),
        ("/v1/negotiations/{negotiation}/demands", f"{N}/demands"),
        ("/v1/negotiations/{negotiation}/demands/{demand}", f"{N}/demands/veto"),
        ("/v1/negotiations/{negotiation}/findings", f"{N}/findings"),
        ("/v1/parties", "/v1/parties"),
        ("/v1/parties/{party}", "/v1/parties/nato"),
    ):
        clocks = {"happened_by": "2022-01-12", "reported_by": "2023", "as_of": "10"}
        described.check_answer(path, "get", 200, read(await recorder.get(address, params=clocks)))


@pytest.mark.usefixtures("talks")
async def test_get_a_party_known_already_before_the_day_by_which_it_was(recorder: httpx.AsyncClient) -> None:
    """Since when it has been known nobody says: it has a page in 2015 too, which says that this may be otherwise."""
    party = read(await recorder.get("/v1/parties/nato", params={"happened_by": "2015"}))
    listed = read(await recorder.get("/v1/parties", params={"happened_by": "2015"}))

    assert [value["value"] for value in party["name"]["values"]] == ["Nato"]
    assert party["name"]["may_have_changed"]
    assert [one["occurred"] for one in party["reading"]["possible"]["shown"]] == ["../2022-01-10"]
    assert [one["names"] for one in listed["items"] if one["party"] == "nato"] == [["Nato"]]
