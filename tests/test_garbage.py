"""What waits to be recorded is little work for Python's search for garbage, which holds the event loop."""

import gc
import json

from parley.commands.request import Entry
from parley.http.request import bodies
from tests.http.world import fact


def test_lists_that_wait_have_few_objects_that_are_looked_at() -> None:
    """Only the lists within an event, which Python lets go of after one look: 64 connections have 500 events each."""
    said = fact("StatementMade", text="No further.", by=[{"party": "russia"}])
    body = bodies.parse(json.dumps([said] * 500).encode())
    gc.collect()
    gc.disable()
    try:
        decoded, _ = bodies.submissions(body)
        waiting = tuple([Entry("european-security", submission) for submission in decoded])
        young = len(gc.get_objects(generation=0))
    finally:
        gc.enable()
    assert len(waiting) == 500
    assert young <= 2 * 500 + 50  # `by` and `sources`
