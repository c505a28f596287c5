"""The library's in-memory application runs the domain's events and aggregates unchanged."""

import msgspec
import pytest
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import IntegrityError

from negotiation.envelope import Recorded, Submission
from negotiation.state.aggregate import project
from parley.store.codec import EventMapper

ENVIRONMENT = {"ORIGINATOR_ID_TYPE": "text", "MAPPER_TOPIC": "parley.store.codec:EventMapper"}


class Record(Application[str]):
    """The library's application over memory."""

    name = "parley"


def recorded(stream: str, version: int, event: dict[str, object]) -> Recorded:
    """An event as it stands in the record."""
    source = {"publisher": "The National", "kind": "outlet", "published": "2022-01-11"}
    submission = msgspec.convert({"occurred": "2022-01-10", "sources": [source], "event": event}, Submission)
    return Recorded(
        event=submission.event,
        id=f"00000000-0000-0000-0000-{version:012}",
        occurred=submission.occurred,
        recorded_at="2022-01-11T09:00:00.000000Z",
        recorded_by="local",
        sources=submission.sources,
        stream=stream,
        version=version,
    )


def test_save_and_get_round_in_memory_folds_its_events() -> None:
    """Events that were saved come back as the round's dossier."""
    application = Record(env=ENVIRONMENT)
    stream = "european-security/geneva"
    application.save(recorded(stream, 1, {"type": "RoundScheduled", "round": "geneva", "starts": "2022-01-10"}))
    application.save(recorded(stream, 2, {"type": "TalksHeld", "session": "day-1", "rooms": [["us", "russia"]]}))
    aggregate = application.repository.get(stream, projector_func=project)
    assert aggregate.dossier.history.keys("session", "geneva") == {("session", "geneva", "day-1")}
    assert aggregate.version == 2


def test_save_and_get_party_in_memory_folds_its_events() -> None:
    """A party's events come back as its dossier."""
    application = Record(env=ENVIRONMENT)
    stream = "parties/russia"
    application.save(
        recorded(stream, 1, {"type": "PartyIdentified", "party": "russia", "name": "Russia", "kind": "state"})
    )
    aggregate = application.repository.get(stream, projector_func=project)
    assert aggregate.dossier.history.keys("party", "russia") == {("party", "russia")}


def test_get_unknown_round_in_memory_is_not_found() -> None:
    """A stream without events is no aggregate."""
    application = Record(env=ENVIRONMENT)
    with pytest.raises(AggregateNotFoundError):
        application.repository.get("european-security/vienna", projector_func=project)


def test_save_same_version_twice_in_memory_is_refused() -> None:
    """The library's own check of versions holds for these events."""
    application = Record(env=ENVIRONMENT)
    event = recorded("european-security/geneva", 1, {"type": "RoundScheduled", "round": "geneva"})
    application.save(event)
    with pytest.raises(IntegrityError):
        application.save(event)


def test_map_recorded_to_stored_and_back_is_the_identity() -> None:
    """The mapper gives back what it was given, under the type's stored name."""
    event = recorded("european-security/geneva", 1, {"type": "RoundScheduled", "round": "geneva"})
    mapper = EventMapper(transcoder=Record(env=ENVIRONMENT).mapper.transcoder)
    stored = mapper.to_stored_event(event)
    assert (stored.topic, mapper.to_domain_event(stored)) == ("negotiation.RoundScheduled", event)
