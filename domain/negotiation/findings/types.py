"""The kinds of findings. Each class is one rule; its docstring is its message."""

from typing import Final

import msgspec
from msgspec import Struct

RELATED_SHOWN: Final = 50
"""How many of the facts that it does not agree with a finding is shown with: the first, where there are more."""
RELATED_KEPT: Final = RELATED_SHOWN + 1
"""So many a finding keeps, so that it can be told that there are more."""


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type", tag=True):
    """Something that does not add up. ``event``: the fact it is about; ``related``: what it does not agree with."""

    event: str
    stream: str
    related: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The class's docstring in one line, filled in with the finding's fields."""
        return " ".join(str(type(self).__doc__).split()).format(**msgspec.structs.asdict(self))


class TalksAfterConclusion(Finding, frozen=True, kw_only=True):
    """Talks are reported in round {round} after the round was concluded."""

    round: str


class TalksAfterBreakOff(Finding, frozen=True, kw_only=True):
    """Talks are reported in round {round} after talks were broken off, and `TalksResumed` is missing in between.

    Record when they were resumed, or correct the date that is wrong.
    """

    round: str


class OutcomeWithoutTalks(Finding, frozen=True, kw_only=True):
    """An outcome of round {round} was assessed, and no talks are on record there."""

    round: str


class AnswerBeforeDemand(Finding, frozen=True, kw_only=True):
    """The answer on {on} is dated before {on} was tabled."""

    on: str


class ActByAbsentParty(Finding, frozen=True, kw_only=True):
    """{party} acts in session {session}, where it was not present."""

    party: str
    session: str


class AnswerDepartsFromBloc(Finding, frozen=True, kw_only=True):
    """{party} answers {on} itself, and otherwise than {group} did for its members; both answers stand.

    If it is bound by the answer of {group} no more, record that it left, or its later answer.
    """

    party: str
    group: str
    on: str


class GroupsBindMemberDifferently(Finding, frozen=True, kw_only=True):
    """{group} and {other} answer {on} for their members, and not the same: {members} belongs to both.

    Record the answer that a member of both gave itself, if it gave one.
    """

    group: str
    other: str
    members: str
    on: str


class ActOutsideLifetime(Finding, frozen=True, kw_only=True):
    """{party} acts {when}, when it was not there.

    If it was there before, date its `PartyIdentified` `../DATE`; if it goes on, name it among the parties in `into`;
    else correct the date that is wrong.
    """

    party: str
    when: str


class CodeHeldByTwo(Finding, frozen=True, kw_only=True):
    """The code {code} ({scheme}) is {party}'s and that of another party at one date: {others}.

    Correct the code that is wrong. If one of them got another code, record it (`PartyReclassified`). If both are one
    party, retract one.
    """

    scheme: str
    code: str
    party: str
    others: str


class VoteContradictsCounts(Finding, frozen=True, kw_only=True):
    """The vote is reported as {result}, which its counts contradict under the rule {rule}."""

    result: str
    rule: str


class VoteRecordedTwice(Finding, frozen=True, kw_only=True):
    """The same vote on {on}, {result} on the same day, is on record more than once.

    If it was one vote, retract one of the events; if there were several, let the later ones name the earlier in
    `after`.
    """

    on: str
    result: str


class DeadlinePassed(Finding, frozen=True, kw_only=True):
    """Deadline {deadline} ({due}) has passed, and nobody assessed it as met."""

    deadline: str
    due: str


class RestsOnWithdrawnFact(Finding, frozen=True, kw_only=True):
    """Unsupported: it rests on {ground}, which nothing introduces at this reading."""

    ground: str


class ReportedBeforeItHappened(Finding, frozen=True, kw_only=True):
    """It is dated {occurred}, after the day on which its first source reported it."""

    occurred: str


class AgreementDisputed(Finding, frozen=True, kw_only=True):
    """{party} consented to version {version} of {document}, another party to another version."""

    party: str
    document: str
    version: str


FINDINGS: tuple[type[Finding], ...] = (
    TalksAfterConclusion,
    TalksAfterBreakOff,
    OutcomeWithoutTalks,
    AnswerBeforeDemand,
    ActByAbsentParty,
    AnswerDepartsFromBloc,
    GroupsBindMemberDifferently,
    ActOutsideLifetime,
    CodeHeldByTwo,
    VoteContradictsCounts,
    VoteRecordedTwice,
    DeadlinePassed,
    RestsOnWithdrawnFact,
    ReportedBeforeItHappened,
    AgreementDisputed,
)
