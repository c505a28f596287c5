"""Names that facts share: slugs, texts, references, who acted, and on what condition.

These are wire shapes: every struct here is decoded from and encoded to JSON as it stands.
"""

from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct, field

from negotiation.dates import DateError, DurationError, parse, parse_duration
from negotiation.texts import folded

SLUG_PATTERN = "[a-z0-9]+(-[a-z0-9]+)*"
EVENT_ID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# Python's `$` also matches before a final line break; the look-ahead shuts that door and is valid ECMA 262 too.
Slug = Annotated[str, Meta(pattern=f"^{SLUG_PATTERN}$(?!\\n)", max_length=64)]
EventId = Annotated[str, Meta(pattern=f"^{EVENT_ID_PATTERN}$(?!\\n)", description="A UUID in lower case.")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Version = Annotated[str, Meta(min_length=1, max_length=64)]
Edtf = Annotated[str, Meta(min_length=1, max_length=80, description="A date in the EDTF subset (ISO 8601-2).")]
Iso8601Duration = Annotated[str, Meta(min_length=2, max_length=40, description="An ISO 8601 duration: PT7H30M.")]

MANY = 500
"""The most items that any list in one fact may hold."""

type_of_list = Meta(max_length=MANY)

RefKind = Literal[
    "party",
    "negotiation",
    "round",
    "session",
    "body",
    "agenda-item",
    "demand",
    "document",
    "commitment",
    "condition",
    "deadline",
    "conduct",
    "event",
]


class FieldError(ValueError):
    """A field holds what its type allows but its meaning does not.

    ``field`` is the name of the field in its own struct, ``remedy`` says what is wrong and what is accepted.
    """

    def __init__(self, field_name: str, remedy: str) -> None:
        super().__init__(f"{field_name}: {remedy}")
        self.field = field_name
        self.remedy = remedy


def check_dates(owner: Struct, *names: str) -> None:
    """Raise FieldError for the first of these fields of ``owner`` that is set and is not in the EDTF subset."""
    for name in names:
        value = getattr(owner, name)
        if value is not None:
            try:
                parse(value)
            except DateError as error:
                raise FieldError(name, str(error)) from error


def check_duration(owner: Struct, name: str) -> None:
    """Raise FieldError where this field of ``owner`` is no ISO 8601 duration."""
    try:
        parse_duration(getattr(owner, name))
    except DurationError as error:
        raise FieldError(name, str(error)) from error


class Shape(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What all wire shapes have in common: frozen, by keyword, nothing unknown, defaults left out."""


def provision_and_option(place: str) -> tuple[str, str]:
    """A place in a text, as keys have it (``article-3/a``): its provision, and the option of that; or empty."""
    provision, _, option = place.partition("/")
    return provision, option


class Named(NamedTuple):
    """Something that has a name, as a key: what a Ref says, with empty strings where it says nothing.

    The ``provision`` of an option is its place: ``article-3/a``.
    """

    kind: str
    id: str
    version: str = ""
    provision: str = ""

    def __str__(self) -> str:
        version = f" version {self.version}" if self.version else ""
        provision, option = provision_and_option(self.provision)
        where = f" provision {provision}" if provision else ""
        return f"{self.kind} {self.id}{version}{where}{f' option {option}' if option else ''}"


class Ref(Shape, frozen=True, kw_only=True):
    """Names something that another fact introduced: its kind, its id and, for a text, version, provision and option.

    The id is the slug that the introducing fact gave; of a session ``round/session``; of an event the id of a fact's
    first event.
    """

    kind: RefKind
    id: Annotated[str, Meta(pattern=f"^({SLUG_PATTERN}(/{SLUG_PATTERN})?|{EVENT_ID_PATTERN})$(?!\\n)", max_length=129)]
    version: Version | None = None
    provision: Slug | None = None
    option: Slug | None = None

    def __post_init__(self) -> None:
        if ("/" in self.id) != (self.kind == "session"):
            raise FieldError("id", "a session is named `round/session`, everything else by its own slug without `/`")
        if self.version is not None and self.kind != "document":
            raise FieldError("version", f"only a document has versions; leave it out for a {self.kind}")
        if self.provision is not None and self.kind not in {"document", "demand"}:
            raise FieldError("provision", f"only a document or a demand has provisions, not a {self.kind}")
        if self.option is not None and (self.provision is None or self.kind != "document"):
            raise FieldError("option", "an option is one of a document's provision: name that in `provision`, too")

    @property
    def place(self) -> str:
        """Where in the text it is: a provision, one of its options (``article-3/a``), or (empty) the whole."""
        return self.provision or "" if self.option is None else f"{self.provision}/{self.option}"

    @property
    def named(self) -> Named:
        """What it names."""
        return Named(self.kind, self.id, self.version or "", self.place)

    def __str__(self) -> str:
        return str(self.named)


class Actor(Shape, frozen=True, kw_only=True):
    """Who acted: a party, a speaker, or both; ``as`` says for whom.

    ``for-members``: a group's act that binds its members where they have not acted themselves.
    ``unnamed``: the source names neither the person nor, perhaps, the party (senior officials).
    """

    party: Slug | None = None
    speaker: Name | None = None
    as_: Literal["self", "for-members", "unnamed"] = field(default="self", name="as")

    def __post_init__(self) -> None:
        if self.party is None and self.speaker is None and self.as_ != "unnamed":
            raise FieldError("party", 'name a party or a speaker, or say `"as": "unnamed"`')
        if self.as_ == "for-members" and self.party is None:
            raise FieldError("party", "an act for members needs the group: name it in `party`")


class Carrier(Shape, frozen=True, kw_only=True):
    """Who carried a message: a party, a person, or both."""

    party: Slug | None = None
    person: Name | None = None

    def __post_init__(self) -> None:
        if self.party is None and self.person is None:
            raise FieldError("party", "name the party or the person who carried it")


class Assessor(Shape, frozen=True, kw_only=True):
    """Whose assessment it is: a party, a person, an outlet, or a person for one of them. Never nobody."""

    party: Slug | None = None
    person: Name | None = None
    outlet: Name | None = None

    def __post_init__(self) -> None:
        if self.party is None and self.person is None and self.outlet is None:
            raise FieldError("party", "an assessment is somebody's: name the party, the person or the outlet")


class Condition(Shape, frozen=True, kw_only=True):
    """What an act depends on. It stays open until somebody assesses it as met (`PerformanceAssessed`)."""

    condition: Slug
    text: Text


class Term(Shape, frozen=True, kw_only=True):
    """A figure inside a demand: ``{"name": "wage rise", "value": "7.5", "unit": "percent"}``."""

    name: Name
    value: Annotated[str, Meta(min_length=1, max_length=80)]
    unit: Name | None = None


class Part(Shape, frozen=True, kw_only=True):
    """One part of a demand that can be answered by itself (as ``provision`` of a Ref)."""

    part: Slug
    text: Text


class Option(Shape, frozen=True, kw_only=True):
    """One wording of a provision and the parties that want it."""

    option: Slug
    text: Text
    wanted_by: Annotated[tuple[Slug, ...], type_of_list] = ()


class Bracket(Shape, frozen=True, kw_only=True):
    """Words within a provision that are not agreed: who wants them in, and who wants them out."""

    bracket: Slug
    text: Text
    wanted_by: Annotated[tuple[Slug, ...], type_of_list] = ()
    opposed_by: Annotated[tuple[Slug, ...], type_of_list] = ()


class Provision(Shape, frozen=True, kw_only=True):
    """A numbered piece of a document that can be answered by itself."""

    id: Slug
    number: Name | None = None
    text: Text | None = None
    options: Annotated[tuple[Option, ...], type_of_list] = ()
    brackets: Annotated[tuple[Bracket, ...], type_of_list] = ()


Capacity = Literal["head", "deputy", "member", "principal", "speaker", "adviser", "interpreter"]
"""As what somebody is there for a party, in the order of rank in which delegations are shown."""


class Member(Shape, frozen=True, kw_only=True):
    """A person in a delegation and the capacity in which they are there."""

    person: Name
    capacity: Capacity = "member"


class Attendee(Shape, frozen=True, kw_only=True):
    """A person who was present, of which party, and in which capacity, as far as the source says."""

    person: Name
    party: Slug | None = None
    capacity: Capacity | None = None


class Meeting(Shape, frozen=True, kw_only=True):
    """Parties that met in a sitting: directly, or with ``through`` only through others, parties or persons."""

    parties: Annotated[tuple[Slug, ...], Meta(min_length=2, max_length=20)]
    through: Annotated[tuple[Carrier, ...], Meta(max_length=20)] = ()

    def __post_init__(self) -> None:
        if len(set(self.parties)) < len(self.parties):
            raise FieldError("parties", "name each party of a meeting once")
        for carrier in self.through:
            if carrier.party in self.parties:
                raise FieldError("through", f"{carrier.party} met the others itself: name a third, or leave it out")


class Duration(Shape, frozen=True, kw_only=True):
    """How long, as exactly as the source says it: ISO 8601 durations."""

    exactly: Iso8601Duration | None = None
    about: Iso8601Duration | None = None
    at_least: Iso8601Duration | None = None
    at_most: Iso8601Duration | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("exactly", "about", "at_least", "at_most") if getattr(self, name) is not None]
        if not given:
            raise FieldError("exactly", "say one of `exactly`, `about`, `at_least`, `at_most`")
        for name in given:
            check_duration(self, name)


_Number = Annotated[int, Meta(ge=0, le=10_000_000_000)]


class Figure(Shape, frozen=True, kw_only=True):
    """How many of something a text has, as exactly as the source says it: ``{"unit": "brackets", "about": 900}``."""

    unit: Name
    exactly: _Number | None = None
    about: _Number | None = None
    at_least: _Number | None = None
    at_most: _Number | None = None

    def __post_init__(self) -> None:
        if all(number is None for number in (self.exactly, self.about, self.at_least, self.at_most)):
            raise FieldError("exactly", "say one of `exactly`, `about`, `at_least`, `at_most`")


Decimal = Annotated[
    str, Meta(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,12})?$(?!\n)", description="A decimal number: 17.89.")
]
ConsentKind = Literal["initialling", "adoption", "signature", "ratification", "accession", "deposit"]


class Threshold(Shape, frozen=True, kw_only=True):
    """What has to be reached: a number of parties, a share to which each brings its part, or certain parties.

    ``counts``: by which consent. ``among``: only these parties count; without ``parties`` or ``share``, all of them are
    needed. ``of``: of what the share is: ``per cent of global greenhouse gas emissions``.
    """

    threshold: Slug
    parties: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    share: Decimal | None = None
    of: Text | None = None
    among: Annotated[tuple[Slug, ...], type_of_list] = ()
    counts: Annotated[tuple[ConsentKind, ...], Meta(min_length=1, max_length=6)] = ("deposit",)

    def __post_init__(self) -> None:
        if self.parties is None and self.share is None and not self.among:
            raise FieldError("parties", "say how many `parties`, which `share`, or the parties `among` which all count")


class PartOfShare(Shape, frozen=True, kw_only=True):
    """What a party brings to the share of a threshold; without a party: what all that consent bring together."""

    threshold: Slug
    part: Decimal
    party: Slug | None = None


Figures = Annotated[tuple[Figure, ...], type_of_list]


def check_figures(figures: tuple[Figure, ...]) -> None:
    """Raise FieldError where two of them have the same unit."""
    if len({folded(figure.unit) for figure in figures}) < len(figures):
        raise FieldError("figures", "two figures have the same `unit`: give each its own")


class Counts(Shape, frozen=True, kw_only=True):
    """Votes counted: whole numbers."""

    in_favour: Annotated[int, Meta(ge=0, le=10_000_000_000)] = field(name="for")
    against: Annotated[int, Meta(ge=0, le=10_000_000_000)] = 0
    abstaining: Annotated[int, Meta(ge=0, le=10_000_000_000)] = 0
    absent: Annotated[int, Meta(ge=0, le=10_000_000_000)] = 0
