"""Events about the course of a negotiation: its frame, schedule, proceedings, sessions and deadlines.

Names are stored for ever: see `fact`.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from negotiation.events.fact import Fact
from negotiation.references import (
    Attendee,
    Carrier,
    Duration,
    Edtf,
    FieldError,
    Meeting,
    Name,
    Slug,
    Text,
    check_dates,
    type_of_list,
)
from negotiation.references import Ref as Reference


class Frame(Fact, frozen=True, kw_only=True):
    """What a negotiation is about and how it works. Lives in the negotiation's stream or in a round's."""


class NegotiationOpened(Frame, frozen=True, kw_only=True):
    """A negotiation was opened, or became known as one. It creates the negotiation of its stream."""

    TOPIC: ClassVar[str] = "negotiation.NegotiationOpened"
    title: Name
    parent: Slug | None = None
    related: Annotated[tuple[Slug, ...], type_of_list] = ()
    decision_rule: Literal["consensus", "unanimity", "majority", "qualified-majority", "other"] | None = None


class BodyEstablished(Frame, frozen=True, kw_only=True):
    """A body (a committee, a working group, a council) was established, under a ``parent`` where it has one."""

    TOPIC: ClassVar[str] = "negotiation.BodyEstablished"
    body: Slug
    kind: Literal["plenary", "committee", "working-group", "contact-group", "council", "secretariat", "other"]
    mandate: Text | None = None
    parent: Slug | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.parent == self.body:
            raise FieldError("parent", "a body is not its own parent: name another body, or leave it out")


class AgendaItemSet(Frame, frozen=True, kw_only=True):
    """An item of the agenda was set, or its status changed."""

    TOPIC: ClassVar[str] = "negotiation.AgendaItemSet"
    item: Slug
    status: Literal["proposed", "adopted", "open", "deferred", "closed", "dropped"]
    text: Text | None = None


class Schedule(Fact, frozen=True, kw_only=True):
    """When and where a round takes place. Lives in the round's stream."""

    round: Slug
    forum: Name | None = None
    starts: Edtf | None = None
    ends: Edtf | None = None
    venue: Name | None = None
    format: Literal["bilateral", "multilateral", "proximity", "written", "consultation"] | None = None
    track: Literal["1", "1.5", "2"] | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "starts", "ends")


class RoundScheduled(Schedule, frozen=True, kw_only=True):
    """A round was scheduled or announced; recorded again, rescheduled; without ``starts``, put off sine die."""

    TOPIC: ClassVar[str] = "negotiation.RoundScheduled"


class Proceedings(Fact, frozen=True, kw_only=True):
    """The state of the talks in a round, or of the whole negotiation."""

    scope: Literal["round", "negotiation"] | None = None
    reason: Text | None = None


class TalksAdjourned(Proceedings, frozen=True, kw_only=True):
    """Talks were adjourned, to be continued."""

    TOPIC: ClassVar[str] = "negotiation.TalksAdjourned"


class TalksSuspended(Proceedings, frozen=True, kw_only=True):
    """Talks were suspended without a date."""

    TOPIC: ClassVar[str] = "negotiation.TalksSuspended"


class TalksResumed(Proceedings, frozen=True, kw_only=True):
    """Talks were resumed."""

    TOPIC: ClassVar[str] = "negotiation.TalksResumed"


class TalksBrokenOff(Proceedings, frozen=True, kw_only=True):
    """Talks were broken off."""

    TOPIC: ClassVar[str] = "negotiation.TalksBrokenOff"


class RoundConcluded(Proceedings, frozen=True, kw_only=True):
    """A round was concluded."""

    TOPIC: ClassVar[str] = "negotiation.RoundConcluded"


class RoundCancelled(Proceedings, frozen=True, kw_only=True):
    """A round was called off before it took place."""

    TOPIC: ClassVar[str] = "negotiation.RoundCancelled"


class NegotiationConcluded(Proceedings, frozen=True, kw_only=True):
    """The whole negotiation was concluded."""

    TOPIC: ClassVar[str] = "negotiation.NegotiationConcluded"


class Talks(Fact, frozen=True, kw_only=True):
    """A sitting. Lives in the round's stream.

    ``rooms``: the parties in each room. ``meetings``: how pairs of parties met, where that is not the same for all of
    them. ``present``: the persons who were there.
    """

    body: Slug | None = None
    rooms: Annotated[tuple[Annotated[tuple[Slug, ...], type_of_list], ...], type_of_list] = ()
    direct: bool | None = None
    shuttles: Annotated[tuple[Slug, ...], type_of_list] = ()
    absent: Annotated[tuple[Slug, ...], type_of_list] = ()
    venue: Name | None = None
    duration: Duration | None = None
    present: Annotated[tuple[Attendee, ...], type_of_list] = ()
    meetings: Annotated[tuple[Meeting, ...], Meta(max_length=100)] = ()

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.session is None:
            raise FieldError("session", 'name the session of the round, such as "day-1"')
        if self.meetings:
            self._check_meetings()

    def _check_meetings(self) -> None:
        """Of each pair of parties there is one answer how they met."""
        if self.direct is not None:
            raise FieldError("direct", "`meetings` says of each pair whether it met directly: leave `direct` out")
        told: dict[tuple[str, str], tuple[Carrier, ...]] = {}
        for meeting in self.meetings:
            for pair in combinations(sorted(meeting.parties), 2):
                if told.setdefault(pair, meeting.through) != meeting.through:
                    both = " and ".join(pair)
                    raise FieldError("meetings", f"{both} meet in two ways: say one, or record two sessions")
        rooms: dict[str, set[int]] = {}
        for number, room in enumerate(self.rooms):
            for party in room:
                rooms.setdefault(party, set()).add(number)
        for (first, second), through in told.items():
            if first in rooms and second in rooms and rooms[first].isdisjoint(rooms[second]) != bool(through):
                where, how = ("one room", "through others") if through else ("separate rooms", "directly")
                raise FieldError("meetings", f"{first} and {second} are in {where} and meet {how}: say one of both")

    def meet(self) -> Iterator[Slug]:
        """The parties that sat in a room or met another, some of them several times."""
        for room in self.rooms:
            yield from room
        for meeting in self.meetings:
            yield from meeting.parties

    def attend(self) -> tuple[Slug, ...]:
        """The parties that sat in a room, met another, or had somebody there; each once."""
        return tuple(dict.fromkeys((*self.meet(), *(one.party for one in self.present if one.party is not None))))

    def go_between(self) -> Iterator[Slug]:
        """The parties that went between others, some of them several times."""
        yield from self.shuttles
        for meeting in self.meetings:
            for carrier in meeting.through:
                if carrier.party is not None:
                    yield carrier.party


class TalksHeld(Talks, frozen=True, kw_only=True):
    """Talks were held. ``rooms`` lists the parties in each room; several rooms are proximity talks."""

    TOPIC: ClassVar[str] = "negotiation.TalksHeld"


class Deadline(Fact, frozen=True, kw_only=True):
    """A date by which something is to be done."""

    deadline: Slug
    what: Text
    due: Edtf | None = None
    kind: Literal["agreed", "imposed", "self-imposed", "statutory", "other"] | None = None
    on: Reference | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "due")


class DeadlineSet(Deadline, frozen=True, kw_only=True):
    """A deadline was set; recorded again, moved; without ``due``, lifted."""

    TOPIC: ClassVar[str] = "negotiation.DeadlineSet"
