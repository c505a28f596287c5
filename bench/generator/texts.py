"""Texts for joint adoption: documents and their versions, votes, consents, and what becomes of an agreement."""

from typing import Final, TypeAlias

from bench.generator.days import DAY, day_text
from bench.generator.table import Table, Tabled, remember
from negotiation.events.agreements import (
    AgreedInPrinciple,
    AgreementAcceded,
    AgreementExpired,
    AgreementExtended,
    AgreementLapsed,
    AgreementRatified,
    AgreementSigned,
    AgreementSuperseded,
    AgreementSuspended,
    AgreementTerminated,
    EnteredIntoForce,
    InstrumentDeposited,
    PartyWithdrew,
    ProvisionallyApplied,
    TextAdopted,
    TextInitialled,
    VoteTaken,
)
from negotiation.events.positions import DocumentTabled
from negotiation.events.texts import (
    AgreementIdentified,
    EntryConditionsSet,
    TextCorrected,
    TextEndorsed,
    TextStateAnnounced,
)
from negotiation.references import Counts, Figure, Option, Provision, Ref, Threshold

_Consent: TypeAlias = (
    AgreedInPrinciple
    | TextInitialled
    | TextAdopted
    | AgreementSigned
    | AgreementRatified
    | AgreementAcceded
    | InstrumentDeposited
)
_Status: TypeAlias = (
    EnteredIntoForce
    | ProvisionallyApplied
    | AgreementSuspended
    | AgreementExtended
    | PartyWithdrew
    | AgreementTerminated
    | AgreementSuperseded
)
_CONSENTS: Final[tuple[type[_Consent], ...]] = (
    *(AgreedInPrinciple, AgreedInPrinciple, TextInitialled, TextInitialled, TextAdopted, AgreementSigned),
    *(AgreementRatified, AgreementAcceded, InstrumentDeposited),
)
_STATUSES: Final[tuple[type[_Status], ...]] = (
    *(EnteredIntoForce, EnteredIntoForce, ProvisionallyApplied, AgreementSuspended, AgreementExtended, PartyWithdrew),
    *(AgreementTerminated, AgreementSuperseded),
)


def document(table: Table) -> None:
    """A document is tabled, or an earlier one in another version."""
    dice = table.dice
    if table.documents and dice.chance(0.4):
        tabled = dice.pick(table.documents)
        before = Ref(kind="document", id=tabled.slug, version=tabled.versions[-1])
    else:
        kept = tuple(f"article-{number}" for number in range(1, dice.between(2, 7)))
        tabled = Tabled(slug=f"text-{table.number('document')}", owners=(), parts=kept)
        before = None
    version = str(len(tabled.versions) + 1)
    authors = tuple(seat.party for seat in dice.some(table.present, dice.between(1, 2)))
    event = DocumentTabled(
        document=tabled.slug,
        version=version,
        kind=dice.pick(("draft", "proposal", "counter-proposal", "non-paper", "reply", "communique", "agreement")),
        title=f"Text {version} on {tabled.slug}",
        authors=authors,
        from_=authors[:1] if dice.chance(0.3) else (),
        by=table.one().by,
        session=table.session,
        supersedes=before,
        provisions=tuple(_provision(table, number, part) for number, part in enumerate(tabled.parts, 1)),
    )
    table.file(event, anchor=True)
    tabled.versions = (*tabled.versions, version)
    if before is None:
        remember(table.documents, tabled)


def _provision(table: Table, number: int, slug: str) -> Provision:
    dice = table.dice
    if not dice.chance(0.15):
        return Provision(id=slug, number=str(number), text=table.claim())
    options = tuple(
        Option(option=option, text=table.claim(), wanted_by=(table.one().party,)) for option in ("first", "second")
    )
    return Provision(id=slug, number=str(number), options=options)


def vote(table: Table) -> None:
    """An electorate votes; counts that do not give the result are reported too, and now and then one vote twice."""
    on = table.document()
    if on is None:
        return
    dice = table.dice
    counts = Counts(in_favour=dice.between(10, 300), against=dice.between(0, 200), abstaining=dice.between(0, 20))
    adopted = counts.in_favour > counts.against
    if dice.chance(0.05):
        adopted = not adopted
    event = VoteTaken(
        electorate=dice.pick(("Members of the union", "Council", "General assembly", "Works council")),
        on=on,
        method=dice.pick(("show-of-hands", "roll-call", "secret-ballot", "postal")),
        rule="simple-majority",
        counts=counts if dice.chance(0.8) else None,
        result="adopted" if adopted else "rejected",
    )
    table.file(event)
    if counts.abstaining == 2:
        table.file(event)


def consent(table: Table) -> None:
    """Parties consent to a text: most to its latest version, some to the one before."""
    if not table.documents:
        return
    dice = table.dice
    tabled = dice.pick(table.documents)
    version = tabled.versions[-2] if len(tabled.versions) > 1 and dice.chance(0.1) else tabled.versions[-1]
    parties = tuple(seat.party for seat in dice.some(table.seats, dice.between(1, 3)))
    attached = (table.words(),) if dice.chance(0.1) else ()
    event = dice.pick(_CONSENTS)(document=tabled.slug, version=version, parties=parties, attached=attached)
    table.file(event)


AT_LAST: Final = 7
"""So many events are filed `at_last`."""


def at_last(table: Table) -> None:
    """What befalls a text at last: how far it is agreed, a correction, entry into force, what was there before."""
    if not table.documents:
        return
    dice = table.dice
    tabled = dice.pick(table.documents)
    agreed = tuple(dice.some(tabled.parts, dice.between(1, 2)))
    rest = tuple(part for part in tabled.parts if part not in agreed)
    event = TextStateAnnounced(
        document=tabled.slug,
        version=tabled.versions[-1] if dice.chance(0.5) else None,
        by=table.one().by,
        agreed=agreed,
        open_=rest if dice.chance(0.5) else (),
        figures=(Figure(unit="brackets", about=dice.between(10, 900)),) if dice.chance(0.5) else (),
    )
    table.file(event)
    version = tabled.versions[-1]
    wrong, right = table.claim(), table.claim()
    table.file(TextCorrected(document=tabled.slug, version=version, provision=agreed[0], from_=wrong, into=right))
    needed = Threshold(threshold="half", parties=max(1, len(table.seats) // 2), counts=("ratification", "deposit"))
    table.file(EntryConditionsSet(document=tabled.slug, version=version, thresholds=(needed,), approvals=("Council",)))
    old = f"text-{table.number('document')}"
    authors = tuple(seat.party for seat in dice.some(table.seats, 2))
    table.file(AgreementIdentified(document=old, title="The agreement before", authors=authors), anchor=True)
    table.file(AgreementExpired(document=old))
    table.file(AgreementLapsed(document=old, for_=authors[:1]))
    table.file(TextEndorsed(document=tabled.slug, version=version, by=table.one().by, text=table.words()))


def status(table: Table) -> None:
    """An agreement enters into force, is applied, suspended, extended, left or ended."""
    if not table.documents:
        return
    dice = table.dice
    kind, tabled = dice.pick(_STATUSES), dice.pick(table.documents)
    ahead = day_text(table.desk.now + dice.between(30, 900) * DAY)
    event = kind(
        document=tabled.slug,
        for_=(table.one().party,) if kind is PartyWithdrew or dice.chance(0.2) else (),
        until=ahead if kind is AgreementExtended else None,
        effective=ahead if kind is EnteredIntoForce and dice.chance(0.5) else None,
    )
    table.file(event)
