"""What is not well formed is told before anything is looked up: where it is, and what to write instead."""

from typing import Any

import msgspec
import pytest

from negotiation.admission import Malformed, check_form, faults_of_form
from negotiation.envelope import Submission
from tests.negotiation.desk import DEMAND, TALKS, VETO

OUTLET: dict[str, Any] = {"publisher": "The Gazette", "kind": "outlet", "published": "2022-01-11"}
QUOTE: dict[str, Any] = OUTLET | {"kind": "quote", "quote": "It was a difficult conversation."}
TARGET = "01926000-0000-7000-8000-000000000001"
ACCOUNT: dict[str, Any] = {"type": "AccountAdded", "target": TARGET}
CORRECTION: dict[str, Any] = {
    "type": "EventCorrected",
    "target": TARGET,
    "reason": "Read anew.",
    "replacement": TALKS,
}
RETRACTION: dict[str, Any] = {"type": "EventRetracted", "target": TARGET, "reason": "It was wrong."}


def submission(event: dict[str, Any], **envelope: Any) -> Submission:
    """As it is decoded from what was sent."""
    sent = {"event": event, "occurred": "2022-01-10", "sources": [OUTLET]} | envelope
    return msgspec.json.decode(
        msgspec.json.encode({name: value for name, value in sent.items() if value is not None}), type=Submission
    )


@pytest.mark.parametrize(
    ("pointer", "remedy", "given"),
    [
        ("/occurred", "say when it happened", submission(TALKS, occurred=None)),
        ("/occurred", "'2022-13' is not in the calendar", submission(TALKS, occurred="2022-13")),
        ("/occurred", "say when it happened", submission(CORRECTION, occurred=None)),
        ("/occurred", "has no date of its own", submission(RETRACTION)),
        ("/occurred", "/event/differs", submission(ACCOUNT)),
        ("/sources", "at least one source", submission(TALKS, sources=[])),
        ("/sources", "at least one source", submission(CORRECTION, sources=[])),
        ("/sources", "at least one source", submission(ACCOUNT, occurred=None, sources=[])),
        ("/sources/1/speaker", "name it here or in /event/by", submission(TALKS, sources=[OUTLET, QUOTE])),
        ("/sources/0/speaker", "/event/replacement/by", submission(CORRECTION, sources=[QUOTE])),
        ("/sources/0/speaker", "name it here", submission(ACCOUNT, occurred=None, sources=[QUOTE])),
        (
            "/event/differs/type",
            "record that as a fact",
            submission(ACCOUNT | {"stance": "differs", "differs": {"type": "TalksHeld"}}, occurred=None),
        ),
        (
            "/event/differs/terms",
            "as text or as whole numbers",
            submission(
                ACCOUNT | {"stance": "differs", "differs": {"terms": [{"name": "wages", "value": 7.5}]}}, occurred=None
            ),
        ),
        (
            "/event/differs/occurred",
            "write the date as text",
            submission(ACCOUNT | {"stance": "differs", "differs": {"occurred": None}}, occurred=None),
        ),
        ("/sources/0/title", "something that can be seen", submission(TALKS, sources=[OUTLET | {"title": " "}])),
        ("/sources/0/publisher", "can be seen", submission(TALKS, sources=[OUTLET | {"publisher": "\u200b"}])),
        ("/sources/0/quote", "can be seen", submission(TALKS, sources=[QUOTE | {"quote": "\ufeff", "speaker": "A"}])),
        ("/sources/0/speaker", "can be seen", submission(TALKS, sources=[QUOTE | {"speaker": "\u3164"}])),
        (
            "/event/assessed_by/outlet",
            "can be seen",
            submission({"type": "NoBreakthrough", "assessed_by": {"outlet": "\u00a0\n"}}),
        ),
        (
            "/event/name",
            "can be seen",
            submission({"type": "PartyIdentified", "party": "nato", "name": "\u2800", "kind": "bloc"}),
        ),
        ("/event/replacement/venue", "can be seen", submission(CORRECTION | {"replacement": TALKS | {"venue": "\t"}})),
        (
            "/event/differs/a~0~1b",
            "can be seen",
            submission(ACCOUNT | {"stance": "differs", "differs": {"a~/b": ["x", " "][1]}}, occurred=None),
        ),
        (
            "/event/differs/occurred",
            "is not a date",
            submission(ACCOUNT | {"stance": "differs", "differs": {"occurred": "Monday"}}, occurred=None),
        ),
    ],
)
def test_submit_what_is_not_well_formed_is_told_where_and_what_to_write(
    pointer: str, remedy: str, given: Submission
) -> None:
    """The pointer leads to the field, the message to what is accepted."""
    with pytest.raises(Malformed) as caught:
        check_form(given)

    assert caught.value.pointer == pointer
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        submission(TALKS, occurred="XXXX"),
        submission(RETRACTION, occurred=None, sources=[]),
        submission(RETRACTION, occurred=None),
        submission(CORRECTION),
        submission(TALKS, sources=[QUOTE | {"speaker": "Wendy Sherman"}]),
        submission(TALKS | {"venue": ' \u200bGen\u00e8ve " " '}),
        submission(TALKS | {"by": [{"party": "russia", "speaker": "Sergei Ryabkov"}]}, sources=[QUOTE]),
        submission(ACCOUNT, occurred=None),
        submission(ACCOUNT, occurred=None, sources=[QUOTE | {"speaker": "Wendy Sherman"}]),
        submission(
            ACCOUNT | {"stance": "differs", "differs": {"occurred": "2022-01-09", "shuttles": 7, "venue": None}},
            occurred=None,
        ),
    ],
)
def test_submit_what_is_well_formed_passes(given: Submission) -> None:
    """What stands right beside the rules is taken, whatever is on record."""
    check_form(given)


@pytest.mark.parametrize(
    ("remedy", "event", "envelope"),
    [
        ("`$.sources[0]`", TALKS, {"sources": [{"publisher": "The Gazette", "kind": "outlet"}]}),
        ("say when it was published", TALKS, {"sources": [{"publisher": "The Gazette", "kind": "outlet"}]}),
        ("gives the words", TALKS, {"sources": [OUTLET | {"kind": "quote"}]}),
        ("is not a plain date", TALKS, {"sources": [OUTLET | {"published": "2022-01-11/.."}]}),
        ("length <= 300", TALKS, {"sources": [QUOTE | {"quote": "a" * 301}]}),
        ("matching regex", TALKS, {"sources": [OUTLET | {"url": "javascript:alert(1)"}]}),
        ("unknown field `sauce`", TALKS, {"sources": [OUTLET | {"sauce": "a"}]}),
        ("unknown field `weather`", TALKS | {"weather": "cold"}, {}),
        ("Invalid value 'TalksHold'", {"type": "TalksHold"}, {}),
        ("name the session of the round", {"type": "TalksHeld"}, {}),
        ("say who makes it", {"type": "DemandTabled", "demand": "no-bases", "text": "No bases."}, {}),
        ("say who gave it", {"type": "AnswerGiven", "on": VETO, "answer": "reject"}, {}),
        (
            "not on a party",
            {"type": "AnswerGiven", "on": {"kind": "party", "id": "nato"}, "answer": "reject", "by": DEMAND["by"]},
            {},
        ),
        ("a session is named `round/session`", {"type": "Disclosed", "of": {"kind": "session", "id": "day-1"}}, {}),
        ("only a document has versions", {"type": "Disclosed", "of": VETO | {"version": "1"}}, {}),
        (
            "a document or a demand has provisions",
            {"type": "Disclosed", "of": {"kind": "party", "id": "nato", "provision": "p1"}},
            {},
        ),
        ("name a party or a speaker", TALKS | {"by": [{}]}, {}),
        ("needs the group", TALKS | {"by": [{"speaker": "A spokesman", "as": "for-members"}]}, {}),
        ("name the party or the person", TALKS | {"via": {}}, {}),
        ("an assessment is somebody's", {"type": "NoBreakthrough", "assessed_by": {}}, {}),
        ("say one of `exactly`", TALKS | {"duration": {}}, {}),
        ("is not a duration", TALKS | {"duration": {"about": "7 hours"}}, {}),
        ("is not a date", TALKS | {"effective": "Monday"}, {}),
        ("no member of itself", {"type": "MemberJoined", "group": "nato", "member": "nato"}, {}),
        (
            "give each its own",
            {"type": "DocumentTabled", "document": "treaty", "kind": "draft", "provisions": [{"id": "a"}, {"id": "a"}]},
            {},
        ),
        ("only then", ACCOUNT | {"stance": "differs"}, {"occurred": None}),
        ("only then", ACCOUNT | {"stance": "agrees", "differs": {"venue": "Geneva"}}, {"occurred": None}),
        ("matching regex", RETRACTION | {"target": TARGET + "\n"}, {"occurred": None}),
        ("matching regex", DEMAND | {"demand": "No bases"}, {}),
        ("length <= 64", DEMAND | {"demand": "a" * 65}, {}),
    ],
)
def test_decode_what_has_no_such_shape_is_told_what_to_write(
    remedy: str, event: dict[str, Any], envelope: dict[str, Any]
) -> None:
    """Shapes are checked while decoding, and what their fields mean with them."""
    with pytest.raises(msgspec.ValidationError) as caught:
        submission(event, **envelope)

    assert remedy in str(caught.value)


def test_form_tells_every_fault_at_once_and_the_first_is_the_one_that_is_raised() -> None:
    given = submission(TALKS | {"venue": "\u200b"}, occurred="2022-13", sources=[OUTLET, QUOTE])
    faults = [(fault.pointer, fault.remedy) for fault in faults_of_form(given)]
    assert [pointer for pointer, _ in faults] == ["/event/venue", "/occurred", "/sources/1/speaker"]
    with pytest.raises(Malformed) as caught:
        check_form(given)
    assert (caught.value.pointer, caught.value.remedy) == faults[0]


def test_form_of_what_is_well_formed_has_no_faults() -> None:
    assert list(faults_of_form(submission(TALKS))) == []
