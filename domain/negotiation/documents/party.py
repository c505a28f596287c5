"""A party: who it is and what it belongs to. Shared by all negotiations; taking part is a negotiation's matter."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from negotiation.clocks import NOW, Reading
from negotiation.documents.lists import PARTY_LISTS, latest, party_list
from negotiation.documents.views import SHOWN, composed, encode, show_finding, show_register, shown
from negotiation.events.parties import SCHEMES
from negotiation.state import register_keys
from negotiation.state.blocs import joined
from negotiation.state.dossier import Dossier
from negotiation.state.grounds import named_party
from negotiation.state.registers import Assertion, Register
from negotiation.streams import PARTIES, party_stream


def parties_dossier(reading: Reading = NOW) -> Dossier:
    """The dossier of all parties."""
    return Dossier(reading)


def knows_party(parties: Dossier, party: str) -> bool:
    """Whether the party is identified at the dossier's reading."""
    return parties.history.knows(named_party(party))


def party_exists(parties: Dossier, party: str) -> bool:
    """Whether the party is identified, and who it is stands at the dossier's reading, or may stand."""
    return knows_party(parties, party) and parties.history.may_have_facts(party_stream(party))


def members_of(parties: Dossier, group: str) -> dict[str, Collection[Assertion]]:
    """Who belongs to a group, certainly and uncontested, by all that is on record: what was asserted of each."""
    history = parties.history
    return {
        register_keys.name_of(key): history.assertions(key).values()
        for key in history.keys("membership", group)
        if joined(history.standing(key))
    }


def party_header(parties: Dossier, party: str) -> bytes:
    """What a party's document says before its lists, as JSON."""
    document: dict[str, Any] = {
        "party": party,
        "version": parties.history.versions.get(party_stream(party), 0),
        "name": parties.history.supposed(register_keys.party_name(party)).shown,
        "kind": parties.history.supposed(register_keys.party_kind(party)).shown,
        "codes": {scheme: register.shown for scheme, register in _codes(parties, party)},
        "succession": show_register(parties, register_keys.succession(party)),
    }
    return encode(document)


def _codes(parties: Dossier, party: str) -> Iterator[tuple[str, Register]]:
    """The codes of a party, by scheme; without those schemes in which it has none."""
    for scheme in SCHEMES:
        register = parties.history.supposed(register_keys.party_code(party, scheme))
        if register.values:
            yield scheme, register


def compose_party(header: bytes, counts: Mapping[str, int], listed: Mapping[str, Sequence[bytes]]) -> bytes:
    """The party's document as JSON, from its header, its totals and the latest items of its lists."""
    lists = {kind: shown(counts.get(kind, 0), listed.get(kind, ())) for kind in (*PARTY_LISTS, "findings")}
    return composed(header, lists)


def party_totals(parties: Dossier, party: str) -> dict[str, int]:
    """How many items each list of a party has, by kind: members are those who belong to it at the reading."""
    totals = dict.fromkeys(PARTY_LISTS, 0)
    for key in (*parties.history.keys("membership", party), *parties.history.keys("membership-of", party)):
        totals[party_list(parties, key)] += 1
    return {
        **totals,
        "findings": parties.count_findings(party_stream(party)),
    }


def party_document(parties: Dossier, party: str) -> bytes:
    """The party as JSON: name, kind, codes, members, groups, succession, findings."""
    here = party_stream(party)
    listed = latest(parties, PARTIES, here)
    listed["findings"] = [encode(show_finding(parties, finding)) for finding in parties.findings_in(here)[:SHOWN]]
    return compose_party(party_header(parties, party), party_totals(parties, party), listed)


def party_summary(parties: Dossier, party: str) -> bytes:
    """One line of a list of parties as JSON."""
    history = parties.history
    return encode(
        {
            "party": party,
            "version": history.versions.get(party_stream(party), 0),
            "names": [value.value for value in history.supposed(register_keys.party_name(party)).values],
            "kinds": [value.value for value in history.supposed(register_keys.party_kind(party)).values],
            "codes": {scheme: [one.value for one in code.values] for scheme, code in _codes(parties, party)},
        }
    )
