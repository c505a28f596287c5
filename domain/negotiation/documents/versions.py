"""The versions of a document, and what was said of its provisions that still stands in each of them.

What is said of a provision is said of its text. An announced state is kept from version to version until the text
changes; an answer stands for every later version whose text of the provision, or of the option, is the same.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from typing import Any, NamedTuple, TypeAlias, TypeVar

from msgspec.structs import replace

from negotiation.events.positions import Answer, Document
from negotiation.events.texts import TextCorrection
from negotiation.references import Provision
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import (
    Key,
    Kind,
    about,
    name_of,
    provision_and_party,
    version_and_provision,
)
from negotiation.state.registers import Assertion, chronological
from negotiation.texts import as_counted, folded

_Wording: TypeAlias = tuple[Any, ...]
"""What a text says, for comparing."""
_P = TypeVar("_P")


class Place(NamedTuple):
    """A provision or an option of it (``article-3/a``), and whose answer to it."""

    place: str
    party: str


class Versions:
    """The versions of one document at a reading. ``names``: the first by date comes first."""

    def __init__(self, history: History, document: str) -> None:
        self._history = history
        self._about = about("document", document)
        keys = history.keys("document", document)
        found = {name_of(key): standing[-1] for key in keys if (standing := history.last(key))}
        by_date = sorted(found.items(), key=lambda one: (chronological(one[1])[:2], as_counted(one[0])))
        self.known: dict[str, Known] = {version: one.known for version, one in by_date}
        self.names: tuple[str, ...] = tuple(self.known)

    @property
    def last(self) -> str:
        """The last version by date; empty where there is none."""
        return self.names[-1] if self.names else ""

    def provisions(self, version: str) -> tuple[Provision, ...]:
        """The provisions of a version in their order; a version that tells none has those of the version before it."""
        return self._provisions.get(version, ())

    def at(self, known: Known) -> str:
        """The version that was the last when something was said of none by name."""
        for name in reversed(self.names):
            if not known.start.before(self.known[name].start):
                return name
        return self.names[0] if self.names else ""

    def unchanged(self, version: str, place: str) -> frozenset[str]:
        """The version, and those before it since the text of a provision or option last changed."""
        wording = self._wording(version, place)
        if wording is None:
            return frozenset({version})
        return frozenset(takewhile(lambda name: self._wording(name, place) == wording, self._back(version)))

    def alike(self, version: str, place: str) -> frozenset[str]:
        """The version, and all before it that have the same text of a provision or option."""
        wording = self._wording(version, place)
        if not place or wording is None:
            return frozenset({version})
        return frozenset(name for name in self._back(version) if self._wording(name, place) == wording) | {version}

    def before(self, version: str) -> tuple[str, ...]:
        """The versions before one, by date; none before what is no version."""
        return self.names[: self.names.index(version)] if version in self.known else ()

    def _back(self, version: str) -> Iterator[str]:
        """The version and those before it, the last first."""
        if version in self.known:
            yield version
            yield from reversed(self.before(version))

    def _wording(self, version: str, place: str) -> _Wording | None:
        """What a provision or option says in a version; None: it is not there."""
        return self._wordings.get(version, {}).get(place)

    @cached_property
    def _wordings(self) -> dict[str, dict[str, _Wording]]:
        """By version and place."""
        return {
            version: {place: wording for provision in provisions for place, wording in _worded(provision)}
            for version, provisions in self._provisions.items()
        }

    @cached_property
    def _provisions(self) -> dict[str, tuple[Provision, ...]]:
        """By version, as corrected since; what a version does not tell is as in the version before."""
        found: dict[str, tuple[Provision, ...]] = {}
        provisions: tuple[Provision, ...] = ()
        for version, known in self.known.items():
            event = known.event
            if isinstance(event, Document) and event.provisions:
                before = {one.id: one for one in provisions}
                provisions = tuple([_told(one, before.get(one.id)) for one in event.provisions])
            corrections = self.corrections(version)
            if corrections:
                provisions = tuple([_corrected(one, corrections) for one in provisions])
            found[version] = provisions
        return found

    def corrections(self, version: str) -> list[Assertion]:
        """What was corrected in a version, by date."""
        keys = self._history.keys("text-correction", self._about)
        found = [one for key in keys if name_of(key) == version for one in self._history.standing(key)]
        return sorted(found, key=chronological)

    # -- what was said of provisions

    def states(self, version: str) -> dict[str, list[Assertion]]:
        """What was announced of provisions and is kept in a version, by provision."""
        return self._standing(version, "provision-state", _provision, self.unchanged)

    def answers(self, version: str) -> dict[Place, list[Assertion]]:
        """The answers that stand for a version, by provision or option and by party; an empty place: the whole."""
        return self._standing(version, "answer", _place, self.alike)

    def unsure(self, kind: Kind) -> frozenset[Place]:
        """The places of which a fact that can have happened, but not certainly, says something."""
        return frozenset(map(_place, self._history.unsure(kind, self._about)))

    def figures(self, version: str) -> dict[str, list[Assertion]]:
        """What was told of how many of something a version has, by unit."""
        return self._standing(version, "figure", _provision, lambda of, _: frozenset({of}))

    def _standing(
        self, version: str, kind: Kind, place_of: Callable[[Key], _P], versions: Callable[[str, str], frozenset[str]]
    ) -> dict[_P, list[Assertion]]:
        found: dict[_P, list[Assertion]] = {}
        of_place: dict[str, frozenset[str]] = {}
        for key in self._history.keys_in_order(kind, self._about):
            place = version_and_provision(key)[1]
            if place not in of_place:
                of_place[place] = versions(version, place)
            said = list(self._said(of_place[place], key))
            if said:
                found.setdefault(place_of(key), []).extend(said)
        return found

    def _said(self, versions: frozenset[str], key: Key) -> Iterator[Assertion]:
        """What a register says of these versions, or of none by name while one of these was the last."""
        of_version = version_and_provision(key)[0]
        if of_version in versions:
            yield from self._history.by_date(key)
        elif not of_version:
            for one in self._history.by_date(key):
                if self.at(one.known) in versions:
                    yield one


def _provision(key: Key) -> str:
    return version_and_provision(key)[1]


def _place(key: Key) -> Place:
    return Place(*provision_and_party(key))


def _told(provision: Provision, before: Provision | None) -> Provision:
    """A provision; one of which nothing is told but that it is there reads as before."""
    if before is None or provision.text is not None or provision.options or provision.brackets:
        return provision
    return replace(provision, text=before.text, options=before.options, brackets=before.brackets)


def _corrected(provision: Provision, corrections: Sequence[Assertion]) -> Provision:
    """A provision in the words that corrections gave it, where they name words that it has."""
    for one in corrections:
        event = one.known.event
        if isinstance(event, TextCorrection) and event.provision == provision.id:
            provision = replace(
                provision,
                text=None if provision.text is None else _rewritten(provision.text, event),
                options=tuple([replace(option, text=_rewritten(option.text, event)) for option in provision.options]),
            )
    return provision


def _rewritten(text: str, event: TextCorrection) -> str:
    return text if event.from_ is None else text.replace(event.from_, event.into or "", 1)


def _worded(provision: Provision) -> Iterator[tuple[str, _Wording]]:
    """What a provision says, and each of its options."""
    options = tuple((one.option, folded(one.text)) for one in provision.options)
    brackets = tuple((one.bracket, folded(one.text)) for one in provision.brackets)
    text = "" if provision.text is None else folded(provision.text)
    yield provision.id, (text, options, brackets)
    for option, wording in options:
        yield f"{provision.id}/{option}", (wording,)


def told_of(said: Sequence[Assertion], versions: Versions) -> tuple[str, ...]:
    """The versions that this was said of, the first by date first; of what names none, the last one then."""
    of = set()
    for one in said:
        event: Any = one.known.event
        named = event.on.version if isinstance(event, Answer) else event.version
        of.add(named or versions.at(one.known))
    return tuple([name for name in versions.names if name in of])
