"""Seed files: what the API takes, in YAML that a person likes to edit.

    name: european-security                      # a slug: the first half of every id in this file
    sources:                                     # written once, used by name
      national: {publisher: The National, published: 2022-01-11, kind: outlet}
    record:
      - stream: european-security/geneva         # a negotiation, negotiation/round or parties/party
        events:
          - id: geneva-talks                     # a slug of the file's own, or a UUID
            occurred: 2022-01-10
            sources: [national]                  # or {from: national, kind: quote, ...}, or a source written out
            event: {type: TalksHeld, session: day-1}

A slug is made a UUID (version 5) together with the file's name, so loading a file twice records nothing twice. In an
event, `target`, `after` and a reference of kind `event` name another in the same way; `file-name/id` another file's.
Workbooks and tables have the same in rows: see `sheets`. Their name is that of the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from msgspec import ValidationError, convert

from negotiation.admission import faults_of_form
from negotiation.envelope import Submission
from negotiation.references import EVENT_ID_PATTERN, SLUG_PATTERN
from parley import sheets
from parley.remedies import remedy_of
from parley.yamltree import Line, Node, YamlError, parse

MAX_BYTES: Final = 16 * 1024 * 1024
"""The size of the largest file that is read."""

NAMESPACE: Final = UUID("6b31ef93-f249-4d43-a69f-79431a688d6d")
"""Of every id made from a slug. Never changes: the ids are in the records of those who loaded the files."""

_SLUG: Final = re.compile(SLUG_PATTERN)
_EVENT_ID: Final = re.compile(EVENT_ID_PATTERN)
_DATES: Final = frozenset({"occurred", "published", "retrieved", "starts", "ends", "due", "effective", "until"})
_SLUG_REMEDY: Final = "use a slug of at most 64 characters: small letters and digits, with single hyphens between"


class SeedError(ValueError):
    """What is wrong with a seed file, in one sentence: where (path, line or 0, field) and the remedy."""

    def __init__(self, path: Path, line: Line, field_name: str, remedy: str) -> None:
        self.path = path
        self.line = line
        self.field = field_name.strip("/") or "file"
        self.remedy = remedy
        super().__init__(f"{path}:{line}: {self.field}: {remedy}" if line else f"{path} {remedy}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a seed file: the stream it goes to and ``{id, occurred?, sources, event}`` as POST takes it.

    ``name``: the id as the file has it.
    """

    name: str
    stream: str
    submission: dict[str, Any]
    path: Path
    node: Node = field(repr=False)

    def line(self, pointer: str = "") -> Line:
        """Tell the line of what a JSON pointer into the submission names; of what is absent, that of what holds it."""
        return self.node.at(pointer).line

    def error(self, pointer: str, remedy: str) -> SeedError:
        """Make the error that says what to do about this place in the submission."""
        return SeedError(self.path, self.line(pointer), pointer, remedy)


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A seed file: its name, where it was read, and its events in the order they are to be recorded."""

    name: str
    path: Path
    entries: tuple[Entry, ...]


def read(path: Path) -> SeedFile:
    """Read a file whose structure, names and ids are sound; the events themselves are for `check`. Raises SeedError."""
    try:
        content = _content(path)
        if path.suffix.lower() in sheets.SUFFIXES:
            return _Reading(path, sheets.tree(path, content)).file()
        return _Reading(path, parse(_text(path, content), _DATES)).file()
    except YamlError as error:
        raise SeedError(path, error.line, error.field, error.remedy) from error


def check(entry: Entry) -> None:
    """Decode the entry and check its form as the API does; raises SeedError with the line of what is wrong."""
    for fault in faults(entry):
        raise fault


def faults(entry: Entry) -> Iterator[SeedError]:
    """Give what is wrong with the form of an entry: what it cannot be decoded for, or every fault of one that can."""
    try:
        submission = convert(entry.submission, Submission)
    except ValidationError as error:
        yield entry.error(*remedy_of(error, entry.submission))
        return
    for fault in faults_of_form(submission):
        yield entry.error(fault.pointer, fault.remedy)


def event_id(file_name: str, slug: str) -> str:
    """Give the UUID, as text, of the event that a file calls by this slug."""
    return str(uuid5(NAMESPACE, f"{file_name}/{slug}"))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SeedError(path, 0, "", f"cannot be read ({error.strerror}): check its name and rights") from error
    if len(content) > MAX_BYTES:
        raise SeedError(path, 1, "", "is larger than 16 MiB: split it")
    return content


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SeedError(path, line, "", "is not UTF-8: save it in that encoding") from error


class _Reading:
    """One file on its way from a tree to entries."""

    def __init__(self, path: Path, root: Node) -> None:
        self._path = path
        self._root = self._mapping(root, "", ("name", "record"), ("sources",))
        self._name = self._slug(self._root["name"], "/name")
        self._sources = self._named_sources()
        self._lines_of_ids: dict[str, Line] = {}

    def file(self) -> SeedFile:
        found = list(self._submissions())
        return SeedFile(self._name, self._path, tuple(self._entry(*each) for each in found))

    def _submissions(self) -> Iterator[tuple[str, str, dict[str, Node], Node]]:
        """Yield name, stream, fields and node of each event, its id made a UUID that no other has."""
        for index, group in enumerate(self._list(self._root["record"], "/record")):
            place = f"/record/{index}"
            fields = self._mapping(group, place, ("stream", "events"))
            stream = self._stream(fields["stream"], f"{place}/stream")
            for node in self._list(fields["events"], f"{place}/events"):
                submission = self._mapping(node, "", ("id", "sources", "event"), ("occurred",))
                own_id = self._own_id(submission["id"], "/id")
                yield str(submission["id"].value), stream, submission | {"id": own_id}, node

    def _entry(self, name: str, stream: str, fields: dict[str, Node], node: Node) -> Entry:
        sources = self._list(fields["sources"], "/sources")
        tree = {key: node for key, node in fields.items() if key in {"id", "occurred"}} | {
            "sources": Node(
                [self._source(each, f"/sources/{number}") for number, each in enumerate(sources)],
                fields["sources"].line,
            ),
            "event": self._with_event_ids(fields["event"], "/event"),
        }
        self._mapping(tree["event"], "/event", ("type",), None)
        whole = Node(tree, node.line)
        return Entry(name, stream, whole.plain(), self._path, whole)

    # --- sources ---------------------------------------------------------------------------------------------------

    def _named_sources(self) -> dict[str, dict[str, Node]]:
        if "sources" not in self._root:
            return {}
        named: dict[str, dict[str, Node]] = {}
        for name, node in self._mapping(self._root["sources"], "/sources", (), None).items():
            named[name] = self._mapping(node, f"/sources/{name}", (), None)
            if "from" in named[name]:
                raise self._error(named[name]["from"], f"/sources/{name}/from", "write the source out here")
        return named

    def _source(self, node: Node, place: str) -> Node:
        """Give a source in full: one named, one named with fields added or replaced, or one written out."""
        if isinstance(node.value, str):
            return Node(self._named_source(node, place), node.line)
        fields = self._mapping(node, place, (), None)
        if "from" not in fields:
            return node
        own = {key: each for key, each in fields.items() if key != "from"}
        return Node(self._named_source(fields["from"], f"{place}/from") | own, node.line)

    def _named_source(self, node: Node, place: str) -> dict[str, Node]:
        if isinstance(node.value, str) and node.value in self._sources:
            return self._sources[node.value]
        known = ", ".join(sorted(self._sources)) or "none"
        raise self._error(node, place, f"no source of this file has that name: add it to `sources` (now: {known})")

    # --- ids -------------------------------------------------------------------------------------------------------

    def _own_id(self, node: Node, place: str) -> Node:
        text = node.value if isinstance(node.value, str) else ""
        made = text if _EVENT_ID.fullmatch(text) else event_id(self._name, self._slug(node, place))
        if made in self._lines_of_ids:
            remedy = f"is used twice, first in line {self._lines_of_ids[made]}: give each event its own id"
            raise self._error(node, place, remedy)
        self._lines_of_ids[made] = node.line
        return Node(made, node.line)

    def _with_event_ids(self, node: Node, place: str) -> Node:
        """Replace what names an event by its UUID: `target`, the items of `after`, the id of a Ref of kind `event`."""
        match node.value:
            case list():
                items = [self._with_event_ids(item, f"{place}/{index}") for index, item in enumerate(node.value)]
                return Node(items, node.line)
            case dict():
                refers = "kind" in node.value and node.value["kind"].value == "event"
                fields = {key: self._field(key, each, f"{place}/{key}", refers) for key, each in node.value.items()}
                return Node(fields, node.line)
            case _:
                return node

    def _field(self, key: str, node: Node, place: str, refers: bool) -> Node:  # noqa: FBT001 - private, one caller
        if key == "target" or (refers and key == "id"):
            return self._named_event(node, place)
        if key == "after" and isinstance(node.value, list):
            each = [self._named_event(item, f"{place}/{index}") for index, item in enumerate(node.value)]
            return Node(each, node.line)
        return self._with_event_ids(node, place)

    def _named_event(self, node: Node, place: str) -> Node:
        if not isinstance(node.value, str) or _EVENT_ID.fullmatch(node.value):
            return node
        first, slash, second = node.value.partition("/")
        file_name, slug = (first, second) if slash else (self._name, first)
        for part in (file_name, slug):
            self._slug(Node(part, node.line), place, "name an event: its id in this file, `file-name/id`, or a UUID")
        made = event_id(file_name, slug)
        if file_name == self._name and made not in self._lines_of_ids:
            raise self._error(
                node, place, f"no event of this file has the id {slug}: for another file's write `file-name/id`"
            )
        return Node(made, node.line)

    # --- shapes ----------------------------------------------------------------------------------------------------

    def _stream(self, node: Node, place: str) -> str:
        remedy = "name a negotiation (`european-security`), a round (`european-security/geneva`) or `parties/russia`"
        parts = node.value.split("/") if isinstance(node.value, str) else []
        if not 1 <= len(parts) <= 2 or parts == ["parties"]:
            raise self._error(node, place, remedy)
        for part in parts:
            self._slug(Node(part, node.line), place, remedy)
        return "/".join(parts)

    def _slug(self, node: Node, place: str, remedy: str = _SLUG_REMEDY) -> str:
        if not isinstance(node.value, str) or len(node.value) > 64 or not _SLUG.fullmatch(node.value):
            raise self._error(node, place, remedy)
        return node.value

    def _list(self, node: Node, place: str) -> list[Node]:
        if not isinstance(node.value, list):
            raise self._error(node, place, "write a list here: lines that begin with `- `")
        return node.value

    def _mapping(
        self, node: Node, place: str, needed: tuple[str, ...], others: tuple[str, ...] | None = ()
    ) -> dict[str, Node]:
        """Give the fields; all ``needed`` are there, and nothing else but ``others`` (None: whatever there is)."""
        if not isinstance(node.value, dict):
            raise self._error(node, place, f"write fields here ({', '.join(needed) or 'name: value'})")
        for key in node.value:
            if others is not None and key not in {*needed, *others}:
                known = ", ".join([*needed, *others])
                raise self._error(node.value[key], f"{place}/{key}", f"there is no such field here: it knows {known}")
        for key in needed:
            if key not in node.value:
                raise self._error(node, f"{place}/{key}", "is missing: add it")
        return node.value

    def _error(self, node: Node, place: str, remedy: str) -> SeedError:
        return SeedError(self._path, node.line, place, remedy)
