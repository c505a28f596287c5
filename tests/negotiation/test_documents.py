"""Documents: how far their provisions are agreed and who answered what, version by version."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.documents.document import AnswerShown, DocumentShown, document
from negotiation.documents.lists import latest
from negotiation.envelope import AnyEvent, Recorded
from negotiation.refusals import UnknownReference
from negotiation.tables import positions
from tests.negotiation.desk import NATO, RUSSIA, UNITED_STATES, Desk, identified, refused, set_table
from tests.negotiation.histories import GENEVA, NEGOTIATION

LATER: Final = "2026-01-01"


def record(desk: Desk, event: dict[str, Any], occurred: str, **more: Any) -> Recorded:
    return desk.record(event, NEGOTIATION, occurred, published=LATER, **more)


def article(number: int, text: str | None = None, **options: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": f"article-{number}", "number": f"Article {number}"}
    if text is not None:
        found["text"] = text
    if options:
        found["options"] = [{"option": option, "text": words} for option, words in options.items()]
    return found


def draft(desk: Desk, version: str, occurred: str, *provisions: dict[str, Any], **more: Any) -> Recorded:
    event = {"type": "DocumentTabled", "document": "treaty", "version": version, "kind": "draft"}
    return record(desk, {**event, "provisions": list(provisions), **more}, occurred)


def announce(desk: Desk, occurred: str, **more: Any) -> Recorded:
    return record(desk, {"type": "TextStateAnnounced", "document": "treaty", **more}, occurred)


def answer(desk: Desk, answer: str, on: dict[str, Any], occurred: str, by: list[dict[str, Any]] = RUSSIA) -> Recorded:
    event = {"type": "AnswerGiven", "on": {"kind": "document", "id": "treaty", **on}, "answer": answer, "by": by}
    return record(desk, event, occurred)


def shown(desk: Desk, version: str | None = None, at: str | None = None) -> DocumentShown:
    world = desk.world if at is None else desk.read(Reading(happened_by=interval_of_date(at)))
    found = document(world.talks, world.parties, "treaty", version)
    assert found is not None
    return found


def states(desk: Desk, version: str | None = None, at: str | None = None) -> dict[str, list[str]]:
    """What is announced of each provision; several values are contested."""
    return {
        one.id: [msgspec.json.decode(value.value)["state"] for value in one.state.state.values] if one.state else []
        for one in shown(desk, version, at).provisions
    }


def given(answers: tuple[AnswerShown, ...]) -> dict[tuple[str | None, str | None], list[str]]:
    """By party and the group through which: what is answered."""
    return {
        (one.party, one.through): [msgspec.json.decode(value.value)["answer"] for value in one.answer.values]
        for one in answers
    }


GOLDEN: Final = Path(__file__).parent / "golden" / "texts.jsonl"
"""Events about texts, some with fields that came later than their types, as they are stored."""


def test_read_stored_events_about_texts_gives_them_back_byte_for_byte() -> None:
    """What is stored is what was stored when the file was made."""
    lines = GOLDEN.read_bytes().splitlines()

    assert [msgspec.json.encode(msgspec.json.decode(line, type=AnyEvent)) for line in lines] == lines


# -- announced states


def test_state_announced_of_many_provisions_is_kept_until_their_text_changes() -> None:
    """Iran and the E3: some are agreed, some in principle; where the next draft has another text it is open to say."""
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."), article(2, "Two."), article(3, "Three."), article(10, "Ten."))
    made = announce(
        desk,
        "2022-01-05",
        version="1",
        by=[*RUSSIA, *UNITED_STATES],
        agreed=["article-1", "article-2"],
        agreed_in_principle=["article-3"],
        open=["article-10"],
    )
    draft(desk, "2", "2022-02-01", article(1, "One. "), article(2, "Two, amended."), article(3), article(10, "Ten."))

    before = states(desk, "1")
    after = states(desk)

    first = {"article-1": ["agreed"], "article-2": ["agreed"], "article-3": ["agreed-in-principle"]}
    assert before == {**first, "article-10": ["open"]}
    assert after == {**before, "article-2": []}, "spaces are no change, and what is not told is as before"
    state = shown(desk).provisions[0].state
    assert state is not None
    assert state.announced_of == ("1",)
    [evidence] = state.state.values[0].evidence
    assert evidence.event == made.id
    assert [actor.party for actor in evidence.by] == ["russia", "united-states"]


def test_state_does_not_come_back_with_an_earlier_text() -> None:
    """It was given up with the text; going back to that is for somebody to announce."""
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."))
    announce(desk, "2022-01-05", agreed=["article-1"])
    draft(desk, "2", "2022-02-01", article(1, "Another."))
    draft(desk, "3", "2022-03-01", article(1, "One."))

    assert [states(desk, version)["article-1"] for version in ("1", "2", "3")] == [["agreed"], [], []]


def test_state_announced_of_no_version_is_of_the_last_one_then() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."))
    draft(desk, "2", "2022-02-01", article(1, "Two."))
    announce(desk, "2022-01-20", agreed=["article-1"])
    announce(desk, "2022-02-20", open=["article-1"])

    assert states(desk, "1") == {"article-1": ["agreed"]}
    assert states(desk, "2") == {"article-1": ["open"]}


def test_state_of_which_sources_differ_is_contested_and_a_later_one_takes_its_place() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."))
    draft(desk, "2", "2022-01-03", article(1, "One."))
    announce(desk, "2022-01-05", version="1", agreed=["article-1"], by=RUSSIA)
    announce(desk, "2022-01-05", version="2", open=["article-1"], by=UNITED_STATES)
    assert sorted(states(desk)["article-1"]) == ["agreed", "open"]

    announce(desk, "2022-01-06", agreed_in_principle=["article-1"])

    assert states(desk) == {"article-1": ["agreed-in-principle"]}
    assert states(desk, at="2022-01-04") == {"article-1": []}


def test_provisions_stand_in_the_order_of_the_text_and_a_version_that_tells_none_has_those_before() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(10, "Ten."), article(2, "Two."))
    draft(desk, "2", "2022-02-01")
    draft(desk, "3", "2022-03-01", article(2, "Two."))

    assert [[one.id for one in shown(desk, version).provisions] for version in ("1", "2", "3")] == [
        ["article-10", "article-2"],
        ["article-10", "article-2"],
        ["article-2"],
    ]
    assert shown(desk).versions == ("3", "2", "1")
    assert document(desk.world.talks, desk.world.parties, "treaty", "4") is None
    assert document(desk.world.talks, desk.world.parties, "nothing") is None


def test_versions_of_one_day_stand_as_people_count() -> None:
    desk = set_table()
    for version in ("10", "2", "9"):
        draft(desk, version, "2022-01-01")

    assert shown(desk).versions == ("10", "9", "2")


def test_announcement_that_says_nothing_or_contradicts_itself_is_refused() -> None:
    for event, remedy in (
        ({}, "name provisions in `agreed`, `agreed_in_principle` or `open`"),
        ({"agreed": ["article-1"], "open": ["article-1"]}, "a provision is named twice"),
    ):
        with pytest.raises(msgspec.ValidationError, match=remedy):
            msgspec.convert({"type": "TextStateAnnounced", "document": "treaty", **event}, AnyEvent)
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."))
    refused(
        UnknownReference,
        "/event/open/0",
        "document treaty version 1 provision article-9",
        lambda: announce(desk, "2022-01-05", version="1", open=["article-9"]),
    )


# -- brackets, figures, corrections, endorsements


def test_brackets_within_a_provision_say_who_wants_them_in_and_out_and_are_a_part_of_its_text() -> None:
    """Paris, December 2015: "shall" or "should". When the bracket goes, the text is another."""
    desk = set_table()
    bracket = {"bracket": "shall", "text": "shall", "wanted_by": ["nato"], "opposed_by": ["united-states"]}
    text = article(4, "Parties [shall] take the lead.")
    draft(desk, "1", "2015-12-05", {**text, "brackets": [bracket]})
    announce(desk, "2015-12-06", agreed_in_principle=["article-4"])
    draft(desk, "2", "2015-12-09", {**text, "brackets": [bracket]})
    draft(desk, "3", "2015-12-12", text)

    assert msgspec.json.decode(msgspec.json.encode(shown(desk, "2").provisions[0].brackets)) == [bracket]
    assert [states(desk, version)["article-4"] for version in "123"] == [["agreed-in-principle"]] * 2 + [[]]
    unknown = {**text, "brackets": [{**bracket, "opposed_by": ["atlantis"]}]}
    refused(
        UnknownReference,
        "/event/provisions/0/brackets/0/opposed_by/0",
        "party atlantis",
        lambda: draft(desk, "4", "2015-12-13", unknown),
    )


def figures(desk: Desk, version: str | None = None) -> dict[str, list[dict[str, int]]]:
    return {
        one.unit: [msgspec.json.decode(value.value) for value in one.figure.values]
        for one in shown(desk, version).figures
    }


def test_figures_of_a_text_are_kept_by_version_and_unit_as_announced() -> None:
    """Paris, December 2015: the draft of the 5th had 48 pages and 939 brackets, that of the 9th 29 pages."""
    desk = set_table()
    pages = {"unit": "pages", "exactly": 48}
    draft(desk, "1", "2015-12-05", figures=[{"unit": "brackets", "about": 900}, pages])
    announce(desk, "2015-12-06", version="1", figures=[{"unit": "Brackets", "exactly": 939}])
    announce(desk, "2015-12-06", version="1", figures=[{"unit": "brackets", "exactly": 939}])
    draft(desk, "2", "2015-12-09", figures=[{"unit": "pages", "exactly": 29}])
    announce(desk, "2015-12-10", figures=[{"unit": "brackets", "exactly": 361}])

    assert figures(desk, "1") == {
        "Brackets": [{"exactly": 939}],
        "brackets": [{"exactly": 939}],
        "pages": [{"exactly": 48}],
    }
    assert figures(desk, "2") == {"brackets": [{"exactly": 361}], "pages": [{"exactly": 29}]}
    assert desk.values("figure", "document/treaty", "1", "brackets") == [{"exactly": 939}]


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ([{"unit": "pages"}], "say one of `exactly`, `about`, `at_least`, `at_most`"),
        ([{"unit": "pages", "exactly": 1}, {"unit": "pages ", "about": 2}], "two figures have the same `unit`"),
        ([{"unit": "pages", "exactly": -1}], ">= 0"),
    ],
)
def test_figures_that_say_nothing_or_twice_are_refused(said: list[dict[str, Any]], remedy: str) -> None:
    for event in ({"type": "TextStateAnnounced"}, {"type": "DocumentTabled", "kind": "draft"}):
        with pytest.raises(msgspec.ValidationError, match=remedy):
            msgspec.convert({**event, "document": "treaty", "figures": said}, AnyEvent)


def test_correction_of_an_adopted_text_gives_it_its_words_and_takes_no_agreement_away() -> None:
    """Paris, 12 December 2015: "shall" had slipped into article 4.4 in place of "should"."""
    desk = set_table()
    wrong, right = "Developed countries shall take the lead.", "Developed countries should take the lead."
    draft(desk, "1", "2015-12-12", article(4, wrong), article(5, "Five."))
    announce(desk, "2015-12-12", version="1", agreed=["article-4", "article-5"])
    answer(desk, "accept", {"version": "1", "provision": "article-4"}, "2015-12-12", UNITED_STATES)
    correction = {"type": "TextCorrected", "document": "treaty", "version": "1", "provision": "article-4"}
    made = record(desk, {**correction, "from": "shall", "into": "should"}, "2015-12-13")
    general = record(desk, {"type": "TextCorrected", "document": "treaty", "version": "1", "from": "teh"}, "2015-12-13")
    draft(desk, "2", "2016-01-29", article(4, right), article(5, "Five."))

    first, second = shown(desk, "1"), shown(desk, "2")
    assert first.provisions[0].text == right
    [told] = first.provisions[0].corrections
    assert (told.event, msgspec.json.decode(told.correction.values[0].value)) == (
        made.id,
        {"from": "shall", "into": "should"},
    )
    assert [one.event for one in first.corrections] == [general.id]
    assert states(desk, "1") == states(desk, "2") == {"article-4": ["agreed"], "article-5": ["agreed"]}
    assert given(second.provisions[0].answers) == {("united-states", None): ["accept"]}
    assert shown(desk, "1", at="2015-12-12").provisions[0].text == wrong
    with pytest.raises(msgspec.ValidationError, match="say which words are put right"):
        msgspec.convert(correction, AnyEvent)
    nowhere = {**correction, "provision": "article-9", "from": "shall"}
    where = "document treaty version 1 provision article-9"
    refused(UnknownReference, "/event/provision", where, lambda: record(desk, nowhere, "2015-12-13"))


def test_endorsements_by_bodies_and_parties_stand_side_by_side() -> None:
    """Resolution 2231 endorsed the nuclear agreement with Iran; no body became a party to it by that."""
    desk = set_table()
    desk.record({"type": "BodyEstablished", "body": "joint-commission", "kind": "committee"}, NEGOTIATION, "2022-01-01")
    draft(desk, "1", "2015-07-14")
    endorsed = {"type": "TextEndorsed", "document": "treaty"}
    record(desk, {**endorsed, "version": "1", "by": NATO, "text": "Resolution 2231"}, "2015-07-20")
    record(desk, {**endorsed, "body": "joint-commission"}, "2015-10-18")
    draft(desk, "2", "2015-12-01")

    of_first, of_second = (
        [msgspec.json.decode(one) for one in shown(desk, version).endorsements] for version in ("1", "2")
    )
    assert [(one.get("body"), one.get("party"), one.get("version")) for one in of_first] == [
        ("joint-commission", None, None),
        (None, "nato", "1"),
    ]
    assert of_first[1]["values"][0]["evidence"][0]["text"] == "Resolution 2231"
    assert [one["body"] for one in of_second] == ["joint-commission"]
    [listed] = map(msgspec.json.decode, latest(desk.world.talks, NEGOTIATION, NEGOTIATION)["documents"])
    assert (listed["endorsements"]["total"], listed["agreement"]) == (2, "none")
    with pytest.raises(msgspec.ValidationError, match="say who endorses it"):
        msgspec.convert({**endorsed, "by": [{"speaker": "Somebody"}]}, AnyEvent)


# -- entry into force


def conditions(desk: Desk, *thresholds: dict[str, Any], occurred: str = "1997-12-11", **more: Any) -> Recorded:
    event = {"type": "EntryConditionsSet", "document": "treaty", "thresholds": list(thresholds), **more}
    return record(desk, event, occurred)


def deposit(desk: Desk, occurred: str, *parties: str, **parts: str) -> Recorded:
    """Parties deposit; what all bring together is under ``all_of_them``."""
    event = {
        "type": "InstrumentDeposited",
        "document": "treaty",
        "version": "1",
        "parties": list(parties),
        "parts": [
            {"threshold": "emissions", "part": part} | ({} if party == "all_of_them" else {"party": party})
            for party, part in parts.items()
        ],
    }
    return record(desk, event, occurred)


def reached(desk: Desk, at: str | None = None) -> list[tuple[Any, ...]]:
    entry = shown(desk, at=at).entry_into_force
    assert entry is not None
    return [(one.threshold, one.met, one.met_on, one.parties_reached, one.share_reached) for one in entry.thresholds]


def kyoto() -> Desk:
    """A number of parties, and 55 per cent of the emissions of 1990, of which each deposit brings its part."""
    desk = set_table()
    for party in ("japan", "eu", "canada", "poland", "tuvalu"):
        desk.record(identified(party), f"parties/{party}", "../1997-12-11")
    draft(desk, "1", "1997-12-11")
    conditions(
        desk,
        {"threshold": "parties", "parties": 5},
        {"threshold": "emissions", "share": "55", "of": "per cent of the emissions of 1990"},
        delay="P90D",
    )
    deposit(desk, "1998-11-16", "tuvalu")
    deposit(desk, "2002-05-31", "eu", eu="24.2")
    deposit(desk, "2002-06-04", "japan", japan="8.5")
    deposit(desk, "2002-12-17", "canada", "poland", all_of_them="11.5")
    return desk


def test_entry_into_force_counts_parties_and_the_parts_that_deposits_bring_to_a_share() -> None:
    """Kyoto: 44.2 per cent without Russia, 61.6 with it, from 18 November 2004 on; the number was reached before."""
    desk = kyoto()
    assert reached(desk) == [("parties", True, "2002-12-17", 5, None), ("emissions", False, None, 5, "44.2")]

    deposit(desk, "2004-11-18", "russia", russia="17.4")

    assert reached(desk) == [("parties", True, "2002-12-17", 6, None), ("emissions", True, "2004-11-18", 6, "61.6")]
    assert reached(desk, "2002-06-30")[1] == ("emissions", False, None, 3, "32.7")
    entry = shown(desk).entry_into_force
    assert entry is not None
    assert entry.met
    [listed] = map(msgspec.json.decode, latest(desk.world.talks, NEGOTIATION, NEGOTIATION)["documents"])
    assert listed["entry_into_force"]["met"] is True
    assert listed["entry_into_force"]["thresholds"][1] == {
        "threshold": "emissions",
        "met": True,
        "met_on": "2004-11-18",
        "counts": ["deposit"],
        "parties_reached": 6,
        "of": "per cent of the emissions of 1990",
        "share_needed": "55",
        "share_reached": "61.6",
    }


def test_entry_into_force_does_not_count_signatures_other_versions_or_who_withdrew() -> None:
    desk = kyoto()
    event = {"document": "treaty", "version": "1", "parties": ["united-states"]}
    parts = [{"threshold": "emissions", "part": "36.1"}]
    record(desk, {"type": "AgreementSigned", **event, "parts": parts}, "1998-11-12")
    record(desk, {"type": "PartyWithdrew", "document": "treaty", "for": ["canada"]}, "2011-12-15")

    assert reached(desk) == [("parties", False, None, 4, None), ("emissions", False, None, 4, "44.2")]


def test_entry_into_force_on_certain_parties_says_which_are_missing() -> None:
    """As the non-proliferation treaty has it: the depositaries, and a number of others."""
    desk = kyoto()
    conditions(
        desk,
        {"threshold": "depositaries", "among": ["russia", "japan"], "counts": ["deposit", "accession"]},
        {"threshold": "of-these", "among": ["russia", "japan", "eu"], "parties": 2},
        occurred="1998-01-01",
    )
    entry = shown(desk).entry_into_force
    assert entry is not None
    assert [(one.threshold, one.met, one.missing) for one in entry.thresholds] == [
        ("depositaries", False, ("russia",)),
        ("of-these", True, ()),
    ]
    assert not entry.met


def test_share_of_which_accounts_differ_is_told_from_the_least_to_the_most_and_met_by_the_least() -> None:
    desk = kyoto()
    made = deposit(desk, "2004-11-18", "russia", russia="10")
    desk.account(made, "differs", LATER, parts=[{"threshold": "emissions", "part": "17.4"}])

    entry = shown(desk).entry_into_force
    assert entry is not None
    _, share = entry.thresholds
    assert (share.share_reached, share.share_at_most, share.met) == ("54.2", "61.6", False)


@pytest.mark.parametrize(
    ("event", "remedy"),
    [
        ({"thresholds": [{"threshold": "some"}]}, "say how many `parties`, which `share`, or the parties `among`"),
        ({"thresholds": [{"threshold": "some", "share": "a half"}]}, "share"),
        ({"thresholds": [{"threshold": "some", "parties": 1}] * 2}, "two thresholds have the same name"),
        ({}, "say what has to be reached in `thresholds`, or who has to approve"),
        ({"approvals": ["Members"], "delay": "a month"}, "delay"),
    ],
)
def test_conditions_of_entry_into_force_that_are_not_well_formed_are_refused(event: Any, remedy: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=remedy):
        msgspec.convert({"type": "EntryConditionsSet", "document": "treaty", **event}, AnyEvent)


def test_part_of_a_share_is_brought_by_one_of_those_who_consent() -> None:
    with pytest.raises(msgspec.ValidationError, match="a part is brought by one of the `parties`"):
        deposit(kyoto(), "2004-11-18", "russia", japan="1")


# -- agreed, rejected, superseded


def sign(desk: Desk, occurred: str, version: str = "1", type_: str = "AgreementSigned") -> Recorded:
    event = {"document": "treaty", "version": version, "parties": ["russia", "united-states"]}
    return record(desk, {"type": type_, **event}, occurred)


def vote(desk: Desk, occurred: str, result: str, electorate: str = "Voters", **more: Any) -> Recorded:
    on = {"kind": "document", "id": "treaty", "version": "1"}
    event = {"type": "VoteTaken", "electorate": electorate, "on": on, "result": result, **more}
    return record(desk, event, occurred)


def test_agreement_that_was_signed_and_that_the_voters_rejected_is_not_shown_as_agreed() -> None:
    """Colombia, 2016: signed on 26 September, rejected on 2 October; another text was signed on 24 November."""
    desk = set_table()
    draft(desk, "1", "2016-08-24", kind="agreement")
    sign(desk, "2016-09-26")
    vote(desk, "2016-10-02", "rejected", counts={"for": 6377464, "against": 6431372})

    assert (shown(desk, at="2016-10-01").agreement, shown(desk).agreement) == ("agreed", "rejected")
    draft(desk, "2", "2016-11-12", kind="agreement")
    sign(desk, "2016-11-24", "2")
    assert shown(desk).agreement == "agreed"


def test_agreement_in_principle_that_members_voted_down_is_agreed_once_they_adopt_it() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01")
    sign(desk, "2022-01-05", type_="AgreedInPrinciple")
    vote(desk, "2022-01-20", "adopted", "Members ", yes_means="reject")
    assert shown(desk).agreement == "rejected"
    vote(desk, "2022-02-20", "no-quorum", "Members")
    assert shown(desk).agreement == "rejected"
    vote(desk, "2022-03-20", "adopted", "Members")
    assert shown(desk).agreement == "agreed"


def test_agreement_is_rejected_by_those_who_have_to_approve_it_and_by_nobody_else() -> None:
    """Where it is laid down who has to, a vote of others is a vote; and going on does not make up for theirs."""
    desk = set_table()
    draft(desk, "1", "2022-01-01")
    approvals = ["Members", "Board"]
    record(desk, {"type": "EntryConditionsSet", "document": "treaty", "approvals": approvals}, "2022-01-02")
    sign(desk, "2022-01-05")
    vote(desk, "2022-01-10", "rejected", "Retired members")
    vote(desk, "2022-01-11", "adopted", "Board")
    assert shown(desk).agreement == "agreed"
    vote(desk, "2022-01-12", "rejected", "Members")
    sign(desk, "2022-01-20", type_="AgreementRatified")

    entry = shown(desk).entry_into_force
    assert entry is not None
    assert [(one.electorate, one.approved) for one in entry.approvals] == [("Members", False), ("Board", True)]
    assert (shown(desk).agreement, entry.met) == ("rejected", False)
    vote(desk, "2022-02-12", "adopted", "Members")
    entry = shown(desk).entry_into_force
    assert entry is not None
    assert (shown(desk).agreement, entry.met) == ("agreed", True)


def test_agreement_that_parties_consent_to_after_a_rejection_is_agreed() -> None:
    """Where nobody is laid down as having to approve: the parties went on, so the vote did not stop them."""
    desk = set_table()
    draft(desk, "1", "2022-01-01")
    sign(desk, "2022-01-05", type_="AgreedInPrinciple")
    vote(desk, "2022-01-10", "rejected")
    assert shown(desk).agreement == "rejected"
    sign(desk, "2022-01-20")
    assert shown(desk).agreement == "agreed"


def test_agreement_of_which_consents_name_two_versions_stays_disputed() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01")
    draft(desk, "2", "2022-01-02")
    event = {"type": "AgreementSigned", "document": "treaty"}
    record(desk, {**event, "version": "1", "parties": ["russia"]}, "2022-01-05")
    assert shown(desk).agreement == "agreed"
    record(desk, {**event, "version": "2", "parties": ["nato"]}, "2022-01-05")
    assert shown(desk).agreement == "disputed"


def test_versions_are_listed_latest_first_with_their_number() -> None:
    """Of sixty versions the last fifty are shown with the document, and all are counted."""
    desk = set_table()
    for number in range(60):
        draft(desk, f"{number + 1}", f"2022-{number // 28 + 1:02}-{number % 28 + 1:02}")

    [listed] = map(msgspec.json.decode, latest(desk.world.talks, NEGOTIATION, NEGOTIATION)["documents"])
    assert listed["versions"]["total"] == 60
    assert [one["version"] for one in listed["versions"]["shown"]] == [f"{number}" for number in range(60, 10, -1)]
    assert len(shown(desk).versions) == 60


# -- agreements that are there already


def test_treaty_that_the_talks_are_about_is_named_is_extended_and_expires() -> None:
    """New START: in force until February 2021, extended to February 2026, and then it ended. Nobody tabled it."""
    desk = set_table()
    named = {
        "type": "AgreementIdentified",
        "document": "new-start",
        "title": "New START",
        "authors": ["russia", "united-states"],
        "provisions": [{"id": "article-2", "text": "700 deployed launchers."}],
    }
    record(desk, named, "../2020-06-22")
    status = {"document": "new-start"}
    record(desk, {"type": "EnteredIntoForce", **status, "until": "2021-02-05"}, "2011-02-05")
    record(desk, {"type": "AgreementExtended", **status, "until": "2026-02-05"}, "2021-02-03")
    about_it = {"kind": "document", "id": "new-start", "provision": "article-2"}
    said = {"type": "PositionStated", "text": "We keep to it.", "by": RUSSIA, "about": [about_it]}
    record(desk, said, "2022-01-10")

    def stands(at: str | None = None) -> list[str]:
        world = desk.world if at is None else desk.read(Reading(happened_by=interval_of_date(at)))
        found = document(world.talks, world.parties, "new-start")
        assert found is not None
        [one] = map(msgspec.json.decode, found.status)
        return [value["value"]["type"] for value in one["values"]]

    assert stands("2020-07-01") == ["EnteredIntoForce"]
    assert stands("2021-03-01") == ["AgreementExtended"]
    assert stands("2026-03-01") == []
    record(desk, {"type": "AgreementExpired", **status}, "2026-02-05")
    assert stands("2026-03-01") == stands() == ["AgreementExpired"]
    listed = latest(desk.world.talks, NEGOTIATION, NEGOTIATION)
    assert "documents_tabled" not in listed
    assert len(listed["existing_agreements"]) == 1
    rows = list(positions.rows(desk.world.talks, desk.world.parties))
    assert {row.answer for row in rows if row.of == "new-start"} <= {"not-put"}


def test_agreement_lapses_for_one_of_its_parties() -> None:
    desk = set_table()
    record(desk, {"type": "AgreementIdentified", "document": "wage-contract", "title": "The contract"}, "../2022-01-01")
    record(desk, {"type": "AgreementLapsed", "document": "wage-contract", "for": ["nato"]}, "2022-02-01")

    assert desk.values("status", "document/wage-contract", "nato") == [{"type": "AgreementLapsed"}]


# -- answers


def test_answer_to_a_provision_stands_for_later_versions_with_the_same_text() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."), article(2, "Two."))
    answer(desk, "accept", {"version": "1", "provision": "article-1"}, "2022-01-05")
    answer(desk, "reject", {"version": "1", "provision": "article-2"}, "2022-01-05")
    draft(desk, "2", "2022-02-01", article(1, "One."), article(2, "Amended."))
    draft(desk, "3", "2022-03-01", article(1, "One."), article(2, "Two."))

    of_version = {name: [given(one.answers) for one in shown(desk, name).provisions] for name in ("1", "2", "3")}

    accepted, rejected = {("russia", None): ["accept"]}, {("russia", None): ["reject"]}
    assert of_version == {"1": [accepted, rejected], "2": [accepted, {}], "3": [accepted, rejected]}
    assert shown(desk, "3").provisions[0].answers[0].given_to == ("1",)


def test_answer_to_a_later_version_takes_the_place_of_that_to_an_earlier_one_with_the_same_text() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."))
    draft(desk, "2", "2022-02-01", article(1, "One."))
    answer(desk, "reject", {"version": "1", "provision": "article-1"}, "2022-01-05")
    answer(desk, "accept", {"version": "2", "provision": "article-1"}, "2022-02-05")

    assert given(shown(desk).provisions[0].answers) == {("russia", None): ["accept"]}
    assert given(shown(desk, "1").provisions[0].answers) == {("russia", None): ["reject"]}
    assert given(shown(desk, at="2022-02-03").provisions[0].answers) == {("russia", None): ["reject"]}


def test_answer_to_an_option_stands_as_long_as_the_option_reads_so() -> None:
    """The provision's other option changes; this one does not, and its answer stays."""
    desk = set_table()
    option = {"version": "1", "provision": "article-1", "option": "a"}
    draft(desk, "1", "2022-01-01", article(1, a="At least 42 days.", b="At least 14 days."))
    answer(desk, "accept", option, "2022-01-05", UNITED_STATES)
    answer(desk, "reject", {**option, "option": "b"}, "2022-01-05", UNITED_STATES)
    answer(desk, "defer", {"version": "1", "provision": "article-1"}, "2022-01-05", UNITED_STATES)
    draft(desk, "2", "2022-02-01", article(1, a="At least 42 days.", b="At least 21 days."))

    [provision] = shown(desk).provisions
    assert [given(one.answers) for one in provision.options] == [{("united-states", None): ["accept"]}, {}]
    assert given(provision.answers) == {}
    [before] = shown(desk, "1").provisions
    assert given(before.answers) == {("united-states", None): ["defer"]}
    rows = list(positions.rows(desk.world.talks, desk.world.parties))
    told = [(row.on, row.version, row.option, row.answer) for row in rows if row.answer not in {"unknown", "not-put"}]
    assert ("option", "2", "a", "accept") in told
    assert ("option", "2", "b", "reject") not in told


def test_answer_that_names_an_option_of_nothing_is_refused() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, a="One."))
    nowhere = {"version": "1", "provision": "article-1", "option": "z"}
    remedy = "document treaty version 1 provision article-1 option z"
    refused(UnknownReference, "/event/on", remedy, lambda: answer(desk, "accept", nowhere, "2022-01-05"))
    with pytest.raises(msgspec.ValidationError, match="name that in `provision`, too"):
        answer(desk, "accept", {"version": "1", "option": "a"}, "2022-01-05")


def test_answer_to_the_whole_text_stands_for_its_version_alone() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."))
    answer(desk, "accept", {"version": "1"}, "2022-01-05")
    draft(desk, "2", "2022-02-01", article(1, "One."))

    assert given(shown(desk, "1").answers) == {("russia", None): ["accept"]}
    assert given(shown(desk, "2").answers) == {}


def test_answer_of_a_group_stands_for_its_members_in_later_versions_too() -> None:
    desk = set_table()
    record_member = {"type": "MemberJoined", "group": "nato", "member": "united-states"}
    desk.record(record_member, "parties/nato", "1949-04-04")
    draft(desk, "1", "2022-01-01", article(1, "One."))
    answer(
        desk,
        "accept",
        {"version": "1", "provision": "article-1"},
        "2022-01-05",
        [{**NATO[0], "as": "for-members"}],
    )
    draft(desk, "2", "2022-02-01", article(1, "One."))

    assert given(shown(desk).provisions[0].answers) == {
        ("nato", None): ["accept"],
        ("united-states", "nato"): ["accept"],
    }


def test_positions_have_the_answers_that_stand_for_the_last_version() -> None:
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."), article(2, "Two."))
    answer(desk, "accept", {"version": "1", "provision": "article-1"}, "2022-01-05")
    answer(desk, "reject", {"version": "1", "provision": "article-2"}, "2022-01-05")
    draft(desk, "2", "2022-02-01", article(1, "One."), article(2, "Amended."))

    rows = [row for row in positions.rows(desk.world.talks, desk.world.parties) if row.party == "russia"]

    told = {(row.version, row.provision): row.answer for row in rows if row.provision}
    assert told == {
        ("1", "article-1"): "accept",
        ("1", "article-2"): "reject",
        ("2", "article-1"): "accept",
        ("2", "article-2"): "unknown",
    }
    answer(desk, "withdraw", {"version": "1", "provision": "article-1"}, "2022-02-05")
    [row] = [
        row
        for row in positions.rows(desk.world.talks, desk.world.parties)
        if (row.party, row.version, row.provision) == ("russia", "2", "article-1")
    ]
    assert row.answer == "withdraw"
    assert GENEVA not in {one.stream for one in desk.world.events if one.id == row.event}
    draft(desk, "3", "2022-02-06")
    rows = [row for row in positions.rows(desk.world.talks, desk.world.parties) if row.party == "russia"]
    assert {(row.provision, row.answer) for row in rows if row.version == "3"} == {
        ("article-1", "withdraw"),
        ("article-2", "unknown"),
    }, "a version that tells no provisions has those before it"


def test_answer_that_hung_on_what_was_not_met_stands_for_no_version() -> None:
    """As in its register: once the condition is assessed as not met, the branch is gone."""
    desk = set_table()
    draft(desk, "1", "2022-01-01", article(1, "One."))
    event = {
        "type": "AnswerGiven",
        "on": {"kind": "document", "id": "treaty", "version": "1", "provision": "article-1"},
        "answer": "accept",
        "by": RUSSIA,
        "if": [{"condition": "withdrawal", "text": "Troops go back first."}],
    }
    record(desk, event, "2022-01-05")
    draft(desk, "2", "2022-02-01", article(1, "One."))
    assert given(shown(desk).provisions[0].answers) == {("russia", None): ["accept"]}

    assessed = {"of": {"kind": "condition", "id": "withdrawal"}, "finding": "not-met", "assessed_by": {"party": "nato"}}
    record(desk, {"type": "PerformanceAssessed", **assessed}, "2022-03-01")

    assert given(shown(desk).provisions[0].answers) == {}
