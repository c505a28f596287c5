"""Refusals: what the record does not take, because it is ill-formed. Named after the rule; nothing is recorded.

The docstring of a class is its message, with the remedy. ``pointer`` is a JSON pointer into the submission.
"""


class Refusal(Exception):
    """The record does not take this. ``entry``: which submission of a list it is about, where there is a list."""

    entry: int | None = None

    def __init__(self, pointer: str, **facts: str) -> None:
        self.pointer = pointer
        self.facts = facts
        super().__init__(" ".join(str(type(self).__doc__).format(**facts).split()))


class UnknownReference(Refusal):
    """Nothing on record introduces {ref}. Record what introduces it first, or correct the name."""


class AlreadyIntroduced(Refusal):
    """{ref} was introduced already, by event {event}. Choose another id, or correct that event (`EventCorrected`)."""


class AnswerToOwnDemand(Refusal):
    """{party} made demand {demand} itself. A party only withdraws its own demand: say `"answer": "withdraw"`."""


class NotTheHead(Refusal):
    """Event {target} has been corrected since. Read what it says now, and correct the latest event: {head}."""


class StartsAfterTheClock(Refusal):
    """{date} begins more than 14 hours after the clock ({clock}). Say when it was announced; plans go into `starts`,
    `due` or `effective`."""


class LastsBeyondTheClock(Refusal):
    """{lasting} lasts beyond the clock ({clock}), and what is to come is no fact yet. Say how far it is known:
    `{known}`; a planned end goes into `ends`, `until` or `due`."""


class BelongsElsewhere(Refusal):
    """{type} does not belong into stream {stream}. Record it in {remedy}."""


class NotOpenedYet(Refusal):
    """{stream} does not exist yet. Record {remedy} first."""


class TargetElsewhere(Refusal):
    """Event {target} is in stream {stream}. Record what speaks about it there."""


class TargetUnfit(Refusal):
    """Event {target} is a {type}, which {act} cannot have as its target. {remedy}"""


class AlreadyRetracted(Refusal):
    """Event {target} was retracted already, by event {event}. To bring it back, retract that retraction."""


class RestorationIsFinal(Refusal):
    """Event {target} restored a fact and cannot be retracted. Retract the fact anew: {fact}."""


class CorrectionChangesIdentity(Refusal):
    """A correction keeps the fact's type and the id it introduces ({was}, not {now}). To change these, retract the
    fact and record another."""


class AccountDoesNotFit(Refusal):
    """The values in `differs` do not fit the fact: {reason}."""


class StreamNameTaken(Refusal):
    """`parties` is where parties are kept; no negotiation can have this name. Choose another."""


REFUSALS: tuple[type[Refusal], ...] = (
    UnknownReference,
    AlreadyIntroduced,
    AnswerToOwnDemand,
    NotTheHead,
    StartsAfterTheClock,
    LastsBeyondTheClock,
    BelongsElsewhere,
    NotOpenedYet,
    TargetElsewhere,
    TargetUnfit,
    AlreadyRetracted,
    RestorationIsFinal,
    CorrectionChangesIdentity,
    AccountDoesNotFit,
    StreamNameTaken,
)
