"""Text that others made up, where a terminal shows it: it begins no line of its own, and steers nothing."""

from typing import Final

_LINE_FEED: Final = 0x0A
_STEERING: Final = dict.fromkeys(
    (
        *range(_LINE_FEED),
        *range(_LINE_FEED + 1, 0x20),
        *range(0x7F, 0xA0),
        0x061C, 0x200E, 0x200F,
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    ),
    " ",
)  # fmt: skip
"""Control characters, and what ends lines or turns their direction."""
_BREAKING: Final = _STEERING | {_LINE_FEED: " "}


def harmless(text: str) -> str:
    """The text with a space for each character that steers a terminal; as long as before. Line feeds stay."""
    return text.translate(_STEERING)


def one_line(text: str) -> str:
    """The same, and no line feed either."""
    return text.translate(_BREAKING)
