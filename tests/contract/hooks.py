"""What is checked beside the checks that schemathesis has."""

import re
from typing import Any, Final

import schemathesis
from schemathesis.generation import GenerationMode

from parley.http.openapi import patterns

UNTOLD: Final = (
    # Of a text that has the form, what it says.
    r"is not in the calendar; write a date that exists",
    r"ends before it begins; write the earlier date first",
    r"is not in years 0001 to 9999 of UTC",
    r"^cursor: take it from `next` of the page before",
    r"may be rounded: write figures as text or whole numbers",  # 1.0 is an integer to JSON Schema
    r"^/(\d+/)?event/differs/[^:]*: .*(control character|is too large|half of a surrogate pair)",
    # Of several fields, what they say together.
    r"a direct quote has its speaker",
    r"two provisions have the same `id`",
    r"a group is no member of itself",
    r"^from_as_of: say since when",
    r"^after: give `after` or `cursor`, not both",
    r"^on: is the same as `happened_by`: give one of them",
    r"^cursor: it goes on in another list, or with other filters",
    r"^round: .*negotiation",
    r"^q: write ",
    r"the past is searched in one negotiation at a time",
    r"^If-None-Match: a write takes `If-None-Match: \*` .* and no other",
    # Of the record, what is on it.
    r"^\w+: no row has this value;",
    r"the record ends at (position )?\d+",
    r"^This Idempotency-Key was used for another request",
    r"is at version .*, which is not what the request was meant for",
)
"""Why a request that fits the document may be refused as not well formed: what JSON Schema has no words for."""


HEADERS: Final = {
    "If-Match": patterns.ETAG,
    "If-None-Match": patterns.ETAGS,
    "Idempotency-Key": patterns.IDEMPOTENCY_KEY,
}


@schemathesis.check
def refused_for_what_no_schema_tells(
    _: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """Whatever else is refused of a request that fits the document, the document has to tell."""
    if response.status_code not in {400, 412, 422} or case.meta is None:
        return
    if any(name in case.headers and not re.search(form, case.headers[name]) for name, form in HEADERS.items()):
        return  # where it leaves one out it may put the 0 of a negative case into another
    modes = {case.meta.generation.mode, *(component.mode for component in case.meta.components.values())}
    if modes == {GenerationMode.POSITIVE}:
        detail = response.json()["detail"]
        assert any(re.search(one, detail) for one in UNTOLD), f"The document does not tell that {detail}"
