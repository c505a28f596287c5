"""The catalogue is whole, dispatch over it is total, and what was stored years ago can still be read."""

import json
import sys
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from negotiation.envelope import AnyEvent, AnyFact, Recorded
from negotiation.events.catalogue import EVENT_TYPES, TOPICS, RecordEvent
from negotiation.events.examples import EXAMPLES
from negotiation.events.fact import Event, Fact
from negotiation.state.families import FAMILY_OF
from negotiation.state.grounds import grounds, introductions
from negotiation.state.names import names_given, names_used
from negotiation.state.values import assertions
from negotiation.streams import stream
from parley.store.codec import decode_state, encode_state
from tests.negotiation.examples import recorded_examples
from tests.negotiation.histories import folded, portrait

GOLDEN = Path(__file__).parent / "golden" / "events.jsonl"

FAMILIES = {
    "Identity": "PartyIdentified PartyRenamed PartyReclassified PartySplit PartySucceeded",
    "Membership": "MemberJoined MemberLeft",
    "Participation": "PartyInvited PartyAdmitted PartySuspended PartyExpelled PartyWalkedOut PartyReturned PartyLeft",
    "Delegation": "DelegationNamed",
    "Office": "OfficeTaken OfficeLeft",
    "Frame": "NegotiationOpened BodyEstablished AgendaItemSet",
    "Schedule": "RoundScheduled",
    "Proceedings": "TalksAdjourned TalksSuspended TalksResumed TalksBrokenOff RoundConcluded RoundCancelled "
    "NegotiationConcluded",
    "Talks": "TalksHeld",
    "Deadline": "DeadlineSet",
    "Demand": "DemandTabled",
    "DemandCourse": "DemandPut DemandSettled",
    "Document": "DocumentTabled",
    "Answer": "AnswerGiven",
    "Statement": "PositionStated RedLineDeclared ConditionStated LinkageAsserted ConcessionMade WarningIssued "
    "IntentDenied ClaimAsserted WillingnessSignalled StatementMade",
    "Commitment": "CommitmentMade",
    "CommitmentCourse": "CommitmentSuspended CommitmentResumed CommitmentLapsed",
    "Disclosure": "Disclosed",
    "Conduct": "ConductReported",
    "Vote": "VoteTaken",
    "Consent": "AgreedInPrinciple TextInitialled TextAdopted AgreementSigned AgreementRatified AgreementAcceded "
    "InstrumentDeposited",
    "Status": "EnteredIntoForce ProvisionallyApplied AgreementSuspended AgreementExtended PartyWithdrew "
    "AgreementTerminated AgreementSuperseded AgreementExpired AgreementLapsed",
    "Outcome": "BreakthroughReached ProgressReported NoBreakthrough DeadlockDeclared",
    "Performance": "PerformanceAssessed",
    "TextState": "TextStateAnnounced",
    "TextCorrection": "TextCorrected",
    "Endorsement": "TextEndorsed",
    "ExistingAgreement": "AgreementIdentified",
    "EntryConditions": "EntryConditionsSet",
    "Event": "EventCorrected EventRetracted AccountAdded",
}
"""The catalogue as designed, and as stored: nothing is ever taken from it."""

examples = pytest.mark.parametrize("recorded", recorded_examples(), ids=lambda recorded: type(recorded.event).__name__)


def test_catalogue_has_every_type_in_its_family() -> None:
    """Each type is of the family it was designed in, and there are no others."""
    families: dict[str, list[str]] = {}
    for name, cls in EVENT_TYPES.items():
        families.setdefault(cls.__mro__[1].__name__, []).append(name)

    assert families == {family: names.split() for family, names in FAMILIES.items()}


def test_catalogue_has_every_class_that_is_defined() -> None:
    """No event is defined and forgotten in the union, and facts and record events make up the whole."""

    def leaves(cls: type[Event]) -> set[type[Event]]:
        return {cls}.union(*map(leaves, cls.__subclasses__())) if cls.__subclasses__() else {cls}

    concrete = {cls for cls in leaves(Event) if "TOPIC" in vars(cls)}
    assert concrete == set(EVENT_TYPES.values())
    assert set(get_args(AnyEvent)) == set(get_args(AnyFact)) | set(get_args(RecordEvent))


def test_catalogue_keeps_its_topics() -> None:
    """Stored names are the type's name under `negotiation`, for ever, wherever the class stands."""
    assert {topic: cls.__name__ for topic, cls in TOPICS.items()} == {
        f"negotiation.{name}": name for name in EVENT_TYPES
    }


def test_catalogue_describes_every_type_in_a_sentence() -> None:
    """A type's docstring says what happened in the world."""
    for cls in EVENT_TYPES.values():
        assert cls.__doc__
        assert cls.__doc__.split("\n")[0].endswith(".")


@examples
def test_decode_an_example_gives_its_type_and_encodes_alike(recorded: Recorded) -> None:
    """Every type has an example that is decoded to it and encoded to the same JSON."""
    name = type(recorded.event).__name__
    sent = json.dumps(EXAMPLES[name]).encode()

    event = msgspec.json.decode(sent, type=AnyEvent)

    assert type(event) is EVENT_TYPES[name]
    assert json.loads(msgspec.json.encode(event)) == EXAMPLES[name]


@examples
def test_fold_an_example_takes_every_arm(recorded: Recorded) -> None:
    """Registers, grounds and introductions know every type: no fact falls through a `match`."""
    world = folded([recorded])

    portrait(world)
    if isinstance(recorded.event, Fact):
        [known] = world.dossier(recorded.stream).history.known[recorded.id]
        assert list(assertions(known))
        assert all(ground.pointer.startswith("/") for ground in grounds(known.event))
        assert all(one.pointer.startswith("/") for one in introductions(known.event, stream(recorded.stream)))
        assert FAMILY_OF[type(known.event)] in FAMILIES


@examples
def test_names_of_an_example_are_those_that_stand_in_its_payload(recorded: Recorded) -> None:
    """The tables that the fold asks have what the rules ask for with its place in the payload, in the same order."""
    event, here = recorded.event, stream(recorded.stream)
    if isinstance(event, Fact):
        used = [ground.name for ground in grounds(event) if not ground.pointer.startswith("/after")]
        assert names_used(event) == tuple(dict.fromkeys(used))
        assert names_given(event, here) == tuple(one.name for one in introductions(event, here))


def test_record_the_examples_one_after_the_other_is_taken() -> None:
    """They make one small world, in which nothing rests on what is not there."""
    recorded = recorded_examples()

    assert {type(one.event).__name__ for one in recorded} == set(EVENT_TYPES)
    assert len(recorded) == len(EVENT_TYPES) == 81


# -- the stored format


def golden(recorded: Recorded) -> str:
    """One line of the golden file: topic, stream and version as JSON, a tab, and the stored bytes as they are."""
    place = [type(recorded.event).TOPIC, recorded.stream, recorded.version]
    return f"{json.dumps(place)}\t{encode_state(recorded).decode()}\n"


def _lines() -> list[tuple[str, str, int, bytes]]:
    found = []
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        place, state = line.split("\t", 1)
        topic, stream_name, version = json.loads(place)
        found.append((topic, stream_name, version, state.encode()))
    return found


def test_decode_the_golden_file_gives_the_examples_and_encodes_to_the_same_bytes() -> None:
    """What is stored today is what was stored when the file was made, byte for byte."""
    by_topic = {type(one.event).TOPIC: one for one in recorded_examples()}

    for topic, stream_name, version, state in _lines():
        recorded = decode_state(state, stream=stream_name, version=version)

        assert recorded == msgspec.structs.replace(by_topic[topic], position=0)
        assert type(recorded.event) is TOPICS[topic]
        assert encode_state(recorded) == state


def test_read_the_golden_file_finds_every_topic() -> None:
    """One line a type, and no topic that the catalogue has lost."""
    topics = [topic for topic, *_ in _lines()]

    assert len(set(topics)) == len(topics)
    assert set(topics) == set(TOPICS)


def test_store_an_event_keeps_the_order_of_its_fields() -> None:
    """event, id, occurred, recorded_at, recorded_by, sources; the type comes first inside, and there are no floats."""
    order = ["event", "id", "occurred", "recorded_at", "recorded_by", "sources"]

    for *_, state in _lines():
        fields = list(json.loads(state, parse_float=_no_float))
        assert fields == [name for name in order if name in fields]
        assert state.startswith(b'{"event":{"type":"')


def _no_float(text: str) -> float:
    raise AssertionError(text)


if (
    __name__ == "__main__"
):  # Adds the lines of new types. What is there is never written anew: it is stored in the world.
    known = {topic for topic, *_ in _lines()} if GOLDEN.exists() else set()
    with GOLDEN.open("a", encoding="utf-8") as file:
        file.writelines(golden(one) for one in recorded_examples() if type(one.event).TOPIC not in known)
    sys.exit()
