"""The read model of items: what the lists in documents show, a row an item."""

from collections.abc import Sequence

import asyncpg
import msgspec

from negotiation.lists import Item, Place, items_touched
from negotiation.views import SHOWN
from parley.projections.touched import Table, Touched

tables = (Table("items", unit="place", streams=True),)

_WRITE = """
INSERT INTO items (place, kind, id, begins, ends, document)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[])
ON CONFLICT (place, kind, id) DO UPDATE SET
    begins = excluded.begins, ends = excluded.ends, document = excluded.document
"""
_DELETE = """
DELETE FROM items USING unnest($1::text[], $2::text[], $3::text[]) AS gone (place, kind, id)
WHERE items.place = gone.place AND items.kind = gone.kind AND items.id = gone.id
"""

_totals = msgspec.json.Decoder(dict[str, int])


async def write(connection: asyncpg.Connection, touched: Touched) -> None:
    """Write the items of the registers that changed, and of the facts that were looked at again."""
    rows: list[Item] = []
    gone: list[Place] = []
    for unit, changes in touched.changes.items():
        for item in items_touched(touched.dossiers[unit], unit, changes):
            if isinstance(item, Item):
                rows.append(item)
            else:
                gone.append(item)
    if rows:
        await connection.execute(_WRITE, *(list(column) for column in zip(*rows, strict=True)))
    if gone:
        await connection.execute(_DELETE, *(list(column) for column in zip(*gone, strict=True)))


def latest_items(place: str, kinds: str, *, unit: bool = False) -> str:
    """SQL for the latest items of a place, a list a kind (``lists``: JSON arrays), and its findings (``findings``).

    ``place`` and ``kinds`` are parameters such as ``$1``. ``unit``: the findings of the whole unit, not of the stream.
    """
    of = "unit" if unit else "stream"
    return f"""
    array(
        SELECT (
            SELECT coalesce(string_agg(shown.document, ',' ORDER BY shown.number), '') FROM (
                SELECT document, row_number() OVER (ORDER BY begins DESC, ends DESC, id DESC) AS number
                FROM items WHERE items.place = {place} AND items.kind = asked.kind
                ORDER BY begins DESC, ends DESC, id DESC LIMIT {SHOWN}
            ) AS shown
        )
        FROM unnest({kinds}::text[]) WITH ORDINALITY AS asked (kind, number) ORDER BY asked.number
    ) AS lists,
    array(
        SELECT document FROM findings WHERE findings.{of} = {place} ORDER BY event_id, ordinal LIMIT {SHOWN}
    ) AS findings"""  # noqa: S608 - parameters and constants of our own


def totals_and_lists(row: asyncpg.Record, kinds: Sequence[str]) -> tuple[dict[str, int], dict[str, Sequence[bytes]]]:
    """A place's totals and the latest items of its lists, by kind, out of a row with `latest_items`."""
    listed: dict[str, Sequence[bytes]] = {
        kind: (documents,) if documents else () for kind, documents in zip(kinds, row["lists"], strict=True)
    }
    listed["findings"] = row["findings"]
    return _totals.decode(row["totals"]), listed
