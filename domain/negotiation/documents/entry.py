"""Whether an agreement can enter into force: what was laid down as needed, and how much of it there is.

A party counts with the consents that a threshold names, unless it withdrew. Where sources differ over what a party
brings to a share, the least and the most are told, and it is met only where the least is enough.
"""

from collections.abc import Container, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Raw, Struct

from negotiation.documents.agreement import approvals, approved, laid_down
from negotiation.documents.views import show_register
from negotiation.events.agreements import (
    AgreementAcceded,
    AgreementRatified,
    AgreementSigned,
    Consent,
    InstrumentDeposited,
    PartyWithdrew,
    TextAdopted,
    TextInitialled,
)
from negotiation.events.texts import EntryConditions
from negotiation.references import ConsentKind, Threshold
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import Key, about, party_of
from negotiation.state.registers import Assertion, chronological

_BY: Final[dict[type[Consent], ConsentKind]] = {
    TextInitialled: "initialling",
    TextAdopted: "adoption",
    AgreementSigned: "signature",
    AgreementRatified: "ratification",
    AgreementAcceded: "accession",
    InstrumentDeposited: "deposit",
}


class ThresholdShown(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A threshold, and how far it is reached. ``met_on``: the date of the consent that reached it.

    ``share_reached`` is the least, ``share_at_most`` the most where sources differ. ``missing``: of certain parties,
    those that have not consented yet, where all of them are needed.
    """

    threshold: str
    met: bool
    met_on: str | None = None
    counts: tuple[ConsentKind, ...]
    among: tuple[str, ...] = ()
    parties_needed: int | None = None
    parties_reached: int
    missing: tuple[str, ...] = ()
    of: str | None = None
    share_needed: str | None = None
    share_reached: str | None = None
    share_at_most: str | None = None


class ApprovalShown(Struct, frozen=True, kw_only=True, gc=False):
    """A body that has to approve, by the electorate of its vote; ``approved`` is null where it has not voted."""

    electorate: str
    approved: bool | None


class EntryShown(Struct, frozen=True, kw_only=True, gc=False):
    """On what a document enters into force. ``met``: whether every threshold is reached and every approval given.

    Where sources differ over the conditions, those of all of them are here, and ``met`` is false until all are met.
    """

    conditions: Raw
    thresholds: tuple[ThresholdShown, ...]
    approvals: tuple[ApprovalShown, ...]
    met: bool


def entry(dossier: Dossier, document: str) -> EntryShown | None:
    """The conditions of a document's entry into force with how far they are met; None where none are laid down."""
    history = dossier.history
    key = register_keys.entry_conditions(document)
    conditions = laid_down(history, document)
    if not conditions:
        return None
    thresholds = tuple(
        [_shown(history, document, one, threshold) for one in conditions for threshold in one.thresholds]
    )
    given = tuple(dict.fromkeys(_approvals(history, document, conditions)))
    return EntryShown(
        conditions=show_register(dossier, key),
        thresholds=thresholds,
        approvals=given,
        met=all(one.met for one in thresholds) and all(one.approved for one in given),
    )


def _approvals(history: History, document: str, conditions: Sequence[EntryConditions]) -> Iterator[ApprovalShown]:
    """Of the version that the conditions name, else of that which parties consent to."""
    named = history.consents.named(about("document", document))
    for one in conditions:
        version = one.version or (named[0] if len(named) == 1 else "")
        given = approvals(history, document, version)
        for electorate in one.approvals:
            yield ApprovalShown(electorate=electorate, approved=approved(given, electorate))


def _shown(history: History, document: str, conditions: EntryConditions, threshold: Threshold) -> ThresholdShown:
    """Party by party in the order of their consents."""
    needed = None if threshold.share is None else Decimal(threshold.share)
    consenting = sorted(
        _consenting(history, document, conditions.version, threshold), key=lambda one: chronological(one.first)
    )
    reached, least, most, met_on = 0, Decimal(0), Decimal(0), None
    joint: set[str] = set()
    missing = dict.fromkeys(threshold.among if threshold.parties is None and needed is None else ())
    for one in consenting:
        reached += 1
        missing.pop(one.party, None)
        parts = [_part(said.known, one.party, threshold.threshold, joint) for said in one.said]
        joint |= {said.known.id for said in one.said}
        least += min(parts, default=Decimal(0))
        most += max(parts, default=Decimal(0))
        if (
            met_on is None
            and not missing
            and (threshold.parties is None or reached >= threshold.parties)
            and (needed is None or least >= needed)
        ):
            met_on = one.first.known.occurred
    return ThresholdShown(
        threshold=threshold.threshold,
        met=met_on is not None,
        met_on=met_on,
        counts=threshold.counts,
        among=threshold.among,
        parties_needed=threshold.parties,
        parties_reached=reached,
        missing=tuple(missing),
        of=threshold.of,
        share_needed=threshold.share,
        share_reached=None if needed is None else _text(least),
        share_at_most=None if needed is None or least == most else _text(most),
    )


class _Consenting(Struct, frozen=True, gc=False):
    """A party, its first consent that counts, and the last, as each account tells it."""

    party: str
    first: Assertion
    said: Sequence[Assertion]


def _consenting(history: History, document: str, version: str | None, threshold: Threshold) -> Iterator[_Consenting]:
    among = frozenset(threshold.among)
    for key in history.keys_in_order("consent", about("document", document)):
        party = party_of(key)
        if among and party not in among:
            continue
        said = [one for one in _by_date(history, key) if _counts(one.known.event, version, threshold)]
        if said and not _withdrew(history, document, party):
            yield _Consenting(party, said[0], [one for one in said if one.known.id == said[-1].known.id])


def _by_date(history: History, key: Key) -> Sequence[Assertion]:
    """What a party consented to. It is noted with the register: of many consents few change at a time."""
    noted = history.noted(key)
    found: Sequence[Assertion] | None = noted.get(entry)
    if found is None:
        found = noted[entry] = history.by_date(key)
    return found


def _counts(event: Any, version: str | None, threshold: Threshold) -> bool:
    return _BY.get(type(event)) in threshold.counts and version in {None, event.version}


def _withdrew(history: History, document: str, party: str) -> bool:
    standing = history.standing(register_keys.status(document, party))
    return bool(standing) and all(isinstance(one.known.event, PartyWithdrew) for one in standing)


def _part(known: Known, party: str, threshold: str, joint: Container[str]) -> Decimal:
    """What a party brings; what several bring together counts once: ``joint`` has the facts that were counted."""
    event = known.event
    found = Decimal(0)
    for part in event.parts if isinstance(event, Consent) else ():
        its_own = part.party == party or (part.party is None and known.id not in joint)
        if part.threshold == threshold and its_own:
            found += Decimal(part.part)
    return found


def _text(number: Decimal) -> str:
    return format(number.normalize(), "f")
