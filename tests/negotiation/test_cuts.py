"""Nothing is cut silently: where a document shows a part of a list, it says how many there are, or that there are more.

A world has sixty of everything; no document shows so many of what it bounds. Every list in every document is walked
through: one that has exactly as many items as some bound allows has its number beside it.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest

from negotiation.documents.document import document
from negotiation.documents.event import life_document
from negotiation.documents.ledger import ledger_entry, ledger_row
from negotiation.documents.negotiation import negotiation_document, negotiation_summary
from negotiation.documents.party import party_document, party_summary
from negotiation.documents.round import OUTCOMES_SHOWN, round_document, round_summary
from negotiation.documents.views import SHOWN
from negotiation.state.registers import EVIDENCE_SHOWN
from negotiation.tables import consents
from tests.negotiation.desk import RUSSIA, VETO, Desk, identified, set_table
from tests.negotiation.histories import GENEVA, NEGOTIATION

MANY: Final = 60
BOUNDS: Final = frozenset({OUTCOMES_SHOWN, EVIDENCE_SHOWN, SHOWN})
LATER: Final = "2026-01-01"
TREATY: Final = {"kind": "document", "id": "treaty"}
PARTIES: Final = [f"state-{number}" for number in range(1, MANY + 1)]


def day(number: int) -> str:
    return f"2022-{number // 28 + 2:02}-{number % 28 + 1:02}"


@pytest.fixture(scope="module")
def desk() -> Desk:
    """Sixty of each list that documents have."""
    desk = set_table()
    record = _Recorder(desk)
    for party in PARTIES:
        desk.record(identified(party), f"parties/{party}", "../2022-01-01")
        desk.record({"type": "MemberJoined", "group": "nato", "member": party}, "parties/nato", "2022-01-01")
        desk.record({"type": "MemberJoined", "group": party, "member": "russia"}, f"parties/{party}", "2022-01-01")
    provisions = [{"id": f"article-{number}", "text": "One."} for number in range(1, MANY + 1)]
    record("BodyEstablished", body="plenary", kind="committee")
    record("AnswerGiven", on=VETO, answer="reject", by=[{"party": "nato"}])
    condition = [{"condition": "withdrawal", "text": "Troops go back first."}]
    conditional: dict[str, Any] = {"on": VETO, "by": [{"party": "united-states"}], "if": condition}
    made = record("AnswerGiven", answer="accept", **conditional)
    for number, party in enumerate(PARTIES):
        on, of = day(number), f"thing-{number + 1}"
        record("DocumentTabled", on, document="treaty", version=f"{number + 1}", kind="draft", provisions=provisions)
        record("AgendaItemSet", on, item=of, status="open")
        record("BodyEstablished", on, body=of, kind="committee")
        record("DeadlineSet", on, deadline=of, what="A reply", due="2022-01-05")
        record("CommitmentMade", on, commitment=of, text="So.", by=RUSSIA)
        record("ConductReported", on, conduct=of, kind="other")
        record("StatementMade", on, text="So.", by=RUSSIA)
        record("DemandTabled", on, demand=of, text="So.", by=RUSSIA, revises="veto-on-enlargement")
        record("PartyAdmitted", on, party=party, scope="negotiation")
        record("DelegationNamed", on, party=party, members=[{"person": "Lavrov", "capacity": "head"}])
        record("OfficeTaken", on, body=of, office="chair", party=party)
        record("PerformanceAssessed", on, **_assessed(of))
        record("Disclosed", on, of={**TREATY, "version": f"{number + 1}"}, manner="leaked")
        record("TextStateAnnounced", on, document="treaty", figures=[{"unit": of, "exactly": number}])
        record("TextCorrected", on, document="treaty", version="1", into="So.")
        record("TextEndorsed", on, document="treaty", by=[{"party": party}])
        record("VoteTaken", on, on=TREATY, electorate=of, result="adopted")
        record(
            "AnswerGiven",
            on,
            on=VETO,
            answer="reject",
            by=[{"party": party}],
        )
        record("NoBreakthrough", on, assessed_by={"outlet": of})
        record("NoBreakthrough", on, stream=f"{NEGOTIATION}/brussels", assessed_by={"outlet": of})
        record("TalksHeld", on, stream=GENEVA, session=of, rooms=[[party, "russia"]])
        record("PartyAdmitted", on, stream=GENEVA, party=party)
        record("RoundScheduled", on, stream=f"{NEGOTIATION}/{of}", round=of)
        desk.account(made, "differs", LATER, publisher=of, text=f"In words {of}.")
        in_force: dict[str, Any] = {"document": "treaty", "for": [party]}
        record("EnteredIntoForce", on, **in_force)
    for party in PARTIES:
        record("AgreementSigned", "2022-06-01", document="treaty", version="1", parties=[party])
    record("AgreementSigned", "2022-06-01", document="treaty", version="2", parties=["united-states"])
    return desk


def _assessed(outlet: str) -> dict[str, Any]:
    return {"of": {"kind": "condition", "id": "withdrawal"}, "finding": "partly", "assessed_by": {"outlet": outlet}}


class _Recorder:
    """Records in the negotiation's stream, unless told otherwise."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __call__(self, type_: str, occurred: str = "2022-01-03", stream: str = NEGOTIATION, **event: Any) -> Any:
        return self.desk.record({**event, "type": type_}, stream, occurred, published=LATER)


def documents(desk: Desk) -> Iterator[tuple[str, Any]]:
    """Every document that is made of this world, with its name."""
    talks, parties = desk.world.talks, desk.world.parties
    taking_part = talks.history.parties_named
    yield "negotiation", msgspec.json.decode(negotiation_document(talks, NEGOTIATION))
    yield "negotiation in a list", msgspec.json.decode(negotiation_summary(talks, NEGOTIATION))
    for round_ in ("geneva", "brussels"):
        yield round_, msgspec.json.decode(round_document(talks, NEGOTIATION, round_))
        yield f"{round_} in a list", msgspec.json.decode(round_summary(talks, NEGOTIATION, round_))
    for party in ("nato", "russia"):
        yield party, msgspec.json.decode(party_document(parties, party))
        yield f"{party} in a list", msgspec.json.decode(party_summary(parties, party))
    row = ledger_row(talks, parties, "veto-on-enlargement")
    for asked in ({}, {"silent": True}, {"whole": True}):
        yield f"demand {asked}", msgspec.json.decode(ledger_entry(row, taking_part, **asked))
    yield "treaty", msgspec.json.decode(msgspec.json.encode(document(talks, parties, "treaty", "1")))
    for event in desk.world.events:
        dossier = desk.world.dossier(event.stream)
        yield f"life of {event.position}", msgspec.json.decode(life_document(dossier, event.id))


def lists(value: Any, path: str = "") -> Iterator[tuple[str, str, list[Any], dict[str, Any]]]:
    """Every list within a document: where it is, its name, itself, and the object that it is a field of."""
    if isinstance(value, list):
        for one in value:
            yield from lists(one, path)
    elif isinstance(value, dict):
        for name, field in value.items():
            if isinstance(field, list):
                yield path, name, field, value
            yield from lists(field, f"{path}/{name}")


def test_list_that_a_document_cuts_has_its_number_beside_it(desk: Desk) -> None:
    """A list of as many as a bound allows was cut: there are sixty. Then its number is there, and is not the bound."""
    cut: set[str] = set()
    for name, found in documents(desk):
        for path, field, items, beside in lists(found):
            total = beside.get("total") if field == "shown" else beside.get(f"{field}_total")
            if len(items) in BOUNDS:
                cut.add(f"{path.rpartition('/')[2]}/{field}" if field == "shown" else field)
                told = beside.get(f"{field}_more") or (total is not None and total > len(items))
                assert told, f"{name}{path}/{field} has {len(items)} and does not say of how many"
            assert total is None or total >= len(items), f"{name}{path}/{field} has more than it says"

    of_the_negotiation = {"rounds", "participants", "delegations", "agenda", "bodies", "deadlines", "commitments"}
    of_the_negotiation |= {"conduct", "outcomes", "offices", "findings", "statements", "consents", "votes", "status"}
    of_a_document = {"versions", "consents", "status", "votes", "disclosures", "figures", "corrections", "endorsements"}
    others = {"sessions", "members", "groups"}
    assert {f"{one}/shown" for one in of_the_negotiation | of_a_document | others} <= cut
    assert {"assessments", "revised_by", "told_otherwise", "related"} <= cut


def test_outcomes_of_a_round_in_a_list_are_counted_where_they_are_too_many(desk: Desk) -> None:
    """A line shows none of them rather than some."""
    line = msgspec.json.decode(round_summary(desk.world.talks, NEGOTIATION, "brussels"))
    assert (line["outcomes"], line["outcomes_total"]) == ([], MANY)


def test_document_by_itself_shows_everything(desk: Desk) -> None:
    """All provisions, versions, consents and statuses: who shows a part of it counts for itself."""
    found = document(desk.world.talks, desk.world.parties, "treaty", "1")
    assert found is not None
    several = (found.provisions, found.versions, found.status, found.endorsements, found.corrections)
    assert [len(one) for one in several] == [MANY] * 5
    assert len(found.consents) == MANY + 1


def test_consents_are_a_table_of_their_own(desk: Desk) -> None:
    """Rows have totals and pages, filters and forms, as every list has."""
    rows = list(consents.rows(desk.world.talks, desk.world.parties))

    assert [row.party for row in rows] == [*PARTIES, "united-states"], "as people count"
    assert {(row.document, row.version, row.type) for row in rows if row.party != "united-states"} == {
        ("treaty", "1", "AgreementSigned")
    }
    assert {(row.occurred, row.contested, row.sources) for row in rows} == {
        ("2022-06-01", False, ("The Gazette, 2026-01-01",))
    }
