"""Which events are asked for: ``type``, ``negotiation``, ``round`` and ``party``, the same way for list and feed."""

import difflib
from collections.abc import Sequence

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.streams import PARTIES, round_stream
from parley.access.callers import Caller
from parley.http.request.queries import Query
from parley.http.response.errors import MalformedRequest
from parley.http.response.paging import is_slug
from parley.store.filters import Filter


def filter_of(query: Query, caller: Caller) -> Filter:
    """What the query asks for of what the caller may read.

    Raises MalformedRequest that names the parameter which cannot be, and NegotiationNotCovered.
    """
    round_, negotiation = _round(query), _slug(query, "negotiation")
    if negotiation is not None:
        caller.check_negotiation(negotiation)
    return Filter(
        stream=round_,
        unit=negotiation if round_ is None else None,
        type=type_of(query),
        party=_slug(query, "party"),
        units=caller.units if negotiation is None else None,
    )


def type_of(query: Query) -> str | None:
    """The type of event that is asked for; raises MalformedRequest where there is none of that name."""
    name = query.get("type")
    if name is not None and name not in EVENT_TYPES:
        raise MalformedRequest(name="type", remedy="there is no such type of event; see /docs for the catalogue")
    return name


def with_rounds(query: Query) -> bool:
    """Whether a negotiation's events are asked for with those of its rounds; raises MalformedRequest."""
    return is_asked(query, "rounds")


def is_asked(query: Query, name: str) -> bool:
    """Whether a parameter is `true`, which is all that it may be; raises MalformedRequest."""
    if query.get(name, "true") != "true":
        raise MalformedRequest(name=name, remedy="write `true`, or leave it out")
    return name in query


def one_of(query: Query, name: str, allowed: Sequence[str]) -> str | None:
    """A filter that takes one of some words; raises MalformedRequest that names them."""
    value = query.get(name)
    if value is not None and value not in allowed:
        near = difflib.get_close_matches(value, allowed, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise MalformedRequest(name=name, remedy=f"write one of {', '.join(allowed)}{meant}")
    return value


def slug_of(query: Query, name: str) -> str | None:
    """A filter that takes a name; raises MalformedRequest where it cannot be one."""
    return _slug(query, name)


def _round(query: Query) -> str | None:
    round_ = _slug(query, "round")
    if round_ is None:
        return None
    negotiation = _slug(query, "negotiation")
    if negotiation is None:
        raise MalformedRequest(name="round", remedy="say which negotiation it belongs to: add `negotiation`")
    return round_stream(negotiation, round_)


def _slug(query: Query, name: str) -> str | None:
    value = query.get(name)
    if value is not None and (not is_slug(value) or (name == "negotiation" and value == PARTIES)):
        raise MalformedRequest(
            name=name,
            remedy="write a slug: small letters and digits with single hyphens between, at most 64 characters",
        )
    return value
