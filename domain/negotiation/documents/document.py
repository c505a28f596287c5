"""A document in one of its versions: its provisions in order, how far each is agreed, and who answered what to it.

`document` gives all of it at a dossier's reading, nothing cut. A page over HTTP may show a part of `provisions` with
their number; each part is independent of the others.
"""

from collections.abc import Mapping, Sequence

from msgspec import Raw, Struct

from negotiation.documents.agreement import Agreement, agreement
from negotiation.documents.entry import EntryShown, entry
from negotiation.documents.labels import within
from negotiation.documents.ledger import GroupAnswer, inherited
from negotiation.documents.versions import Place, Versions, told_of
from negotiation.documents.views import show_register
from negotiation.references import Bracket, Provision
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.history import History
from negotiation.state.register_keys import Kind, name_of, provision_and_party
from negotiation.state.registers import Assertion, Register, current, read


class StateShown(Struct, frozen=True, kw_only=True, gc=False):
    """The announced state of a provision; ``announced_of``: the versions of which it was announced."""

    announced_of: tuple[str, ...]
    state: Register


class AnswerShown(Struct, frozen=True, kw_only=True, gc=False):
    """A party's answer (null: somebody unnamed), its own or through a group; ``given_to``: the versions answered."""

    party: str | None
    through: str | None
    given_to: tuple[str, ...]
    answer: Register


class OptionShown(Struct, frozen=True, kw_only=True, gc=False):
    """One wording of a provision: who wants it, and the answers to it."""

    option: str
    text: str
    wanted_by: tuple[str, ...]
    answers: tuple[AnswerShown, ...]


class CorrectionShown(Struct, frozen=True, kw_only=True, gc=False):
    """Words that were put right in an adopted text, and the event that says so."""

    event: str
    correction: Register


class ProvisionShown(Struct, frozen=True, kw_only=True, gc=False):
    """A provision of a version: its text as corrected since, its options, the words in it that are not agreed.

    ``state``: as announced (null: nothing that stands). ``corrections``: the first comes first.
    """

    id: str
    number: str | None
    text: str | None
    options: tuple[OptionShown, ...]
    brackets: tuple[Bracket, ...]
    corrections: tuple[CorrectionShown, ...]
    state: StateShown | None
    answers: tuple[AnswerShown, ...]


class FigureShown(Struct, frozen=True, kw_only=True, gc=False):
    """How many of something a version has."""

    unit: str
    figure: Register


class DocumentShown(Struct, frozen=True, kw_only=True, gc=False):
    """A version of a document.

    ``versions``: all of them, the latest first. ``answers``: those to the whole text; ``corrections``: those of no
    provision by name; ``endorsements``: of this version, and of the document without a version. ``consents`` and
    ``status`` are by party, whichever version they name.
    """

    document: str
    version: str
    versions: tuple[str, ...]
    text: Raw
    provisions: tuple[ProvisionShown, ...]
    answers: tuple[AnswerShown, ...]
    corrections: tuple[CorrectionShown, ...]
    figures: tuple[FigureShown, ...]
    endorsements: tuple[Raw, ...]
    agreement: Agreement
    consents: tuple[Raw, ...]
    status: tuple[Raw, ...]
    entry_into_force: EntryShown | None


def document(dossier: Dossier, parties: Dossier, slug: str, version: str | None = None) -> DocumentShown | None:
    """A document in a version, or (None) in its last one; None where there is no such version at this reading.

    ``parties``: the dossier of all parties at the same reading. A party without an answer of its own has those that its
    groups gave for their members.
    """
    versions = Versions(dossier.history, slug)
    shown = versions.last if version is None else version
    if shown not in versions.known:
        return None
    states = versions.states(shown)
    answers = _answers(versions, parties, versions.answers(shown))
    corrections = _corrections(dossier.history, versions.corrections(shown))
    endorsements = dossier.history.keys_in_order("endorsement", register_keys.about("document", slug))
    return DocumentShown(
        document=slug,
        version=shown,
        versions=versions.names[::-1],
        text=show_register(dossier, register_keys.document(slug, shown)),
        provisions=tuple(
            [
                _provision(one, states.get(one.id, ()), answers, corrections.get(one.id, ()), versions)
                for one in versions.provisions(shown)
            ]
        ),
        answers=tuple(answers.get("", ())),
        corrections=tuple(corrections.get("", ())),
        figures=tuple(
            [FigureShown(unit=unit, figure=read(said)) for unit, said in sorted(versions.figures(shown).items())]
        ),
        endorsements=tuple(
            [show_register(dossier, key, **within(key)) for key in endorsements if name_of(key) in {"", shown}]
        ),
        agreement=agreement(dossier, slug),
        consents=_of_document(dossier, "consent", slug),
        status=_of_document(dossier, "status", slug),
        entry_into_force=entry(dossier, slug),
    )


def _provision(
    one: Provision,
    states: Sequence[Assertion],
    answers: Mapping[str, list[AnswerShown]],
    corrections: Sequence[CorrectionShown],
    versions: Versions,
) -> ProvisionShown:
    return ProvisionShown(
        id=one.id,
        number=one.number,
        text=one.text,
        options=tuple(
            [
                OptionShown(
                    option=option.option,
                    text=option.text,
                    wanted_by=option.wanted_by,
                    answers=tuple(answers.get(f"{one.id}/{option.option}", ())),
                )
                for option in one.options
            ]
        ),
        brackets=one.brackets,
        corrections=tuple(corrections),
        state=StateShown(announced_of=told_of(current(states), versions), state=read(states)) if states else None,
        answers=tuple(answers.get(one.id, ())),
    )


def _of_document(dossier: Dossier, kind: Kind, slug: str) -> tuple[Raw, ...]:
    """The registers of one kind about a document, party by party."""
    keys = dossier.history.keys_in_order(kind, register_keys.about("document", slug))
    return tuple([show_register(dossier, key, **within(key)) for key in keys])


def _corrections(history: History, corrections: Sequence[Assertion]) -> dict[str, list[CorrectionShown]]:
    """By provision (empty: of none by name), the first by date first."""
    found: dict[str, list[CorrectionShown]] = {}
    for key in dict.fromkeys(one.key for one in corrections):
        provision, event = provision_and_party(key)
        found.setdefault(provision, []).append(CorrectionShown(event=event, correction=history.register(key)))
    return found


def _answers(
    versions: Versions, parties: Dossier, given: Mapping[Place, list[Assertion]]
) -> dict[str, list[AnswerShown]]:
    """By provision or option (empty: the whole), each party's own answer, then those inherited, by party."""
    found: dict[str, list[AnswerShown]] = {}
    of_groups: list[GroupAnswer] = []
    shown: dict[Place, AnswerShown] = {}
    unsure = versions.unsure("answer")
    for at, every in sorted(given.items()):
        standing = current(every)
        answer = read(every, may_have_changed=at in unsure)
        given_to = told_of(standing, versions)
        shown[at] = AnswerShown(party=at.party or None, through=None, given_to=given_to, answer=answer)
        found.setdefault(at.place, []).append(shown[at])
        of_groups += [
            GroupAnswer(group=at.party, provision=at.place, stands=one.known.stands)
            for one in standing
            if any(actor.as_ == "for-members" and actor.party == at.party for actor in one.known.event.by)
        ]
    for heir in inherited(of_groups, parties, set(given)):
        of_group = shown[Place(heir.provision, heir.group)]
        found[heir.provision].append(
            AnswerShown(party=heir.party, through=heir.group, given_to=of_group.given_to, answer=of_group.answer)
        )
    return found
