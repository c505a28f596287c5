"""Text that others made up, where people read it by lines: it begins no line of its own, and steers nothing.

A terminal gets spaces, so that a line stays readable; a log gets escapes, so that it tells what was there. Tables
have a function of their own (http/response/renditions.py), pages have `html.escape`, and JSON has its encoder.
"""

import re
from typing import Final

_STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and what ends lines or turns their direction."""


def one_line(text: str) -> str:
    """The text for a line of a terminal, as long as before."""
    return _STEERING.sub(" ", text)


def escaped(text: str) -> str:
    """The text for a line of a log."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_NO_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")


def xml_line(text: str) -> str:
    """The text for XML, on one line, without what XML cannot hold."""
    return _NO_XML.sub("\ufffd", one_line(text))
