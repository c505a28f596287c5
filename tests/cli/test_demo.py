"""The demo as a stranger meets it."""

import socket
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest

from tests.cli import running
from tests.cli.running import EUROPEAN_SECURITY, SEEDS, Running, get

Served = tuple[Running, str, Path]


def test_make_demo_with_long_name_of_data_folder_serves_and_ends_when_told(new_folder: Path) -> None:
    """Beyond what a socket's name may have, with spaces and letters beyond ASCII."""
    folder = new_folder.with_name("the long way to Åland " * 7 + "data")
    with running.make("demo", "PORT=0", f"DATA={folder}") as command:
        assert get(f"{command.address()}{EUROPEAN_SECURITY}/rounds/geneva").status == 200
        command.signal(SIGTERM)
        assert "\nStopped.\n" in command.ended().output
    assert running.no_server_left(folder)


def test_demo_asked_for_geneva_tells_talks_and_outcome_with_their_sources(served: Served) -> None:
    answer = get(f"{served[1]}{EUROPEAN_SECURITY}/rounds/geneva?evidence=full")
    assert answer.status == 200
    assert answer.headers["ETag"]
    [day] = answer.json["sessions"]["shown"]
    newspaper = next(value for value in day["values"] if value["value"]["duration"] == {"at_least": "PT7H"})
    assert _told_by(newspaper) == {("2022-01-10", "The New Indian Express")}
    [outcome] = answer.json["outcomes"]["shown"]
    assert outcome["assessed_by"] == {"outlet": "The New Indian Express"}
    assert [value["value"]["type"] for value in outcome["values"]] == ["NoBreakthrough"]
    assert _told_by(outcome["values"][0]) == {("2022-01-10", "The New Indian Express")}


@pytest.mark.parametrize(("round_", "day"), [("brussels", "2022-01-12"), ("vienna", "2022-01-13")])
def test_demo_asked_for_a_later_round_tells_when_it_starts(served: Served, round_: str, day: str) -> None:
    answer = get(f"{served[1]}{EUROPEAN_SECURITY}/rounds/{round_}?evidence=full")
    assert {value["value"]["starts"] for value in answer.json["schedule"]["values"]} == {day}


def test_demo_asked_for_demands_tells_who_rejected_the_veto_and_who_says_so(served: Served) -> None:
    demands = get(f"{served[1]}{EUROPEAN_SECURITY}/demands").json["items"]
    [veto] = [demand for demand in demands if demand["demand"] == "veto-on-enlargement"]
    answers = {answer["party"]: answer for answer in veto["answers"]}
    assert set(answers) == {"united-states", "nato", "sweden", "finland", "ukraine"}
    assert answers["nato"]["for_members"]
    for answer in answers.values():
        assert [value["value"]["answer"] for value in answer["values"]] == ["reject"]
        assert _told_by(answer["values"][0]) == {("[..2022-01-11]", "The National")}


def test_demo_started_names_a_docs_page_and_two_questions_that_are_answered(served: Served) -> None:
    said = "".join(served[0].said)
    curls = [line.split()[2] for line in said.splitlines() if line.strip().startswith("curl ")]
    assert len(curls) == 2
    for address in (f"{served[1]}/docs", *curls):
        assert address in said
        assert get(address).status == 200


def test_demo_on_a_folder_that_another_demo_uses_names_that_ones_address(served: Served) -> None:
    command, address, folder = served
    ended = running.run("demo", "--port", "0", "--data", folder)
    assert ended.status == 2
    assert address in ended.errors
    assert f"process {command.process.pid}" in ended.errors
    assert ended.errors.count("\n") == 1


def test_demo_on_a_taken_port_says_so_before_it_makes_a_database(new_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = running.run("demo", "--port", str(other.getsockname()[1]), "--data", new_folder)
    assert ended.status == 2
    assert "--port" in ended.errors
    assert ended.errors.count("\n") == 1
    assert ended.output == ""
    assert not (new_folder / "data").exists()


def test_demo_started_again_loads_nothing_and_says_so(folder: Path) -> None:
    with running.demo(folder) as command:
        command.address()
        assert "are on record already: nothing was loaded" in "".join(command.said)


@pytest.mark.parametrize("place", ["/proc/parley-demo", "/dev/null/parley-demo"])
def test_demo_in_a_folder_that_cannot_be_written_says_so(place: str) -> None:
    ended = running.run("demo", "--port", "0", "--data", place)
    assert ended.status in {1, 2}
    assert "choose another data folder" in ended.errors
    assert ended.errors.count("\n") == 1


def test_demo_without_seeds_says_how_to_name_them(new_folder: Path, tmp_path: Path) -> None:
    ended = running.run("demo", "--port", "0", "--data", new_folder, "--seeds", tmp_path)
    assert ended.status == 2
    assert "--seeds" in ended.errors


def test_demo_with_a_broken_seed_names_its_line_and_leaves_no_server(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("name: broken\nrecord:\n  - stream: Not a slug\n    events: []\n")
    ended = running.run("demo", "--port", "0", "--data", folder, "--seeds", tmp_path)
    assert ended.status == 1
    assert f"{tmp_path / 'broken.yaml'}:3: record/0/stream: name a negotiation" in ended.errors
    assert running.no_server_left(folder)


def test_load_beside_a_running_demo_goes_into_its_record(served: Served, tmp_path: Path) -> None:
    _, address, folder = served
    seed = tmp_path / "lichtenstein.yaml"
    seed.write_text(
        "name: beside\nrecord:\n  - stream: parties/liechtenstein\n    events:\n      - id: liechtenstein\n"
        "        occurred: ../2022-01-11\n        sources: [{publisher: A desk, published: 2022-01-11, kind: outlet}]\n"
        "        event: {type: PartyIdentified, party: liechtenstein, name: Liechtenstein, kind: state}\n"
    )
    ended = running.run("load", seed, "--data", folder)
    assert ended == (0, f"{seed}: 1 event recorded\n", "")
    assert get(f"{address}/v1/parties/liechtenstein").status == 200


def test_load_while_no_demo_runs_starts_the_database_for_itself(folder: Path) -> None:
    seed = SEEDS / "01-parties.yaml"
    ended = running.run("load", seed, "--data", folder)
    assert ended.status == 0
    assert "nothing new" in ended.output
    assert running.no_server_left(folder)


def _told_by(value: Any) -> set[tuple[str, str]]:
    """Collect when a value is said to have happened, and who says so."""
    return {(each["occurred"], source["publisher"]) for each in value["evidence"] for source in each["sources"]}
