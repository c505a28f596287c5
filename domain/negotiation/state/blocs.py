"""Blocs: who belongs to a group, certainly and uncontested, and on what groups answered for their members."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from negotiation.dates import Interval
from negotiation.events.parties import MemberJoined
from negotiation.events.positions import Answer
from negotiation.references import Ref
from negotiation.state import register_keys
from negotiation.state.facts import Known
from negotiation.state.families import of_families
from negotiation.state.register_keys import Key
from negotiation.state.registers import Assertion, current

if TYPE_CHECKING:
    from negotiation.state.history import History

Question: TypeAlias = tuple[str, ...]
"""What is answered, as the keys of answers tell it: about what, which version, which provision."""

ANSWERS: Final = of_families(Answer)
_NOTHING: Final[Mapping[str, Sequence[str]]] = {}


def question_of(key: Key) -> Question:
    """What an answer's register is about."""
    return key[1:4]


def answered_for_members(known: Known) -> list[str]:
    """The groups for whose members a fact answers."""
    event = known.event
    if type(event) not in ANSWERS:
        return []
    for actor in event.by:
        if actor.as_ == "for-members":
            return [actor.party for actor in event.by if actor.as_ == "for-members" and actor.party is not None]
    return []


class Blocs:
    """The answers that groups gave for their members: by what is answered, and by group."""

    __slots__ = ("_by_group", "_groups", "_on")

    def __init__(self) -> None:
        self._on: dict[Question, dict[str, list[str]]] = {}
        self._groups: dict[Question, list[str]] = {}
        self._by_group: dict[str, dict[str, Question]] = {}

    def enter(self, known: Known) -> None:
        """A fact says this from now on."""
        groups = answered_for_members(known)
        if groups:
            question = _question(known)
            self._on.setdefault(question, {})[known.id] = groups
            self._group(question)
            for group in groups:
                self._by_group.setdefault(group, {})[known.id] = question

    def leave(self, known: Known) -> None:
        """A fact does not say this any more."""
        groups = answered_for_members(known)
        if groups:
            question = _question(known)
            del self._on[question][known.id]
            self._group(question)
            for group in groups:
                self._by_group[group].pop(known.id, None)

    def _group(self, question: Question) -> None:
        if self._on[question]:
            self._groups[question] = sorted({group for groups in self._on[question].values() for group in groups})
        else:
            del self._on[question], self._groups[question]

    def on(self, question: Question) -> Mapping[str, Sequence[str]]:
        """The facts by which groups answered something for their members, and which groups did."""
        return self._on.get(question, _NOTHING)

    def groups(self, question: Question) -> list[str]:
        """The groups that answered something for their members, by name."""
        return self._groups.get(question, [])

    def questions(self, group: str) -> Collection[Question]:
        """What a group answered for its members."""
        return self._by_group.get(group, {}).values()


def _question(known: Known) -> Question:
    event = known.event
    assert isinstance(event, Answer), "only answers are given for members"
    return question_of(register_keys.answer(event.on, ""))


# -- members


def having(party: str, groups: Iterable[str], history: "History") -> list[str]:
    """Those of these groups of which anything says that the party belongs, or belonged, to it."""
    parties = history.parties
    return [group for group in groups if parties.assertions(register_keys.membership(group, party))]


def is_member(parties: "History", group: str, party: str, at: Interval) -> bool:
    """Whether a party belongs to a group, and did at the end of an interval."""
    key = register_keys.membership(group, party)
    asserted = parties.assertions(key)
    return bool(asserted) and joined(parties.standing(key)) and was_member(asserted.values(), at)


def was_member(asserted: Collection[Assertion], at: Interval) -> bool:
    """Whether what is asserted of a membership made the party a member by the end of an interval."""
    return joined(current([one for one in asserted if one.known.takes_effect.may_begin_by(at)]))


def joined(standing: Sequence[Assertion]) -> bool:
    """Whether all that stands of a membership says that the party belongs to the group."""
    return bool(standing) and all(type(one.known.event) is MemberJoined for one in standing)


# -- what stands


def stands_for_members(history: "History", on: Ref, group: str) -> list[Known]:
    """What stands of a group's answer for its members."""
    standing = history.standing(register_keys.answer(on, group))
    return [one.known for one in standing if group in answered_for_members(one.known)]
