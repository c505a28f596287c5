"""Which negotiations are open: asked of the record itself, because read models may lag behind it."""

from collections.abc import Collection

from negotiation.references import Named
from negotiation.state.index import Index
from parley.store.damage import entry_of
from parley.store.log import SQL, AnyConnection


async def opened(connection: AnyConnection, among: Collection[str] | None = None) -> list[str]:
    """The negotiations whose opening stands, by slug; ``among`` these, None: all."""
    asked = () if among is None else (list(among),)
    rows = await connection.fetch(SQL["openings" if among is None else "openings_among"], *asked)
    found: dict[str, Index] = {}
    for row in rows:
        entry = entry_of(row)
        found.setdefault(entry.stream, Index()).put(entry)
    return sorted(name for name, index in found.items() if is_opened(index, name))


def is_opened(index: Index, negotiation: str) -> bool:
    """Whether a negotiation was opened, by a fact that stands."""
    return index.knows(Named("negotiation", negotiation))
