"""A party: who it is and what it belongs to. Shared by all negotiations; taking part is a negotiation's matter."""

from collections.abc import Iterable
from typing import Any

from negotiation.clocks import NOW, Reading
from negotiation.dates import Interval
from negotiation.dossier import Dossier
from negotiation.envelope import Recorded
from negotiation.events.parties import MemberJoined, Membership
from negotiation.references import Ref
from negotiation.registers import Assertion, current
from negotiation.streams import party_stream
from negotiation.views import encode, show_findings, show_register, show_registers


def parties_dossier(reading: Reading = NOW) -> Dossier:
    """The dossier of all parties."""
    return Dossier(reading)


def knows_party(parties: Dossier, party: str) -> bool:
    """Whether the party is identified at the dossier's reading."""
    return parties.history.knows(Ref(kind="party", id=party))


def project_party(initial: Dossier | None, events: Iterable[Recorded]) -> Dossier | None:
    """Fold one party's events; a projector function for the event-sourcing library. None where there are none."""
    dossier = initial if initial is not None else parties_dossier()
    dossier.apply_all(events)
    return dossier if dossier.history.lives.events else None


def memberships(parties: Dossier, group: str) -> dict[str, list[Assertion]]:
    """Everything that is on record of a group's members: what was asserted of each, by party."""
    return {
        key[2]: list(parties.history.assertions(key).values()) for key in parties.history.keys("membership", group)
    }


def is_member(asserted: Iterable[Assertion], at: Interval | None = None) -> bool:
    """Whether what is asserted of a membership makes the party a member, certainly and uncontested.

    ``at``: by the end of this interval; None: by all that is asserted.
    """
    by_then = [one for one in asserted if at is None or one.known.start.begins < at.ends]
    standing = current(by_then)
    return bool(standing) and all(isinstance(one.known.event, MemberJoined) for one in standing)


def groups_of(parties: Dossier, party: str) -> list[str]:
    """The groups that the party is or was said to be a member of."""
    history = parties.history
    return sorted(
        {
            known.event.group
            for fact in history.naming(party)
            for known in history.known.get(fact, ())
            if isinstance(known.event, Membership) and known.event.member == party
        }
    )


def party_document(parties: Dossier, party: str) -> bytes:
    """The party as JSON: name, kind, codes, members, groups, succession, findings."""
    history = parties.history
    document: dict[str, Any] = {
        "party": party,
        "version": history.versions.get(party_stream(party), 0),
        "name": show_register(parties, ("party-name", party)),
        "identity": show_register(parties, ("party", party)),
        "succession": show_register(parties, ("succession", party)),
        "members": show_registers(parties, history.keys("membership", party), lambda key: {"party": key[2]}),
        "groups": show_registers(
            parties,
            {("membership", group, party) for group in groups_of(parties, party)},
            lambda key: {"group": key[1]},
        ),
        "findings": show_findings(parties.findings_in(party_stream(party))),
    }
    return encode(document)


def party_summary(parties: Dossier, party: str) -> bytes:
    """One line of a list of parties as JSON."""
    history = parties.history
    return encode(
        {
            "party": party,
            "version": history.versions.get(party_stream(party), 0),
            "names": [value.value for value in history.register(("party-name", party)).values],
            "identities": [value.value for value in history.register(("party", party)).values],
        }
    )
