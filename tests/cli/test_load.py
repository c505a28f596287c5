"""Loading seed files: by the record's rules, each all or none, nothing twice, and faults told with their line."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from parley import loading
from parley.loading import Checked, Loaded, NoSeeds, Progress, SeedError, Unfit, check, load, seeds_in
from parley.recording import Recording
from parley.store import reader
from tests.cli import running
from tests.cli.running import SEEDS

HEAD = """\
name: {name}
sources:
  desk: {{publisher: A desk, published: 2022-01-11, kind: outlet}}
record:
"""
PARTY = """\
  - stream: parties/{party}
    events:
      - id: {party}
        occurred: ../2022-01-11
        sources: [desk]
        event: {{type: PartyIdentified, party: {party}, name: {name}, kind: state}}
"""
UNKNOWN_MEMBER = """\
  - stream: parties/atlantis
    events:
      - id: nobody-joins
        occurred: 2022-01-11
        sources: [desk]
        event:
          type: MemberJoined
          group: atlantis
          member: nobody
"""


@pytest.fixture
async def recording(database: str) -> AsyncIterator[Recording]:
    opened = await Recording.open(database)
    yield opened
    await opened.close()


def seed(folder: Path, name: str, *parts: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(name=name) + "".join(parts))
    return path


def party(slug: str, name: str = "A state") -> str:
    return PARTY.format(party=slug, name=name)


async def position(recording: Recording) -> int:
    return (await reader.head(recording.pool)).position


async def test_load_of_the_seeds_records_all_and_again_nothing(recording: Recording) -> None:
    progress: list[Progress] = []
    first = await load(recording, seeds_in(SEEDS), progress=progress.append)
    recorded = await position(recording)
    assert sum(each.recorded for each in first) == recorded > 0
    assert (progress[0].done, progress[-1]) == (0, Progress(recorded, recorded))
    again = await load(recording, seeds_in(SEEDS))
    assert again == [Loaded(each.path, 0, each.recorded) for each in first]
    assert await position(recording) == recorded


async def test_load_of_a_file_with_more_in_it_records_only_that(recording: Recording, tmp_path: Path) -> None:
    await load(recording, [seed(tmp_path, "states", party("atlantis"))])
    path = seed(tmp_path, "states", party("thule"), party("atlantis"), party("utopia"))
    assert await load(recording, [path]) == [Loaded(path, 2, 1)]


async def test_load_of_a_workbook_records_its_rows_once_and_a_fault_names_the_cell(
    recording: Recording, tmp_path: Path
) -> None:
    path = tmp_path / "facts.xlsx"
    ended = await asyncio.to_thread(running.run, "template", path)
    assert ended == (0, "", "")
    book = load_workbook(path)
    book["Sources"].append(["desk", "A desk", "outlet", None, None, "2022-01-11"])
    sheet = book["Identity"]
    head = [cell.value for cell in sheet[1]]
    for row, name in ((3, "Norway"), (4, "Sweden")):
        cells = {"occurred": "../2022-01-11", "type": "PartyIdentified", "party": name.lower(), "name": name}
        for column, value in {**cells, "kind": "state", "source": "desk"}.items():
            sheet.cell(row, head.index(column) + 1, value)
    book.save(path)
    assert [loaded.recorded for loaded in await load(recording, [path])] == [2]
    assert [loaded.recorded for loaded in await load(recording, [path])] == [0]
    sheet.cell(4, head.index("kind") + 1, "kingdom")
    book.save(path)
    with pytest.raises(SeedError, match=r"facts\.xlsx:Identity!\w+4: event/kind: write one of .*state"):
        await load(recording, [path])


async def test_load_of_a_table_that_the_record_refuses_names_the_cell_and_the_remedy(
    recording: Recording, tmp_path: Path
) -> None:
    path = tmp_path / "facts.csv"
    path.write_text(
        "id,stream,occurred,type,party,name,kind,title,source.publisher,source.published,source.kind,on.kind,on.id,answer,by.party\n"
        "a,,../2022-01-11,PartyIdentified,norway,Norway,state,,A desk,2022-01-11,outlet,,,,\n"
        "b,talks,2022-01-11,NegotiationOpened,,,,Talks,A desk,2022-01-11,outlet,,,,\n"
        "c,talks,2022-01-11,AnswerGiven,,,,,A desk,2022-01-11,outlet,demand,vetoo,reject,norway\n"
    )
    with pytest.raises(SeedError, match=r"facts\.csv:L4: event/on: Nothing on record introduces demand vetoo\. "):
        await load(recording, [path])
    assert await position(recording) == 0


async def test_load_of_an_altered_event_names_its_line_and_the_remedy(recording: Recording, tmp_path: Path) -> None:
    await load(recording, [seed(tmp_path, "states", party("atlantis"))])
    path = seed(tmp_path, "states", party("thule"), party("atlantis", "Another name"))
    with pytest.raises(SeedError, match=r"states\.yaml:13: id: is the id of the event at position 1, .*EventCorrected"):
        await load(recording, [path])
    assert await position(recording) == 1


async def test_load_of_what_the_record_refuses_names_line_field_and_remedy_and_records_nothing_of_the_file(
    recording: Recording, tmp_path: Path
) -> None:
    path = seed(tmp_path, "members", party("atlantis"), UNKNOWN_MEMBER)
    with pytest.raises(SeedError) as raised:
        await load(recording, [path])
    assert str(raised.value).startswith(f"{path}:19: event/member: Nothing on record introduces ")
    assert "Record what introduces it first" in raised.value.remedy
    assert await position(recording) == 0


async def test_load_of_files_of_which_the_last_is_ill_formed_records_none(recording: Recording, tmp_path: Path) -> None:
    good = seed(tmp_path, "a", party("atlantis"))
    bad = seed(tmp_path, "b", party("thule").replace("kind: state}", "knd: state}"))
    with pytest.raises(SeedError, match=r"b\.yaml:10: event/knd: "):
        await load(recording, [good, bad])
    assert await position(recording) == 0


async def test_load_of_files_of_which_the_last_is_refused_keeps_what_it_told_of(
    recording: Recording, tmp_path: Path
) -> None:
    told: list[Loaded] = []
    good = seed(tmp_path, "a", party("atlantis"))
    bad = seed(tmp_path, "b", UNKNOWN_MEMBER)
    with pytest.raises(SeedError):
        await load(recording, [good, bad], loaded=told.append)
    assert told == [Loaded(good, 1, 0)]
    assert await position(recording) == 1


async def test_load_of_a_file_larger_than_a_batch_records_it_whole(recording: Recording, tmp_path: Path) -> None:
    states = 1_100
    path = seed(tmp_path, "many", *(party(f"state-{number}") for number in range(states)))
    assert await load(recording, [path]) == [Loaded(path, states, 0)]
    assert await load(recording, [path]) == [Loaded(path, 0, states)]


async def test_load_of_an_empty_record_records_nothing(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("name: empty\nrecord: []\n")
    assert await load(recording, [path]) == [Loaded(path, 0, 0)]


def test_seeds_of_a_folder_without_any_are_asked_for(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NoSeeds, match="--seeds"):
            seeds_in(folder)


async def test_work_done_apart_gives_its_answer_or_its_fault() -> None:
    assert await loading.apart(lambda: 1) == 1
    with pytest.raises(ZeroDivisionError):
        await loading.apart(lambda: 1 // 0)


def test_load_on_the_command_line_tells_of_each_file(database: str, tmp_path: Path) -> None:
    first, second = seed(tmp_path, "a", party("atlantis"), party("thule")), seed(tmp_path, "b", party("utopia"))
    ended = running.run("load", first, second, PARLEY_DATABASE_URL=database)
    assert ended == (0, f"{first}: 2 events recorded\n{second}: 1 event recorded\n", "")


TALKS = """\
  - stream: talks
    events:
      - id: opened
        occurred: 2022-01-01
        sources: [desk]
        event: {type: NegotiationOpened, title: Talks}
  - stream: talks/geneva
    events:
      - id: geneva
        occurred: 2022-01-02
        sources: [desk]
        event: {type: RoundScheduled, round: geneva}
"""
SAT = """\
  - stream: talks/geneva
    events:
      - id: day-2
        occurred: 2022-01-10
        sources: [desk]
        event: {type: TalksHeld, session: day-2}
"""
BROKEN_OFF = """\
  - stream: talks/geneva
    events:
      - id: walked-out
        occurred: 2022-01-05
        sources: [desk]
        event: {type: TalksBrokenOff}
"""


def test_load_on_the_command_line_tells_what_does_not_add_up_in_the_words_of_the_file(
    database: str, tmp_path: Path
) -> None:
    """Events are named by the file's own ids, types, dates and streams; also where another file has the other."""
    first, second = seed(tmp_path, "a", TALKS, SAT), seed(tmp_path, "b", BROKEN_OFF)
    finding = (
        "Talks are reported in round geneva after talks were broken off, and `TalksResumed` is missing in between. "
        "Record when they were resumed, or correct the date that is wrong."
    )

    ended = running.run("load", first, second, PARLEY_DATABASE_URL=database)

    assert (ended.status, ended.errors) == (0, "")
    told = ended.output.splitlines()
    assert told[:-1] == [f"{first}: 3 events recorded", f"{second}: 1 event recorded"]
    assert told[-1] == (
        f"{first}:19: does not add up: day-2, TalksHeld, 2022-01-10, talks/geneva: {finding} "
        "It does not agree with: walked-out, TalksBrokenOff, 2022-01-05, talks/geneva."
    )


def test_load_on_the_command_line_tells_what_it_raises_elsewhere_and_says_nothing_of_it_again(
    database: str, tmp_path: Path
) -> None:
    """What was loaded before is named without its id, and a file that brings nothing new finds nothing."""
    first, second = seed(tmp_path, "a", TALKS, SAT), seed(tmp_path, "b", BROKEN_OFF)
    assert running.run("load", first, PARLEY_DATABASE_URL=database) == (0, f"{first}: 3 events recorded\n", "")

    ended = running.run("load", second, PARLEY_DATABASE_URL=database)
    again = running.run("load", second, PARLEY_DATABASE_URL=database)

    _, told, _ = ended.output.split("\n")
    assert told.startswith("does not add up: TalksHeld, 2022-01-10, talks/geneva: Talks are reported in round geneva ")
    assert told.endswith(" It does not agree with: walked-out, TalksBrokenOff, 2022-01-05, talks/geneva.")
    assert again == (0, f"{second}: nothing new, its 1 event is on record already\n", "")


def test_load_on_the_command_line_of_a_broken_file_fails_with_its_line(database: str, tmp_path: Path) -> None:
    path = seed(tmp_path, "broken", UNKNOWN_MEMBER)
    ended = running.run("load", path, PARLEY_DATABASE_URL=database)
    assert (ended.status, ended.output) == (1, "")
    assert ended.errors.startswith(f"parley: {path}:")
    assert ended.errors.count("\n") == 1


def test_load_without_a_database_asks_for_one(tmp_path: Path) -> None:
    ended = running.run("load", seed(tmp_path, "a", party("atlantis")))
    assert ended.status == 2
    assert "--data" in ended.errors
    assert "PARLEY_DATABASE_URL" in ended.errors


async def test_check_tells_what_loading_would_record_and_records_nothing(recording: Recording, tmp_path: Path) -> None:
    await load(recording, [seed(tmp_path, "states", party("atlantis"))])
    first = seed(tmp_path, "states", party("thule", "Thule"), party("atlantis"))
    second = seed(tmp_path, "more", UNKNOWN_MEMBER.replace("nobody", "thule"))
    outlook = await check(recording, [first, second])
    assert outlook.files[0] == Checked(first, 1, 1, ["Thule: a state."])
    assert outlook.files[1] == Checked(second, 1, 0, ["Thule joined A state."])
    assert await position(recording) == 1
    assert [each.recorded for each in await load(recording, [first, second])] == [1, 1]
    again = await check(recording, [first, second])
    assert again.files == [Checked(first, 0, 2, []), Checked(second, 0, 1, [])]


async def test_check_of_the_seeds_tells_each_of_their_events(recording: Recording) -> None:
    outlook = await check(recording, seeds_in(SEEDS))
    assert sum(file.recorded for file in outlook.files) > 50
    assert all(len(file.sentences or ()) == file.recorded for file in outlook.files)
    assert await position(recording) == 0


async def test_check_tells_everything_that_is_wrong_in_every_file(recording: Recording, tmp_path: Path) -> None:
    await load(recording, [seed(tmp_path, "taken", party("utopia"))])
    torn = tmp_path / "torn.yaml"
    torn.write_text("name: torn")
    bad = seed(tmp_path, "bad", party("thule").replace("kind: state}", "knd: state}"), party("atlantis"))
    late = seed(tmp_path, "late", party("lemuria").replace("../2022-01-11", "2099-01-01"))
    members = seed(tmp_path, "members", UNKNOWN_MEMBER)
    altered = seed(tmp_path, "taken", party("utopia", "Another name"))
    with pytest.raises(Unfit) as raised:
        await check(recording, [late, members, altered, torn, bad])
    told = [str(fault).removeprefix(f"{tmp_path}/") for fault in raised.value.faults]
    assert [one.partition(": ")[0] for one in told] == [
        *("torn.yaml:1", "bad.yaml:10", "taken.yaml:7"),
        *("late.yaml:8", "members.yaml:12", "members.yaml:13"),
    ]
    assert await position(recording) == 1


def test_check_command_tells_all_faults_and_ends_with_1(database: str, tmp_path: Path) -> None:
    path = seed(tmp_path, "members", UNKNOWN_MEMBER, party("thule").replace("../2022-01-11", "2022-13"))
    ended = running.run("load", "--check", path, PARLEY_DATABASE_URL=database)
    assert (ended.status, ended.output) == (1, "")
    assert ended.errors.startswith("parley: 3 faults; nothing would be recorded:\n")
    for place in (":12: event/group: ", ":13: event/member: ", ":17: occurred: "):
        assert f"{path}{place}" in ended.errors


def test_check_command_tells_what_would_be_recorded(database: str, tmp_path: Path) -> None:
    good = seed(tmp_path, "states", party("thule", "Thule"))
    for _ in range(2):
        ended = running.run("load", "--check", good, PARLEY_DATABASE_URL=database)
        assert ended == (0, f"{good}: 1 event would be recorded\n  Thule: a state.\n", "")
