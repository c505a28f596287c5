"""What is recorded with a key is recorded by its name, and by no other."""

from litestar import Litestar

from tests.access.desk import holder_of, make_key
from tests.http.test_routing import problem
from tests.http.world import GENEVA, OUTCOME, TALKS, post


async def test_recorded_by_is_the_name_of_the_key(service: Litestar, database: str) -> None:
    async with holder_of(service, await make_key(database, "desk-officer", "recorder")) as desk:
        [event] = (await post(desk, f"{GENEVA}/events", TALKS)).json()["events"]
        assert event["recorded_by"] == "desk-officer"
        assert (await desk.get(f"/v1/events/{event['position']}")).json()["recorded_by"] == "desk-officer"
        assert (await desk.get("/v1/events/1")).json()["recorded_by"] == "local"


async def test_nobody_says_who_they_are_in_what_they_send(service: Litestar, database: str) -> None:
    async with holder_of(service, await make_key(database, "desk-officer", "recorder")) as desk:
        answer = await post(desk, f"{GENEVA}/events", {**TALKS, "recorded_by": "minister"})
        assert problem(answer, 422, "invalid-field")["errors"]
        answer = await post(desk, f"{GENEVA}/events", TALKS, recorded_by="minister")
        assert answer.json()["events"][0]["recorded_by"] == "desk-officer"


async def test_idempotency_key_is_its_holder_s_alone(service: Litestar, database: str) -> None:
    """Another holder's answer is given to nobody else; the holder's next key gets the first one's answers."""
    first = await make_key(database, "desk", "recorder")
    async with holder_of(service, first) as desk:
        one = await post(desk, f"{GENEVA}/events", TALKS, Idempotency_Key='"k1"')
    async with holder_of(service, await make_key(database, "other", "recorder")) as other:
        two = await post(other, f"{GENEVA}/events", OUTCOME, Idempotency_Key='"k1"')
        assert (two.status_code, two.json()["events"][0]["recorded_by"]) == (201, "other")
    async with holder_of(service, await make_key(database, "desk", "recorder", another=True)) as desk:
        again = await post(desk, f"{GENEVA}/events", TALKS, Idempotency_Key='"k1"')
        assert (again.json(), again.headers["parley-replayed"]) == (one.json(), "true")
