"""Which facts are to be looked at again after a change: those about which a rule can find something else now.

Each rule looks at its fact and at some registers. What was put into these or taken out of them tells which facts it
can concern, so that a late one in a long round is not looked at again for each that comes behind it. Names, consents
and the moment that has come are looked after where they are kept (`uses`, `consents`).
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from negotiation.events.procedure import RoundConcluded, Talks, TalksBrokenOff, TalksResumed
from negotiation.findings.ballots import ballots
from negotiation.findings.codes import holders
from negotiation.findings.rules import answered_before, broken_off_before
from negotiation.references import Named
from negotiation.state import register_keys
from negotiation.state.blocs import Question, answered_for_members, having, question_of
from negotiation.state.changes import Changes
from negotiation.state.facts import Known
from negotiation.state.grounds import named_party
from negotiation.state.history import History
from negotiation.state.register_keys import (
    Key,
    Kind,
    about,
    about_of,
    for_every_kind,
    kind_of,
    name_of,
    named_in,
    party_of,
    version_and_provision,
)
from negotiation.streams import stream

_Reach: TypeAlias = Callable[[Key, Sequence[Known], History, Container[str]], Iterable[str]]
"""Gives the facts that a register's change reaches; of some facts something is found as it is."""


def reached(changes: Changes, history: History, found: Container[str]) -> Iterator[str]:
    """The facts to be looked at again because of what these changes put into registers, and took out of them.

    ``found``: the facts of which something is found as it is.
    """
    for key, moved in changes.moved.items():
        reach = REACH[kind_of(key)]
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


def _talks(key: Key, moved: Sequence[Known], history: History, found: Container[str]) -> Iterator[str]:
    """Proceedings: the sittings behind a conclusion or a break-off; where there is one, those behind a resumption."""
    concluded = [one.stands for one in moved if isinstance(one.event, RoundConcluded)]
    broken_off = [one.stands for one in moved if isinstance(one.event, TalksBrokenOff)]
    resumed = [one.stands for one in moved if isinstance(one.event, TalksResumed)]
    if not concluded and not broken_off and not resumed:
        return
    round_ = about_of(key)
    sessions = history.keys("session", round_) if round_ else history.keys_of_kind("session")
    for talks in _in_registers(sessions, history):
        start = talks.start
        if (
            any(one.before(start) for one in concluded)
            or not all(start.before(one) for one in resumed)
            or (
                any(one.before(start) for one in broken_off)
                and (talks.id in found or broken_off_before(talks, history))
            )
        ):
            yield talks.id


def _acting(key: Key, moved: Sequence[Known], history: History, _: Container[str]) -> Iterator[str]:
    """Participation: what the party did in the round afterwards."""
    round_, party = about_of(key), party_of(key)
    for fact in history.uses.in_sessions_of(round_, party):
        start = history.known[fact][0].start
        if any(known.stands.before(start) for known in moved):
            yield fact


def _in_session(key: Key, _: Sequence[Known], history: History, __: Container[str]) -> Iterable[str]:
    """A sitting: what was done there."""
    return history.uses.in_session(about_of(key), name_of(key))


def _outcomes(round_: str, history: History) -> Iterator[str]:
    """What came of a round, as somebody sees it."""
    return (known.id for known in _in_registers(history.keys("outcome", round_), history))


def _outcomes_of(key: Key, _: Sequence[Known], history: History, __: Container[str]) -> Iterator[str]:
    """A schedule: the outcomes of the round, which may be held in writing."""
    return _outcomes(about_of(key), history)


def _answers(key: Key, _: Sequence[Known], history: History, found: Container[str]) -> Iterator[str]:
    """A demand, or a version of a document: the answers to it that were given before it was there, or had been."""
    kind: Literal["demand", "document"] = "demand"
    name, tabled_version = name_of(key), ""
    if kind_of(key) == "document":
        kind, name, tabled_version = "document", about_of(key), name_of(key)
    for answered in history.keys("answer", about(kind, name)):
        version, provision = version_and_provision(answered)
        if version in {"", tabled_version}:
            tabled = history.introducers(Named(kind, name, version, provision))
            for answer in _in_registers((answered,), history):
                if answer.id in found or answered_before(answer, tabled):
                    yield answer.id


def _beside_blocs(key: Key, moved: Sequence[Known], history: History, found: Container[str]) -> Iterator[str]:
    """An answer where groups answer for their members: a group's reaches its members', another that of the groups."""
    question = question_of(key)
    groups = history.uses.blocs.groups(question)
    party = party_of(key)
    if party in groups or any(map(answered_for_members, moved)):
        members = [other for other in _keys_of(question, history) if having(party_of(other), (party,), history)]
        yield from history.uses.blocs.on(question)
        yield from (known.id for known in _in_registers(members, history))
    if groups and (having_it := having(party, groups, history)):
        standing = {one.known.id for one in history.standing(key)}
        for fact, account in history.assertions(key):
            if not account and (fact in standing or fact in found):
                yield fact
        if len(having_it) > 1:
            yield from history.uses.blocs.on(question)


def beside_answers_of(group: str, history: History) -> Iterator[str]:
    """The answers to what a group answered for its members: others may belong to it now."""
    for question in dict.fromkeys(history.uses.blocs.questions(group)):
        yield from (known.id for known in _in_registers(_keys_of(question, history), history))


def _keys_of(question: Question, history: History) -> Iterator[Key]:
    return (key for key in history.keys("answer", question[0]) if question_of(key) == question)


def _lives(key: Key, _: Sequence[Known], history: History, __: Container[str]) -> Iterable[str]:
    """Who a party is, and what became of it: what names it among the parties; negotiations look again by themselves."""
    return history.watching(named_party(about_of(key)))


def _coded(key: Key, moved: Sequence[Known], history: History, _: Container[str]) -> Iterable[str]:
    """A party's code: who else has a code that it has or had."""
    return holders(key, moved, history)


def _ended(key: Key, moved: Sequence[Known], history: History, found: Container[str]) -> Iterator[str]:
    """What became of a party: what names it, and who else has its codes."""
    yield from _lives(key, moved, history, found)
    yield from holders(key, moved, history)


def _votes(key: Key, moved: Sequence[Known], history: History, _: Container[str]) -> Iterator[str]:
    """A vote: those that it is compared with."""
    for known in moved:
        if known.account is None:
            yield from ballots(history, key).compared_with(known)


def _deadlines(key: Key, _: Sequence[Known], history: History, found: Container[str]) -> Iterator[str]:
    """A deadline: those that stand now, and those that were found to have passed."""
    standing = {one.known.id for one in history.standing(key)}
    for fact, account in history.assertions(key):
        if not account and (fact in standing or fact in found):
            yield fact


def _deadline_met(key: Key, moved: Sequence[Known], history: History, found: Container[str]) -> Iterable[str]:
    """Whether a deadline was met, as somebody sees it."""
    name = named_in(about_of(key), "deadline")
    return _deadlines(register_keys.deadline(name), moved, history, found) if name else ()


REACH: Final[dict[Kind, _Reach | None]] = for_every_kind(
    {
        "proceedings": _talks,
        "participation": _acting,
        "session": _in_session,
        "schedule": _outcomes_of,
        "demand": _answers,
        "document": _answers,
        "deadline": _deadlines,
        "performance": _deadline_met,
        "vote": _votes,
        "answer": _beside_blocs,
        "party": _lives,
        "party-code": _coded,
        "succession": _ended,
        **dict.fromkeys(
            (
                "negotiation",
                "delegation",
                "demand-course",
                "body",
                "office",
                "agenda-item",
                "statement",
                "commitment",
                "commitment-course",
                "conduct",
            )
        ),
        **dict.fromkeys(("party-name", "membership", "membership-of")),
        **dict.fromkeys(("disclosure", "outcome", "consent", "status")),
        **dict.fromkeys(("provision-state", "figure", "text-correction", "endorsement", "entry-conditions")),
    }
)
"""What a change in a register of each kind reaches. None: no fact; else what is put into it is told (`MOVED`)."""
