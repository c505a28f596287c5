"""A page of events costs what is on it, however long the record is and wherever in it they stand."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from parley.store.filters import ALL, Filter, statement
from parley.store.log import SQL

MANY = """
INSERT INTO parley_events (originator_id, originator_version, topic, state, notification_id, event_id, hash)
SELECT format('talks-%s/round-%s', n % 200, n % 1000), n, format('negotiation.Type%s', n % 40), '{}', n,
    gen_random_uuid(), '' FROM generate_series(1, 20000) AS n
"""


CORRECTED = "CASE n % 10 WHEN 0 THEN 'Corrected' ELSE 'Other' END"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's node and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


@pytest.mark.parametrize(
    ("wanted", "column"),
    [
        (ALL, "notification_id"),
        (Filter(stream="talks-7/round-7"), "originator_id"),
        (Filter(unit="talks-7"), "unit"),
        (Filter(type="Type7"), "topic"),
        (Filter(units=frozenset({"talks-7", "talks-8"})), "unit"),
    ],
    ids=["all", "stream", "unit", "type", "units"],
)
async def test_page_by_a_plan_for_any_values_reads_what_it_shows_and_no_more(
    psql: asyncpg.Connection, wanted: Filter, column: str
) -> None:
    """The plan that PostgreSQL keeps after some pages, when it no longer looks at the values."""
    await psql.execute(MANY)
    await psql.execute("ANALYZE parley_events")
    query, values = statement(wanted)
    await psql.execute(f"PREPARE page AS {query}")
    await psql.execute("SET plan_cache_mode = force_generic_plan")
    # What stands there does not matter to such a plan.
    given = ", ".join(["0", "20000", "20", *("ARRAY['']" if isinstance(value, list) else "''" for value in values)])
    (plan,) = json.loads(await psql.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE page({given})"))
    scans = [node for node in nodes(plan["Plan"]) if node.get("Relation Name") == "parley_events"]
    assert [node["Node Type"] for node in scans] == ["Index Scan"]
    assert column in scans[0]["Index Cond"]
    assert "notification_id" in scans[0]["Index Cond"]
    assert "Filter" not in scans[0]


async def test_what_became_of_a_page_s_events_is_found_by_their_ids_however_many_corrections_there_are(
    psql: asyncpg.Connection,
) -> None:
    await psql.execute(MANY.replace("'negotiation.Type%s'", "'negotiation.Event%s'").replace("n % 40", CORRECTED))
    await psql.execute("ANALYZE parley_events")
    await psql.execute(f"PREPARE revisions AS {SQL['revisions']}")
    await psql.execute("SET plan_cache_mode = force_generic_plan")
    (plan,) = json.loads(await psql.fetchval("EXPLAIN (FORMAT JSON) EXECUTE revisions(ARRAY['x'])"))
    every = list(nodes(plan["Plan"]))
    assert {node["Index Name"] for node in every if "Index Name" in node} == {"parley_events_target_idx"}
    assert {node["Node Type"] for node in every if node.get("Relation Name") == "parley_events"} <= {
        "Bitmap Heap Scan",
        "Index Scan",
    }
