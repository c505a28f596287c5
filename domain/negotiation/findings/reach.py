"""Which facts are to be looked at again after a change: those about which a rule can find something else now.

Each rule looks at its fact and at some registers. What was put into these or taken out of them tells which facts it
can concern, so that a late one in a long round is not looked at again for each that comes behind it. Names, consents
and the moment that has come are looked after where they are kept (`uses`, `consents`).
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from negotiation.dates import BEGINNING
from negotiation.events.procedure import RoundConcluded, Talks, TalksResumed
from negotiation.findings.rules import earliest_existence
from negotiation.references import Named
from negotiation.state.changes import Changes
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.registers import Key
from negotiation.streams import stream

_Reach: TypeAlias = Callable[[Key, Sequence[Known], History, Container[str]], Iterable[str]]
"""Gives the facts that a register's change reaches; of some facts something is found as it is."""


def reached(changes: Changes, history: History, found: Container[str]) -> Iterator[str]:
    """The facts to be looked at again because of what these changes put into registers, and took out of them.

    ``found``: the facts of which something is found as it is.
    """
    for key, moved in changes.moved.items():
        reach = _REACH.get(key[0])
        if reach is not None:
            yield from reach(key, moved, history, found)
    for flip in changes.flips:
        if flip[0] == "listed" and flip[2] == Talks.__name__:
            yield from _outcomes(stream(flip[1]).part, history)


def _in_registers(keys: Iterable[Key], history: History) -> Iterator[Known]:
    """The facts that give values to registers, as they certainly read."""
    for key in keys:
        for fact, account in history.assertions(key):
            if not account:
                yield history.known[fact][0]


def _talks(key: Key, moved: Sequence[Known], history: History, _: Container[str]) -> Iterator[str]:
    """Proceedings: the sittings behind a conclusion; where there is one, those behind a resumption."""
    concluded = [one.stands.ends for one in moved if isinstance(one.event, RoundConcluded)]
    resumed = [one.stands.begins for one in moved if isinstance(one.event, TalksResumed)]
    if not concluded and not resumed:
        return
    behind = min(concluded, default=None)
    after = min(resumed, default=None)
    for talks in _in_registers(history.keys("session", key[1]), history):
        start = talks.start
        if (behind is not None and behind <= start.begins) or (after is not None and after < start.ends):
            yield talks.id


def _acting(key: Key, moved: Sequence[Known], history: History, _: Container[str]) -> Iterator[str]:
    """Participation: what the party did in the round afterwards."""
    round_, party = key[1], key[2]
    since = min(known.stands.ends for known in moved)
    for fact in history.uses.in_sessions_of(round_, party):
        if since <= history.known[fact][0].start.begins:
            yield fact


def _in_session(key: Key, _: Sequence[Known], history: History, __: Container[str]) -> Iterable[str]:
    """A sitting: what was done there."""
    return history.uses.in_session(key[1], key[2])


def _outcomes(round_: str, history: History) -> Iterator[str]:
    """What came of a round, as somebody sees it."""
    return (known.id for known in _in_registers(history.keys("outcome", round_), history))


def _outcomes_of(key: Key, _: Sequence[Known], history: History, __: Container[str]) -> Iterator[str]:
    """A schedule: the outcomes of the round, which may be held in writing."""
    return _outcomes(key[1], history)


def _answers(key: Key, _: Sequence[Known], history: History, found: Container[str]) -> Iterator[str]:
    """A demand, or a version of a document: the answers to it that were given before it was there, or had been."""
    kind, version = ("demand", "") if key[0] == "demand" else ("document", key[2])
    name = key[2] if kind == "demand" else key[1]
    for answered in history.keys("answer", f"{kind}/{name}"):
        if answered[2] in {"", version}:
            tabled = history.introducers(Named(kind, name, answered[2], answered[3]))
            since = min((earliest_existence(one) for one in tabled), default=BEGINNING)
            for answer in _in_registers((answered,), history):
                if answer.start.ends <= since or answer.id in found:
                    yield answer.id


def _deadlines(key: Key, _: Sequence[Known], history: History, found: Container[str]) -> Iterator[str]:
    """A deadline: those that stand now, and those that were found to have passed."""
    standing = {one.known.id for one in history.standing(key)}
    for fact, account in history.assertions(key):
        if not account and (fact in standing or fact in found):
            yield fact


def _deadline_met(key: Key, moved: Sequence[Known], history: History, found: Container[str]) -> Iterable[str]:
    """Whether a deadline was met, as somebody sees it."""
    kind, _, name = key[1].partition("/")
    return _deadlines(("deadline", "", name), moved, history, found) if kind == "deadline" else ()


_REACH: Final[dict[str, _Reach]] = {
    "proceedings": _talks,
    "participation": _acting,
    "session": _in_session,
    "schedule": _outcomes_of,
    "demand": _answers,
    "document": _answers,
    "deadline": _deadlines,
    "performance": _deadline_met,
}
