"""Positions as a matrix; as tables they are among the others."""

from typing import Any, Final

from litestar.types import ASGIApp

from negotiation.documents.views import encode
from negotiation.state.dossier import Dossier
from negotiation.tables.matrix import matrix
from negotiation.tables.positions import PositionRow
from parley.http.operations import Call, Operation, reads
from parley.http.request.parameters import CLOCKS
from parley.http.response import answers
from parley.http.routes.tables import check_exists, composed_of, filters_of, wanted_of

_FILTERS: Final = {name: one for name, one in filters_of(PositionRow).items() if name in {"on", "of", "by"}}


@reads(
    "/negotiations/{negotiation:str}/positions/matrix",
    Operation(
        id="getPositionMatrix",
        tag="Tables",
        summary="Read the positions in a negotiation as a matrix",
        description="Parties by demands, documents, provisions and options: a short code and the events behind it in "
        "each cell, and totals by column. Small enough to have all at once.",
        query=(*_FILTERS.values(), *CLOCKS),
        answers="PositionMatrix",
        conditional=True,
    ),
)
async def get_position_matrix(call: Call) -> ASGIApp:
    """The matrix."""
    wanted: dict[str, Any] = wanted_of(_FILTERS, call.query)

    def compose(dossier: Dossier, parties: Dossier) -> bytes:
        found = matrix(dossier, parties, **wanted)
        if "of" in wanted and not found.columns:
            every = matrix(dossier, parties).columns
            check_exists("of", wanted["of"], _FILTERS["of"], every, parties)
        return encode(found)

    return answers.document(call, await composed_of(call, compose))


HANDLERS: Final = (get_position_matrix,)
