"""Seed files: what is read, and how a broken file is refused: by line, field and remedy."""

import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from negotiation.events.catalogue import EVENT_TYPES
from parley import seedfile
from parley.seedfile import Entry, SeedError, SeedFile, check, event_id, read

HEAD = """\
name: talks
sources:
  paper: {publisher: The Paper, title: A title, published: 2022-01-11, kind: outlet}
record:
  - stream: talks/geneva
    events:
"""
TALKS = """\
      - id: held
        occurred: 2022-01-10
        sources: [paper]
        event: {type: TalksHeld, session: day-1}
"""


def seeds(folder: Path, text: str) -> SeedFile:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path)


def only(folder: Path, text: str) -> Entry:
    (entry,) = seeds(folder, text).entries
    return entry


def with_event(event: str, *, occurred: str = "2022-01-10", sources: str = "[paper]") -> str:
    return f"{HEAD}      - id: it\n        occurred: {occurred}\n        sources: {sources}\n        event: {event}\n"


def refusal(folder: Path, text: str) -> str:
    """Read and check the file, and give what it is refused with, without the folder's name."""

    def load() -> None:
        for entry in seeds(folder, text).entries:
            check(entry)

    with pytest.raises(SeedError) as refused:
        load()
    return str(refused.value).removeprefix(f"{folder}/")


# --- what is read -----------------------------------------------------------------------------------------------------


def test_read_a_sound_file_gives_what_post_takes(tmp_path: Path) -> None:
    """An entry is the stream and the JSON that POST takes, its slug made a UUID."""
    found = seeds(tmp_path, HEAD + TALKS)
    assert (found.name, found.path) == ("talks", tmp_path / "x.yaml")
    (entry,) = found.entries
    assert entry.stream == "talks/geneva"
    assert entry.submission == {
        "id": event_id("talks", "held"),
        "occurred": "2022-01-10",
        "sources": [{"publisher": "The Paper", "title": "A title", "published": "2022-01-11", "kind": "outlet"}],
        "event": {"type": "TalksHeld", "session": "day-1"},
    }
    check(entry)


def test_read_a_slug_id_gives_the_same_uuid_for_ever() -> None:
    """Ids made from slugs are in other people's records, so this one must never change."""
    assert event_id("european-security", "geneva-talks") == "66957e7b-ed90-5d11-8e5a-c72610e0885c"


def test_read_a_uuid_as_id_keeps_it(tmp_path: Path) -> None:
    """A UUID is an id as it stands."""
    uuid = "0199a0c2-1d2e-7c3a-8b4f-5a6b7c8d9e0f"
    assert only(tmp_path, HEAD + TALKS.replace("held", uuid)).submission["id"] == uuid


def test_read_a_named_source_with_fields_adds_and_replaces_them(tmp_path: Path) -> None:
    """`from` takes the named source; other fields are added, replaced, or left out with null."""
    own = "[{from: paper, kind: quote, speaker: A B, quote: Yes., title: null}]"
    assert only(tmp_path, with_event("{type: TalksHeld, session: day-1}", sources=own)).submission["sources"] == [
        {
            "publisher": "The Paper",
            "title": None,
            "published": "2022-01-11",
            "kind": "quote",
            "speaker": "A B",
            "quote": "Yes.",
        }
    ]


def test_read_a_source_written_out_keeps_it(tmp_path: Path) -> None:
    """A source need not be named."""
    own = "[{publisher: Other, retrieved: 2022-02-02, kind: leak}]"
    entry = only(tmp_path, with_event("{type: TalksHeld, session: day-1}", sources=own))
    assert entry.submission["sources"] == [{"publisher": "Other", "retrieved": "2022-02-02", "kind": "leak"}]


@pytest.mark.parametrize(
    "written",
    ["2022", "2021-12", "2022-01-10", "2022-01-10T09:00:00+01:00", "../2022-01-11", "2022-01-10/..", "2022-01-10~"],
)
def test_read_a_plain_date_keeps_it_as_written(tmp_path: Path, written: str) -> None:
    """A date is a text, exactly as written, also where YAML would make a number or a timestamp of it."""
    event = f"{{type: RoundScheduled, round: geneva, starts: {written}}}"
    submission = only(tmp_path, with_event(event, occurred=written)).submission
    assert (submission["occurred"], submission["event"]["starts"]) == (written, written)


def test_read_plain_values_gives_texts_whole_numbers_and_truth(tmp_path: Path) -> None:
    """Of plain values only whole numbers, true, false and null are no texts."""
    event = "{type: x, a: 7, b: -3, c: true, d: false, e: null, f: 2022-01-10, g: seven, h: '7', on: x y}"
    found = only(tmp_path, with_event(event)).submission["event"]
    assert found == {
        "type": "x", "a": 7, "b": -3, "c": True, "d": False, "e": None, "f": "2022-01-10", "g": "seven", "h": "7",
        "on": "x y",
    }  # fmt: skip


def test_read_names_of_events_in_events_makes_them_uuids(tmp_path: Path) -> None:
    """`target`, `after` and references of kind `event` name events of this file, of another, or by UUID."""
    uuid = "0199a0c2-1d2e-7c3a-8b4f-5a6b7c8d9e0f"
    about = "[{kind: event, id: it}, {kind: round, id: it}]"
    event = f"{{type: x, target: it, after: [other-file/that, {uuid}], about: {about}}}"
    found = only(tmp_path, with_event(event)).submission["event"]
    it = event_id("talks", "it")
    assert found["target"] == it
    assert found["after"] == [event_id("other-file", "that"), uuid]
    assert found["about"] == [{"kind": "event", "id": it}, {"kind": "round", "id": "it"}]


def test_catalogue_fields_with_event_ids_are_those_the_reader_knows() -> None:
    """A new field that holds an event id must be made known to the reader."""

    def holds_event_id(hint: Any) -> bool:
        metas = getattr(hint, "__metadata__", ())
        return any("A UUID" in (getattr(meta, "description", None) or "") for meta in metas) or any(
            holds_event_id(part) for part in get_args(hint)
        )

    found = {
        name
        for cls in EVENT_TYPES.values()
        for name, hint in get_type_hints(cls, include_extras=True).items()
        if holds_event_id(hint)
    }
    assert found == {"target", "after"}


def test_line_of_a_pointer_is_where_the_value_stands(tmp_path: Path) -> None:
    """A pointer into the submission leads to a line; what is absent, to the line of what would hold it."""
    text = with_event("\n          type: TalksHeld\n          by:\n            - {party: a}\n            - party: b\n")
    entry = only(tmp_path, text)
    assert entry.line() == 7
    assert entry.line("/occurred") == 8
    assert entry.line("/event") == 10
    assert entry.line("/event/by/1/party") == 14
    assert entry.line("/event/by/1/speaker") == 14
    assert entry.line("/event/by/9/party") == 12
    assert entry.line("/sources/0/title") == 3
    assert str(entry.error("/event/by/1/party", "who?")).endswith("x.yaml:14: event/by/1/party: who?")


# --- what is refused --------------------------------------------------------------------------------------------------

STRUCTURE = {
    "empty": ("", "1: file: is empty"),
    "list": ("- a\n", "1: file: write fields here"),
    "no name": ("record: []\n", "1: name: is missing"),
    "name": ("name: Bad Name\nrecord: []\n", "1: name: use a slug"),
    "unknown field": ("name: x\nrecord: []\nevents: []\n", "3: events: there is no such field here"),
    "no list": ("name: x\nrecord: {}\n", "2: record: write a list"),
    "no stream": ("name: x\nrecord:\n  - events: []\n", "3: record/0/stream: is missing"),
    "stream": ("name: x\nrecord:\n  - stream: a/b/c\n    events: []\n", "3: record/0/stream: name a negotiation"),
    "parties": ("name: x\nrecord:\n  - stream: parties\n    events: []\n", "3: record/0/stream: name a negotiation"),
    "no id": (HEAD + TALKS.replace("id: held\n        ", ""), "7: id: is missing"),
    "bad id": (HEAD + TALKS.replace("held", "Held!"), "7: id: use a slug"),
    "same id": (HEAD + TALKS + TALKS, "11: id: is used twice, first in line 7"),
    "no date": (HEAD + TALKS.replace("        occurred: 2022-01-10\n", ""), "7: occurred: say when it happened"),
    "source name": (HEAD + TALKS.replace("[paper]", "[papre]"), "9: sources/0: no source of this file has that name"),
    "source from": (HEAD + TALKS.replace("[paper]", "[{from: x}]"), "9: sources/0/from: no source of this file"),
    "source list": (HEAD + TALKS.replace("[paper]", "paper"), "9: sources: write a list"),
    "source chain": (HEAD.replace("title: A title", "from: x") + TALKS, "3: sources/paper/from: write the source out"),
    "no type": (HEAD + TALKS.replace("type: TalksHeld, ", ""), "10: event/type: is missing"),
    "target": (
        with_event("{type: EventRetracted, target: gone, reason: x}"),
        "10: event/target: no event of this file",
    ),
    "after": (with_event("{type: TalksHeld, session: a, after: [a/b/c]}"), "10: event/after/0: name an event"),
}


@pytest.mark.parametrize("text, says", STRUCTURE.values(), ids=STRUCTURE.keys())
def test_read_a_file_of_wrong_structure_names_line_field_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    """What is wrong with the file itself is said in one sentence."""
    said = refusal(tmp_path, text)
    assert said.startswith(f"x.yaml:{says}")
    assert "\n" not in said


VALUES = {
    "float": (
        "version: 1.0",
        'event/version: 1.0 is no whole number in plain digits: if it is a text, put it in quotes: "1.0"',
    ),
    "octal": ("version: 007", "event/version: 007 is no whole number"),
    "hex": ("version: 0x1F", "event/version: 0x1F is no whole number"),
    "exponent": ("version: 1e5", "event/version: 1e5 is no whole number"),
    "infinity": ("version: .inf", "event/version: .inf is no whole number"),
    "underscore": ("version: 1_000", "event/version: 1_000 is no whole number"),
    "huge": ("version: 1234567890123456789", "event/version: 1234567890123456789 is no whole number"),
    "no": ("title: no", 'event/title: write true or false, or "no" in quotes if the word is meant'),
    "On": ("title: On", 'event/title: write true or false, or "On"'),
    "True": ("title: True", 'event/title: write true or false, or "True"'),
    "nothing": ("title: ", "event/title: has no value"),
    "tilde": ("title: ~", "event/title: has no value"),
    "tag": ("title: !!str 3", "event/title: has a tag"),
    "anchor": ("title: &a b", "event/title: has an anchor"),
    "nul": (r'title: "a\0"', "event/title: holds a NUL"),
    "surrogate": (r'title: "\ud800"', "event/title: holds a NUL or half a surrogate pair"),
    "twice": ("type: x, type: y", "event/type: stands twice, first in line 10"),
    "odd key": ("[a]: b", "event: has a field whose name is no plain text"),
    "bracketed date": ("starts: [..2022-01-11]", "event/starts: a date with brackets goes in quotes: '[..2022-01-11]'"),
}  # fmt: skip


@pytest.mark.parametrize("field, says", VALUES.values(), ids=VALUES.keys())
def test_read_a_value_that_could_be_read_in_two_ways_refuses_it(tmp_path: Path, field: str, says: str) -> None:
    """Nothing is guessed: the file says what it means, in quotes if need be."""
    assert refusal(tmp_path, with_event(f"{{{field}}}")).startswith(f"x.yaml:10: record/0/events/0/{says}")


YAML = {
    "tab": ("name: x\n\trecord: []\n", "2: file: is no YAML (found character '\\t' that cannot start any token)"),
    "bracket": ("name: x\nrecord: [\n", "3: file: is no YAML"),
    "colon": ("name: x\nrecord: a: b\n", "2: file: is no YAML"),
    "quote": ('name: "x\n', "1: file: is no YAML"),
    "control": ("name: x\nrecord: \x01\n", "2: file: has a character (U+0001) that YAML forbids: remove it"),
    "directive": ("%YAML 1.1\n---\nname: x\n", "2: file: has a % directive: remove it"),
    "two documents": ("name: x\nrecord: []\n---\nname: y\n", "3: file: has a second document"),
    "alias": ("name: x\nrecord: *y\n", "2: record: has an anchor (&) or an alias (*)"),
}


@pytest.mark.parametrize("text, says", YAML.values(), ids=YAML.keys())
def test_read_what_is_no_yaml_of_this_kind_names_the_line(tmp_path: Path, text: str, says: str) -> None:
    """The parser's complaint comes with its line and what to do."""
    assert refusal(tmp_path, text).startswith(f"x.yaml:{says}")


def test_read_a_billion_laughs_refuses_at_the_first_anchor(tmp_path: Path) -> None:
    """Nothing in a file can grow, since nothing can be named and repeated."""
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)]
    assert refusal(tmp_path, "\n".join(lines)).startswith("x.yaml:1: a0: has an anchor")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_read_deeply_nested_brackets_refuses_them(tmp_path: Path, opening: str) -> None:
    """Depth is bounded, whatever stands in what."""
    assert "stands more than 32 levels deep" in refusal(tmp_path, opening * 100_000)


def test_read_a_file_that_is_too_large_refuses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on bytes, and nothing is parsed beyond it."""
    monkeypatch.setattr(seedfile, "MAX_BYTES", 10)
    assert refusal(tmp_path, HEAD).startswith("x.yaml:1: file: is larger than")


def test_read_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    """An encoding is not guessed either."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"name: x\nrecord: caf\xe9\n")
    with pytest.raises(SeedError, match=re.escape("x.yaml:2: file: is not UTF-8")):
        read(path)


def test_read_a_file_that_is_absent_says_so(tmp_path: Path) -> None:
    """A path that cannot be read is a refusal like the others."""
    with pytest.raises(SeedError, match=r"^\S+ cannot be read"):
        read(tmp_path / "absent.yaml")


BLOCK = "\n          type: TalksHeld\n          session: a\n"
EVENTS = {
    "type": ("{type: TalksHold}", "10: event/type: there is no such type of event here, see"),
    "unknown field": ("{type: TalksHeld, session: a, sesion: b}", "10: event/sesion: there is no such field"),
    "missing field": ("{type: PartyRenamed, party: a}", "10: event/name: is missing"),
    "number for text": ("{type: PartyRenamed, party: a, name: 7}", "10: event/name: expected text in quotes, got"),
    "number for optional text": (
        "{type: DocumentTabled, document: a, kind: draft, title: 7}",
        "10: event/title: expected text in quotes, got a whole number",
    ),
    "word for truth": (
        "{type: TalksHeld, session: a, direct: nay}",
        "10: event/direct: expected true or false, got text in quotes",
    ),
    "item of a list": (
        f"{BLOCK}          by:\n            - {{party: a}}\n            - {{party: B}}\n",
        "15: event/by/1/party: write a slug: small letters",
    ),
    "item of a list of lists": (
        f"{BLOCK}          rooms:\n            - [a, b]\n            - [c, D]\n",
        "15: event/rooms/1/1: write a slug: small letters",
    ),
    "meaning": ("{type: TalksHeld, session: a, by: [{party: a}, {as: self}]}", "10: event/by/1/party: name a party or"),
    "date": ("{type: RoundScheduled, round: a, starts: Monday}", "10: event/starts: 'Monday' is not a date"),
}  # fmt: skip


@pytest.mark.parametrize("event, says", EVENTS.values(), ids=EVENTS.keys())
def test_check_an_event_that_the_catalogue_refuses_names_line_field_and_remedy(
    tmp_path: Path, event: str, says: str
) -> None:
    """The decoder's complaint is brought back to the line, also inside lists."""
    assert refusal(tmp_path, with_event(event)).startswith(f"x.yaml:{says}")


def test_check_a_date_that_is_none_names_line_field_and_remedy(tmp_path: Path) -> None:
    """`occurred` is checked too."""
    said = refusal(tmp_path, with_event("{type: TalksHeld, session: a}", occurred="2022-02-30"))
    assert said.startswith("x.yaml:8: occurred: '2022-02-30' is not in the calendar; write a date that exists")


def test_check_a_named_source_that_is_wrong_names_the_line_where_it_is_written(tmp_path: Path) -> None:
    """A fault in a named source is found where the source stands, not where it is used."""
    said = refusal(tmp_path, HEAD.replace("kind: outlet", "kind: rumour") + TALKS)
    assert said.startswith("x.yaml:3: sources/0/kind: write one of leak, official, outlet, paraphrase, quote")


def test_check_a_source_without_date_names_the_field_and_remedy(tmp_path: Path) -> None:
    """What a source itself demands is said in its own words."""
    own = "[paper, {publisher: Other, kind: outlet}]"
    said = refusal(tmp_path, with_event("{type: TalksHeld, session: a}", sources=own))
    assert said.startswith("x.yaml:9: sources/1/published: say when it was published")
