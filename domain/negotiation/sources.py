"""Where a fact comes from: sources and their two dates."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from negotiation.dates import DateError, Interval, interval_of_date
from negotiation.references import FieldError, Name

SourceKind = Literal["quote", "paraphrase", "outlet", "official", "leak"]
Attribution = Literal["named", "unnamed", "none"]


class Source(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False, order=False):
    """A place where the fact can be read, seen or heard.

    ``kind``: the source quotes a speaker, paraphrases one, speaks in the outlet's own words, is official, or is a leak.
    ``published`` and ``retrieved`` are plain dates (`2022-01-11`) or moments (RFC 3339); at least one is given.
    ``quote`` is at most 300 characters; a direct quote (kind ``quote``) has its ``speaker`` here or in the fact's
    ``by``.
    """

    publisher: Name
    kind: SourceKind
    title: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    url: Annotated[str, Meta(pattern="^https?://[^\\s]+$(?!\\n)", max_length=2000)] | None = None
    published: Annotated[str, Meta(max_length=40)] | None = None
    retrieved: Annotated[str, Meta(max_length=40)] | None = None
    attribution: Attribution | None = None
    speaker: Name | None = None
    quote: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    locator: Annotated[str, Meta(min_length=1, max_length=200)] | None = None

    def __post_init__(self) -> None:
        for name in ("published", "retrieved"):
            value = getattr(self, name)
            if value is not None:
                try:
                    interval_of_date(value)
                except DateError as error:
                    raise FieldError(name, str(error)) from error
        if self.published is None and self.retrieved is None:
            raise FieldError("published", "say when it was published (`published`), or when you read it (`retrieved`)")
        if self.kind == "quote" and self.quote is None:
            raise FieldError("quote", "a source of kind `quote` gives the words: at most 300 characters")


def reported(source: Source) -> Interval:
    """When this source reported: the interval of `published`, else of `retrieved`."""
    return interval_of_date(date_of(source))


def first_reported(sources: Iterable[Source]) -> Interval | None:
    """When the first of these sources reported; None without sources.

    The first of several uncertain moments begins with the earliest beginning and is over with the earliest end. It is
    a day as written only where all are.
    """
    return first([date_of(source) for source in sources])


def date_of(source: Source) -> str:
    """The date at which this source reported, as it is written."""
    return source.published or source.retrieved or ""


def first(dates: Sequence[str]) -> Interval | None:
    """As `first_reported`, of the dates of sources."""
    reports = [interval_of_date(date) for date in dates]
    if len(reports) < 2:
        return reports[0] if reports else None
    return Interval(
        begins=min(report.begins for report in reports),
        ends=min(report.ends for report in reports),
        earliest=min(report.earliest for report in reports),
        latest=min(report.latest for report in reports),
        days=all(report.days for report in reports),
    )
