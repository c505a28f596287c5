"""The description of the service for programs: the OpenAPI document."""

from typing import Final

from litestar.types import ASGIApp

from parley.http.operations import Call, Operation, reads
from parley.http.response import answers
from parley.store.reading import Document

OPENAPI: Final = "openapi"
"""Under this name the document, as JSON, stands in the application's state."""


@reads(
    "/schema/openapi.json",
    Operation(
        id="getOpenapi",
        tag="Service",
        summary="Read this document",
        description="OpenAPI 3.1. The page made from it is /docs.",
        conditional=True,
        missing=False,
    ),
)
async def get_openapi(call: Call) -> ASGIApp:
    """The OpenAPI document."""
    return answers.document(call, Document(body=call.request.app.state[OPENAPI], version=1))


HANDLERS: Final = (get_openapi,)
