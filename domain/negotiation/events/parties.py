"""Events about parties: who they are, what they belong to, who takes part and who speaks for them.

Names are stored for ever: see `fact`.
"""

from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta, Struct

from negotiation.events.fact import Fact
from negotiation.references import Edtf, FieldError, Member, Name, Slug, check_dates, type_of_list


class Codes(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A party's codes in public schemes: ISO 3166-1 alpha-3, Wikidata, CAMEO."""

    iso3166: Annotated[str, Meta(pattern="^[A-Z]{3}$(?!\\n)")] | None = None
    wikidata: Annotated[str, Meta(pattern="^Q[1-9][0-9]{0,11}$(?!\\n)")] | None = None
    cameo: Annotated[str, Meta(pattern="^[A-Z]{3,9}$(?!\\n)")] | None = None


SCHEMES: Final = Codes.__struct_fields__
"""The public schemes of codes."""

PartyKind = Literal[
    "state",
    "international-organisation",
    "bloc",
    "government",
    "institution",
    "armed-group",
    "movement",
    "company",
    "union",
    "trade-union-federation",
    "employers-association",
    "other",
]


class Identity(Fact, frozen=True, kw_only=True):
    """Who a party is. Lives in the party's own stream."""

    party: Slug


class PartyIdentified(Identity, frozen=True, kw_only=True):
    """A party became known under this name."""

    TOPIC: ClassVar[str] = "negotiation.PartyIdentified"
    name: Name
    kind: PartyKind
    codes: Codes | None = None


class PartyRenamed(Identity, frozen=True, kw_only=True):
    """A party took another name."""

    TOPIC: ClassVar[str] = "negotiation.PartyRenamed"
    name: Name


class PartyReclassified(Identity, frozen=True, kw_only=True):
    """A party became one of another ``kind``, or got other ``codes``; codes of schemes that are left out stay."""

    TOPIC: ClassVar[str] = "negotiation.PartyReclassified"
    kind: PartyKind | None = None
    codes: Codes | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.kind is None and self.codes in {None, Codes()}:
            raise FieldError("kind", "say of which kind the party is now, or which codes it has")


class PartySplit(Identity, frozen=True, kw_only=True):
    """A party split into others."""

    TOPIC: ClassVar[str] = "negotiation.PartySplit"
    into: Annotated[tuple[Slug, ...], Meta(min_length=1, max_length=50)]


class PartySucceeded(Identity, frozen=True, kw_only=True):
    """A party was succeeded by another or by several."""

    TOPIC: ClassVar[str] = "negotiation.PartySucceeded"
    into: Annotated[tuple[Slug, ...], Meta(min_length=1, max_length=50)]


class Membership(Fact, frozen=True, kw_only=True):
    """A party's belonging to a group (a bloc, an alliance, an organisation). Lives in the group's stream."""

    group: Slug
    member: Slug

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.group == self.member:
            raise FieldError("member", "a group is no member of itself: name another party")


class MemberJoined(Membership, frozen=True, kw_only=True):
    """A party joined a group, or is known as its member."""

    TOPIC: ClassVar[str] = "negotiation.MemberJoined"


class MemberLeft(Membership, frozen=True, kw_only=True):
    """A party left a group."""

    TOPIC: ClassVar[str] = "negotiation.MemberLeft"


Role = Literal["party", "chair", "host", "mediator", "facilitator", "guarantor", "observer", "depositary"]


class Participation(Fact, frozen=True, kw_only=True):
    """A party's part in a round or in the whole negotiation (``scope``; by default where it is recorded).

    A party may have several roles at a time. Without ``role``, who is invited or admitted is a party to the talks, and
    who is suspended, expelled, walks out, leaves or returns does so in every role.
    """

    party: Slug
    role: Role | None = None
    scope: Literal["round", "negotiation"] | None = None
    until: Edtf | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "until")


class PartyInvited(Participation, frozen=True, kw_only=True):
    """A party was invited."""

    TOPIC: ClassVar[str] = "negotiation.PartyInvited"


class PartyAdmitted(Participation, frozen=True, kw_only=True):
    """A party was admitted, or is known to take part."""

    TOPIC: ClassVar[str] = "negotiation.PartyAdmitted"


class PartySuspended(Participation, frozen=True, kw_only=True):
    """A party's part was suspended."""

    TOPIC: ClassVar[str] = "negotiation.PartySuspended"


class PartyExpelled(Participation, frozen=True, kw_only=True):
    """A party was expelled."""

    TOPIC: ClassVar[str] = "negotiation.PartyExpelled"


class PartyWalkedOut(Participation, frozen=True, kw_only=True):
    """A party walked out."""

    TOPIC: ClassVar[str] = "negotiation.PartyWalkedOut"


class PartyReturned(Participation, frozen=True, kw_only=True):
    """A party that had left, walked out or been suspended returned."""

    TOPIC: ClassVar[str] = "negotiation.PartyReturned"


class PartyLeft(Participation, frozen=True, kw_only=True):
    """A party left for good."""

    TOPIC: ClassVar[str] = "negotiation.PartyLeft"


class Delegation(Fact, frozen=True, kw_only=True):
    """Who speaks for a party: in a round, in a ``body``, or in the whole negotiation (by default where it is recorded).

    Whom it names in a capacity stand until others are named in that capacity there, or until the end of their period:
    ``until``, or b of ``a/b`` as the date. A capacity in which it names nobody stays as it was.
    """

    party: Slug
    scope: Literal["round", "negotiation"] | None = None
    members: Annotated[tuple[Member, ...], type_of_list]
    body: Slug | None = None
    until: Edtf | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        check_dates(self, "until")
        if self.body is not None and self.scope is not None:
            raise FieldError("scope", "a delegation to a body has no other scope: leave out `scope` or `body`")


class DelegationNamed(Delegation, frozen=True, kw_only=True):
    """A party named its delegation, or somebody in it."""

    TOPIC: ClassVar[str] = "negotiation.DelegationNamed"


OfficeName = Literal["chair", "co-chair", "vice-chair", "facilitator", "coordinator", "rapporteur"]


class Office(Fact, frozen=True, kw_only=True):
    """Who holds an office in a body: a person, a party, or a person of a party.

    One at a time is chair or rapporteur, so another who becomes that follows. Several can hold the other offices, each
    until they leave it or their period ends: ``until``, or b of ``a/b`` as the date.
    """

    body: Slug
    office: OfficeName
    person: Name | None = None
    party: Slug | None = None

    def __post_init__(self) -> None:
        Fact.__post_init__(self)
        if self.person is None and self.party is None:
            raise FieldError("person", "name the person or the party that holds the office")


class OfficeTaken(Office, frozen=True, kw_only=True):
    """A person or a party took an office in a body, or is known to hold it."""

    TOPIC: ClassVar[str] = "negotiation.OfficeTaken"
    until: Edtf | None = None

    def __post_init__(self) -> None:
        Office.__post_init__(self)
        check_dates(self, "until")


class OfficeLeft(Office, frozen=True, kw_only=True):
    """A person or a party left an office in a body."""

    TOPIC: ClassVar[str] = "negotiation.OfficeLeft"
