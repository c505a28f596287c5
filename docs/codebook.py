"""Write docs/codebook.md, what stands in each column of each table, from the code: `python docs/codebook.py`.

`--check` only says whether the page is what the code says; `make check` does that.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from negotiation.tables.moves import MoveRow
from negotiation.tables.search import SearchRow
from parley.http.response.columns import TABLES
from parley.telling.tables import TABLES as FLAT

PAGE: Final = Path(__file__).resolve().parent / "codebook.md"

HEAD: Final = """\
# Codebook

What stands in each column of each table, as `.csv`, `.xlsx` and `.ndjson` have them. This page is written from the code
by `python docs/codebook.py`.

- Columns are never renamed or moved; new ones come last.
- A date as a source writes it is EDTF ([dates](dates.md)). Beside it stand the first and the last day that it can mean,
  as ISO dates; an empty cell is a bound that is not known.
- Several values in one cell have ` | ` between. Yes and no are `yes` and `no`. An empty cell: nothing is known, or it
  does not apply.
- `event` is the event that says it: `/v1/events/{event}` is its address, and `event` in
  `/v1/negotiations/{n}/sources.csv` its sources. `position` is its place in the record.
- In `.csv` a cell that a spreadsheet would compute stands behind an apostrophe.
"""

LISTS: Final = {
    "NegotiationSummary": ("/v1/negotiations", "A negotiation."),
    "RoundSummary": ("/v1/negotiations/{n}/rounds", "A round."),
    "Demand": (
        "/v1/negotiations/{n}/demands",
        "An answer to a demand; a demand that nobody answered has a row without one.",
    ),
    "Finding": ("/v1/negotiations/{n}/findings", "Something that does not add up."),
    "Change": ("/v1/negotiations/{n}/diff", "A field that reads differently at the second reading, or a finding."),
    "PartySummary": ("/v1/parties", "A party."),
    "ListedEvent": ("/v1/events, /v1/negotiations/{n}/events and others", "An event as it was recorded."),
}
"""Where lists are read, and what a row of each is."""

ROWS: Final[dict[str, tuple[str, type[msgspec.Struct]]]] = {
    **{table.row.__name__: (f"/v1/negotiations/{{n}}/{table.name}", table.row) for table in FLAT},
    "MoveRow": ("/v1/negotiations/{n}/moves", MoveRow),
    "SearchRow": ("/v1/search", SearchRow),
}
"""Where tables whose rows describe themselves are read."""

COLUMNS: Final = {
    "after": "What it says at the second reading.",
    "alternatives": "Whether the answer is one of several that were given side by side.",
    "answer": "The answer: `accept`, `reserve`, `no-objection`, `reject`, `defer`, `counter`, `withdraw`, `none`.",
    "basis": "`own`: the party's own answer; `inherited`: its group's for it; `unknown`: none on record; `not put`.",
    "before": "What it says at the first reading.",
    "by": "Who made the demand, or who acted: party, and speaker where one is named.",
    "cameo": "The party's CAMEO code.",
    "change": "`appeared`, `changed`, `contested`, `settled`, `went`, or `evidence`: the same on other evidence.",
    "conditions": "What the answer depends on.",
    "contested": "Whether sources differ.",
    "demand": "The demand, by its slug.",
    "demands": "How many demands there are.",
    "earliest": "The first day that `occurred` can mean.",
    "ends": "When the round ends, as dated.",
    "ends_earliest": "The first day that `ends` can mean.",
    "ends_latest": "The last day that `ends` can mean.",
    "event": "The id of the event.",
    "event_type": "The type of the event that it is about.",
    "events": "The ids of the events that did it.",
    "field": "The field that reads differently.",
    "finding": "The rule of a finding that came or went.",
    "findings": "How many findings there are.",
    "format": "Bilateral, multilateral and so on.",
    "forum": "The forum in which the round is held.",
    "id": "The id, or the slug, of what it is.",
    "iso3166": "The party's ISO 3166-1 alpha-3 code.",
    "kind": "What kind of thing it is.",
    "latest": "The last day that `occurred` can mean.",
    "message": "What does not add up, in a sentence.",
    "name": "Its name.",
    "negotiation": "The negotiation, by its slug.",
    "not_put": "How many parties the demand was never put to.",
    "occurred": "When it happened, as dated.",
    "outcomes": "How the round was assessed, and by whom.",
    "party": "The party, by its slug.",
    "position": "The position of the event in the record.",
    "positions": "The positions of the events that did it.",
    "proceedings": "The last that is on record of the round's course.",
    "provision": "The part of the demand or the document; empty: all of it.",
    "recorded_at": "When it was recorded (UTC).",
    "recorded_by": "Whose key it was recorded with.",
    "register": "What can change: `schedule`, `demand`, `answer` and so on.",
    "related": "The ids of the events that it does not agree with.",
    "revised_by": "The positions of the events that corrected or withdrew it.",
    "round": "The round, by its slug; empty: between rounds.",
    "rounds": "How many rounds there are.",
    "sessions": "How many sessions of talks are on record.",
    "since": "When the answer has stood since, as dated.",
    "since_earliest": "The first day that `since` can mean.",
    "since_latest": "The last day that `since` can mean.",
    "sources": "Who says so: publisher and date.",
    "standing": "`corrected` or `retracted` where the event was; else empty.",
    "starts": "When the round starts, as dated.",
    "starts_earliest": "The first day that `starts` can mean.",
    "starts_latest": "The last day that `starts` can mean.",
    "stream": "The stream of the event: the negotiation, `negotiation/round`, or `parties/party`.",
    "tabled_in": "The streams in which the demand was tabled.",
    "text": "The words.",
    "through": "The group whose answer it is.",
    "title": "What the negotiation is called.",
    "to": "To whom the demand was put.",
    "track": "Official talks, or another track.",
    "type": "The type of the event, or the rule of the finding.",
    "types": "The types of the events that did it.",
    "unknown": "Of how many parties, to whom it was put, no answer is on record.",
    "venue": "Where.",
    "version": "How many events its stream has; of a document, its version.",
    "wikidata": "The party's item in Wikidata.",
    "withdrawn": "Whether those who made the demand withdrew it.",
}
"""What stands in the columns of those tables."""


def page() -> str:
    """The page."""
    lines = [HEAD]
    for name, table in TABLES.items():
        if name in ROWS:
            where, struct = ROWS[name]
            lines += _section(where, (struct.__doc__ or "").partition("\n")[0], _described(struct))
        else:
            where, row = LISTS[name]
            lines += _section(where, row, {column: COLUMNS[column] for column in table.columns})
    return "\n".join(lines).rstrip("\n") + "\n"


def _described(row: type[msgspec.Struct]) -> dict[str, str]:
    _, found = msgspec.json.schema_components([row])
    properties: dict[str, Any] = found[row.__name__]["properties"]
    return {column: schema["description"] for column, schema in properties.items()}


def _section(where: str, row: str, columns: dict[str, str]) -> Iterator[str]:
    yield f"## `{where}`\n\nA row: {row[:1].lower()}{row[1:]}\n\n| column | |\n|---|---|"
    for name, description in columns.items():
        yield f"| `{name}` | {description.replace('|', chr(92) + '|')} |"
    yield ""


def main() -> int:
    """Write the page, or check it; return the exit status."""
    fresh = page()
    if "--check" not in sys.argv:
        PAGE.write_text(fresh, "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != fresh:
        print("docs/codebook.md: it is not what the code says; run `python docs/codebook.py`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
