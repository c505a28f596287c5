"""What is said of events, and of what they changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from negotiation.documents.party import parties_dossier
from negotiation.envelope import Recorded
from negotiation.events.catalogue import EVENT_TYPES, AnyFact
from negotiation.state.dossier import Dossier
from negotiation.state.register_keys import Key, Kind, kind_of
from parley.telling import dates, registers
from parley.telling.accounts import Teller
from parley.telling.order import Clock
from parley.telling.phrases import Names
from parley.telling.sentences import tell
from parley.telling.story import Story
from parley.telling.words import STATES, WORDS
from tests.negotiation.desk import DEMAND, NATO, RUSSIA, TALKS, VETO, Desk, set_table
from tests.negotiation.examples import recorded_examples
from tests.negotiation.histories import GENEVA, NEGOTIATION

ENTRY = (
    "The document treaty enters into force on: 55 parties and 55 per cent of emissions (deposit); all of Russia "
    "and NATO (deposit or accession); 1 party among Russia and NATO (deposit); approval by Members, 30 days after that."
)
GOLDEN = Path(__file__).parent / "golden" / "sentences.txt"
CALLED = {
    "russia": "Russia", "united-states": "United States", "nato": "NATO", "ukraine": "Ukraine", "georgia": "Georgia",
    "switzerland": "Switzerland", "czechia": "Czechia", "slovakia": "Slovakia", "soviet-union": "Soviet Union",
    "czechoslovakia": "Czechoslovakia", "council-of-europe": "Council of Europe",
}  # fmt: skip


@pytest.fixture
def names() -> Names:
    """The parties of the examples, by their names."""
    dossier: Dossier = parties_dossier()
    desk = Desk()
    for party, name in CALLED.items():
        fact = {"type": "PartyIdentified", "party": party, "name": name, "kind": "state"}
        dossier.apply(desk.record(fact, f"parties/{party}", "../2022-01-11"))
    return Names(dossier)


def sentences(names: Names) -> Iterator[str]:
    story = Story(NEGOTIATION, recorded_examples(), Clock.RECORDED)
    teller = Teller(story.lives.events, names)
    subjects = {step.event.id: step.about for step in story.steps()}
    for event in recorded_examples():
        told = teller.sentence(event, subjects.get(event.id), beside=False)
        yield f"{type(event.event).__name__}: {told.plain}"


def test_sentence_of_each_type_of_event_is_the_golden_one(names: Names) -> None:
    """One a type, read by people; a new type needs a line."""
    found = list(sentences(names))

    assert {line.partition(":")[0] for line in found} == EVENT_TYPES.keys()
    assert "\n".join(found) + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_words_are_there_for_every_type_of_a_family_of_several() -> None:
    """What a register's value says by its type has a word, and no other type has one."""
    families: dict[type, list[type]] = {}
    for kind in EVENT_TYPES.values():
        families.setdefault(kind.__mro__[1], []).append(kind)
    several = {kind for kinds in families.values() for kind in kinds if len(kinds) > 1}
    of_their_own = {
        "NegotiationOpened",
        "BodyEstablished",
        "AgendaItemSet",
        "PartyIdentified",
        "PartyRenamed",
        "PartyReclassified",
    }
    records = {"EventCorrected", "EventRetracted", "AccountAdded"}

    assert {kind.__name__ for kind in several} - of_their_own - records == STATES.keys()
    assert len(WORDS) == len(STATES)


def said(event: dict[str, Any], names: Names, occurred: str = "2022-01-10", stream: str = GENEVA) -> str:
    return tell(msgspec.convert(event, AnyFact), occurred, stream, names).plain


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            {**DEMAND, "to": ["united-states", "nato"]},
            "Russia tabled the demand veto-on-enlargement to the United States and NATO: No further expansion.",
        ),
        (
            {"type": "AnswerGiven", "on": VETO, "answer": "reject", "by": [{"party": "nato", "as": "for-members"}]},
            "NATO for its members rejected the demand veto-on-enlargement.",
        ),
        (
            {"type": "AnswerGiven", "on": VETO, "answer": "none", "by": [{"as": "unnamed"}]},
            "Somebody unnamed kept silent on the demand veto-on-enlargement.",
        ),
        (
            {"type": "WarningIssued", "text": "Severe\n consequences", "by": NATO, "to": ["russia"]},
            "NATO warned Russia: Severe consequences.",
        ),
        (
            {**TALKS, "rooms": [["russia"], ["united-states", "nato"]], "shuttles": ["switzerland"], "direct": False},
            (
                "Talks were held in separate rooms: Russia; and the United States and NATO, not directly, "
                "with Switzerland going between them."
            ),
        ),
        (
            {**TALKS, "duration": {"at_least": "PT7H", "at_most": "PT7H30M"}, "absent": ["ukraine"]},
            (
                "The United States and Russia held talks for at least 7 hours, at most 7 hours 30 minutes, "
                "without Ukraine."
            ),
        ),
        (
            {
                "type": "TalksHeld",
                "session": "day-1",
                "present": [
                    {"person": "Sherman", "party": "united-states", "capacity": "head"},
                    {"person": "An envoy"},
                ],
                "meetings": [
                    {"parties": ["russia", "united-states"]},
                    {"parties": ["russia", "ukraine"], "through": [{"party": "nato"}, {"person": "An envoy"}]},
                ],
            },
            (
                "Talks were held, present: Sherman (head, the United States) and An envoy: "
                "Russia and the United States directly; Russia and Ukraine through NATO and An envoy."
            ),
        ),
        ({"type": "RoundScheduled", "round": "geneva"}, "The round geneva was scheduled, without a date."),
        ({"type": "DeadlineSet", "deadline": "reply", "what": "A reply"}, "The deadline reply is lifted: A reply."),
        ({"type": "PartyLeft", "party": "atlantis", "by": RUSSIA}, "atlantis left the round geneva, by Russia."),
        (
            {"type": "PartyReclassified", "party": "nato", "kind": "armed-group", "codes": {"cameo": "NAT"}},
            "NATO became an armed group and got the code NAT (cameo).",
        ),
        ({"type": "PartyLeft", "party": "nato", "by": NATO}, "NATO left the round geneva."),
        (
            {"type": "PartyAdmitted", "party": "nato", "role": "chair", "until": "2022-06"},
            "NATO takes part in the round geneva as chair, until June 2022.",
        ),
        (
            {
                "type": "DelegationNamed",
                "party": "russia",
                "scope": "negotiation",
                "until": "2022-06",
                "members": [{"person": "Lavrov", "capacity": "head"}],
            },
            "Russia named its delegation for the whole negotiation, until June 2022: Lavrov (head).",
        ),
        (
            {"type": "DelegationNamed", "party": "russia", "body": "verification", "members": [{"person": "Fomin"}]},
            "Russia named its delegation to the body verification: Fomin (member).",
        ),
        (
            {"type": "OfficeTaken", "body": "plenary", "office": "co-chair", "person": "Fabius", "party": "nato"},
            "Fabius (NATO) took the office of co-chair of the body plenary.",
        ),
        (
            {"type": "BodyEstablished", "body": "drafting", "kind": "working-group", "parent": "plenary"},
            "The working group drafting was established under the body plenary.",
        ),
        (
            {
                "type": "TextStateAnnounced",
                "document": "treaty",
                "agreed": ["article-1", "article-2"],
                "open": ["annex"],
            },
            "It was announced of the document treaty: agreed: article-1 and article-2; open: annex.",
        ),
        (
            {
                "type": "TextStateAnnounced",
                "document": "treaty",
                "figures": [{"unit": "brackets", "about": 1400}, {"unit": "pages", "at_least": 50, "at_most": 60}],
            },
            "It was announced of the document treaty: about 1,400 brackets; at least 50, at most 60 pages.",
        ),
        (
            {
                "type": "DocumentTabled",
                "document": "treaty",
                "kind": "draft",
                "by": RUSSIA,
                "provisions": [{"id": "article-1"}],
                "figures": [{"unit": "pages", "exactly": 48}],
            },
            "Russia tabled the draft treaty, with 1 provision and 48 pages.",
        ),
        (
            {"type": "TextCorrected", "document": "treaty", "version": "1", "from": "shall", "by": RUSSIA},
            "The document treaty was corrected, by Russia, striking: shall.",
        ),
        (
            {"type": "TextCorrected", "document": "treaty", "version": "1", "into": "not", "provision": "article-1"},
            "The document treaty, article-1 was corrected, adding: not.",
        ),
        (
            {
                "type": "EntryConditionsSet",
                "document": "treaty",
                "thresholds": [
                    {"threshold": "a", "parties": 55, "share": "55", "of": "per cent of emissions"},
                    {"threshold": "b", "among": ["russia", "nato"], "counts": ["deposit", "accession"]},
                    {"threshold": "c", "among": ["russia", "nato"], "parties": 1},
                ],
                "approvals": ["Members"],
                "delay": "P30D",
            },
            ENTRY,
        ),
        (
            {
                "type": "AgreementIdentified",
                "document": "contract",
                "title": "The contract",
                "provisions": [{"id": "a"}],
            },
            "The agreement contract was there before the talks, with 1 provision: The contract.",
        ),
        (
            {"type": "TextEndorsed", "document": "treaty", "body": "bureau"},
            "The body bureau endorsed the document treaty.",
        ),
        (
            {
                "type": "AnswerGiven",
                "on": {"kind": "document", "id": "treaty", "version": "2", "provision": "article-1", "option": "a"},
                "answer": "accept",
                "by": RUSSIA,
            },
            "Russia accepted the document treaty, version 2, article-1, option a.",
        ),
        ({"type": "TalksBrokenOff", "by": RUSSIA}, "Talks in the round geneva were broken off, by Russia."),
    ],
)
def test_sentence_says_who_did_what_to_whom(event: dict[str, Any], sentence: str, names: Names) -> None:
    assert said(event, names) == sentence


def test_sentence_of_a_membership_that_was_already_so_tells_of_no_joining(names: Names) -> None:
    joined = {"type": "MemberJoined", "group": "nato", "member": "united-states"}

    assert said(joined, names, "../2022-01-11") == "The United States is a member of NATO."
    assert said(joined, names, "1949-04-04") == "The United States joined NATO."


@pytest.mark.parametrize(
    ("text", "words", "gloss"),
    [
        ("2022-01-10", "10 January 2022", ""),
        ("2021-12", "December 2021", "in that month"),
        ("2021-12~", "about December 2021", "in that month, about"),
        ("2021?", "2021 (uncertain)", "in that year, uncertain"),
        ("2021-21", "spring 2021", "in that season"),
        ("2021-24~", "about winter 2021", "in that season, about"),
        ("0800-02-01%", "about 1 February 800 (uncertain)", "about, uncertain"),
        ("2022-01-10T09:00:00+01:00", "10 January 2022, 09:00:00+01:00", ""),
        ("2022-01-10T09:00:00Z", "10 January 2022, 09:00:00 UTC", ""),
        ("[..2022-01-11]", "by 11 January 2022", "by then"),
        ("[2022-01-10..2022-01-11]", "between 10 January 2022 and 11 January 2022", "between"),
        ("../2022-01-11", "11 January 2022 or before", "already so"),
        ("2022-01-11/..", "from 11 January 2022 on", "since then"),
        ("2022-01-10/2022-01-11", "10 January 2022 to 11 January 2022", ""),
        ("XXXX", "an unknown date", "unknown"),
    ],
)
def test_date_in_words_says_what_is_written(text: str, words: str, gloss: str) -> None:
    assert (dates.date(text), dates.gloss(text)) == (words, gloss)


# -- what was recorded about facts


def last_told(desk: Desk, clock: Clock = Clock.RECORDED) -> str:
    story = Story(NEGOTIATION, desk.world.events, clock)
    *_, step = story.steps()
    return Teller(story.lives.events, Names(story.parties)).sentence(step.event, step.about, beside=step.beside).plain


def account(desk: Desk, target: Recorded, stance: str, **differs: Any) -> str:
    desk.account(target, stance, **differs)
    return last_told(desk)


def test_account_that_differs_says_the_fact_in_its_own_words() -> None:
    desk = set_table()
    talks = desk.record(TALKS)

    assert account(desk, talks, "differs", duration={"about": "PT8H"}) == (
        "The Courier tells it otherwise: united-states and russia held talks for about 8 hours."
    )
    assert account(desk, talks, "differs", occurred="2022-01-11") == (
        "The Courier tells it otherwise, dated 11 January 2022."
    )
    assert account(desk, talks, "agrees") == "The Courier tells it too."
    assert account(desk, talks, "denies") == "The Courier denies it."


def test_account_told_elsewhere_says_of_which_fact() -> None:
    desk = set_table()
    talks = desk.record(TALKS)
    desk.answer("reject")

    assert account(desk, talks, "denies") == (
        f"On #{talks.position}: united-states and russia held talks. The Courier denies it."
    )


def test_correction_says_why_and_what_is_said_now() -> None:
    desk = set_table()
    talks = desk.record(TALKS)
    desk.correct(talks, {**TALKS, "venue": "Geneva"}, "2022-01-11")

    assert last_told(desk) == (
        "Corrected, dated 11 January 2022: Read anew. united-states and russia held talks in Geneva."
    )


def test_withdrawal_says_why_and_of_what() -> None:
    desk = set_table()
    talks = desk.record(TALKS)
    denied = desk.account(talks, "denies")
    withdrawal = desk.retract(denied)

    assert last_told(desk) == f"The account #{denied.position} is withdrawn: It was wrong."
    desk.retract(withdrawal)
    assert last_told(desk) == f"The withdrawal #{withdrawal.position} is withdrawn: It was wrong."
    desk.retract(talks)
    assert last_told(desk) == "Withdrawn: It was wrong."


# -- what became of registers

ANSWER = "answer of united-states to demand veto-on-enlargement"


def changed(desk: Desk) -> list[tuple[str, str]]:
    """What the last event recorded changed."""
    story = Story(NEGOTIATION, desk.world.events, Clock.RECORDED)
    *_, step = story.steps()
    return [(kind, line.plain) for kind, line in registers.changes(step.changes, Names(story.parties), account=False)]


def test_change_of_an_answer_tells_from_what_to_what() -> None:
    desk = set_table()
    desk.answer("defer", "2022-01-09")
    assert changed(desk) == [("appeared", f"{ANSWER}: - -> defer")]
    accepted = desk.answer("accept", "2022-01-10")
    assert changed(desk) == [("changed", f"{ANSWER}: defer -> accept")]
    desk.answer("accept", "2022-01-11")
    assert changed(desk) == [("evidence", f"{ANSWER}: still accept")]
    again = desk.answer("reject", "2022-01-11")
    assert changed(desk) == [("contested", f"contested now: {ANSWER}: accept | reject")]
    desk.answer("counter", "2022-01-11")
    assert changed(desk) == [("changed", f"still contested: {ANSWER}: accept | reject | counter")]
    desk.answer("none", "2022-01-12")
    assert changed(desk) == [("settled", f"settled: {ANSWER}: none")]
    desk.retract(accepted)
    desk.retract(again)
    assert changed(desk) == []


def test_change_of_a_delegation_tells_who_followed_whom() -> None:
    desk = set_table()
    for person, occurred in (("Lavrov", "2022-01-03"), ("Kislyak", "2022-01-10")):
        members = [{"person": person, "capacity": "head"}]
        desk.record({"type": "DelegationNamed", "party": "russia", "members": members}, NEGOTIATION, occurred)

    assert changed(desk) == [("changed", "head of the delegation of russia in the negotiation: Lavrov -> Kislyak")]


def test_change_of_one_role_of_several_tells_all_of_them() -> None:
    """Two roles are no contradiction, so nothing is told as contested."""
    desk = set_table()
    admitted = {"type": "PartyAdmitted", "party": "nato"}
    desk.record(admitted, NEGOTIATION, "2022-01-03")
    desk.record({**admitted, "role": "chair"}, NEGOTIATION, "2022-01-04")
    part = "part of nato in the negotiation"
    assert changed(desk) == [("changed", f"{part}: takes part -> takes part | takes part, chair")]

    desk.record({"type": "PartyLeft", "party": "nato", "role": "chair"}, NEGOTIATION, "2022-01-05")
    chaired = "takes part | takes part, chair"
    assert changed(desk) == [("changed", f"{part}: {chaired} -> takes part | left, chair")]


def test_change_of_an_office_tells_who_followed_whom() -> None:
    desk = set_table()
    desk.record({"type": "BodyEstablished", "body": "plenary", "kind": "plenary"}, NEGOTIATION, "2022-01-03")
    taken = {"type": "OfficeTaken", "body": "plenary", "office": "chair"}
    desk.record({**taken, "person": "Fabius"}, NEGOTIATION, "2022-01-04")
    assert changed(desk) == [("appeared", "chair of the body plenary: - -> Fabius, in office")]
    desk.record({**taken, "party": "nato"}, NEGOTIATION, "2022-01-05")
    assert changed(desk) == [("changed", "chair of the body plenary: Fabius, in office -> nato, in office")]


def test_change_of_a_figure_tells_from_how_many_to_how_many() -> None:
    desk = set_table()
    figures = [{"unit": "brackets", "about": 1400}]
    text = {"type": "DocumentTabled", "document": "treaty", "kind": "draft", "figures": figures}
    desk.record(text, NEGOTIATION, "2022-01-01")
    event = {"type": "TextStateAnnounced", "document": "treaty", "version": "1"}
    desk.record({**event, "figures": [{"unit": "brackets", "exactly": 939}]}, NEGOTIATION, "2022-01-10")

    assert changed(desk) == [("changed", "brackets of document treaty: about 1,400 -> 939")]


def test_change_of_an_announced_state_tells_from_what_to_what() -> None:
    desk = set_table()
    provisions = [{"id": "article-1", "text": "One."}]
    text = {"type": "DocumentTabled", "document": "treaty", "kind": "draft", "provisions": provisions}
    desk.record(text, NEGOTIATION, "2022-01-01")
    for state, occurred in (("agreed_in_principle", "2022-01-03"), ("agreed", "2022-01-10")):
        event = {"type": "TextStateAnnounced", "document": "treaty", state: ["article-1"]}
        desk.record(event, NEGOTIATION, occurred)

    assert changed(desk) == [("changed", "document treaty, article-1: agreed in principle -> agreed")]


def test_change_that_takes_all_away_tells_what_there_was() -> None:
    desk = set_table()
    desk.retract(desk.answer("defer"))

    assert changed(desk) == [("went", f"{ANSWER}: defer -> -")]


def test_change_of_a_value_of_several_fields_tells_those_that_changed() -> None:
    desk = set_table()
    scheduled = {"type": "RoundScheduled", "round": "geneva", "starts": "2022-01-10", "venue": "Geneva"}
    desk.record(scheduled, GENEVA, "2022-01-04")
    desk.record({**scheduled, "venue": "Geneva, US mission", "format": "bilateral"}, GENEVA, "2022-01-05")

    line = "schedule of geneva: venue Geneva -> Geneva, US mission; format - -> bilateral"
    assert changed(desk) == [("changed", line)]


def test_change_to_a_contested_value_tells_in_what_they_differ() -> None:
    desk = set_table()
    talks = desk.record({**TALKS, "venue": "Geneva", "duration": {"at_least": "PT7H"}})
    assert changed(desk) == [("appeared", "new: session day-1 of geneva")]
    desk.account(talks, "differs", duration={"about": "PT8H"})

    line = "contested now: session day-1 of geneva: duration at least 7 hours | about 8 hours"
    assert changed(desk) == [("contested", line)]


def test_change_of_a_status_tells_from_when_and_until_when_it_holds() -> None:
    """What enters into force later does not do so when it is said; what has ended is told as ended."""
    desk = set_table()
    desk.record({"type": "DocumentTabled", "document": "treaty", "kind": "draft"}, NEGOTIATION, "2021-01-01")
    applied = {"type": "ProvisionallyApplied", "document": "treaty", "until": "2022-03-31"}
    desk.record({**applied, "effective": "2022-02-01"}, occurred="2022-01-11")
    assert changed(desk) == [
        ("appeared", "document treaty: - -> applied provisionally, from 1 February 2022, until 31 March 2022")
    ]

    desk.record(TALKS, occurred="2022-04-01", published="2022-04-02")

    holds = "applied provisionally, from 1 February 2022, until 31 March 2022"
    assert dict(changed(desk))["went"] == f"document treaty: {holds} -> ended: {holds}"


def test_change_is_in_words_for_every_kind_of_register(names: Names) -> None:
    """Of all that the examples change, none is told by its key or as JSON."""
    seen: set[Kind] = set()
    for step in Story(NEGOTIATION, recorded_examples(), Clock.RECORDED).steps():
        for change in step.changes:
            line = registers.line(change, names).plain
            seen.add(kind_of(change.key))
            assert not set(line) & set("{}[]"), line
            assert registers.about(change.key, names).plain, change.key
    assert seen >= _kinds_of_the_examples()


def _kinds_of_the_examples() -> set[Kind]:
    keys: set[Key] = set()
    for dossier in (Dossier(), Dossier()):
        keys |= dossier.apply_all(recorded_examples()).keys
    return {kind_of(key) for key in keys} - {"membership-of", "succession"}
