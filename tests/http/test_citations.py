"""Citations and the feed, read back by the libraries that readers use."""

import re
from typing import Any

import bibtexparser
import feedparser
import httpx

from tests.http.world import GENEVA, SOURCE, N, fact, record, record_frame

QUOTED = {
    "publisher": "Journal of {Talks} & “Peace” 50% _now_",
    "title": 'Ärger über "Genf" & Co. {x} \\ ~',
    "url": "https://journal.example/a_b?c=d&e=%20#f",
    "published": "2022-01",
    "retrieved": "2022-02-03",
    "kind": "quote",
    "quote": "No.",
    "speaker": "S. Ryabkov",
}


async def told(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    await record_frame(client)
    talks = fact("TalksHeld", session="day-1")
    statement = {**fact("StatementMade", text="No.", by=[{"party": "united-states"}]), "sources": [QUOTED, SOURCE]}
    again = {**statement, "sources": [{**QUOTED, "quote": "Never.", "locator": "p. 3"}]}
    return await record(client, f"{GENEVA}/events", talks, statement, again)


async def test_as_csl_each_source_stands_once_with_the_events_that_rest_on_it(recorder: httpx.AsyncClient) -> None:
    _, statement, again = await told(recorder)
    response = await recorder.get(f"{N}/citations.json")
    assert response.headers["content-type"] == "application/vnd.citationstyles.csl+json"
    record_itself, *sources = response.json()
    assert record_itself["type"] == "dataset"
    assert record_itself["version"] == f"position {again['position']}"
    [quoted] = [one for one in sources if one["container-title"] == QUOTED["publisher"]]
    assert quoted["title"] == QUOTED["title"]
    assert quoted["URL"] == QUOTED["url"]
    assert quoted["issued"] == {"date-parts": [[2022, 1]]}
    assert quoted["accessed"] == {"date-parts": [[2022, 2, 3]]}
    assert quoted["note"] == f"Cited by events at positions {statement['position']}, {again['position']}."
    assert len({one["id"] for one in sources}) == len(sources) == 2


async def test_bibtex_reads_back_as_it_was_written(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    response = await recorder.get(f"{N}/citations.bib")
    entries = bibtexparser.loads(response.text).entries
    keys = {one["id"] for one in (await recorder.get(f"{N}/citations.json")).json()}
    assert {entry["ID"] for entry in entries} == keys
    [quoted] = [entry for entry in entries if entry.get("urldate")]
    assert quoted["ENTRYTYPE"] == "article"
    assert (quoted["year"], quoted["month"], quoted["urldate"]) == ("2022", "1", "2022-02-03")
    assert "Ärger" in quoted["title"]


async def test_keys_stay_when_something_is_recorded(recorder: httpx.AsyncClient) -> None:
    await told(recorder)
    before = [one["id"] for one in (await recorder.get(f"{N}/citations.json")).json()[1:]]
    await record(recorder, f"{GENEVA}/events", fact("TalksHeld", session="day-2"))
    assert [one["id"] for one in (await recorder.get(f"{N}/citations.json")).json()[1:]] == before


async def test_a_feed_reader_reads_the_last_events_newest_first(recorder: httpx.AsyncClient) -> None:
    talks, *_, last = await told(recorder)
    retracted = {"event": {"type": "EventRetracted", "target": talks["id"], "reason": "It was wrong."}}
    [withdrawal] = await record(recorder, f"{GENEVA}/events", retracted)
    response = await recorder.get(f"{N}/feed.atom")
    found = feedparser.parse(response.content)
    assert not found.bozo
    assert found.feed.title == "Security"
    assert [entry.id for entry in found.entries][:2] == [f"urn:uuid:{withdrawal['id']}", f"urn:uuid:{last['id']}"]
    assert found.entries[1].updated == last["recorded_at"]
    assert "Withdrawn" in found.entries[0].title
    assert found.entries[1].tags[0].term == "StatementMade"
    assert re.search(r"/v1/events/\d+$", found.entries[0].link)
    assert (await recorder.get(found.entries[0].link)).status_code == 200


async def test_an_address_that_is_not_on_record_has_neither(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    for address in ("citations.json", "citations.bib", "feed.atom"):
        assert (await recorder.get(f"{N}-2/{address}")).status_code == 404
