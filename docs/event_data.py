"""Write docs/event-data.md: the codes of each type of event in PLOVER and CAMEO. `--check`: only say if it is so."""

import sys
from pathlib import Path
from typing import Final

from negotiation.events.catalogue import EVENT_TYPES
from negotiation.tables.event_codes import CODES, NO_CODE, Code

PAGE: Final = Path(__file__).with_name("event-data.md")

_HEAD: Final = """\
# As event data

Two tables give a negotiation's facts in the codes of event data, so that you can lay them beside POLECAT or GDELT:

- `/v1/negotiations/{n}/plover` (`.csv`, `.ndjson`): one row a fact, in the types and modes of
  [PLOVER](https://github.com/openeventdata/PLOVER), with all actors and recipients.
- `/v1/negotiations/{n}/gdelt` (`.csv`, `.ndjson`): the columns of GDELT's event table, one row a pair of parties. What
  is mutual, such as talks, has a row in each direction. `GLOBALEVENTID` is the position of the event in this record.

Both take the three clocks, like every table. `docs/event_data.py` writes this page from the code.

## What these codes cannot say

- **Dates.** GDELT needs a day. A fact that is not dated to a day is left out there; the other table has it, without
  an `event_date` and with the days that it can lie on.
- **Demands and answers.** `REQUEST` says that somebody demanded something, not what; `REJECT` does not say which.
  The column `event` leads back to the fact.
- **Sources that differ.** A code has one value. Where accounts of a fact differ, the tables take the fact's own.
- **Tone and intensity.** GDELT's `GoldsteinScale` and `AvgTone` are computed from codes and from articles. Parley
  computes neither.
- **Who nobody names.** An act of unnamed officials has no row in GDELT's columns.

## Types with a code

| type | PLOVER | mode | CAMEO |
|---|---|---|---|
"""


def page() -> str:
    """The page as it has to be."""
    lines = [_row(name) for name in EVENT_TYPES if name in CODES]
    reasons: dict[str, list[str]] = {}
    for name in EVENT_TYPES:
        if name in NO_CODE:
            reasons.setdefault(NO_CODE[name], []).append(f"`{name}`")
    without = [f"- {reason} {', '.join(names)}." for reason, names in reasons.items()]
    return _HEAD + "\n".join(lines) + "\n\n## Types without one\n\n" + "\n".join(without) + "\n"


def _row(name: str) -> str:
    code = CODES[name]
    if isinstance(code, Code):
        return f"| `{name}` | {code.plover} | {code.mode} | {code.cameo} |"
    return f"| `{name}` | {' '.join((code.__doc__ or '').split())} | | |"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/event-data.md is not what the code says; run `python docs/event_data.py`")
