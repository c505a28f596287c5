"""YAML read strictly, as a tree of plain values that know their lines.

Of YAML 1.2 (https://yaml.org/spec/1.2.2/) it takes what a person writes by hand: one document of mappings, lists,
texts, whole numbers, `true`, `false` and `null`. Whatever could be read in two ways (`no`, `1.0`, `007`, a tag, an
anchor, a key written twice) is refused with its line: nothing is guessed, and no file grows beyond its own size.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

Scalar: TypeAlias = str | int | bool | None
Line: TypeAlias = int | str
"""Where something stands: the number of a line, or a cell of a table (`Demands!F7`)."""

MAX_DEPTH: Final = 32
"""How deep mappings and lists may stand in each other; an event needs eight."""

_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_LIKE_A_NUMBER: Final = re.compile(
    r"[-+]?(?:[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.inf)|\.nan",
    re.IGNORECASE,
)
_LIKE_A_TRUTH: Final = re.compile("true|false|yes|no|on|off|y|n", re.IGNORECASE)
_LIKE_NOTHING: Final = re.compile("null|~?", re.IGNORECASE)
_NOT_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_WORDS: Final[dict[str, Scalar]] = {"true": True, "false": False, "null": None}


class YamlError(ValueError):
    """A text that is not YAML of this kind: at which line, in which field (a JSON pointer), and what to do about it."""

    def __init__(self, line: Line, field: str, remedy: str) -> None:
        super().__init__(f"{line}: {field}: {remedy}")
        self.line = line
        self.field = field
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line where it stands: of a mapping's field the line of its key, of a list's item its first."""

    value: "Scalar | dict[str, Node] | list[Node]"
    line: Line

    def plain(self) -> Any:
        """Give the value in builtins: str, int, bool, None, dict, list."""
        match self.value:
            case dict():
                return {key: node.plain() for key, node in self.value.items()}
            case list():
                return [node.plain() for node in self.value]
            case _:
                return self.value

    def at(self, pointer: str) -> "Node":
        """Find the node that a JSON pointer (RFC 6901) names, or the last one on its way there that exists."""
        node = self
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            match node.value:
                case dict() if key in node.value:
                    node = node.value[key]
                case list() if re.fullmatch("[0-9]{1,9}", key) and int(key) < len(node.value):
                    node = node.value[int(key)]
                case _:
                    return node
        return node


def parse(text: str, dates: frozenset[str] = frozenset()) -> Node:
    """Read one document; fields named in ``dates`` hold their text exactly as written, `2022` too. Raises YamlError."""
    try:
        return _Reader(YAML(typ="safe", pure=True).parse(text), dates).document()
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(line, "", f"has a character (U+{error.character:04X}) that YAML forbids: remove it") from error
    except MarkedYAMLError as error:
        unclosed = "end" in (error.problem or "") and error.context_mark  # then where it was opened says more
        mark = error.context_mark if unclosed else error.problem_mark
        line = mark.line + 1 if mark else 1
        remedy = f"is no YAML ({error.problem}): mend it, or put a text with : or # in quotes"
        raise YamlError(line, "", remedy) from error
    except YAMLError as error:
        raise YamlError(1, "", f"is no YAML ({error})") from error


class _Reader:
    """Builds the tree from the parser's events, which come one by one, so a refusal costs no more than what it read."""

    def __init__(self, events: Iterator[Event], dates: frozenset[str]) -> None:
        self._events = events
        self._dates = dates

    def document(self) -> Node:
        start = next(event for event in self._events if isinstance(event, (DocumentStartEvent, StreamEndEvent)))
        if isinstance(start, StreamEndEvent):
            raise YamlError(1, "", "is empty: write the file's `name` and `record`")
        if start.version or start.tags:
            raise YamlError(_line(start), "", "has a % directive: remove it")
        node = self._node(next(self._events), "", "", None)
        for event in self._events:
            if not isinstance(event, (DocumentEndEvent, StreamEndEvent)):
                raise YamlError(_line(event), "", "has a second document: write it into a file of its own")
        return node

    def _node(self, event: Event, path: str, key: str, line: int | None) -> Node:
        line = _line(event) if line is None else line
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise YamlError(_line(event), path, "has an anchor (&) or an alias (*): write the value out")
        if getattr(event, "tag", None) is not None:
            raise YamlError(_line(event), path, "has a tag (!): remove it, and put a text in quotes")
        if path.count("/") > MAX_DEPTH:
            raise YamlError(_line(event), path, f"stands more than {MAX_DEPTH} levels deep: make it flatter")
        match event:
            case ScalarEvent():
                return Node(_scalar(event, path, as_written=key in self._dates), line)
            case SequenceStartEvent() if key in self._dates:
                raise YamlError(_line(event), path, "a date with brackets goes in quotes: '[..2022-01-11]'")
            case SequenceStartEvent():
                return Node(self._items(path), line)
            case _:
                return Node(self._fields(path), line)

    def _items(self, path: str) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, f"{path}/{len(items)}", "", None))
        return items

    def _fields(self, path: str) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or event.anchor or event.tag is not None:
                raise YamlError(_line(event), path, "has a field whose name is no plain text: write `name: value`")
            key, line = _text(event, path), _line(event)
            here = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in fields:
                raise YamlError(line, here, f"stands twice, first in line {fields[key].line}: keep one")
            fields[key] = self._node(next(self._events), here, key, line)
        return fields


def _scalar(event: ScalarEvent, path: str, *, as_written: bool) -> Scalar:
    text = _text(event, path)
    if event.style is not None or (as_written and not _LIKE_NOTHING.fullmatch(text)):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _LIKE_A_NUMBER.fullmatch(text):
        shown = text if len(text) <= 40 else text[:37] + "..."
        remedy = f'{shown} is no whole number in plain digits: if it is a text, put it in quotes: "{shown}"'
        raise YamlError(_line(event), path, remedy)
    if _LIKE_A_TRUTH.fullmatch(text):
        raise YamlError(_line(event), path, f'write true or false, or "{text}" in quotes if the word is meant')
    if _LIKE_NOTHING.fullmatch(text):
        raise YamlError(_line(event), path, "has no value: write one, or null to leave it out")
    return text


def _text(event: ScalarEvent, path: str) -> str:
    text: str = event.value
    if _NOT_TEXT.search(text):
        raise YamlError(_line(event), path, "holds a NUL or half a surrogate pair, which no text has: remove it")
    return text


def _line(event: Event) -> int:
    line: int = event.start_mark.line
    return line + 1
