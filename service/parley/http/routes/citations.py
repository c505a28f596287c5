"""A negotiation for reference managers and feed readers."""

from collections.abc import Callable
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from negotiation.state.dossier import Dossier
from parley.http.operations import Call, Operation, reads
from parley.http.request.parameters import CLOCKS
from parley.http.response import answers
from parley.http.routes.tables import composed_of
from parley.telling import atom, citations

CSL_JSON: Final = "application/vnd.citationstyles.csl+json"
BIBTEX: Final = "application/x-bibtex"
ATOM: Final = "application/atom+xml"


def _cited(form: str, media_type: str, compose: Callable[[str, Dossier, str], bytes], **said: Any) -> HTTPRouteHandler:
    @reads(
        f"/negotiations/{{negotiation:str}}/citations.{form}",
        Operation(tag="Tables", query=CLOCKS, media_type=media_type, conditional=True, **said),
    )
    async def cite(call: Call) -> ASGIApp:
        negotiation, address = call.path["negotiation"], _address(call).rpartition("/")[0]
        found = await composed_of(call, lambda dossier, _: compose(negotiation, dossier, address), with_reading=False)
        return answers.document(call, found, media_type)

    return cite


cite_csl = _cited(
    "json",
    CSL_JSON,
    citations.csl,
    id="citeAsCsl",
    answers="Citations",
    summary="Cite a negotiation and its sources (CSL-JSON)",
    description="The record itself as a dataset, then each source once, with the events that rest on it. Zotero and "
    "other reference managers import it.",
)
cite_bibtex = _cited(
    "bib",
    BIBTEX,
    citations.bibtex,
    id="citeAsBibtex",
    summary="Cite a negotiation and its sources (BibTeX)",
    description="The same as BibTeX. Keys stay the same from one export to the next.",
)


@reads(
    "/negotiations/{negotiation:str}/feed.atom",
    Operation(
        id="followAsAtom",
        tag="Events",
        summary="Follow a negotiation in a feed reader (Atom)",
        description=f"The last {atom.ENTRIES} events, newest first, each in a sentence with its sources.",
        query=CLOCKS,
        media_type=ATOM,
        conditional=True,
    ),
)
async def follow_as_atom(call: Call) -> ASGIApp:
    """The last events as a feed."""
    negotiation, address = call.path["negotiation"], _address(call)
    found = await composed_of(
        call, lambda dossier, parties: atom.atom(negotiation, dossier, parties, address), with_reading=False
    )
    return answers.document(call, found, ATOM)


def _address(call: Call) -> str:
    """The whole address that was asked for, without its query."""
    url = call.request.url
    return f"{url.scheme}://{url.netloc}{call.address}"


HANDLERS: Final = (cite_csl, cite_bibtex, follow_as_atom)
