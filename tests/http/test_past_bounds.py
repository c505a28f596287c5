"""Readings of the past over HTTP, where they meet their bounds: what is refused, when to come back, what is counted."""

import httpx
from litestar import Litestar

from parley.app import create_app
from parley.queries.folds import Folds
from tests.http.conftest import client_of, running
from tests.http.test_metrics import samples, value
from tests.http.test_reading import read
from tests.http.test_routing import problem
from tests.http.world import GENEVA, N, record_frame


async def test_reading_that_would_wait_too_long_is_refused_at_once(
    service: Litestar, recorder: httpx.AsyncClient
) -> None:
    """With the seconds after which it can be served; what stands now is read all the same."""
    await record_frame(recorder)
    folds: Folds = service.state["recording"].folds
    folds._short.speed = 1_000
    async with folds._short.turn("another", 0, 7_000):
        for path in (GENEVA, N, f"{N}/diff", "/v1/parties"):
            clock = "from_as_of" if path.endswith("diff") else "as_of"
            refused = await recorder.get(path, params={clock: 5})
            detail = str(problem(refused, 503, "reads-busy")["detail"])
            assert "readings of the past" in detail
            assert refused.headers["retry-after"] in {"7", "8"}
        assert (await recorder.get(GENEVA)).status_code == 200
        found = await samples(recorder)
        assert value(found, "parley_past_refused_total") == 4
        assert value(found, "parley_past_waiting") == 0
    assert read(await recorder.get(N, params={"as_of": 5}))


async def test_reading_larger_than_the_memory_is_refused_with_the_remedy(database: str) -> None:
    async with running(create_app(dsn=database, past_mib=0)) as app, client_of(app) as client:
        await record_frame(client)
        detail = str(problem(await client.get(GENEVA, params={"as_of": 6}), 503, "reading-too-large")["detail"])
        assert "european-security" in detail
        assert "PARLEY_PAST_MIB" in detail
        assert value(await samples(client), "parley_past_bytes_limit") == 0


async def test_metrics_tell_what_readings_of_the_past_take(recorder: httpx.AsyncClient) -> None:
    await record_frame(recorder)
    before = await samples(recorder)
    assert value(before, "parley_past_bytes", state="kept") == value(before, "parley_past_events_total") == 0
    assert value(before, "parley_past_bytes_limit") == 256 << 20
    for position in (5, 6, 6):
        read(await recorder.get(N, params={"as_of": position}))
    found = await samples(recorder)
    assert value(found, "parley_past_events_total") == 6
    assert [value(found, "parley_past_readings_total", begun=how) for how in ("anew", "earlier", "same")] == [1, 1, 1]
    assert value(found, "parley_past_bytes", state="kept") > 0
    assert value(found, "parley_past_bytes", state="use") == 0
