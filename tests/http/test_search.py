"""Search: words in any language, typing errors, filters, pages, forms, clocks; what was corrected or retracted."""

import csv
import io
from typing import Any

import httpx
import pytest

from tests.http.openapi import Described
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import BRUSSELS, GENEVA, SOURCE, N, fact, record, record_frame

SEARCH = "/v1/search"


def statement(text: str, occurred: str = "2022-01-10", party: str = "russia", **source: Any) -> dict[str, Any]:
    """Something that a party said."""
    said = fact("StatementMade", occurred, text=text, by=[{"party": party}])
    return {**said, "sources": [{**SOURCE, **source}]}


async def found(client: httpx.AsyncClient, q: str, **query: Any) -> list[str]:
    """The snippets of what is found."""
    return [row["snippet"] for row in (await page(client, q, **query))["items"]]


async def page(client: httpx.AsyncClient, q: str, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = read(await client.get(SEARCH, params={"q": q, **query}))
    return answer


async def test_a_row_tells_what_was_found_where_and_by_whom(recorder: httpx.AsyncClient, described: Described) -> None:
    await record_frame(recorder)
    (event,) = await record(
        recorder, f"{GENEVA}/events", statement("Enlargement is a red line.", title="No breakthrough on enlargement")
    )
    answer = await page(recorder, "enlargement")
    described.check_answer(SEARCH, "get", 200, answer)
    assert answer == {
        "items": [
            {
                "negotiation": "european-security",
                "round": "geneva",
                "type": "StatementMade",
                "found_in": ["text", "source.title"],
                "snippet": "**Enlargement** is a red line.",
                "match": "exact",
                "parties": ["russia"],
                "corrected": False,
                "occurred": "2022-01-10",
                "earliest": "2022-01-10",
                "latest": "2022-01-10",
                "sources": ["The Example Gazette, 2022-01-11"],
                "event": event["id"],
                "position": event["position"],
            }
        ],
        "next": None,
        "total": 1,
        "search": {"match": "exact", "all_counted": True},
    }


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("Aucune percée à Genève", "PERCEE geneve"),
        ("Aucune percee a Geneve", "percée"),
        ("Straßburg", "strassburg"),
        ("Gdańsk i Łódź", "gdansk lodz"),
        ("Київ чекає на відповідь", "київ"),
        ("北约东扩是红线", "东扩"),
        ("المُفَاوَضَات في جنيف", "المفاوضات"),
        ("नाटो विस्तार", "विस्तार"),
        ("서울에서 회담", "회담"),
        ("ประเทศไทยเป็นเจ้าภาพ", "เจ้าภาพ"),
        ("An F-16 was seen", "F16"),
        ("Talks on sanctions", "sanction"),
        ("European-security talks", "european-security"),
        ('They said "a non-starter" twice', '"non starter"'),
        ("Cafe\u0301 talks", "café"),
        ("x" * 3000, "x" * 90),
    ],
)
async def test_words_are_found_in_any_language(recorder: httpx.AsyncClient, text: str, looked_for: str) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", statement(text))
    (row,) = (await page(recorder, looked_for, type="StatementMade"))["items"]
    assert "**" in row["snippet"]
    assert row["match"] == "exact"


@pytest.mark.parametrize(
    ("looked_for", "expected"),
    [
        ("troops", ["Both **troops** and missiles", "The **troops** stay"]),
        ("troops missiles", ["Both **troops** and **missiles**"]),
        ("troops -missiles", ["The **troops** stay"]),
        ('"troops and"', ["Both **troops and** missiles"]),
        ('"and troops"', []),
        ('"troop"', []),
        ("troo", ["Both **troops** and missiles", "The **troops** stay"]),
        ("tro", []),
        ("troops -sta", ["Both **troops** and missiles", "The **troops** stay"]),
        ("troops -stays", ["Both **troops** and missiles", "The **troops** stay"]),
        ("troops -stay", ["Both **troops** and missiles"]),
    ],
)
async def test_what_the_words_ask_for(recorder: httpx.AsyncClient, looked_for: str, expected: list[str]) -> None:
    await record_frame(recorder)
    await record(
        recorder,
        f"{GENEVA}/events",
        statement("The troops stay"),
        statement("Both troops and missiles", "2022-01-11"),
        statement("Neither of them", "2022-01-11"),
    )
    assert await found(recorder, looked_for) == expected


@pytest.mark.parametrize("typed", ["Stoltenbreg", "Stoltenburg", "Stotlenberg", "Stoltenber", "Sttoltenberg"])
async def test_small_typing_errors_are_forgiven_where_nothing_is_found_without(
    recorder: httpx.AsyncClient, typed: str
) -> None:
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", statement("Stoltenberg spoke of Iran"), statement("Iraq was no topic"))
    assert await found(recorder, typed) == ["**Stoltenberg** spoke of Iran"]
    assert await found(recorder, f"{typed} -topic Iran") == ["**Stoltenberg** spoke of **Iran**"]
    answer = await page(recorder, "Iran")
    assert ([row["snippet"] for row in answer["items"]], answer["search"]["match"]) == (
        ["Stoltenberg spoke of **Iran**"],
        "exact",
    )
    similar = await page(recorder, "Iran", spelling="similar")
    assert sorted((row["snippet"], row["match"]) for row in similar["items"]) == [
        ("**Iraq** was no topic", "similar"),
        ("Stoltenberg spoke of **Iran**", "exact"),
    ]
    assert similar["search"]["match"] == "similar"
    if typed != "Stoltenber":
        assert await found(recorder, typed, spelling="exact") == []
        assert await found(recorder, f'"{typed}"') == []


async def test_facts_are_found_by_what_they_say_now(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    first, second = await record(
        recorder, f"{GENEVA}/events", statement("Eleven hours"), statement("Nothing of the kind", "2022-01-11")
    )
    assert await found(recorder, "hours") == ["Eleven **hours**"]
    right = {"type": "StatementMade", "text": "Seven hours", "by": [{"party": "russia"}]}
    corrected = {"type": "EventCorrected", "target": first["id"], "reason": "Misheard", "replacement": right}
    await record(recorder, f"{GENEVA}/events", {**statement(""), "event": corrected})
    assert await found(recorder, "eleven", spelling="exact") == []
    (row,) = (await page(recorder, "seven"))["items"]
    assert (row["snippet"], row["corrected"], row["event"]) == ("**Seven** hours", True, first["id"])
    differs = {"type": "AccountAdded", "target": second["id"], "stance": "differs", "differs": {"text": "Weapons"}}
    await record(recorder, f"{GENEVA}/events", {"sources": [{**SOURCE, "title": "Another view"}], "event": differs})
    assert await found(recorder, "weapons") == ["**Weapons**"]
    assert await found(recorder, '"another view"') == ["**Another view**"]
    retracted = {"type": "EventRetracted", "target": second["id"], "reason": "Never said"}
    await record(recorder, f"{GENEVA}/events", {"event": retracted})
    assert await found(recorder, "weapons") == []
    assert await found(recorder, "kind") == []


@pytest.fixture
async def several(recorder: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a record with five statements about missiles."""
    await record_frame(recorder)
    await record(recorder, f"{GENEVA}/events", *(statement(f"Missiles {n}", f"2022-01-0{n}") for n in (1, 2, 3)))
    await record(recorder, f"{BRUSSELS}/events", statement("Missiles 4", "2022-01-04", "nato"))
    await record(recorder, f"{N}/events", statement("Missiles 5", "2022-01"))
    return recorder


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"party": "nato"}, [4]),
        ({"party": "united-states"}, []),
        ({"type": "StatementMade"}, [5, 4, 3, 2, 1]),
        ({"type": "DemandTabled"}, []),
        ({"negotiation": "european-security"}, [5, 4, 3, 2, 1]),
        ({"negotiation": "european-security", "round": "geneva"}, [3, 2, 1]),
        ({"from": "2022-01-03"}, [5, 4, 3]),
        ({"to": "2022-01-02"}, [5, 2, 1]),
        ({"from": "2022-02-01"}, []),
        ({"to": "2021-12-31"}, []),
        ({"negotiation": "european-security", "happened_by": "2022-01-03"}, [3, 2, 1]),
        ({"negotiation": "european-security", "as_of": "8"}, [2, 1]),
        ({"negotiation": "european-security", "as_of": "9", "round": "geneva", "from": "2022-01-02"}, [3, 2]),
        ({"negotiation": "european-security", "reported_by": "2022-01-11", "party": "nato"}, [4]),
    ],
)
async def test_filters_and_clocks_leave_what_they_say(
    several: httpx.AsyncClient, query: dict[str, str], expected: list[int]
) -> None:
    answer = await page(several, "missiles", **query)
    assert [row["snippet"] for row in answer["items"]] == [f"**Missiles** {n}" for n in expected]
    assert answer["total"] == len(expected)
    assert ("reading" in answer) == any(name in query for name in ("happened_by", "reported_by", "as_of"))
    # Page by page it is the same, the latest first.
    shown: list[str] = []
    following: str | None = f"{SEARCH}?{httpx.QueryParams({'q': 'misiles', 'limit': '2', **query})}"
    while following is not None:
        part = read(await several.get(following))
        shown += [row["snippet"] for row in part["items"]]
        following = part["next"]
    assert shown == [f"**Missiles** {n}" for n in expected]


async def test_what_cannot_be_asked_is_refused_by_name(several: httpx.AsyncClient) -> None:
    for query, name, told in (
        ({}, "q", "say what to look for"),
        ({"q": " -- "}, "q", "at least one word"),
        ({"q": "-missiles"}, "q", "besides what is to be left out"),
        ({"q": "word " * 21}, "q", "at most 20 words"),
        ({"q": "x" * 301}, "q", "at most 300 characters"),
        ({"q": "x", "spelling": "wrong"}, "spelling", "exact, similar"),
        ({"q": "x", "type": "EventCorrected"}, "type", "only facts"),
        ({"q": "x", "type": "Nothing"}, "type", "no such type"),
        ({"q": "x", "from": "2022"}, "from", "YYYY-MM-DD"),
        ({"q": "x", "round": "geneva"}, "round", "negotiation"),
        ({"q": "x", "as_of": "3"}, "as_of", "one negotiation at a time: add `negotiation`"),
        ({"q": "x", "happened_by": "2022"}, "happened_by", "add `negotiation`"),
        ({"q": "x", "reported_by": "2022"}, "reported_by", "add `negotiation`"),
        ({"query": "x"}, "query", "no such parameter"),
    ):
        refused = problem(await several.get(SEARCH, params=query), 400, "malformed-request")
        assert str(refused["detail"]).startswith(f"{name}: "), refused
        assert told in str(refused["detail"])
    for query in ({"negotiation": "nothing"}, {"party": "nobody"}, {"negotiation": "european-security", "round": "x"}):
        problem(await several.get(SEARCH, params={"q": "missiles", **query}), 404, "not-found")
    early = {"q": "missiles", "negotiation": "european-security", "as_of": "0"}
    problem(await several.get(SEARCH, params=early), 404, "not-yet-at-this-reading")


async def test_as_csv_and_ndjson_as_every_list(several: httpx.AsyncClient) -> None:
    response = await several.get(f"{SEARCH}.csv", params={"q": "missiles"})
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [row["snippet"] for row in rows] == [f"**Missiles** {n}" for n in (5, 4, 3, 2, 1)]
    assert rows[0]["parties"] == "russia"
    lines = (await several.get(f"{SEARCH}.ndjson", params={"q": "missiles"})).text.splitlines()
    assert len(lines) == 5


async def test_what_is_in_many_facts_is_counted_up_to_a_bound(
    several: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest are shown page by page all the same."""
    monkeypatch.setattr("parley.projections.search.COUNTED", 3)
    first = await page(several, "missiles", limit=2)
    assert (first["total"], first["search"]["all_counted"]) == (3, False)
    second = read(await several.get(first["next"]))
    third = read(await several.get(second["next"]))
    shown = [row["snippet"] for part in (first, second, third) for row in part["items"]]
    assert shown == [f"**Missiles** {n}" for n in (5, 4, 3, 2, 1)]
    assert third["next"] is None
    assert await found(several, "missiles", round="brussels", negotiation="european-security") == ["**Missiles** 4"]


async def test_parties_are_found_by_their_names(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    (row,) = (await page(recorder, "united states"))["items"]
    assert (row["negotiation"], row["type"], row["parties"]) == ("", "PartyIdentified", ["united-states"])


async def test_a_large_fact_is_found_and_its_snippet_is_short(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    words = {1: "zanzibar", 300: "timbuktu"}
    provisions = [
        {"id": f"article-{n}", "text": " ".join(f"w{n}x{each}" for each in range(150)) + " " + words.get(n, "on")}
        for n in range(400)
    ]
    document = fact("DocumentTabled", document="treaty", kind="draft", provisions=provisions)
    await record(recorder, f"{GENEVA}/events", document)
    for needle in words.values():
        (row,) = (await page(recorder, needle))["items"]
        assert row["found_in"] == ["provisions.text"]
        assert 100 < len(row["snippet"]) < 300
