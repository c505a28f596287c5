"""Whether parties agree on a document, and whether those who have to approve it do.

The conditions of entry into force name the bodies that have to approve (`EntryConditions`). Where nothing is laid down,
a rejection counts too, unless the parties went on and consented after it.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from negotiation.events.agreements import Consent, Vote
from negotiation.events.texts import EntryConditions
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.facts import Known
from negotiation.state.history import History
from negotiation.state.register_keys import about, version_and_provision
from negotiation.state.registers import Assertion, current
from negotiation.texts import folded

Agreement: TypeAlias = Literal["none", "agreed", "rejected", "disputed"]


def agreement(dossier: Dossier, document: str) -> Agreement:
    """Whether every consent to a document names one version (``agreed``) or they name several (``disputed``).

    ``none``: nobody consents. ``rejected``: they name one, and a body that has to approve it voted against it.
    """
    history = dossier.history
    named = history.consents.named(about("document", document))
    if len(named) != 1:
        return "disputed" if named else "none"
    return "rejected" if _rejected(history, document, named[0]) else "agreed"


def laid_down(history: History, document: str) -> list[EntryConditions]:
    """The conditions of entry into force that stand; several where sources differ."""
    found: dict[bytes, EntryConditions] = {}
    for one in history.standing(register_keys.entry_conditions(document)):
        if isinstance(one.known.event, EntryConditions):
            found[one.same] = one.known.event
    return list(found.values())


def approvals(history: History, document: str, version: str) -> dict[str, tuple[bool, list[Known]]]:
    """By electorate (as a reader takes its name), whether its last votes adopt a version, or the document, and which.

    Votes of one day of which one adopts it and one does not: it is adopted.
    """
    cast: dict[str, list[Assertion]] = {}
    for key in history.keys("vote", about("document", document)):
        of_version, place = version_and_provision(key)
        if of_version in {"", version} and not place:
            for one in history.standing(key):
                if isinstance(one.known.event, Vote) and _adopts(one.known.event) is not None:
                    cast.setdefault(folded(one.known.event.electorate), []).append(one)
    last = {electorate: [one.known for one in current(votes)] for electorate, votes in cast.items()}
    return {electorate: (any(_adopts(known.event) for known in votes), votes) for electorate, votes in last.items()}


def _adopts(event: object) -> bool | None:
    """Whether a vote adopts what it is on, or rejects it; None: neither."""
    if not isinstance(event, Vote) or event.result == "no-quorum" or event.yes_means not in {None, "adopt", "reject"}:
        return None
    return (event.result == "adopted") == (event.yes_means != "reject")


def _rejected(history: History, document: str, version: str) -> bool:
    given = approvals(history, document, version)
    if not given:
        return False
    required = {folded(one) for conditions in laid_down(history, document) for one in conditions.approvals}
    if required:
        return any(not given[one][0] for one in required & given.keys())
    return any(not adopted and not _went_on(history, document, votes) for adopted, votes in given.values())


def _went_on(history: History, document: str, votes: Iterable[Known]) -> bool:
    """Whether parties consented after votes that rejected it."""
    return any(
        vote.stands.before(one.known.start)
        for vote in votes
        for key in history.keys("consent", about("document", document))
        for one in history.standing(key)
        if isinstance(one.known.event, Consent)
    )


def approved(given: Mapping[str, tuple[bool, list[Known]]], electorate: str) -> bool | None:
    """Whether an electorate approved; None: it has not voted."""
    found = given.get(folded(electorate))
    return None if found is None else found[0]
