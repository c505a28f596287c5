"""Changes between two readings as flat rows: one a field that reads differently, before and after in words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from parley.http.response.cells import Item, Row, joined, told_sources, words

CHANGE_COLUMNS: Final = (
    "change",
    "register",
    "kind",
    "id",
    "version",
    "provision",
    "round",
    "party",
    "name",
    "field",
    "before",
    "after",
    "positions",
    "events",
    "types",
    "sources",
    "finding",
    "message",
)

_THINGS: Final = {
    "session": "session",
    "body": "body",
    "item": "agenda-item",
    "deadline": "deadline",
    "demand": "demand",
    "document": "document",
    "event": "event",
    "commitment": "commitment",
    "conduct": "conduct",
}
"""What a register is about by a name of its own, and the kind of reference to it."""
_VALUE: Final = "value"
"""The field of a value that has none."""


def change_rows(item: Item) -> Iterator[Row]:
    """A row for each field of a register that reads differently; of a finding one, as of evidence alone."""
    if "finding" in item:
        finding = item["finding"]
        kind = (item["change"], "finding", "event", finding["event"], "", "", finding["stream"].partition("/")[2])
        nothing = ("",) * 9
        yield (*kind, *nothing, finding["type"], finding["message"])
        return
    events = item["events"]
    evidence = [one for side in (item["after"], item["before"]) for one in _evidence(side)]
    rest = (
        joined(event["position"] for event in events),
        joined(event["event"] for event in events),
        joined(event["type"] for event in events),
        _who_says(evidence, {event["event"] for event in events}),
        "",
        "",
    )
    about = (item["change"], item["register"], *_about(item["about"]))
    before, after = _fields(item["before"]), _fields(item["after"])
    different = [name for name in before | after if before.get(name, "") != after.get(name, "")]
    for name in different or [""]:
        yield (*about, name, before.get(name, ""), after.get(name, ""), *rest)


def _who_says(evidence: Sequence[Item], events: Collection[str]) -> str:
    """The sources of the facts among these events; where there are none, of all that the register rests on."""
    found = [one for one in evidence if one["event"] in events] or evidence
    return told_sources(source for one in found for source in one["sources"])


def _about(about: Mapping[str, Any]) -> Row:
    """What a register is about: kind, id, version, provision, round, party, name."""
    found: Mapping[str, Any] = about.get("on") or about.get("of") or {}
    if not found:
        of_its_own = ((kind, about[name]) for name, kind in _THINGS.items() if name in about)
        whole = ("round", about["round"]) if "round" in about else ("negotiation", "")
        kind, name = next(of_its_own, whole)
        found = {"kind": kind, "id": name, "version": about.get("version")}
    return (
        *(found.get(field) or "" for field in ("kind", "id", "version", "provision")),
        about.get("round", ""),
        about.get("party") or about.get("for", ""),
        joined(words(about.get(field)) for field in ("electorate", "manner", "assessed_by", "capacity")),
    )


def _fields(register: Item | None) -> dict[str, str]:
    """What stands in each field of a register: several values are contested, and stand side by side."""
    values = [one["value"] for one in register["values"]] if register else []
    found = [value if isinstance(value, dict) else {_VALUE: value} for value in values]
    names = dict.fromkeys(name for value in found for name in value)
    return {name: joined(words(value.get(name)) for value in found) for name in names}


def _evidence(register: Item | None) -> Iterator[Item]:
    for value in (*register["values"], *register.get("ended", ())) if register else ():
        yield from value["evidence"]
