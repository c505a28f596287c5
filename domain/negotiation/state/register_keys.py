"""The keys of registers: a constructor for each kind, and what takes a key apart.

A key is a tuple at run time: its kind, what the register belongs to, and then what tells it from others of its kind.
It belongs to a round (its slug), a party, a document, to what is answered, voted on or assessed
(``demand/veto-on-enlargement``), or (an empty string) to the whole negotiation.
"""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Final, Literal, NewType, ParamSpec, TypeAlias, TypeVar, cast, get_args

import msgspec

from negotiation.references import Assessor, Named, Ref, RefKind
from negotiation.texts import folded, folded_json

Key = NewType("Key", tuple[str, ...])
"""A register's name, made by the functions below: a tuple at run time, which no other tuple is taken for."""

Kind: TypeAlias = Literal[
    "negotiation",
    "proceedings",
    "schedule",
    "session",
    "participation",
    "delegation",
    "body",
    "office",
    "agenda-item",
    "deadline",
    "demand",
    "demand-course",
    "document",
    "statement",
    "commitment",
    "commitment-course",
    "conduct",
    "party",
    "party-code",
    "party-name",
    "succession",
    "membership",
    "membership-of",
    "answer",
    "vote",
    "disclosure",
    "performance",
    "outcome",
    "consent",
    "status",
    "provision-state",
    "figure",
    "text-correction",
    "endorsement",
    "entry-conditions",
]
"""The kinds of registers."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_P = ParamSpec("_P")
_V = TypeVar("_V")
_Parts: TypeAlias = tuple[Kind, *tuple[str, ...]]

_encode = msgspec.json.Encoder().encode


def _key(make: Callable[_P, _Parts]) -> Callable[_P, Key]:
    """Let a function that gives the parts of a key give a `Key`: it stays the same function, and costs the same."""
    return cast("Callable[_P, Key]", make)


def for_every_kind(table: Mapping[Kind, _V]) -> dict[Kind, _V]:
    """The same table; raises KeyError where it leaves a kind out."""
    return {kind: table[kind] for kind in KINDS}


# -- what a register belongs to


def about(kind: RefKind, name: str) -> str:
    """Something with a name as the second part of a key: ``demand/veto-on-enlargement``."""
    return f"{kind}/{name}"


def reference(about_: str) -> tuple[str, str]:
    """What `about` put together: a kind and a name."""
    kind, _, name = about_.partition("/")
    return kind, name


def named_in(about_: str, kind: RefKind) -> str:
    """The name in what `about` put together; empty where it is of another kind."""
    start = f"{kind}/"
    return about_[len(start) :] if about_.startswith(start) else ""


def assessor_part(assessor: Assessor) -> str:
    """An assessor as a part of a key: canonical JSON, with names as a reader takes them."""
    return folded_json(_encode(assessor)).decode()


# -- registers of a negotiation or of a round (an empty string: the negotiation)


@_key
def negotiation() -> _Parts:
    """What the negotiation is about and in which frame it is held."""
    return ("negotiation", "")


@_key
def proceedings(round_: str) -> _Parts:
    """Whether talks go on."""
    return ("proceedings", round_)


@_key
def schedule(round_: str) -> _Parts:
    """When and where a round is held."""
    return ("schedule", round_)


@_key
def session(round_: str, session_: str) -> _Parts:
    """Who sat with whom in a session."""
    return ("session", round_, session_)


@_key
def participation(round_: str, party_: str) -> _Parts:
    """Whether a party takes part, and as what."""
    return ("participation", round_, party_)


@_key
def delegation(round_: str, party_: str, capacity: str, body_: str = "") -> _Parts:
    """Whom a party sends in a capacity: to a round, to a body (then ``round_`` is empty), or to the negotiation.

    The capacity ``head`` is the succession of its heads there.
    """
    return ("delegation", round_, body_, party_, capacity)


@_key
def statement(round_: str, fact: str) -> _Parts:
    """What was said once: each fact has a register of its own."""
    return ("statement", round_, fact)


@_key
def outcome(round_: str, of: Named | None, assessor: Assessor) -> _Parts:
    """What came of something, as somebody sees it. ``of`` is None: of the round, or else of the negotiation."""
    kind, name, version, provision = of or (("round", round_, "", "") if round_ else ("negotiation", "", "", ""))
    return ("outcome", round_, kind, name, version, provision, assessor_part(assessor))


# -- registers of a negotiation


@_key
def body(slug: str) -> _Parts:
    """A body that the parties established."""
    return ("body", "", slug)


@_key
def office(body_: str, office_: str) -> _Parts:
    """Who holds an office in a body."""
    return ("office", "", body_, office_)


@_key
def agenda_item(slug: str) -> _Parts:
    """An item of the agenda."""
    return ("agenda-item", "", slug)


@_key
def deadline(slug: str) -> _Parts:
    """When something is due."""
    return ("deadline", "", slug)


@_key
def demand(slug: str) -> _Parts:
    """What a demand says."""
    return ("demand", "", slug)


@_key
def demand_course(slug: str) -> _Parts:
    """What became of a demand: whether it is put, or settled and how."""
    return ("demand-course", "", slug)


@_key
def commitment(slug: str) -> _Parts:
    """What somebody committed himself to."""
    return ("commitment", "", slug)


@_key
def commitment_course(slug: str) -> _Parts:
    """What became of a commitment: whether it is suspended, resumed or lapsed."""
    return ("commitment-course", "", slug)


@_key
def conduct(slug: str) -> _Parts:
    """What somebody did away from the table."""
    return ("conduct", "", slug)


# -- registers about what facts name


@_key
def document(slug: str, version: str) -> _Parts:
    """What a version of a document says."""
    return ("document", slug, version)


@_key
def consent(document_: str, party_: str) -> _Parts:
    """To which version of a document a party consents."""
    return ("consent", f"document/{document_}", party_)


@_key
def status(document_: str, party_: str) -> _Parts:
    """Whether a document is in force, for a party or (an empty string) for all."""
    return ("status", f"document/{document_}", party_)


@_key
def provision_state(document_: str, version: str, provision: str) -> _Parts:
    """How far a provision is agreed, as announced of a version; an empty string: of none by name."""
    return ("provision-state", f"document/{document_}", version, provision)


@_key
def figure(document_: str, version: str, unit: str) -> _Parts:
    """How many of something a version of a document has; an empty string: the last one then."""
    return ("figure", f"document/{document_}", version, folded(unit))


@_key
def text_correction(document_: str, version: str, provision: str, fact: str) -> _Parts:
    """What was corrected in a version, once: each correction has a register of its own."""
    return ("text-correction", f"document/{document_}", version, provision, fact)


@_key
def endorsement(document_: str, version: str, body_: str, party_: str) -> _Parts:
    """Whether a body of the talks, or a party, endorsed a document or a version of it."""
    return ("endorsement", f"document/{document_}", version, body_, party_)


@_key
def entry_conditions(document_: str) -> _Parts:
    """On what a document enters into force."""
    return ("entry-conditions", f"document/{document_}")


@_key
def answer(on: Ref, party_: str) -> _Parts:
    """What a party answered; an empty string: somebody unnamed."""
    return ("answer", f"{on.kind}/{on.id}", on.version or "", on.place, party_)


@_key
def answer_to_demand(demand_: str, provision: str, party_: str) -> _Parts:
    """What a party answered to a demand or (with a provision) to a part of it."""
    return ("answer", f"demand/{demand_}", "", provision, party_)


@_key
def disclosure(of: Ref, manner: str) -> _Parts:
    """Whether something became public in some manner."""
    return ("disclosure", f"{of.kind}/{of.id}", of.version or "", of.place, manner)


@_key
def vote(on: Ref, electorate: str, fact: str) -> _Parts:
    """How an electorate voted on something, once: each vote has a register of its own."""
    return ("vote", f"{on.kind}/{on.id}", on.version or "", on.place, folded(electorate), fact)


@_key
def performance(of: Ref, assessor: Assessor, occasion: str | None = None) -> _Parts:
    """Whether something was kept or met, at one occasion where it recurs, as somebody sees it."""
    about_ = f"{of.kind}/{of.id}"
    return ("performance", about_, of.version or "", of.place, occasion or "", assessor_part(assessor))


# -- registers of a party


@_key
def party_kind(slug: str) -> _Parts:
    """Of which kind a party is: its codes and names are registers of their own."""
    return ("party", slug)


@_key
def party_code(slug: str, scheme: str) -> _Parts:
    """Which code a party has in a public scheme."""
    return ("party-code", slug, scheme)


@_key
def party_name(slug: str) -> _Parts:
    """What a party is called."""
    return ("party-name", slug)


@_key
def succession(slug: str) -> _Parts:
    """What became of a party that is no more."""
    return ("succession", slug)


@_key
def membership(group: str, member: str) -> _Parts:
    """Whether a party belongs to a group."""
    return ("membership", group, member)


@_key
def membership_of(member: str, group: str) -> _Parts:
    """The other side of a membership: found by the member."""
    return ("membership-of", member, group)


# -- taking keys apart, as fast as an index does

votes_of: Final[Callable[[Key], tuple[str, ...]]] = itemgetter(slice(0, 5))
"""What the registers of all votes of one electorate on one thing begin with."""

kind_of: Final[Callable[[Key], Kind]] = itemgetter(0)
"""The kind of a register."""

about_of: Final[Callable[[Key], str]] = itemgetter(1)
"""What a register belongs to."""

name_of: Final[Callable[[Key], str]] = itemgetter(2)
"""What tells a register from others of its kind that belong to the same, where that is one name.

A session, a participant, a member or a group, a version, a slug.
"""

version_and_provision: Final[Callable[[Key], tuple[str, str]]] = itemgetter(2, 3)
"""Which version and provision a register is about, where it belongs to what a reference names."""

provision_and_party: Final[Callable[[Key], tuple[str, str]]] = itemgetter(3, 4)
"""To which part of a demand or document an answer is, and whose it is; of a correction, which event it is."""

body_and_office: Final[Callable[[Key], tuple[str, str]]] = itemgetter(2, 3)
"""Which office of which body it is."""

body_party_and_capacity: Final[Callable[[Key], tuple[str, str, str]]] = itemgetter(2, 3, 4)
"""To which body somebody is sent (empty: to none), by which party, in which capacity."""

party_of: Final[Callable[[Key], str]] = itemgetter(-1)
"""Whose answer, consent, status or participation it is."""

manner_of: Final[Callable[[Key], str]] = itemgetter(-1)
"""In which manner something was disclosed."""

assessor_of: Final[Callable[[Key], str]] = itemgetter(-1)
"""Whose assessment an outcome or a performance is, as JSON."""
