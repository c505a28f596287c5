"""Votes: each is one fact with its motion, and several on one text stand side by side."""

from typing import Any, Final

import msgspec
import pytest
from rich.text import Text

from negotiation.documents import lists
from negotiation.documents.party import parties_dossier
from negotiation.envelope import AnyFact
from negotiation.findings import types as findings
from negotiation.references import FieldError
from parley.telling import registers
from parley.telling.order import Clock
from parley.telling.phrases import Names
from parley.telling.sentences import tell
from parley.telling.story import Story
from tests.negotiation.desk import Desk, set_table
from tests.negotiation.histories import NEGOTIATION

TEXT: Final = {"kind": "document", "id": "withdrawal-agreement", "version": "2018"}
DECLARATION: Final = {"kind": "document", "id": "political-declaration", "version": "1"}
MEANINGFUL_VOTES: Final = (
    ("2019-01-15", {"for": 202, "against": 432}),
    ("2019-03-12", {"for": 242, "against": 391}),
    ("2019-03-29", {"for": 286, "against": 344}),
)
"""How the House of Commons voted on one text, three times within three months."""
VOTE: Final[dict[str, Any]] = {"type": "VoteTaken", "electorate": "House of Commons", "on": TEXT, "result": "rejected"}


def table() -> Desk:
    """The withdrawal agreement and the declaration beside it."""
    desk = set_table()
    for one in (TEXT, DECLARATION):
        tabled = {"type": "DocumentTabled", "document": one["id"], "version": one["version"], "kind": "agreement"}
        desk.record(tabled, NEGOTIATION, "2018-11-14", published="2018-11-15")
    return desk


def voted(desk: Desk, day: str, **more: Any) -> Any:
    return desk.record(VOTE | more, NEGOTIATION, day, published=day)


def document(desk: Desk, name: str) -> Any:
    """A document as it is shown."""
    talks = desk.world.talks
    [item] = [one for one in lists.items(talks, NEGOTIATION) if one[1:3] == ("documents", name)]
    return msgspec.json.decode(item.document)


def lines(desk: Desk) -> list[str]:
    """What the story says that changed."""
    names = Names(parties_dossier())
    steps = Story(NEGOTIATION, desk.world.events, Clock.HAPPENED).steps()
    return [line.plain for step in steps for _, line in registers.changes(step.changes, names, account=False)]


def said(**event: Any) -> str:
    told: Text = tell(msgspec.convert(VOTE | event, AnyFact), "2019-01-15", NEGOTIATION, Names(parties_dossier()))
    return told.plain


def test_votes_on_one_text_stand_side_by_side_in_the_document() -> None:
    """The Commons rejected one text three times: no later vote takes the place of an earlier one."""
    desk = table()
    for day, counts in MEANINGFUL_VOTES:
        voted(desk, day, counts=counts)

    votes = document(desk, "withdrawal-agreement")["votes"]
    assert votes["total"] == 3
    assert [one["values"][0]["since"] for one in votes["shown"]] == [day for day, _ in reversed(MEANINGFUL_VOTES)]
    assert [one["values"][0]["value"]["counts"] for one in votes["shown"]] == [c for _, c in reversed(MEANINGFUL_VOTES)]
    assert not any(one["contested"] for one in votes["shown"])
    assert votes["shown"][0]["electorate"] == "House of Commons"


def test_votes_of_one_month_on_one_text_contest_nothing() -> None:
    """Two votes whose dates do not tell which was first are two votes, not two accounts of one."""
    desk = table()
    voted(desk, "2019-03", counts={"for": 242, "against": 391})
    voted(desk, "2019-03", counts={"for": 286, "against": 344}, result="adopted")

    votes = document(desk, "withdrawal-agreement")["votes"]["shown"]
    assert [(one["contested"], len(one["values"])) for one in votes] == [(False, 1), (False, 1)]


def test_vote_that_sources_tell_otherwise_is_contested() -> None:
    """Two accounts of one vote are two accounts, and stay so."""
    desk = table()
    vote = voted(desk, "2019-01-15", counts={"for": 202, "against": 432})
    desk.account(vote, "differs", "2019-01-16", counts={"for": 202, "against": 423})

    [shown] = document(desk, "withdrawal-agreement")["votes"]["shown"]
    assert shown["contested"]
    assert len(shown["values"]) == 2


def test_replay_tells_a_later_vote_as_another_vote() -> None:
    """Not as a recount: no line says that a result changed into another."""
    desk = table()
    for day, counts in MEANINGFUL_VOTES:
        voted(desk, day, counts=counts)
    voted(desk, "2020-01-09", counts={"for": 330, "against": 231}, result="adopted")

    told = [line for line in lines(desk) if "House of Commons" in line]
    about = "document withdrawal-agreement, version 2018: vote of House of Commons"
    assert told == [*[f"{about}: - -> not carried"] * 3, f"{about}: - -> carried"]


def test_vote_on_several_texts_is_a_vote_on_each() -> None:
    """One motion approved the agreement and the declaration beside it; whoever reads either finds the vote."""
    desk = table()
    vote = voted(desk, "2019-01-15", also_on=[DECLARATION])

    for name in ("withdrawal-agreement", "political-declaration"):
        [shown] = document(desk, name)["votes"]["shown"]
        assert shown["event"] == vote.id
    assert said(also_on=[DECLARATION]) == (
        "House of Commons rejected the document withdrawal-agreement, version 2018 and the document "
        "political-declaration."
    )


def test_vote_on_the_same_text_twice_is_refused_with_the_remedy() -> None:
    with pytest.raises((FieldError, msgspec.ValidationError), match="name each once"):
        msgspec.convert(VOTE | {"also_on": [TEXT]}, AnyFact)


STRIKE: Final = {"kind": "conduct", "id": "strike"}


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            {"on": STRIKE, "yes_means": "end", "result": "adopted", "motion": "That the strike be called off."},
            "House of Commons voted to end the conduct strike: That the strike be called off.",
        ),
        (
            {"on": STRIKE, "yes_means": "end", "result": "rejected"},
            "House of Commons voted not to end the conduct strike.",
        ),
        ({"on": STRIKE, "result": "adopted"}, "House of Commons carried the motion on the conduct strike."),
        (
            {"yes_means": "reject", "result": "adopted"},
            "House of Commons voted to reject the document withdrawal-agreement, version 2018.",
        ),
        (
            {"motion": "That the House declines to approve it.", "result": "adopted"},
            (
                "House of Commons carried the motion on the document withdrawal-agreement, version 2018: "
                "That the House declines to approve it."
            ),
        ),
        (
            {"yes_means": "end", "result": "no-quorum"},
            "House of Commons had no quorum to end the document withdrawal-agreement, version 2018.",
        ),
        ({"result": "adopted"}, "House of Commons adopted the document withdrawal-agreement, version 2018."),
    ],
)
def test_sentence_of_a_vote_says_what_a_yes_did(event: dict[str, Any], sentence: str) -> None:
    """Nothing is told as adopted where a yes ended or rejected it, or where nobody knows what a yes did."""
    assert said(**event) == sentence


def test_replay_says_adopted_of_no_motion_to_end_something() -> None:
    """Neither its sentence nor its line."""
    desk = table()
    desk.record({"type": "ConductReported", "conduct": "strike", "kind": "strike", "phase": "begun"}, NEGOTIATION)
    voted(desk, "2022-01-11", on=STRIKE, yes_means="end", result="adopted")

    told = [line for line in lines(desk) if "vote of" in line]
    assert told == ["conduct strike: vote of House of Commons: - -> carried, a yes means: end"]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"motion": "That the House approves the text."}, True),
        ({"motion": "That the House takes note."}, False),
        ({"yes_means": "amend"}, False),
        ({"also_on": [DECLARATION]}, False),
    ],
)
def test_votes_of_a_day_are_one_vote_unless_their_motions_tell_them_apart(other: dict[str, Any], *, same: bool) -> None:
    """Several motions on one text on one day are several votes."""
    desk = table()
    voted(desk, "2019-03-29", motion="That the House approves the text.", yes_means="adopt")
    second = voted(desk, "2019-03-29", **other)

    found = [type(one) for one in desk.findings(second)]
    assert found == [findings.VoteRecordedTwice] * same
