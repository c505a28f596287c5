"""What became of registers, in a line each: ``answer of NATO to demand veto-on-enlargement: - -> reject``."""

from collections.abc import Sequence
from typing import Any, Final, assert_never

import msgspec
from rich.text import Text

from negotiation.documents.difference import Change, Kind
from negotiation.references import Actor, Assessor, Attendee, Duration, Meeting
from negotiation.state import register_keys
from negotiation.state.register_keys import Key, for_every_kind, kind_of, reference
from negotiation.state.registers import Register, Value
from parley.telling import dates
from parley.telling.phrases import Names, Piece, how_long, listed, named, numbers, say, thing
from parley.telling.words import RESULTS, STATES

NOTHING: Final = "-"
_SO: Final = "so"

_DATES: Final = frozenset({"starts", "ends", "due", "until", "effective"})
_LIMITS: Final = {"effective": "from", "until": "until", "if": "if"}
"""Fields that say when a value holds, or on what condition, and how."""
_PARTIES: Final = frozenset({"to", "authors", "from", "shuttles", "absent", "into", "wanted_by"})
_PLAIN: Final = frozenset(
    {"type", "answer", "finding", "result", "status", "state", "phase", "name", "text", "person", "party", "persons"}
)
"""Fields that say of themselves what they are."""
_TOLD: Final[dict[register_keys.Kind, str]] = {
    "negotiation": "opened",
    "session": "held",
    "demand": "tabled",
    "document": "tabled",
    "commitment": "made",
    "body": "established",
    "text-correction": "corrected",
    "endorsement": "endorsed",
    "entry-conditions": "set",
}
"""What stands when there is something of this kind, whatever its content."""
_SHOWN: Final[dict[register_keys.Kind, tuple[str, ...]]] = for_every_kind(
    {
        **dict.fromkeys(_TOLD, ()),
        "answer": ("answer", "with", "terms"),
        "demand-course": ("type", "how"),
        "commitment-course": ("type",),
        "participation": ("type", "role"),
        "delegation": ("persons",),
        "office": ("person", "party", "type"),
        "agenda-item": ("status",),
        "schedule": ("starts", "venue"),
        "deadline": ("due",),
        "conduct": ("phase",),
        "succession": ("type", "into"),
        "disclosure": ("authentic",),
        "vote": ("result", "yes_means", "motion"),
        "performance": ("finding",),
        "consent": ("type", "version"),
        "status": ("type",),
        "provision-state": ("state",),
        "figure": ("name",),
        **dict.fromkeys(("party", "party-code", "party-name"), ("name",)),
        **dict.fromkeys(("proceedings", "statement", "outcome", "membership", "membership-of"), ("type", "name")),
    }
)
"""The fields that a value is told by."""
_WITHOUT: Final[dict[register_keys.Kind, str]] = {
    "schedule": "no date",
    "deadline": "lifted",
    "conduct": "reported",
    "disclosure": _SO,
}
_TOLD_WHOLE: Final[frozenset[register_keys.Kind]] = frozenset({"office"})
"""Kinds whose fields tell nothing one by one: from one holder to the next."""
_SAID_ALREADY: Final[frozenset[register_keys.Kind]] = frozenset({"party", "party-code", "party-name", "statement"})
"""Kinds whose first value is what the sentence says, and no more."""


def changes(found: Sequence[Change], names: Names, *, account: bool) -> list[tuple[Kind, Text]]:
    """The changes worth a line, with what each is. ``account``: an account did it, which says so itself."""
    return [
        (change.kind, line(change, names))
        for change in found
        if not (change.kind == "appeared" and kind_of(change.key) in _SAID_ALREADY)
        and not (change.kind == "evidence" and account)
    ]


def line(change: Change, names: Names) -> Text:  # noqa: C901, PLR0911 - one arm a kind of change
    """One change as a line."""
    what, kind = about(change.key, names), kind_of(change.key)
    before, after = values(change.before), values(change.after)
    match change.kind:
        case "appeared" | "changed" | "contested" | "settled" if change.after is not None and change.after.alternatives:
            return say("alternatives now: ", what, ": ", _summaries(change.key, after, names))
        case "appeared" if kind in _TOLD or _summaries(change.key, after, names).plain == _SO:
            return say("new: ", what)
        case "appeared" | "went":
            was, now = (_reads(change.key, one, names) for one in (change.before, change.after))
            return say(what, ": ", was, " -> ", now)
        case "contested":
            return say("contested now: ", what, ": ", differences(change.key, after, names))
        case "settled":
            return say("settled: ", what, ": ", _summaries(change.key, after, names))
        case "evidence":
            return say(what, ": still ", _summaries(change.key, after, names))
        case "changed" if change.before is not None and change.before.alternatives:
            return say("decided now: ", what, ": ", _summaries(change.key, after, names))
        case "changed" if change.before is not None and change.before.contested:
            return say("still contested: ", what, ": ", differences(change.key, after, names))
        case "changed" if len(before) > 1 or len(after) > 1 or kind in _TOLD_WHOLE:
            return say(what, ": ", _summaries(change.key, before, names), " -> ", _summaries(change.key, after, names))
        case "changed":
            return say(what, ": ", _steps(change.key, before[0], after[0], names))


def about(key: Key, names: Names) -> Text:  # noqa: C901, PLR0911, PLR0912 - one arm a kind of register
    """What a register is about, in words."""
    kind, parts = kind_of(key), key[1:]
    match kind:
        case "negotiation":
            return say("the negotiation")
        case "proceedings" | "schedule":
            return say(f"{kind} of ", _round(*parts))
        case "session":
            round_, session = parts
            return say("session ", thing(session), " of ", _round(round_))
        case "participation":
            round_, party = parts
            return say("part of ", names.party(party), " in ", _round(round_))
        case "delegation":
            round_, body, party, capacity = parts
            place = say("the body ", thing(body)) if body else _round(round_)
            return say(f"{capacity} of the delegation of ", names.party(party), " in ", place)
        case "office":
            _, body, office = parts
            return say(f"{office} of the body ", thing(body))
        case "answer":
            *on, party = parts
            return say("answer of ", names.party(party) if party else "somebody unnamed", " to ", _ref(*on))
        case "vote":
            *on, electorate, _ = parts
            return say(_ref(*on), f": vote of {electorate}")
        case "disclosure":
            *of, manner = parts
            return say(_ref(*of), f", {manner}")
        case "performance":
            *of, occasion, assessor = parts
            when = f", for {dates.date(occasion)}" if occasion else None
            return say(_ref(*of), when, ", by ", _assessor(assessor, names))
        case "outcome":
            _, of_kind, name, version, provision, assessor = parts
            what = named(of_kind, name, version, provision) if name else Text("the negotiation")
            return say("outcome of ", what, ", by ", _assessor(assessor, names))
        case "consent":
            document, party = parts
            return say("consent of ", names.party(party), " to ", _ref(document))
        case "status":
            document, party = parts
            return say(_ref(document), say(" for ", names.party(party)) if party else None)
        case "provision-state":
            return _ref(*parts)
        case "entry-conditions":
            return say("conditions of entry into force of ", _ref(*parts))
        case "figure":
            document, version, unit = parts
            return say(f"{unit} of ", _ref(document, version))
        case "text-correction":
            return say("correction of ", _ref(*parts[:-1]))
        case "endorsement":
            document, version, body, party = parts
            who = _thing("body", body) if body else names.party(party)
            return say("endorsement of ", _ref(document, version), " by ", who)
        case "document":
            return named("document", *parts)
        case "statement":
            return Text("statement")
        case "membership":
            group, member = parts
            return say(names.party(member), " in ", names.party(group))
        case "party-code":
            party, scheme = parts
            return say(f"{scheme} code of ", thing(party))
        case "commitment-course":
            return say("course of the commitment ", thing(parts[-1]))
        case "demand-course":
            return say("course of the demand ", thing(parts[-1]))
        case "party" | "party-name" | "succession" | "membership-of":
            return _thing(kind, parts[-1])
        case "body" | "agenda-item" | "deadline" | "demand" | "commitment" | "conduct":
            return _thing(kind, parts[-1])
        case _:
            assert_never(kind)


def _thing(kind: register_keys.Kind, name: str) -> Text:
    return say(f"{kind.replace('-', ' ')} ", thing(name))


def standing(key: Key, register: Register, names: Names) -> Text:
    """How a register reads, in a few words."""
    return _reads(key, register, names)


def _reads(key: Key, register: Register | None, names: Names) -> Text:
    """Its values; where nothing stands any more, what ended."""
    if register is None or not register.ended:
        return _summaries(key, values(register), names)
    return say("ended: ", _summaries(key, [_value(value) for value in register.ended], names))


def differences(key: Key, values: Sequence[Any], names: Names) -> Text:
    """In what several values differ: ``duration: at least 7 hours | about 8 hours; venue: Geneva | ...``."""
    facets = [_facets(key, value, names) for value in values]
    fields = [field for field in dict.fromkeys(field for one in facets for field in one) if _vary(field, facets)]
    found: list[Piece] = []
    for field in fields:
        each = listed((one.get(field, NOTHING) for one in facets), last=" | ", between=" | ")
        found.append(each if field in _PLAIN else say(f"{_word(field)} ", each))
    return listed(found, last="; ", between="; ")


def values(register: Register | None) -> list[Any]:
    """A register's values as JSON values, with when they take effect; none where it has none."""
    return [] if register is None else [_value(value) for value in register.values]


def _value(value: Value) -> Any:
    found = msgspec.json.decode(value.value)
    effective = value.evidence[-1].effective if value.evidence else None
    return found if effective is None or not isinstance(found, dict) else {**found, "effective": effective}


def _vary(field: str, facets: Sequence[dict[str, Text]]) -> bool:
    return len({one[field].plain if field in one else NOTHING for one in facets}) > 1


def _steps(key: Key, before: Any, after: Any, names: Names) -> Text:
    """From one value to the next, field by field."""
    was, now = _facets(key, before, names), _facets(key, after, names)
    found: list[Piece] = []
    # The report that ends conduct says less than the one that began it, and takes nothing back.
    for field in now if kind_of(key) == "conduct" else dict.fromkeys((*was, *now)):
        if _vary(field, (was, now)):
            step = say(was.get(field, NOTHING), " -> ", now.get(field, NOTHING))
            found.append(step if field in _PLAIN else say(f"{_word(field)} ", step))
    return listed(found, last="; ", between="; ") if found else say("still ", _summary(key, now))


def _summaries(key: Key, values: Sequence[Any], names: Names) -> Text:
    found = dict.fromkeys(_summary(key, _facets(key, value, names)).plain for value in values)
    return Text(" | ".join(found) or NOTHING)


def _summary(key: Key, facets: dict[str, Text]) -> Text:
    kind = kind_of(key)
    if kind in _TOLD:
        return Text(_TOLD[kind])
    fields = [facets[field] for field in _SHOWN[kind] if field in facets]
    fields = fields or [Text(_WITHOUT.get(kind, _SO))]
    return listed(
        [*fields, *(say(f"{how} ", facets[field]) for field, how in _LIMITS.items() if field in facets)], last=", "
    )


def _facets(key: Key, value: Any, names: Names) -> dict[str, Text]:
    """A value's fields, each in words."""
    if kind_of(key) == "figure":
        return {"name": Text(numbers(**value))}
    if not isinstance(value, dict):
        return {"name": Text(str(value))}
    fields = {"role": "party"} if kind_of(key) == "participation" else {}
    return {field: _words(field, one, names) for field, one in value.items() if fields.get(field) != one}


def _words(field: str, value: Any, names: Names) -> Text:  # noqa: C901, PLR0911, PLR0912 - one arm a shape
    match value:
        case str() if field == "type":
            return Text(STATES.get(value, value))
        case str() if field == "result":
            return Text(RESULTS[value])
        case str() if field == "yes_means":
            return Text(f"a yes means: {value}")
        case str() if field in _DATES:
            return Text(dates.date(value))
        case str() if field == "party":
            return names.party(value)
        case str() if field == "version":
            return Text(f"version {value}")
        case str():
            return Text(value.replace("-", " ") if field in {"finding", "state"} else " ".join(value.split()))
        case list() if field in _PARTIES:
            return names.parties(value)
        case list() if field == "rooms":
            return listed((names.parties(room) for room in value), last="; ", between="; ")
        case list() if field == "meetings":
            met = msgspec.convert(value, tuple[Meeting, ...])
            return listed((names.meeting(meeting) for meeting in met), last="; ", between="; ")
        case list() if field == "present":
            return names.attendees(msgspec.convert(value, tuple[Attendee, ...]))
        case list() if field == "by":
            return names.actors(msgspec.convert(value, tuple[Actor, ...]))
        case list():
            return listed(_words("", one, names) for one in value)
        case dict() if field == "duration":
            return Text(how_long(msgspec.convert(value, Duration)))
        case dict() if field == "assessed_by":
            return names.assessor(msgspec.convert(value, Assessor))
        case {"kind": str(kind), "id": str(name)}:
            return named(kind, name, value.get("version"), value.get("provision"))
        case {"person": str(person), **rest}:
            return Text(f"{person} ({rest.get('capacity', 'member')})")
        case {"text": str(text)}:
            return Text(" ".join(text.split()))
        case dict():
            return listed((say(f"{_word(name)} ", _words(name, one, names)) for name, one in value.items()), last=", ")
        case bool():
            return Text("yes" if value else "no")
        case _:
            return Text(str(value))


def _word(field: str) -> str:
    return field.replace("_", " ")


def _round(round_: str) -> Text:
    return thing(round_) if round_ else Text("the negotiation")


def _ref(about_: str, version: str = "", provision: str = "") -> Text:
    kind, name = reference(about_)
    return named(kind, name, version, provision)


def _assessor(text: str, names: Names) -> Text:
    return names.assessor(msgspec.json.decode(text, type=Assessor))
