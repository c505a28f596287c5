"""Who stands how to what: a cell for each party and each demand, document, provision or option.

A party's own answer stands beside those that its blocs gave for their members; `documents.ledger` says who inherits.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from negotiation.dates import Interval
from negotiation.documents.demand_life import addressed
from negotiation.documents.ledger import GroupAnswer, demand_slugs, inherited
from negotiation.documents.party import members_of
from negotiation.documents.versions import Versions
from negotiation.events.positions import Answer
from negotiation.events.texts import ExistingAgreement
from negotiation.references import Provision, provision_and_option
from negotiation.state import register_keys
from negotiation.state.blocs import was_member
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import (
    Key,
    about,
    about_of,
    named_in,
    party_of,
    reference,
    version_and_provision,
)
from negotiation.state.registers import Assertion, Value, as_read, chronological, current
from negotiation.texts import as_counted

On: TypeAlias = Literal["demand", "document", "provision", "option"]
Given: TypeAlias = Literal[
    "accept", "no-objection", "reserve", "counter", "defer", "reject", "withdraw", "none", "wants"
]
"""What a party is on record with: an answer of the catalogue; ``wants``: it makes the demand, or wants the option."""
Left: TypeAlias = Literal["unknown", "not-put"]
"""Nothing visible of who was asked; and of who was not."""

GIVEN: Final[tuple[str, ...]] = get_args(Given)
LEFT: Final[tuple[str, ...]] = get_args(Left)


class Subject(NamedTuple):
    """What can be answered. ``of``: the demand or document; ``provision``: a part of it. Empty: none is named."""

    on: On
    of: str
    version: str = ""
    provision: str = ""
    option: str = ""


class Voice(NamedTuple):
    """One current value of an answer: ``same`` tells it from others, ``known`` is the last fact that says it."""

    answer: Given
    same: bytes
    since: str
    known: Known


class Cell(NamedTuple):
    """How a party stands to something. Several values of its own are contested; ``blocs`` answered for it, too.

    ``left`` is set where neither it nor a bloc has answered.
    """

    subject: Subject
    party: str
    own: tuple[Voice, ...] = ()
    blocs: tuple[tuple[str, Voice], ...] = ()
    left: Left | None = None
    may_have_changed: bool = False

    @property
    def contested(self) -> bool:
        """Whether sources differ over its own answer or, without one, over its blocs' or the blocs among themselves."""
        return len(self.own) > 1 or (not self.own and len({voice.same for _, voice in self.blocs}) > 1)

    def deviates(self, voice: Voice) -> bool:
        """Whether an answer of its own is another than a bloc of its gave for it."""
        return any(of_bloc.same != voice.same for _, of_bloc in self.blocs)


def cells(dossier: Dossier, parties: Dossier) -> Iterator[Cell]:
    """Every cell, by what it is about, then by party. A party that answered a whole has no ``left`` in its parts."""
    taking_part = dossier.history.parties_named
    for text in (*_demands(dossier, parties), *_documents(dossier, parties)):
        yield from _of_text(dossier, parties, text, taking_part)
    yield from _options(dossier, parties, taking_part)


def blocs_among(parties: Dossier, found: Iterable[Cell]) -> frozenset[str]:
    """Who of those with a cell has members, or is known as a bloc."""
    return frozenset(party for party in {cell.party for cell in found} if party and _is_bloc(parties, party))


def _is_bloc(parties: Dossier, party: str) -> bool:
    standing = parties.history.standing(register_keys.party_kind(party))
    return bool(members_of(parties, party)) or any(one.value == b'"bloc"' for one in standing)


# -- what can be answered


class _Text(NamedTuple):
    """A demand, or a version of a document: who wants it, to whom it was put (None: to all), its parts in order.

    ``tabled_by``: of a document, those whose text it is; nobody asked them, and they need not answer.
    """

    on: Literal["demand", "document"]
    of: str
    version: str
    wanted_by: Mapping[str, Known]
    put_to: Collection[str] | None
    parts: Sequence[str]
    keys: Sequence[Key]
    tabled_by: Collection[str] = ()

    def subject(self, part: str) -> Subject:
        """The whole (an empty part) or one of its parts."""
        return Subject("provision" if part and self.on == "document" else self.on, self.of, self.version, part)


def _demands(dossier: Dossier, parties: Dossier) -> Iterator[_Text]:
    history = dossier.history
    for slug in sorted(demand_slugs(dossier), key=as_counted):
        standing = [one.known for one in history.standing(register_keys.demand(slug))]
        keys = history.keys_in_order("answer", about("demand", slug))
        parts = [part.part for known in standing for part in _event(known).parts]
        wanted_by: dict[str, Known] = {}
        for known in standing:
            for actor in known.event.by:
                if actor.party:
                    wanted_by[actor.party] = known
                    if actor.as_ == "for-members":
                        wanted_by |= dict.fromkeys(_members_then(parties, actor.party, known), known)
        yield _Text(
            "demand",
            slug,
            "",
            wanted_by,
            _with_members(parties, addressed(history, slug)),
            _in_order(parts, keys),
            keys,
        )


def _documents(dossier: Dossier, parties: Dossier) -> Iterator[_Text]:
    """Versions that were answered, and the last one; those that nobody names come first, the others by date."""
    history = dossier.history
    for slug in sorted(document_slugs(history), key=as_counted):
        versions = Versions(history, slug)
        answered = _answered_versions(history, slug)
        for version in (*sorted(answered.keys() - versions.known.keys()), *versions.names):
            known = versions.known.get(version)
            if version not in answered and version != versions.last:
                continue
            keys = [key for key in _standing_for(version, versions, answered) if not _is_of_option(key)]
            to = () if known is None else known.event.to
            parts = [one.id for one in versions.provisions(version)]
            yield _Text(
                "document",
                slug,
                version,
                {},
                _with_members(parties, to) if to or _was_there_before(known) else None,
                _in_order(parts, keys),
                keys,
                _tabled_by(known),
            )


def _tabled_by(known: Known | None) -> frozenset[str]:
    """The authors of a document, and who put it on the table."""
    if known is None:
        return frozenset()
    return frozenset(actor.party for actor in known.event.by if actor.party).union(_event(known).authors)


def document_slugs(history: History) -> set[str]:
    """Every document that was tabled, or that somebody answered."""
    tabled = set(history.abouts("document"))
    answered = {named_in(answered, "document") for answered in history.abouts("answer")}
    return tabled | (answered - {""})


def _was_there_before(known: Known | None) -> bool:
    """Whether it is an agreement that nobody tabled: it is put to nobody."""
    return known is not None and isinstance(known.event, ExistingAgreement)


def _answered_versions(history: History, document: str) -> dict[str, list[Key]]:
    """The answers to a document by the version that they name; empty: none."""
    answered: dict[str, list[Key]] = {}
    for key in history.keys_in_order("answer", about("document", document)):
        answered.setdefault(version_and_provision(key)[0], []).append(key)
    return answered


def _standing_for(version: str, versions: Versions, answered: Mapping[str, list[Key]]) -> list[Key]:
    """The answers to a version, and those to earlier versions whose text of the provision or option is the same."""
    found = list(answered.get(version, ()))
    alike: dict[str, frozenset[str]] = {}
    for name in versions.before(version):
        for key in answered.get(name, ()):
            place = version_and_provision(key)[1]
            if place not in alike:
                alike[place] = versions.alike(version, place)
            if name in alike[place]:
                found.append(key)
    return found


def _is_of_option(key: Key) -> bool:
    return bool(provision_and_option(version_and_provision(key)[1])[1])


def _in_order(parts: Iterable[str], keys: Sequence[Key]) -> list[str]:
    """The parts of a text in its order; then those that only answers name."""
    answered = {version_and_provision(key)[1] for key in keys} - {""}
    found = dict.fromkeys(parts)
    return [*found, *sorted(answered - found.keys(), key=as_counted)]


def _with_members(parties: Dossier, names: Iterable[str]) -> frozenset[str]:
    addressed = frozenset(names)
    return addressed.union(*(members_of(parties, group) for group in addressed))


def _members_then(parties: Dossier, group: str, known: Known) -> list[str]:
    """Who belongs to a group, and did when it acted."""
    return [party for party, asserted in members_of(parties, group).items() if was_member(asserted, known.stands)]


def _event(known: Known) -> Any:
    return known.event


# -- what was answered


def _of_text(dossier: Dossier, parties: Dossier, text: _Text, taking_part: Collection[str]) -> Iterator[Cell]:
    own, blocs = _answers(dossier.history, parties, text.keys)
    answered: dict[str, set[str]] = {}
    for part, party in (*own, *blocs):
        answered.setdefault(party, set()).add(part)
    everybody = sorted({*taking_part, *(text.put_to or ()), *text.wanted_by, *answered})
    unsure = _unsure(dossier.history, text)
    whole = text.on == "demand" or any("" in parts for parts in answered.values())
    for part in ("", *text.parts) if whole else text.parts:
        subject = text.subject(part)
        for party in everybody:
            mine, of_blocs = own.get((part, party), ()), blocs.get((part, party), ())
            left: Left | None = None
            if not mine and party in text.wanted_by:
                if part:
                    continue
                mine = (_wants(text.wanted_by[party]),)
            elif not mine and not of_blocs:
                parts = answered.get(party)
                if party in text.tabled_by or (parts and (not part or "" in parts)):
                    continue
                left = "unknown" if text.put_to is None or party in text.put_to else "not-put"
            yield Cell(subject, party, mine, of_blocs, left, (part, party) in unsure)


_Answers: TypeAlias = tuple[
    dict[tuple[str, str], tuple[Voice, ...]], dict[tuple[str, str], tuple[tuple[str, Voice], ...]]
]


def _answers(history: History, parties: Dossier, keys: Sequence[Key]) -> _Answers:
    """By part and party: what it answered itself, and what its blocs answered for it."""
    own: dict[tuple[str, str], tuple[Voice, ...]] = {}
    for_members: dict[tuple[str, str], tuple[Voice, ...]] = {}
    of_groups: list[GroupAnswer] = []
    together: dict[tuple[str, str], list[Key]] = {}
    for key in keys:
        together.setdefault((version_and_provision(key)[1], party_of(key)), []).append(key)
    for (part, party), several in together.items():
        found = _answered(history, several[0]) if len(several) == 1 else _answered_in_several(history, several)
        own[part, party] = found.voices
        if found.acting:
            for_members[part, party] = found.for_members
            of_groups += [GroupAnswer(group=party, provision=part, stands=stands) for stands in found.acting]
    blocs: dict[tuple[str, str], tuple[tuple[str, Voice], ...]] = {}
    for heir in inherited(of_groups, parties, set()):
        at = heir.provision, heir.party
        blocs[at] = blocs.get(at, ()) + tuple((heir.group, voice) for voice in for_members[heir.provision, heir.group])
    return own, blocs


class _Answered(NamedTuple):
    """The current values of an answer by date; those that a bloc gave for its members, and when it did."""

    voices: tuple[Voice, ...]
    for_members: tuple[Voice, ...]
    acting: tuple[Interval, ...]


def _answered(history: History, key: Key) -> _Answered:
    """What a register of an answer says. It is noted with the register: of many answers few change at a time."""
    noted = history.noted(key)
    found: _Answered | None = noted.get(_Answered)
    if found is None:
        found = noted[_Answered] = _as_answered(history.standing(key), _voices(history, key), party_of(key))
    return found


def _answered_in_several(history: History, keys: Sequence[Key]) -> _Answered:
    """As `_answered`, of what a party answered to several versions that have the same text."""
    every = sorted((one for key in keys for one in history.by_date(key)), key=chronological)
    standing = current(every)
    values = as_read(every, standing, may_have_changed=False).values
    return _as_answered(standing, _voices_of(standing, values), party_of(keys[0]))


def _as_answered(standing: Sequence[Assertion], voices: tuple[Voice, ...], party: str) -> _Answered:
    acting = [one for one in standing if _for_members(one.known, party)]
    said = {one.same for one in acting}
    return _Answered(
        voices, tuple([one for one in voices if one.same in said]), tuple([one.known.stands for one in acting])
    )


def _voices(history: History, key: Key) -> tuple[Voice, ...]:
    standing = history.standing(key)
    if len(standing) == 1 == len(history.assertions(key)):
        (one,) = standing
        return (_voice(one, one.known.occurred),)
    return _voices_of(standing, history.register(key).values)


def _voices_of(standing: Sequence[Assertion], values: Sequence[Value]) -> tuple[Voice, ...]:
    last: dict[bytes, Assertion] = {}
    for one in standing:
        last[one.same] = one
    return tuple([_voice(one, value.since) for one, value in zip(last.values(), values, strict=True)])


def _voice(one: Assertion, since: str) -> Voice:
    event = one.known.event
    assert isinstance(event, Answer), "only answers are in registers of answers"
    return Voice(event.answer, one.same, since, one.known)


def _for_members(known: Known, group: str) -> bool:
    for actor in known.event.by:  # noqa: SIM110 - asked of every answer
        if actor.as_ == "for-members" and actor.party == group:
            return True
    return False


def _wants(known: Known) -> Voice:
    return Voice("wants", b"", known.occurred, known)


def _unsure(history: History, text: _Text) -> set[tuple[str, str]]:
    """The parts and parties of which a fact that can have happened, but not certainly, says something."""
    found = [(*version_and_provision(key), party_of(key)) for key in history.unsure("answer", about(text.on, text.of))]
    return {(part, party) for version, part, party in found if version == text.version}


# -- options


def _options(dossier: Dossier, parties: Dossier, taking_part: Collection[str]) -> Iterator[Cell]:
    """Who wants which wording of a provision, and who answered it, in the last version of each document."""
    history = dossier.history
    for slug in sorted(document_slugs(history), key=as_counted):
        versions = Versions(history, slug)
        version = versions.last
        if not version:
            continue
        keys = filter(_is_of_option, _standing_for(version, versions, _answered_versions(history, slug)))
        answers = _answers(history, parties, list(keys))
        for provision in versions.provisions(version):
            subject = Subject("option", slug, version, provision.id)
            yield from _of_provision(subject, provision, versions.known[version], answers, taking_part)


def _of_provision(
    subject: Subject, provision: Provision, known: Known, answers: _Answers, taking_part: Collection[str]
) -> Iterator[Cell]:
    own, blocs = answers
    places = {option.option: f"{provision.id}/{option.option}" for option in provision.options}
    wanting = {party for option in provision.options for party in option.wanted_by}
    answering = {party for place, party in (*own, *blocs) if place in places.values()}
    for option in provision.options:
        here = subject._replace(option=option.option)
        for party in sorted({*taking_part, *wanting, *answering}):
            at = places[option.option], party
            mine, of_blocs = own.get(at, ()), blocs.get(at, ())
            if not mine and party in option.wanted_by:
                mine = (_wants(known),)
            if mine or of_blocs:
                yield Cell(here, party, mine, of_blocs)
            elif party not in wanting and party not in answering:
                yield Cell(here, party, left="unknown")


# -- all that was ever answered


class Once(NamedTuple):
    """An answer as it was given once: by the party itself (``through`` is empty), or for it by a bloc."""

    subject: Subject
    party: str
    through: str
    known: Known
    current: bool


def answers_ever(dossier: Dossier, parties: Dossier) -> list[Once]:
    """Every answer that is not retracted, by cell and then by date."""
    history = dossier.history
    found = []
    for key in history.keys_of_kind("answer"):
        subject, group = _subject_of(key), party_of(key)
        standing = history.standing(key)
        for one in history.assertions(key).values():
            known, current = one.known, one in standing
            found.append(Once(subject, group, "", known, current))
            if _for_members(known, group):
                heirs = _members_then(parties, group, known)
                found += [Once(subject, member, group, known, current) for member in heirs]
    return sorted(found, key=_place)


def _subject_of(key: Key) -> Subject:
    """What an answer is to."""
    kind, of = reference(about_of(key))
    version, provision = version_and_provision(key)
    if kind == "demand":
        return Subject("demand", of, "", provision)
    provision, option = provision_and_option(provision)
    on: On = "option" if option else "provision" if provision else "document"
    return Subject(on, of, version, provision, option)


def _place(once: Once) -> tuple[Any, ...]:
    subject, known = once.subject, once.known
    names = (subject.of, subject.version, subject.provision, subject.option, once.party)
    date = (known.stands.by_date, known.id, known.account or "", once.through)
    return (subject.on != "demand", *map(as_counted, names), date)
