"""The read model of items: what the lists in documents show, a row an item."""

from collections.abc import Iterator, Sequence
from typing import Final

import asyncpg
import msgspec

from negotiation.documents.lists import LISTS_OF_FACTS, Item, Place, items_touched
from negotiation.documents.views import SHOWN
from parley.projections.tables import Gone, Rows, Table, Update
from parley.projections.touched import Touched
from parley.store.sql import statements

_ITEMS = Table(
    name="items",
    columns={
        "place": "text",
        "kind": "text",
        "id": "text",
        "begins": "bigint",
        "ends": "bigint",
        "document": "bytea",
    },
    key=3,
    unit="place",
    streams=True,
)
tables = (_ITEMS,)

SQL: Final = statements("parley.projections", "read_models.sql")
"""The queries of all read models."""

_totals = msgspec.json.Decoder(dict[str, int])


def updates(touched: Touched) -> Iterator[Update]:
    """The items of the registers that changed, and of the facts that were looked at again."""
    rows: list[Item] = []
    gone: list[Place] = []
    for item in items_touched(touched.dossier, touched.unit, touched.changes):
        if isinstance(item, Item):
            rows.append(item)
        else:
            gone.append(item)
    if rows:
        yield Rows(_ITEMS, rows)
    if gone:
        yield Gone(_ITEMS, gone)


def latest_items(place: str, kinds: str, *, unit: bool = False) -> str:
    """SQL for the latest items of a place, a list a kind (``lists``: JSON arrays), and its findings (``findings``).

    ``place`` and ``kinds`` are parameters such as ``$1``. ``unit``: the findings of the whole unit, not of the stream.
    """
    of = "unit" if unit else "stream"
    facts = f"{{{','.join(sorted(LISTS_OF_FACTS))}}}"
    return SQL["latest_items"].format(place=place, kinds=kinds, of=of, shown=SHOWN, facts=facts)


def totals_and_lists(row: asyncpg.Record, kinds: Sequence[str]) -> tuple[dict[str, int], dict[str, Sequence[bytes]]]:
    """A place's totals and the latest items of its lists, by kind, out of a row with `latest_items`."""
    listed: dict[str, Sequence[bytes]] = {
        kind: (documents,) if documents else () for kind, documents in zip(kinds, row["lists"], strict=True)
    }
    listed["findings"] = row["findings"]
    return _totals.decode(row["totals"]), listed
