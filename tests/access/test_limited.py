"""What a key that is limited to some negotiations reads and records: theirs and the parties, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from parley.commands.identifiers import new_event_id
from parley.loading import Loaded, load
from parley.seedfile import event_id, read
from tests.access.conftest import OTHER
from tests.access.desk import holder_of, make_key, status
from tests.feed.conftest import service as talking
from tests.feed.reader import following
from tests.feed.services import Service
from tests.http.test_routing import problem
from tests.http.world import GENEVA, OUTCOME, TALKS, N, identified, opened, post, record
from tests.record.world import GENEVA as ROUND
from tests.record.world import identified as party
from tests.record.world import negotiation, said

__all__ = ["talking"]


SEED = """\
name: states
sources:
  national: {publisher: The National, published: 2022-01-11, kind: outlet}
record:
  - stream: parties/atlantis
    events:
      - id: atlantis
        sources: [national]
        occurred: 2022-01-10
        event: {type: PartyIdentified, party: atlantis, name: Atlantis, kind: state}
  - stream: other-talks
    events:
      - id: opened
        sources: [national]
        occurred: 2022-01-10
        event: {type: NegotiationOpened, title: Talks}
"""


@pytest.fixture
async def limited(service: Litestar, database: str) -> AsyncIterator[httpx.AsyncClient]:
    """Who records in the trade talks, which have the positions 7 to 9; the parties have 1 to 3."""
    async with holder_of(service, await make_key(database, "trade-desk", "recorder", "trade-talks")) as client:
        yield client


async def positions(client: httpx.AsyncClient, path: str) -> list[int]:
    """The positions of all events of a list, page by page."""
    found: list[int] = []
    following: str | None = path
    while following is not None:
        page = (await client.get(following)).json()
        found += [event["position"] for event in page["items"]]
        following = page["next"]
    return found


async def listed(client: httpx.AsyncClient, path: str) -> list[str]:
    return [item["negotiation"] for item in (await client.get(path)).json()["items"]]


async def test_list_of_negotiations_shows_those_that_the_key_covers(limited: httpx.AsyncClient) -> None:
    """As the record stands, and at past clocks."""
    for query in ("", "?as_of=9", "?happened_by=2023"):
        assert await listed(limited, f"/v1/negotiations{query}") == ["trade-talks"]
    assert await listed(limited, "/v1/negotiations?as_of=6") == []


async def test_list_of_negotiations_goes_on_page_by_page(service: Litestar, database: str) -> None:
    key = await make_key(database, "both", "reader", "trade-talks", "european-security", "no-such-talks")
    async with holder_of(service, key) as client:
        for query in ("?limit=1", "?limit=1&as_of=9"):
            first = (await client.get(f"/v1/negotiations{query}")).json()
            second = (await client.get(first["next"])).json()
            names = [item["negotiation"] for page in (first, second) for item in page["items"]]
            assert names == ["european-security", "trade-talks"]


async def test_list_of_events_shows_those_that_the_key_covers_and_the_parties(limited: httpx.AsyncClient) -> None:
    for query, wanted in (
        ("", [1, 2, 3, 7, 8, 9]),
        ("?limit=1", [1, 2, 3, 7, 8, 9]),
        ("?limit=4", [1, 2, 3, 7, 8, 9]),
        ("?after=3", [7, 8, 9]),
        ("?type=RoundScheduled", [8, 9]),
        ("?type=PartyIdentified&limit=2", [1, 2, 3]),
        ("?party=nato", [3]),
        ("?negotiation=trade-talks&limit=2", [7, 8, 9]),
        ("?negotiation=trade-talks&round=doha", [8]),
    ):
        assert await positions(limited, f"/v1/events{query}") == wanted, query


async def test_events_of_another_negotiation_are_refused_when_asked_for(limited: httpx.AsyncClient) -> None:
    for query in ("negotiation=european-security", "negotiation=european-security&round=geneva"):
        problem(await limited.get(f"/v1/events?{query}"), 403, "negotiation-not-covered")
        assert (await limited.head(f"/v1/events/stream?{query}")).status_code == 403


async def test_search_finds_what_the_key_covers_and_the_parties(service: Litestar, limited: httpx.AsyncClient) -> None:
    async def found(client: httpx.AsyncClient, query: str) -> tuple[int, list[int]]:
        answer = (await client.get(f"/v1/search?{query}")).json()
        assert len(answer["items"]) == answer["total"]
        return answer["total"], sorted(row["position"] for row in answer["items"])

    for query, wanted in (
        ("q=gazette", [1, 2, 3, 7, 8, 9]),
        ("q=gazete", [1, 2, 3, 7, 8, 9]),
        ("q=security", [7]),
        ("q=brussels", []),
        ("q=geneva", [9]),
        ("q=genvea", [9]),
        ("q=nato", [3]),
        ("q=gazette&negotiation=trade-talks&as_of=8", [7, 8]),
    ):
        assert await found(limited, query) == (len(wanted), wanted), query
    problem(await limited.get("/v1/search?q=gazette&negotiation=european-security"), 403, "negotiation-not-covered")
    problem(await limited.get("/v1/search?q=x&negotiation=european-security&as_of=1"), 403, "negotiation-not-covered")


async def test_event_by_position_is_shown_if_the_key_covers_it(limited: httpx.AsyncClient) -> None:
    found = {position: await status(limited, f"/v1/events/{position}") for position in range(1, 11)}
    assert found == {**dict.fromkeys((1, 2, 3, 7, 8, 9), 200), **dict.fromkeys((4, 5, 6), 403), 10: 404}


async def test_what_is_told_of_others_is_only_where_the_record_ends(limited: httpx.AsyncClient) -> None:
    assert (await limited.get("/v1/log/head")).json()["position"] == 9
    assert await status(limited, f"{OTHER}/diff?from_as_of=6") == 200
    assert await status(limited, f"{N}/diff?from_as_of=6") == 403


async def test_recording_is_taken_in_what_the_key_covers_and_nowhere_else(limited: httpx.AsyncClient) -> None:
    await record(limited, f"{OTHER}/rounds/geneva/events", TALKS)
    for path, body in (
        (f"{GENEVA}/events", TALKS),
        (f"{N}/events", OUTCOME),
        (f"{N}/rounds", {}),
        ("/v1/parties", identified("norway")),
        ("/v1/parties/nato/events", {}),
        ("/v1/negotiations", {**opened(), "negotiation": "other-talks"}),
    ):
        problem(await post(limited, path, body), 403, "negotiation-not-covered")
    assert (await limited.get("/v1/log/head")).json()["position"] == 10


async def test_id_that_a_seed_file_will_make_is_not_to_be_taken_elsewhere(
    service: Litestar, database: str, limited: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Who has read the file knows its ids, and would keep it from being loaded by recording them elsewhere."""
    path = tmp_path / "states.yaml"
    path.write_text(SEED, "utf-8")
    foreseen = [entry.submission["id"] for entry in read(path).entries]
    stream = f"{OTHER}/rounds/geneva/events"
    for one in foreseen:
        refused = await post(limited, stream, {**TALKS, "id": one})
        problem(refused, 422, "invalid-field")
        assert refused.json()["errors"][0]["pointer"] == "/id"
    refused = await post(limited, stream, [TALKS, {**TALKS, "id": foreseen[0]}])
    problem(refused, 422, "invalid-field")
    assert refused.json()["errors"][0]["pointer"] == "/1/id"
    opening = {**opened(), "negotiation": "trade-talks", "id": foreseen[0]}
    problem(await post(limited, "/v1/negotiations", opening), 422, "invalid-field")
    assert await load(service.state["recording"], [path]) == [Loaded(path, 2, 0)]


async def test_ids_that_nobody_foresees_are_taken_from_every_key_and_others_from_who_records_everywhere(
    service: Litestar, database: str, limited: httpx.AsyncClient
) -> None:
    stream = f"{OTHER}/rounds/geneva/events"
    for one in (str(uuid4()), new_event_id()):
        assert (await record(limited, stream, {**TALKS, "id": one}))[0]["id"] == one
    made = event_id("file", "slug")
    async with holder_of(service, await make_key(database, "desk", "recorder")) as desk:
        assert (await record(desk, stream, {**TALKS, "id": made}))[0]["id"] == made


async def test_negotiation_that_the_key_covers_may_be_opened_with_it(service: Litestar, database: str) -> None:
    async with holder_of(service, await make_key(database, "new-desk", "recorder", "new-talks")) as client:
        await record(client, "/v1/negotiations", {**opened(), "negotiation": "new-talks"})
        assert await listed(client, "/v1/negotiations") == ["new-talks"]


async def test_stream_tells_what_the_key_covers_of_the_past_and_as_it_comes(talking: Service, database: str) -> None:
    await talking.recording.record(negotiation("other-talks"))
    key = await make_key(database, "other-desk", "reader", "other-talks")
    ring = talking.app.state["gate"].keyring

    def unit_of(envelope: dict[str, Any]) -> str:
        return str(envelope["stream"]).partition("/")[0]

    while key[7:17] not in ring._keys:
        await ring.next_look()
    async with following(talking.address, key=key, after=0) as reader:
        past = [await reader.message() for _ in range(5 + 3)]
        assert {unit_of(block.envelope) for block in past} == {"parties", "other-talks"}
        await talking.record(said("not theirs", ROUND))
        await talking.record(party("norway"))
        assert (await reader.message()).envelope["event"]["party"] == "norway"
        await talking.record(said("theirs", "other-talks"))
        assert (await reader.message()).envelope["event"]["text"] == "theirs"


async def test_dry_run_takes_the_same_key_as_recording(
    service: Litestar, limited: httpx.AsyncClient, database: str
) -> None:
    dry = "?dry_run=true"
    assert (await post(limited, f"{OTHER}/rounds/doha/events{dry}", OUTCOME)).status_code == 200
    problem(await post(limited, f"{GENEVA}/events{dry}", TALKS), 403, "negotiation-not-covered")
    problem(await post(limited, f"/v1/parties{dry}", identified("atlantis")), 403, "negotiation-not-covered")
    problem(await post(limited, f"/v1/negotiations{dry}", opened()), 403, "negotiation-not-covered")
    taken = {**OUTCOME, "id": "0192600a-0000-5000-8000-000000000001"}
    told = (await post(limited, f"{OTHER}/rounds/doha/events{dry}", taken)).json()
    assert [fault["pointer"] for fault in told["faults"]] == ["/id"]
    assert (await post(limited, f"{OTHER}/rounds/doha/events", taken)).status_code == 422
    async with holder_of(service, await make_key(database, "reader", "reader")) as reader:
        problem(await post(reader, f"{OTHER}/rounds/doha/events{dry}", OUTCOME), 403, "role-lacking")
