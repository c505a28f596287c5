"""Worlds to record in, and generated histories: what the record would have taken, in an order in which it took it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final, TypeAlias

import msgspec
from hypothesis import strategies as st

from negotiation.admission import Directory, Malformed, check_form, decide
from negotiation.clocks import NOW, Reading
from negotiation.dates import instant, interval_of_date
from negotiation.envelope import Recorded, Submission
from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.fact import Fact
from negotiation.references import provision_and_option
from negotiation.refusals import Refusal
from negotiation.state.changes import parties_touched
from negotiation.state.dossier import Dossier
from negotiation.state.grounds import named_party
from negotiation.state.index import Entry, Index
from negotiation.state.register_keys import Key, about_of, kind_of
from negotiation.streams import stream

Fields: TypeAlias = dict[str, Any]

NEGOTIATION: Final = "european-security"
GENEVA: Final = "european-security/geneva"
BRUSSELS: Final = "european-security/brussels"
CLOCK: Final = instant("2026-11-22T00:00:00Z")
ELSEWHERE: Final = Directory(knows_negotiation=lambda name: name == "arms-control")


class World:
    """The parties and one negotiation at one reading, kept event by event as the service keeps them."""

    def __init__(self, reading: Reading = NOW) -> None:
        self.parties = Dossier(reading)
        self.talks = Dossier(reading, self.knows_party, lambda: self.parties.history)
        self.events: list[Recorded] = []
        self._indexes = {True: Index(), False: Index(self.knows_party)}
        self._indexed = 0

    def knows_party(self, party: str) -> bool:
        return self.parties.history.knows(named_party(party))

    def dossier(self, stream_name: str) -> Dossier:
        return self.parties if stream(stream_name).is_party else self.talks

    def decide(self, stream_name: str, submission: Submission) -> None:
        """Raise what the record would raise."""
        check_form(submission)
        decide(submission, stream(stream_name), self.index(stream_name), ELSEWHERE, CLOCK)

    def index(self, stream_name: str) -> Index:
        """What the rules ask about the unit of a stream, with all events so far."""
        for event in self.events[self._indexed :]:
            self._indexes[stream(event.stream).is_party].put(entry_of(event))
        self._indexed = len(self.events)
        return self._indexes[stream(stream_name).is_party]

    def record(self, stream_name: str, submission: Submission, event_id: str = "") -> Recorded:
        """Record it, under the rules, as the next event of all and of its stream."""
        self.decide(stream_name, submission)
        number = len(self.events) + 1
        event = Recorded(
            event=submission.event,
            id=event_id or submission.id or event_id_of(number),
            occurred=submission.occurred,
            position=number,
            recorded_at=f"2026-11-22T00:00:00.{number:06}Z",
            recorded_by="desk-officer",
            sources=submission.sources,
            stream=stream_name,
            version=1 + sum(1 for event in self.events if event.stream == stream_name),
        )
        self.apply(event)
        return event

    def apply(self, event: Recorded) -> None:
        """Fold it; tell the negotiation which parties became known, or are known no more."""
        self.events.append(event)
        changes = self.dossier(event.stream).apply(event)
        if stream(event.stream).is_party:
            self.talks.parties_flipped(parties_touched(changes))


def entry_of(event: Recorded) -> Entry:
    """The event as the rules see it."""
    return Entry(id=event.id, stream=event.stream, version=event.version, position=event.position, event=event.event)


def event_id_of(number: int) -> str:
    return f"{number:08x}-0000-7000-8000-000000000000"


def folded(events: Iterable[Recorded], reading: Reading = NOW) -> World:
    """A world that took these events in one by one."""
    world = World(reading)
    for event in events:
        world.apply(event)
    return world


def folded_at_once(events: Iterable[Recorded], reading: Reading = NOW) -> World:
    """A world that took these events in together, the parties first."""
    world = World(reading)
    world.events = list(events)
    world.parties.apply_all(event for event in world.events if stream(event.stream).is_party)
    world.talks.apply_all(event for event in world.events if not stream(event.stream).is_party)
    return world


def recorded_anew(events: Sequence[Recorded]) -> World | None:
    """A world that records these in this order as far as the rules let it; None where they keep one out for good.

    What is refused is tried again after what follows it, as a recorder would who finds a name missing.
    """
    world = World()
    waiting = list(events)
    while waiting:
        refused = []
        for event in waiting:
            try:
                world.record(event.stream, submission_of(event), event.id)
            except Refusal:
                refused.append(event)
        if len(refused) == len(waiting):
            return None
        waiting = refused
    return world


def submission_of(event: Recorded) -> Submission:
    return Submission(event=event.event, occurred=event.occurred, sources=event.sources)


# -- everything that can be read


def portrait(world: World) -> Fields:
    """Everything that a world shows, positions aside; equal for worlds that read the same."""
    return {"parties": _portrait(world.parties), "talks": _portrait(world.talks)}


def reading(events: Iterable[Recorded], clocks: Reading = NOW) -> Fields:
    """Everything that these events show at the clocks."""
    return portrait(folded(events, clocks))


def _portrait(dossier: Dossier) -> Fields:
    history = dossier.history
    keys = sorted(
        key
        for registers in (history._registers, history._may_have_changed)
        for key, values in registers.items()
        if values
    )
    known = {fact: _without_position(versions) for fact, versions in history.known.items()}
    streams = {event.stream for event in history.lives.events.values()}
    listed = {(name, family): total for name in streams for family, total in history.fact_counts(name).items() if total}
    return {
        "registers": {key: _register(dossier, key) for key in keys},
        "values": {
            key: {which: assertion.value for which, assertion in history.assertions(key).items()} for key in keys
        },
        "keys": {key[:2]: history.keys(kind_of(key), about_of(key)) for key in keys},
        "known": known,
        "possible": {fact: _without_position(versions) for fact, versions in history.possible.items()},
        "unsupported": {fact: history.unsupported(versions[0]) for fact, versions in history.known.items()},
        "names": {name: sorted(facts) for name, facts in history._introduced.items() if facts},
        "named facts": sorted(history._names),
        "counts": {
            "facts": listed,
            "registers": {
                key[:2]: (history.count(kind_of(key), about_of(key)), history.counts(about_of(key))[kind_of(key)])
                for key in keys
            },
            "abouts": {key[0]: history.count_abouts(kind_of(key)) for key in keys},
            "findings": {name: count for name in (None, *sorted(streams)) if (count := dossier.count_findings(name))},
        },
        "parties named": history.parties_named,
        "horizon": history.horizon,
        "may_have_changed": history.may_have_changed(),
        "findings": dossier.findings_in(),
        "findings by fact": dict(dossier.findings),
        "findings by stream": {name: found for name in sorted(streams) if (found := dossier.findings_in(name))},
    }


def _register(dossier: Dossier, key: Key) -> Any:
    return _unplaced(msgspec.json.decode(msgspec.json.encode(dossier.history.register(key))))


def _unplaced(value: Any) -> Any:
    match value:
        case dict():
            return {name: _unplaced(item) for name, item in value.items() if name != "position"}
        case list():
            return [_unplaced(item) for item in value]
        case _:
            return value


def _without_position(versions: Iterable[Any]) -> list[Any]:
    return [msgspec.structs.replace(known, position=0) for known in versions]


# -- generated histories: few names and few days, so that much meets

PARTIES: Final = ("russia", "united-states", "nato", "ukraine")
ROUNDS: Final = ("geneva", "brussels")
SESSIONS: Final = ("day-1", "day-2")
DEMANDS: Final = ("veto-on-enlargement", "security-guarantees")
DOCUMENTS: Final = ("treaty", "treaty", "reply")
DAYS: Final = tuple(f"2022-01-{day:02}" for day in range(8, 15))
REPORTS: Final = (
    *DAYS,
    *("2022-01-14", "2022-01-15", "2022-01-16") * 4,
    *("2022-01", "2022", "2022-01-11T09:00:00+01:00", "2022-01-13T23:30:00Z"),
)
TEXTS: Final = ("One.", "Two.", "One. ", "O\u200bne.", "Tw\u00f3.", "Two\u0301.")
"""Some that a reader takes for the same."""
TIMES: Final = ("2022-01-10T09:00:00+01:00", "2022-01-10T20:30:00-05:00", "2022-01-11T02:30:00+03:00")
OTHER_DATES: Final = ("2022-01", "2022", "2021-12", "2021-12%", "2021-24", "XXXX", "2022-01-10~", *TIMES * 2)
CLOCKS: Final = (*DAYS, "2022-01", "2022-01-10T12:00:00Z", "2022-01-11T00:00:00+01:00")

clocks: st.SearchStrategy[Reading] = st.builds(
    Reading,
    happened_by=st.none() | st.sampled_from(CLOCKS).map(interval_of_date),
    reported_by=st.none() | st.sampled_from(CLOCKS).map(interval_of_date),
)


class _Dice(Random):
    """Draws what a recorder may hand in next. Names are mostly those that the world knows."""

    def __init__(self, seed: int, world: World) -> None:
        super().__init__(seed)
        self.world = world

    def one(self, *items: Any) -> Any:
        return self.choice(items)

    def some(self, items: Sequence[Any], most: int, least: int = 0) -> list[Any]:
        return self.sample(items, min(self.randint(least, most), len(items)))

    def date(self) -> str:
        a, b = sorted(self.choices(DAYS, k=2))
        return str(
            self.one(a, a, b, f"[..{b}]", f"[{a}..{b}]", f"{a}/{b}", f"{a}/..", f"../{b}", self.one(*OTHER_DATES))
        )

    def sources(self) -> list[Fields]:
        return [
            {
                "publisher": self.one("The Gazette", "The Courier"),
                "kind": self.one("outlet", "paraphrase", "official", "leak"),
                self.one("published", "published", "retrieved"): self.one(*REPORTS),
            }
            for _ in range(self.randint(1, 2))
        ]

    @property
    def facts(self) -> list[str]:
        return [event.id for event in self.world.events if isinstance(event.event, Fact)]

    def party(self) -> str:
        return str(self.one(*[party for party in PARTIES if self.world.knows_party(party)] or PARTIES))

    def parties(self, least: int = 1) -> list[str]:
        return list(dict.fromkeys(self.party() for _ in range(self.randint(least, 2))))

    def carriers(self) -> list[Fields]:
        return list(self.one([], [{"person": "An envoy"}], [{"party": PARTIES[2]}]))

    def actors(self) -> list[Fields]:
        return [{"party": party, "as": self.one("self", "self", "for-members")} for party in self.parties()]

    def assessor(self) -> Fields:
        return dict(self.one({"party": self.party()}, {"outlet": "The Gazette"}, {"outlet": "The Courier"}))

    def ref(self, *kinds: str) -> Fields:
        history = self.world.talks.history
        names = [name for name, facts in history._introduced.items() if facts]
        names += [("event", fact, "", "") for fact in history._names]
        known = sorted(name for name in names if name[0] in kinds or not kinds)
        if not known or (not kinds and self.random() < 0.3):
            return {"kind": "event", "id": self.one(*self.facts)}
        *name, place = self.one(*known)
        provision, option = provision_and_option(place)
        fields = zip(("kind", "id", "version", "provision", "option"), (*name, provision, option), strict=True)
        return {field: value for field, value in fields if value}

    def refs(self) -> list[Fields]:
        return [self.ref() for _ in range(self.randint(0, 2))]


_FIELDS: Final[dict[str, Callable[[_Dice], Fields]]] = {
    "Identity": lambda dice: {"party": dice.one(*PARTIES)},
    "Membership": lambda dice: {
        "group": dice.one("nato", "nato", "russia"),
        "member": dice.one("united-states", "ukraine"),
    },
    "Participation": lambda dice: {
        "party": dice.party(),
        **dice.one({}, {}, {"role": "party"}, {"role": "observer"}),
        **dice.one({}, {}, {}, {"until": dice.date()}),
        **dice.one({}, {}, {"scope": "negotiation"}, {"scope": "round"}),
    },
    "Delegation": lambda dice: {
        "party": dice.party(),
        "members": [
            {"person": dice.one("Sherman", "Ryabkov"), "capacity": dice.one("head", "member")}
            for _ in range(dice.randint(0, 2))
        ],
        **dice.one({}, {"scope": "negotiation"}, {"scope": "round"}, {"body": "committee"}),
        **dice.one({}, {}, {"until": dice.date()}),
    },
    "Office": lambda dice: {
        "body": "committee",
        "office": dice.one("chair", "co-chair"),
        **dice.one({"person": "Sherman"}, {"person": "Ryabkov"}, {"party": dice.party()}),
    },
    "Frame": lambda _: {},
    "Schedule": lambda dice: {
        "round": dice.one(*ROUNDS),
        "venue": dice.one("Geneva", "Vienna"),
        **dice.one({}, {"format": "written"}, {"starts": "2022-01-12"}),
    },
    "Proceedings": lambda dice: dict(dice.one({}, {}, {"scope": "negotiation"})),
    "Talks": lambda dice: {
        "session": dice.one(*SESSIONS),
        "rooms": [dice.parties() for _ in range(dice.randint(0, 2))],
        "absent": dice.parties(least=0),
        **dice.one({}, {}, {"present": [{"person": "Sherman", "party": dice.party()}]}),
        **dice.one({}, {}, {"rooms": [], "meetings": [{"parties": PARTIES[:2], "through": dice.carriers()}]}),
    },
    "Deadline": lambda dice: {"deadline": "reply-due", "what": "A reply", **dice.one({}, {"due": dice.date()})},
    "Demand": lambda dice: {
        "demand": dice.one(*DEMANDS),
        "text": dice.one(*TEXTS),
        "by": dice.actors(),
        "parts": dice.one([], [{"part": "p1", "text": "A part."}]),
    },
    "Document": lambda dice: {
        "document": dice.one(*DOCUMENTS),
        "version": dice.one("1", "2"),
        "kind": "draft",
        "authors": dice.parties(least=0),
        "provisions": dice.one([], [{"id": "p1"}], [{"id": "p1", "options": [{"option": "a", "text": "One."}]}]),
    },
    "Answer": lambda dice: {
        "on": dice.ref(dice.one("demand", "demand", "document")),
        "answer": dice.one("accept", "reject", "withdraw", "none"),
        "by": dice.actors(),
    },
    "CommitmentCourse": lambda dice: {"commitment": "consult", **dice.one({}, {"until": dice.date()})},
    "DemandCourse": lambda dice: {"demand": dice.ref("demand")["id"]},
    "Statement": lambda dice: {"text": dice.one(*TEXTS), "about": dice.refs()},
    "Commitment": lambda dice: {"commitment": "consult", "text": dice.one(*TEXTS), "by": dice.actors()},
    "Disclosure": lambda dice: {"of": dice.ref(), "manner": dice.one("leaked", "announced")},
    "Conduct": lambda dice: {
        "conduct": "build-up",
        "kind": "build-up",
        "phase": dice.one("begun", "ended"),
        "linked_to": dice.refs(),
    },
    "Vote": lambda dice: {
        "electorate": "Council",
        "on": dice.one(dice.ref(), dice.ref("demand")),
        **dice.one({}, {"counts": {"for": dice.randint(0, 3), "against": dice.randint(0, 3)}}),
        "result": dice.one("adopted", "rejected"),
        **dice.one({}, {"rule": dice.one("simple-majority", "two-thirds", "unanimity", "absolute-majority")}),
    },
    "Consent": lambda dice: {
        "document": dice.one(*DOCUMENTS),
        "version": dice.one("1", "2"),
        "parties": dice.parties(),
        **dice.one({}, {"parts": [{"threshold": "some", "part": "12.5"}]}),
    },
    "Status": lambda dice: {
        "document": dice.one(*DOCUMENTS),
        "for": dice.parties(least=0),
        **dice.one({}, {"until": dice.date()}),
    },
    "TextCorrection": lambda dice: {
        "document": dice.one(*DOCUMENTS),
        "version": dice.one("1", "2"),
        "from": dice.one(*TEXTS),
        **dice.one({}, {"into": "Three."}),
        **dice.one({}, {"provision": "p1"}),
    },
    "ExistingAgreement": lambda dice: {"document": dice.one("old-treaty", "treaty"), "authors": dice.parties(least=0)},
    "EntryConditions": lambda dice: {
        "document": dice.one(*DOCUMENTS),
        "thresholds": [{"threshold": "some", "parties": dice.randint(1, 3)}],
        **dice.one({}, {"approvals": ["Council"]}),
    },
    "Endorsement": lambda dice: {
        "document": dice.one(*DOCUMENTS),
        **dice.one({}, {"version": "1"}),
        **dice.one({"body": "committee"}, {"by": dice.actors()}),
    },
    "TextState": lambda dice: {
        **dice.one({}, {"figures": [{"unit": dice.one("brackets", "pages"), "about": dice.randint(1, 3)}]}),
        "document": dice.one(*DOCUMENTS),
        **dice.one({}, {"version": "1"}, {"version": "2"}),
        dice.one("agreed", "agreed_in_principle", "open"): ["p1"],
    },
    "Outcome": lambda dice: {"assessed_by": dice.assessor(), **dice.one({}, {}, {"of": dice.ref()})},
    "Performance": lambda dice: {
        "of": dice.ref("commitment", "condition", "deadline"),
        "finding": dice.one("met", "not-met"),
        "assessed_by": dice.assessor(),
    },
}
"""The own fields of a fact, by family."""

_FIELDS_OF_TYPE: Final[dict[str, Fields]] = {
    "PartyIdentified": {"name": "A party", "kind": "state"},
    "PartyRenamed": {"name": "Another name"},
    "PartyReclassified": {"kind": "government", "codes": {"iso3166": "RUS"}},
    "PartySplit": {"into": ["russia"]},
    "PartySucceeded": {"into": ["russia"]},
    "NegotiationOpened": {"title": "Talks"},
    "BodyEstablished": {"body": "committee", "kind": "committee"},
    "DemandPut": {"to": ["nato"]},
    "AgendaItemSet": {"item": "guarantees", "status": "open"},
}

_MORE: Final[tuple[Callable[[_Dice], Fields], ...]] = (
    *[lambda _: {}] * 4,
    lambda dice: {"by": dice.actors(), "session": dice.one(*SESSIONS)},
    lambda dice: {"by": dice.actors(), "session": dice.one(*SESSIONS)},
    lambda dice: {"effective": dice.date()},
    lambda dice: {"if": [{"condition": dice.one("called-off", "withdrawn"), "text": "If so."}]},
    lambda dice: {"after": dice.some(dice.facts, 2)},
    lambda dice: {"after": dice.some(dice.facts[-4:], 2)},
    lambda dice: {"to": dice.parties(), "via": {"party": dice.party()}},
)
"""What any fact may say besides."""

FACT_TYPES: Final = tuple(name for name, cls in EVENT_TYPES.items() if issubclass(cls, Fact))
_FREQUENT: Final = (
    *("AnswerGiven",) * 12,
    *("TalksHeld", "DemandTabled", "DocumentTabled") * 4,
    *("NoBreakthrough", "DeadlineSet", "PerformanceAssessed", "RoundConcluded", "TalksResumed") * 2,
    *("TalksBrokenOff", "VoteTaken", "VoteTaken", "TextStateAnnounced", "TextStateAnnounced") * 2,
    *(
        "AgreementSigned",
        "AgreementSigned",
        "RoundConcluded",
        "PartyWalkedOut",
        "PartyReturned",
        "RoundScheduled",
        "CommitmentMade",
    )
    * 2,
)


def _fact(dice: _Dice, type_: str) -> Fields:
    """A fact of this type as JSON."""
    family = EVENT_TYPES[type_].__mro__[1].__name__
    more = dice.one(*_MORE)(dice)
    return {**more, "type": type_, **_FIELDS_OF_TYPE.get(type_, {}), **_FIELDS[family](dice)}


def _home(dice: _Dice, fact: Fields) -> str:
    match fact:
        case {"type": "PartyIdentified" | "PartyRenamed" | "PartyReclassified" | "PartySplit" | "PartySucceeded"}:
            return f"parties/{fact['party']}"
        case {"group": group}:
            return f"parties/{group}"
        case {"type": "RoundScheduled"}:
            return f"{NEGOTIATION}/{fact['round']}"
        case {"type": "NegotiationOpened" | "NegotiationConcluded"}:
            return NEGOTIATION
        case {"type": "TalksHeld" | "RoundConcluded" | "RoundCancelled"}:
            return str(dice.one(GENEVA, GENEVA, BRUSSELS))
        case _:
            return str(dice.one(GENEVA, GENEVA, BRUSSELS, NEGOTIATION))


def _to_record(dice: _Dice) -> tuple[str, Fields]:
    """A submission that may or may not be admitted, and its stream."""
    match dice.one(*["fact"] * 8, "correction", "correction", "retraction", "retraction", "account", "account"):
        case "correction":
            return _correction(dice)
        case "retraction":
            recent = dice.world.events[-12:]
            record_events = [event for event in recent if not isinstance(event.event, Fact)]
            target = dice.one(*recent, *record_events)
            return target.stream, {"event": {"type": "EventRetracted", "target": target.id, "reason": "It was wrong."}}
        case "account":
            return _account(dice)
        case _:
            fact = _fact(dice, dice.one(*FACT_TYPES, *_FREQUENT))
            return _home(dice, fact), _told(dice, fact)


def _told(dice: _Dice, event: Fields) -> Fields:
    return {"event": event, "occurred": dice.date(), "sources": dice.sources()}


def _another_version(dice: _Dice, target: Recorded) -> tuple[Fields, Fields]:
    """The content of a fact, and other content with the same identity."""
    was = msgspec.json.decode(msgspec.json.encode(target.event))
    kept = {"party", "group", "round", "demand", "document", "version", "commitment", "body", "member", "on"}
    now = {**was, **_fact(dice, was["type"])}
    return was, now | {name: value for name, value in was.items() if name in kept and dice.random() < 0.95}


def _correction(dice: _Dice) -> tuple[str, Fields]:
    target = dice.world.dossier  # a correction names the head
    event = dice.one(*[event for event in dice.world.events if isinstance(event.event, Fact)][-10:])
    head = target(event.stream).history.lives.head(event.id)
    _, now = _another_version(dice, event)
    return event.stream, _told(
        dice, {"type": "EventCorrected", "target": head, "reason": "Read anew.", "replacement": now}
    )


def _account(dice: _Dice) -> tuple[str, Fields]:
    target = dice.one(*[event for event in dice.world.events if isinstance(event.event, Fact)][-10:])
    account: Fields = {"type": "AccountAdded", "target": target.id, "stance": dice.one("agrees", "denies", "differs")}
    if account["stance"] == "differs":
        was, now = _another_version(dice, target)
        names = sorted(name for name in now if name != "type" and now[name] != was.get(name))
        account["differs"] = {name: now[name] for name in dice.some(names, 2)}
        if not account["differs"] or dice.random() < 0.3:
            account["differs"]["occurred"] = dice.date()
    return target.stream, {"event": account, "sources": dice.sources()}


def _begin(dice: _Dice) -> list[tuple[str, Fields]]:
    """What most of the rest needs: parties, the negotiation, rounds, something to answer."""
    facts: list[Fields] = [
        *({"type": "PartyIdentified", "party": party, "name": party, "kind": "state"} for party in PARTIES[:3]),
        {"type": "NegotiationOpened", "title": "Talks"},
        *({"type": "RoundScheduled", "round": round_} for round_ in ROUNDS),
        {"type": "DemandTabled", "demand": DEMANDS[0], "text": "One.", "by": [{"party": "russia"}]},
        {"type": "DocumentTabled", "document": "treaty", "kind": "draft"},
        {"type": "DocumentTabled", "document": "treaty", "version": "2", "kind": "draft"},
    ]
    return [(_home(dice, fact), _told(dice, fact)) for fact in facts]


@st.composite
def histories(draw: Callable[[st.SearchStrategy[Any]], Any], tries: int = 22) -> list[Recorded]:
    """What a world recorded, in order, with ids that say nothing of the order.

    Every submission is drawn by itself, and a 0 leaves it out, so that a failing history shrinks.
    """
    world = World()
    salt = draw(st.integers(0, 2**32))
    for number, given in enumerate(_begin(_Dice(salt, world))):
        _try_to_record(world, *given, _scattered(number, salt))
    drawn = draw(st.lists(st.integers(0, 15), min_size=tries, max_size=tries))
    for number, chosen in enumerate(drawn, len(PARTIES) + 8):
        if chosen:
            given = _to_record(_Dice(salt + 1000 * number + chosen, world))
            _try_to_record(world, *given, _scattered(number, salt))
    return world.events


def _scattered(number: int, salt: int) -> str:
    return event_id_of((number + salt) * 2_654_435_761 % 2**32)


def _try_to_record(world: World, stream_name: str, fields: Fields, event_id: str) -> None:
    with suppress(Refusal, Malformed, msgspec.ValidationError):
        world.record(stream_name, msgspec.convert(fields, Submission), event_id)
