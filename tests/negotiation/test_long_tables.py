"""Sources and fields in tables of their own: nothing of a fact is lost, and no cell holds more than one thing."""

from typing import Any

import msgspec

from negotiation.events.fact import Fact
from negotiation.tables import fields, sources
from tests.negotiation.desk import TALKS, set_table
from tests.negotiation.examples import recorded_examples
from tests.negotiation.histories import GENEVA, World


def leaves(value: Any) -> list[str]:
    """Every text, number and yes or no in a value, as text."""
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in leaves(one)]
    return [] if value is None else [str(value).lower() if isinstance(value, bool) else str(value)]


def test_every_field_of_every_type_of_event_is_in_the_table() -> None:
    world = World()
    facts = {one.id: one for one in recorded_examples(world) if isinstance(one.event, Fact)}
    table = list(fields.rows(world.talks, world.parties))
    found = {row.event for row in table} & facts.keys()
    assert len(found) > 40
    for fact in found:
        (known, *_) = world.talks.history.known[fact]
        content = {name: one for name, one in msgspec.to_builtins(known.event).items() if name != "type"}
        assert [row.value for row in table if row.event == fact] == leaves(content), fact


def test_a_field_of_several_values_has_a_row_for_each() -> None:
    desk = set_table()
    talks = desk.record(TALKS | {"duration": {"at_least": "PT7H"}, "shuttles": ["nato"]}, GENEVA)
    rows = [row for row in fields.rows(desk.world.talks, desk.world.parties) if row.event == talks.id]
    found = {row.field: row.value for row in rows}
    assert found["rooms.1.1"] == "united-states"
    assert found["rooms.1.2"] == "russia"
    assert found["duration.at_least"] == "PT7H"
    assert found["shuttles.1"] == "nato"
    assert len(found) == len(rows)


def test_every_source_has_a_row_those_of_accounts_too() -> None:
    desk = set_table()
    first = {
        "publisher": "The Gazette",
        "kind": "quote",
        "published": "2022-01-12",
        "quote": "Hours.",
        "speaker": "A. B.",
    }
    second = {"publisher": "The Paper", "kind": "outlet", "retrieved": "2022-01-13", "url": "https://paper.example/1"}
    talks = desk.record(TALKS, GENEVA, sources=[first, second])
    account = desk.account(talks, "agrees", publisher="The Third")
    rows = [row for row in sources.rows(desk.world.talks, desk.world.parties) if row.fact == talks.id]
    assert [(row.event, row.n, row.publisher, row.stance) for row in rows] == [
        (talks.id, 1, "The Gazette", None),
        (talks.id, 2, "The Paper", None),
        (account.id, 1, "The Third", "agrees"),
    ]
    assert (rows[0].quote, rows[0].speaker, rows[0].kind) == ("Hours.", "A. B.", "quote")
    assert (rows[1].url, rows[1].published, rows[1].retrieved) == ("https://paper.example/1", None, "2022-01-13")
    assert {row.position for row in rows} == {talks.position}
