"""Facts: one event with its corrections, retractions and accounts, read at the clocks.

Grouping is by id alone, so it does not matter in which order the events came.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from negotiation.clocks import Reading
from negotiation.dates import Interval, When, days_of, parse
from negotiation.envelope import AnyFact, Recorded, Sources
from negotiation.events.catalogue import AccountAdded, EventCorrected, EventRetracted
from negotiation.events.fact import Fact
from negotiation.events.parties import Delegation, OfficeTaken, PartyAdmitted
from negotiation.references import Named
from negotiation.sources import Source, first, first_reported, reported
from negotiation.state.chains import Chains
from negotiation.state.families import FAMILY_OF, of_families
from negotiation.state.names import names_used

REPLACING: Final = frozenset({EventCorrected, EventRetracted})
"""The types of what replaces or withdraws what was said."""


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Another source beside a fact, and where it stands to it."""

    event: str
    stance: str
    differs: dict[str, Any] = {}
    note: str | None = None
    sources: Sources


class Known(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of one fact at a reading.

    ``id`` is the fact's first event. ``account`` is set where this is a differing account's version of it.
    ``start`` is when it can have begun, ``stands`` the last moment that it is asserted for (design: order and current).
    ``takes_effect`` is when its values begin to stand, ``until`` what they are limited to (None: nothing).
    ``reported`` is when the first source reported it, ``reported_on`` the days on which that was, as written.
    ``position`` is that of the first event, ``corrections`` the events that replaced its content, first to last.
    ``uses`` are the names that have to be there for it to be supported.
    """

    id: str
    account: str | None = None
    stream: str
    position: int
    event: AnyFact
    occurred: str
    sources: tuple[Source, ...]
    accounts: tuple[Account, ...]
    corrections: tuple[str, ...]
    when: When
    start: Interval
    stands: Interval
    takes_effect: Interval
    until: Interval | None
    reported: Interval
    reported_on: Interval
    uses: tuple[Named, ...]


class _Dated(NamedTuple):
    """The dates of a fact, as `Known` has them."""

    when: When
    start: Interval
    stands: Interval
    takes_effect: Interval


def _dated(occurred: str, effective: str | None, day: Interval) -> _Dated:
    """The dates of a fact that was first reported on a day.

    A reported fact has begun by the end of that day. It stands at its moment, at b of `a/b` and `../b`, for `a/..` on
    the day of the report; where it takes effect at another time, at that.
    """
    when = parse(occurred)
    start = when.start.capped(day)
    if effective is not None:
        later = parse(effective)
        return _Dated(when, start, later.until or max(later.start, day), later.start)
    stands = start if when.shape == "moment" else when.until or max(start, day)
    return _Dated(when, start, stands, start)


@lru_cache(maxsize=65_536)
def _dated_and_reported(
    occurred: str, effective: str | None, *reports: str
) -> tuple[When, Interval, Interval, Interval, Interval, Interval]:
    """The dates of a fact with a source at each of these dates; when the first reported it, and on which days."""
    report = first(reports)
    assert report is not None, "there are sources"
    day = days_of(report)
    return (*_dated(occurred, effective, day), report, day)


_LIMITED: Final = frozenset(type_ for type_ in FAMILY_OF if "until" in type_.__struct_fields__)
"""The types of facts that may say until when what they say holds."""
_PERIODS: Final = of_families(Delegation, OfficeTaken, PartyAdmitted)
"""Those of them that are over, too, at b of ``a/b``: what they say held from a to b."""


def _until(event: AnyFact, when: When) -> Interval | None:
    limit = getattr(event, "until", None)
    if limit is not None:
        return parse(limit).last
    if type(event) in _PERIODS and when.shape == "lasting" and not when.already:
        return when.until
    return None


class Lives(Chains[Recorded]):
    """All events of a unit, which speak about which, and what each fact says at a reading."""

    __slots__ = ()

    def known(self, fact: str, reading: Reading) -> tuple[Known, ...]:
        """The fact as the reading's reports tell it, then one more for each account that differs; () if hidden."""
        recorded = self.events[fact]
        if fact not in self._about:
            if reading.reported_by is None and recorded.sources:
                return _as_recorded(recorded)
            return _as_reported(recorded, (), (), reading)
        if self.retraction(fact) is not None:
            return ()
        accounts = tuple(sorted(self._accounts(fact), key=lambda account: account.event))
        return _as_reported(recorded, self.corrections(fact), accounts, reading)

    def _accounts(self, fact: str) -> Iterator[Account]:
        for event in self.about(fact):
            body = event.event
            if isinstance(body, AccountAdded) and self.retraction(event.id) is None:
                yield Account(
                    event=event.id, stance=body.stance, differs=body.differs, note=body.note, sources=event.sources
                )


def _as_recorded(recorded: Recorded) -> tuple[Known, ...]:
    """As `_as_reported` has it, of a fact with a source that nothing else speaks about: most are so."""
    body: Any = recorded.event
    if type(body) not in FAMILY_OF:
        return ()
    sources = recorded.sources
    when, start, stands, takes_effect, report, day = _dated_and_reported(
        recorded.occurred or "XXXX", body.effective, *[source.published or source.retrieved or "" for source in sources]
    )
    known = Known(
        id=recorded.id,
        stream=recorded.stream,
        position=recorded.position,
        event=body,
        occurred=when.text,
        sources=sources,
        accounts=(),
        corrections=(),
        when=when,
        start=start,
        stands=stands,
        takes_effect=takes_effect,
        until=_until(body, when) if type(body) in _LIMITED else None,
        reported=report,
        reported_on=day,
        uses=names_used(body),
    )
    return (known,)


def _as_reported(
    recorded: Recorded, chain: Sequence[Recorded], accounts: tuple[Account, ...], reading: Reading
) -> tuple[Known, ...]:
    content = chain[-1] if chain else recorded
    body = content.event.replacement if isinstance(content.event, EventCorrected) else content.event
    sources = _reported_by(reading, content.sources)
    shown, agreeing = accounts, sources
    if accounts:
        shown = tuple(account for account in (_reported_part(one, reading) for one in accounts) if account.sources)
        agreeing += tuple(source for account in shown if account.stance == "agrees" for source in account.sources)
    report = first_reported(agreeing)
    if report is None or not isinstance(body, Fact):
        return ()
    day = days_of(report)
    when, start, stands, takes_effect = _dated(content.occurred or "XXXX", body.effective, day)
    known = Known(
        id=recorded.id,
        stream=recorded.stream,
        position=recorded.position,
        event=body,
        occurred=when.text,
        sources=sources,
        accounts=shown,
        corrections=tuple([event.id for event in chain]),
        when=when,
        start=start,
        stands=stands,
        takes_effect=takes_effect,
        until=_until(body, when) if type(body) in _LIMITED else None,
        reported=report,
        reported_on=day,
        uses=names_used(body),
    )
    if not shown:
        return (known,)
    variants = (_differing(known, account) for account in shown if account.stance == "differs")
    return (known, *(variant for variant in variants if variant is not None))


def _reported_by(reading: Reading, sources: Sources) -> Sources:
    if reading.reported_by is None:
        return sources
    return tuple(source for source in sources if reading.reported(reported(source)))


def _reported_part(account: Account, reading: Reading) -> Account:
    sources = _reported_by(reading, account.sources)
    return account if sources == account.sources else msgspec.structs.replace(account, sources=sources)


def differing_event(event: AnyFact, differs: dict[str, Any]) -> AnyFact:
    """The payload with the named values put in place; raises msgspec.ValidationError where they do not fit."""
    content: dict[str, Any] = msgspec.to_builtins(event)
    for name, value in differs.items():
        if name == "occurred":
            continue
        if value is None:
            content.pop(name, None)
        else:
            content[name] = value
    # To look through the types of all facts takes a hundred times as long as to take the one that it is.
    varied: AnyFact = msgspec.convert(content, AnyFact if "type" in differs else type(event))
    return varied


def _differing(known: Known, account: Account) -> Known | None:
    """The fact in the words of an account that differs; None where its values no longer fit a corrected fact."""
    try:
        event = differing_event(known.event, account.differs)
    except msgspec.ValidationError:
        return None
    occurred = account.differs.get("occurred", known.occurred)
    when, start, stands, takes_effect = _dated(occurred, event.effective, known.reported_on)
    return msgspec.structs.replace(
        known,
        account=account.event,
        event=event,
        occurred=occurred,
        sources=account.sources,
        accounts=(),
        when=when,
        start=start,
        stands=stands,
        takes_effect=takes_effect,
        until=_until(event, when),
        uses=names_used(event),
    )
