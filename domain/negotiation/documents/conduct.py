"""The course of conduct: when it began and ended, how long it lasted, and what it is linked to, by all its reports.

The report that ends it often says less than the one that began it: a register has what stands last, this has the whole.
Conduct that began again has several spells.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec import Struct, to_builtins

from negotiation.dates import BEGINNING, END_OF_TIME, Interval, days_of, parse
from negotiation.events.positions import Conduct
from negotiation.references import Duration
from negotiation.state.facts import Known

_DAY: Final = 86_400 * 1_000_000
_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND


class Spell(Struct, kw_only=True, omit_defaults=True):
    """From when until when it went on, as dates were written; ``[..d]`` where it was seen to go on, or to be over."""

    began: str | None = None
    ended: str | None = None
    lasted: Duration | None = None


def course(reports: Iterable[Known]) -> dict[str, Any]:
    """What all reports of one conduct say together, as it is shown. Threats are no part of it."""
    ordered = sorted((one for one in reports if one.account is None), key=_date)
    told = [(known, known.event) for known in ordered if isinstance(known.event, Conduct)]
    spells: list[Spell] = []
    for known, event in told:
        if event.phase != "threatened":
            _take(spells, known, event)
    for spell in spells:
        spell.lasted = _lasted(spell)
    linked = dict.fromkeys(ref for _, event in told for ref in event.linked_to)
    by = dict.fromkeys(actor for _, event in told for actor in event.by)
    return {"spells": to_builtins(spells), "by": list(by), "linked_to": list(linked)}


def _date(known: Known) -> tuple[int, int, str]:
    begins, ends = known.start.by_date
    return (ends, begins, known.id)


def _take(spells: list[Spell], known: Known, event: Conduct) -> None:
    """What one report says of the last spell, or of a new one."""
    began, until = _dates(known, event)
    going_on = bool(spells) and spells[-1].ended is None
    if event.phase == "ended":
        if going_on:
            spells[-1].ended = until
        elif began is not None or not spells:
            spells.append(Spell(began=began, ended=until))
        return
    if going_on:
        return
    over = until if event.phase is None and "/" in known.occurred and ".." not in known.occurred else None
    spells.append(Spell(began=began, ended=over))


def _dates(known: Known, event: Conduct) -> tuple[str | None, str]:
    """When it had begun, and the last date that the report speaks of."""
    first, slash, last = known.occurred.partition("/")
    if not slash:
        seen = event.phase in {"continuing", "ended"}
        began = None if event.phase == "ended" else _by(first) if seen else first
        return began, first
    if first == "..":
        return (None if event.phase == "ended" else f"[..{last}]"), f"[..{last}]"
    return first, first if last == ".." else last


def _by(date: str) -> str:
    """On that date at the latest; what has a flag, brackets or no date stays as it is."""
    return date if date == "XXXX" or date[0] == "[" or date[-1] in "~?%" else f"[..{date}]"


def _lasted(spell: Spell) -> Duration | None:
    """How long it lasted, as far as the dates tell; None while it goes on, and where they tell nothing."""
    if spell.began is None or spell.ended is None:
        return None
    began, ended = parse(spell.began).start, parse(spell.ended).start
    if began.days or ended.days:
        least, most = _apart(days_of(began), days_of(ended), _DAY)
        return _duration(least, most, lambda length: f"P{length // _DAY}D")
    return _duration(*_apart(began, ended, _SECOND), _in_hours)


def _apart(first: Interval, last: Interval, unit: int) -> tuple[int | None, int | None]:
    """By how much two moments are apart, at least and at most; None where the dates set no bound."""
    bounded = first.ends < END_OF_TIME and last.begins > BEGINNING
    least = max(last.begins - (first.ends - unit), 0) if bounded else None
    bounded = first.begins > BEGINNING and last.ends < END_OF_TIME
    return least, (last.ends - unit - first.begins if bounded else None)


def _duration(least: int | None, most: int | None, write: Callable[[int], str]) -> Duration | None:
    if least is not None and most is not None and write(least) == write(most):
        return Duration(exactly=write(least))
    if not least and most is None:
        return None
    return Duration(
        at_least=write(least) if least else None,
        at_most=None if most is None else write(most),
    )


def _in_hours(length: int) -> str:
    hours, minutes = divmod(length // _MINUTE, 60)
    return f"PT{hours}H{minutes}M" if minutes else f"PT{hours}H"
