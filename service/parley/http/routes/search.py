"""Search: facts by the words in them and in their sources."""

import sys
from typing import Final

from litestar.types import ASGIApp

from negotiation.dates import interval_of_date
from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.fact import Fact
from negotiation.streams import stream
from negotiation.words import Fault, Wanted, wanted
from parley.http.operations import Call, Operation, Parameter, reads
from parley.http.request.clocks import CLOCKS, pinned_clocks
from parley.http.request.filters import filter_of
from parley.http.request.parameters import PAGING_AT, SLUG
from parley.http.request.queries import Query
from parley.http.response import answers, paging
from parley.http.response.errors import MalformedRequest
from parley.http.routes.events import check_names
from parley.http.routes.tables import FROM, TO, absent, day
from parley.projections.search import Asked, Within
from parley.queries.search import SPELLINGS, Spelling, search, search_past
from parley.store.filters import Filter

MOST_CHARACTERS: Final = 300
"""Of what is looked for."""

_FACTS: Final = sorted(name for name, type_ in EVENT_TYPES.items() if issubclass(type_, Fact))

_Q: Final = Parameter(
    "q",
    'What to look for: facts that have all these words. `"in quotes"`: in a row, exactly so. `-word`: without it.',
    {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS},
    "breakthrough",
    required=True,
)
_SPELLING: Final = Parameter(
    "spelling",
    "`exact`: forgive no typing errors. `similar`: always find words that differ by a letter, too. Left out: find "
    "those only where nothing has the words as they are written.",
    {"type": "string", "enum": list(SPELLINGS)},
    "similar",
)
_FILTERS: Final = (
    Parameter("negotiation", "Only facts of this negotiation and its rounds.", SLUG, "european-security"),
    Parameter("round", "Only facts of this round; together with `negotiation`.", SLUG, "geneva"),
    Parameter("party", "Only facts that name this party.", SLUG, "united-states"),
    Parameter("type", "Only facts of this type.", {"type": "string", "enum": _FACTS}, "NoBreakthrough"),
    FROM,
    TO,
)


@reads(
    "/search",
    Operation(
        id="searchFacts",
        tag="Search",
        summary="Search for facts by their words",
        description="Facts that have the words in their texts, names and slugs, or in their sources (titles, quotes, "
        "speakers, publishers), in any language, whatever the case and the accents; the latest first. Corrected facts "
        "are found by what they say now, retracted ones not at all. The clocks take `negotiation`: the past is "
        "searched in one negotiation at a time.",
        query=(_Q, _SPELLING, *_FILTERS, *PAGING_AT),
        items="SearchRow",
        one_reading=False,
    ),
)
async def search_facts(call: Call) -> ASGIApp:
    """What is found, the latest first."""
    after, limit = paging.asked(paging.SEARCH, call.address, call.query)
    looked_for, spelling = _wanted(call.query), _spelling(call.query)
    filter_ = filter_of(call.query, call.caller)
    within = _within(call.query, filter_)
    clock = next((name for name in CLOCKS if name in call.query), None)
    negotiation, recording = call.query.get("negotiation"), call.recording
    asked = Asked(looked_for, within, after, limit)
    if clock is None:
        live = recording.live
        found = await search(
            asked, spelling, lambda each: live.search(each, negotiation), lambda words: live.near(words, negotiation)
        )
    elif negotiation is None:
        raise MalformedRequest(
            name=clock, remedy="the past is searched in one negotiation at a time: add `negotiation`, or leave it out"
        )
    else:
        clocks = await pinned_clocks(call)
        asked = asked._replace(limit=sys.maxsize if call.whole else limit)
        past = await search_past(recording.pool, recording.folds, clocks, negotiation, asked, spelling=spelling)
        if past is None:
            raise await absent(call, negotiation)
        found = past
        # Later pages are of the same reading, whatever is recorded meanwhile.
        call = call._replace(query={**call.query, "as_of": str(clocks.reading.as_of)})
    if not found.items:
        await check_names(call, filter_)
    return answers.page(call, paging.SEARCH, found)


def _wanted(query: Query) -> Wanted:
    text = query.get("q")
    if text is None:
        raise MalformedRequest(name="q", remedy="say what to look for, as in ?q=breakthrough")
    if len(text) > MOST_CHARACTERS:
        raise MalformedRequest(name="q", remedy=f"write at most {MOST_CHARACTERS} characters")
    found = wanted(text)
    if isinstance(found, Fault):
        raise MalformedRequest(name="q", remedy=found.value)
    return found


def _spelling(query: Query) -> Spelling | None:
    asked = query.get("spelling")
    for spelling in SPELLINGS:
        if asked == spelling:
            return spelling
    if asked is None:
        return None
    raise MalformedRequest(name="spelling", remedy=f"write one of {', '.join(SPELLINGS)}, or leave it out")


def _within(query: Query, filter_: Filter) -> Within:
    """Where to look: what the filters leave of what the caller may read."""
    if filter_.type is not None and filter_.type not in _FACTS:
        raise MalformedRequest(name="type", remedy="only facts are searched; this type speaks about one")
    first, last = day(query, FROM.name), day(query, TO.name)
    within = Within(labels=tuple(_labels(filter_)), units=filter_.units)
    if first is not None:
        within = within._replace(first=interval_of_date(first).begins)
    if last is not None:
        within = within._replace(last=interval_of_date(last).ends)
    return within


def _labels(filter_: Filter) -> list[str]:
    found = {"unit": filter_.unit, "type": filter_.type, "party": filter_.party}
    if filter_.stream is not None:
        here = stream(filter_.stream)
        found |= {"unit": here.unit, "round": here.part}
    return [f"{kind}:{name}" for kind, name in found.items() if name is not None]


HANDLERS: Final = (search_facts,)
