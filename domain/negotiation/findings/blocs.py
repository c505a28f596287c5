"""Blocs and their members: answers that do not agree, where a group answered for its members."""

from collections.abc import Iterable, Sequence
from typing import Final

from negotiation.events.positions import Answer
from negotiation.findings.types import RELATED_KEPT, AnswerDepartsFromBloc, Finding, GroupsBindMemberDifferently
from negotiation.state import register_keys
from negotiation.state.blocs import answered_for_members, having, is_member, question_of, stands_for_members
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import name_of

SHOWN: Final = 50
"""How many members, and how many facts, a finding names: the first, where there are more."""
_SAYS_NOTHING: Final = frozenset({"none", "withdraw"})
"""Silence, and taking an answer back, depart from nothing."""


def answer_departs_from_bloc(known: Known, event: Answer, history: History) -> Sequence[Finding]:
    """A member's own answer stands beside its bloc's; where both stand, they say the same."""
    groups = _groups(event, history)
    if not groups or event.answer in _SAYS_NOTHING:
        return ()
    found: list[Finding] = []
    for party in dict.fromkeys(actor.party for actor in event.by if actor.party is not None):
        for group in having(party, groups, history):
            answers = stands_for_members(history, event.on, group)
            if (
                _differ(event, answers)
                and _binds(answers, group, party, history)
                and _stands(known, event, party, history)
            ):
                on = str(event.on)
                found.append(
                    AnswerDepartsFromBloc(
                        event=known.id, stream=known.stream, related=_ids(answers), party=party, group=group, on=on
                    )
                )
    return found


def groups_bind_member_differently(known: Known, event: Answer, history: History) -> Sequence[Finding]:
    """Who has no answer of its own stands by its groups' answers, which say the same."""
    bound = answered_for_members(known)
    if not bound or len(groups := _groups(event, history)) < 2 or event.answer in _SAYS_NOTHING:
        return ()
    found: list[Finding] = []
    for group in bound:
        for other in groups:
            answers = stands_for_members(history, event.on, other)
            if other == group or not _differ(event, answers) or not _stands(known, event, group, history):
                continue
            members = _bound_by_both(known, group, other, answers, history)
            if members:
                found.append(
                    GroupsBindMemberDifferently(
                        event=known.id,
                        stream=known.stream,
                        related=_ids(answers),
                        group=group,
                        other=other,
                        members=_told(members),
                        on=str(event.on),
                    )
                )
    return found


def _told(members: Sequence[str]) -> str:
    """The first members, and how many more there are."""
    more = len(members) - SHOWN
    return ", ".join([*members[:SHOWN], f"and {more} more"] if more > 0 else members)


def _groups(event: Answer, history: History) -> list[str]:
    """The groups that answered for their members what this answers."""
    return history.uses.blocs.groups(question_of(register_keys.answer(event.on, "")))


def _bound_by_both(known: Known, group: str, other: str, answers: Sequence[Known], history: History) -> list[str]:
    """The members of two groups that are bound by the answers of both, because they gave none themselves."""
    event = known.event
    assert isinstance(event, Answer), "only answers bind"
    return [
        party
        for party in sorted(map(name_of, history.parties.keys("membership", group)))
        if _binds(answers, other, party, history)
        and _binds([known], group, party, history)
        and not history.standing(register_keys.answer(event.on, party))
    ]


def _stands(known: Known, event: Answer, party: str, history: History) -> bool:
    return any(one.known.id == known.id for one in history.standing(register_keys.answer(event.on, party)))


def _binds(answers: Iterable[Known], group: str, party: str, history: History) -> bool:
    return any(is_member(history.parties, group, party, one.stands) for one in answers)


def _differ(event: Answer, others: Iterable[Known]) -> bool:
    """Whether the others say something, and none of it the same."""
    words = {str(one.event.answer) for one in others if isinstance(one.event, Answer)} - _SAYS_NOTHING
    return bool(words) and event.answer not in words


def _ids(answers: Iterable[Known]) -> tuple[str, ...]:
    return tuple(sorted({one.id for one in answers})[:RELATED_KEPT])
