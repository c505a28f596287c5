"""Write docs/catalogue.md: each type of event, and which one to record for what. `--check`: only say if it is so."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from negotiation.admission import home
from negotiation.events.catalogue import EVENT_TYPES, AnyFact
from negotiation.events.examples import EXAMPLES
from negotiation.events.fact import Fact
from negotiation.events.phrases import PHRASES
from negotiation.streams import stream

PAGE: Final = Path(__file__).with_name("catalogue.md")

_HEAD: Final = """\
# The catalogue

Everything that can be recorded is one of the types below. Each event has beside its type the date (`occurred`), its
sources and an id; [dates](dates.md) says how dates are written. Every fact may also say who did it (`by`), to whom
(`to`), through whom (`via`), in which `session`, which events it came `after`, from when it takes effect
(`effective`), and on which conditions (`if`). `docs/catalogue.py` writes this page from the code.

## What do I want to say?

The fields are those that matter here, with values as an example.

| I want to say | then record | with |
|---|---|---|
"""


def page() -> str:
    """The page as it has to be."""
    phrases = [f"| {one.say} | [`{one.type}`](#{one.type.lower()}) | {_cell(one.writes)} |" for one in PHRASES]
    return _HEAD + "\n".join([*phrases, "", *_types()])


def _cell(writes: dict[str, Any]) -> str:
    return ", ".join(f"`{name}: {json.dumps(value, ensure_ascii=False)}`" for name, value in writes.items())


def _types() -> Iterator[str]:
    yield "## Every type"
    yield ""
    for name, type_ in EVENT_TYPES.items():
        yield f"### {name}"
        yield ""
        yield sentence(type_)
        yield ""
        yield f"Stream: {where(name)}."
        yield ""
        yield "```json"
        yield json.dumps(EXAMPLES[name], indent=2, ensure_ascii=False)
        yield "```"
        yield ""


def sentence(type_: type) -> str:
    """What a type says, in a sentence: the first of its docstring; of its family's, where that has more to say."""
    first, _, _ = " ".join((type_.__doc__ or "").split()).replace("``", "`").partition(". ")
    return first.rstrip(".") + "."


def where(name: str) -> str:
    """The streams that take an event of a type: what the rule of admission says of its example."""
    if not issubclass(EVENT_TYPES[name], Fact):
        return "that of the event that it is about"
    example = {field: value for field, value in EXAMPLES[name].items() if field != "scope"}
    party = example.get("group", example.get("party", "russia"))
    places = {
        f"parties/{party}": "the group's (`parties/{group}`)",
        f"talks/{example.get('round', 'geneva')}": "the round's (`{negotiation}/{round}`)",
        "talks": "the negotiation's (`{negotiation}`)",
    }
    if "group" not in example:
        places[f"parties/{party}"] = "the party's (`parties/{party}`)"
    taken = []
    for place, told in places.items():
        if _takes(place, example):
            taken.append(told)
        elif _takes(place, example | {"scope": "negotiation"}):
            taken.append(f"{told}, with `scope: negotiation`")
    return ", or ".join(taken)


def _takes(place: str, example: dict[str, Any]) -> bool:
    try:
        event = msgspec.convert(example, AnyFact)
    except msgspec.ValidationError:
        return False
    return not home(event, stream(place))[0]


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/catalogue.md is not what the code says; run `python docs/catalogue.py`")
