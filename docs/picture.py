"""Draw the parts of Parley and which of them use which, from the code's own imports, into `architecture.md`.

`python docs/picture.py` writes the picture; with `--check` it only tells, by its exit status, whether it is up to date.
"""

import sys
from pathlib import Path

import grimp

PAGE = Path(__file__).resolve().parent / "architecture.md"
BEGIN, END = "<!-- picture: made by docs/picture.py -->", "<!-- end of picture -->"

# What each part is for, in the order from the user to the ground.
PARTS = {
    "parley.cli": "parley.cli<br>demo, serve, migrate, load, keys",
    "parley.app": "parley.app<br>the only wiring",
    "parley.http": "parley.http<br>resources, problems, OpenAPI",
    "parley.access": "parley.access<br>keys, roles, quotas",
    "parley.loading": "parley.loading<br>files of facts",
    "parley.telemetry": "parley.telemetry<br>numbers and traces of the service at work",
    "parley.recording": "parley.recording<br>the record, open",
    "parley.commands": "parley.commands<br>a request's way into the record",
    "parley.queries": "parley.queries<br>the record now, and at the clocks",
    "parley.feed": "parley.feed<br>events as they are recorded",
    "parley.projections": "parley.projections<br>read models: the fold, cached",
    "parley.store": "parley.store<br>log, schema, verify, export",
    "parley.checkpoints": "parley.checkpoints<br>signed heads of the record",
    "parley.telling": "parley.telling<br>stories: order, changes, sentences",
    "parley.embedded": "parley.embedded<br>a private PostgreSQL",
    "parley.web": "parley.web<br>pages",
    "negotiation.documents": "negotiation.documents<br>what is shown",
    "negotiation.tables": "negotiation.tables<br>analysts' questions, in flat rows",
    "negotiation.findings": "negotiation.findings<br>what does not add up",
    "negotiation.state": "negotiation.state<br>registers and the fold",
    "negotiation.admission": "negotiation.admission<br>the rules",
    "negotiation": "negotiation<br>events, dates, sources, streams, clocks",
}


def part_of(module: str) -> str | None:
    """The part that a module belongs to: the longest name in PARTS that it begins with."""
    found = [part for part in PARTS if module == part or module.startswith(f"{part}.")]
    return max(found, key=len, default=None)


def picture() -> str:
    """The picture as a Mermaid flowchart."""
    graph = grimp.build_graph("negotiation", "parley", cache_dir=None)
    arrows = _direct(
        {
            (users, used)
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if (users := part_of(importer)) and (used := part_of(imported)) and users != used
        }
    )
    names = {part: part.replace(".", "_") for part in PARTS}
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'    {names[part]}["{text}"]' for part, text in PARTS.items() if any(part in arrow for arrow in arrows)]
    lines += [f"    {names[importer]} --> {names[imported]}" for importer, imported in sorted(arrows)]
    return "\n".join([*lines, "```"])


def _direct(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows that no longer way of other arrows stands for, so that the picture can be read."""

    def reaches(start: str, end: str, without: tuple[str, str]) -> bool:
        waiting, seen = [start], {start}
        while waiting:
            part = waiting.pop()
            following = {used for users, used in arrows if users == part and (users, used) != without} - seen
            if end in following:
                return True
            seen |= following
            waiting += following
        return False

    return {arrow for arrow in arrows if not reaches(*arrow, without=arrow)}


def main() -> int:
    """Write the picture, or check it; return the exit status."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    fresh = f"{before}{BEGIN}\n{picture()}\n{END}{after}"
    if "--check" not in sys.argv:
        PAGE.write_text(fresh, "utf-8")
    elif fresh != text:
        print("docs/architecture.md: the picture is not what the code imports; run `python docs/picture.py`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
