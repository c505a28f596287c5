"""Texts as a reader takes them: what two have to differ in to be two, and what says anything at all.

A text is kept as it was given; only comparing goes by what can be seen.
"""

import re
from functools import lru_cache
from typing import Any, Final
from unicodedata import normalize

import msgspec

IGNORABLE: Final = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
"""The code points, first to last, that Unicode calls default-ignorable, and that are shown as nothing."""
BLANK: Final = 0x2800
"""A Braille pattern without dots, which is no white space and shown as nothing, too."""

_CLASS: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in IGNORABLE)
_IGNORABLE: Final = re.compile(f"[{_CLASS}]")
_VISIBLE: Final = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f{chr(BLANK)}{_CLASS}]")
_SILENT: Final = re.compile(rf'"(?:[\s{chr(BLANK)}{_CLASS}]|\\[bfnrt]|\\u00[0-9a-f]{{2}})+"')
"""In compact JSON: a text without anything that can be seen."""
_CACHED_VALUES: Final = 16_384

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


_NUMBER: Final = re.compile("[0-9]+")
_DIGITS: Final = 20
"""Numbers in names are compared by so many of their last digits, as the function `as_counted` of the database does."""


@lru_cache(maxsize=_CACHED_VALUES)
def as_counted(name: str) -> tuple[str, str]:
    """Sorts names as people count: ``art-2`` before ``art-10``."""
    return _NUMBER.sub(lambda number: number[0].zfill(_DIGITS)[-_DIGITS:], name), name


def says_something(text: str) -> bool:
    """Whether there is anything in the text that can be seen."""
    return _VISIBLE.search(text) is not None


def says_nothing_somewhere(value: bytes) -> bool:
    """Whether there is a text in compact JSON that has something in it, and nothing that can be seen."""
    return _SILENT.search(value.decode()) is not None


def folded(text: str) -> str:
    """What a reader takes the text for: without what is not seen, in NFC, with single spaces for white space."""
    return " ".join(normalize("NFC", _IGNORABLE.sub("", text)).split())


def folded_json(value: bytes) -> bytes:
    """Compact JSON with every text in it `folded`; the same object where nothing is to be folded."""
    if value.isascii() and not (b"\\" in value or b"  " in value or b' "' in value or b'" ' in value):
        return value  # nothing is escaped, and no space is at either end of a text or beside another
    return _folded_json(value)


@lru_cache(maxsize=_CACHED_VALUES)
def _folded_json(value: bytes) -> bytes:
    return _encode(_folded(_decode(value)))


def _folded(value: Any) -> Any:
    match value:
        case str():
            return folded(value)
        case dict():
            return {name: _folded(item) for name, item in value.items()}
        case list():
            return [_folded(item) for item in value]
        case _:
            return value
