"""What is true of the record after all that was done to it, seen from outside."""

from typing import Any

import httpx

from tests.compose.stack import ADDRESS, Stack
from tests.survival.load import Load

PAGE = 500


async def stored() -> list[dict[str, Any]]:
    """Every event on record, in the order of positions."""
    found: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=ADDRESS, timeout=30, verify=False) as client:
        while True:
            after = found[-1]["position"] if found else 0
            answer = await client.get("/v1/events", params={"after": after, "limit": PAGE})
            assert answer.status_code == httpx.codes.OK, answer.text
            items = answer.json()["items"]
            if not items:
                return found
            found += items


async def assert_holds(stack: Stack, load: Load) -> None:
    """Whatever was acknowledged is where it was said to be; nothing is doubled; no position is left out.

    And the chain of hashes is whole.
    """
    events = await stored()
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    ids = {event["position"]: event["id"] for event in events}
    acknowledged = [event for body in load.acknowledged.values() for event in body["events"]]
    assert acknowledged
    assert [event for event in acknowledged if ids.get(event["position"]) != event["id"]] == []
    assert len({event["id"] for event in acknowledged}) == len(acknowledged)
    assert f"The record holds: {len(events)} events." in stack.parley("verify")


def assert_read_models_hold(stack: Stack) -> None:
    """What is read is what a fold from zero gives."""
    assert "0 differences" in stack.parley("rebuild")
