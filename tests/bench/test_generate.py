"""Generated records: the same for the same seed, admitted by every rule, of the mix that was asked for."""

import tracemalloc

import msgspec
import pytest

from bench.generator.record import generate, record, stored
from bench.generator.size import Size
from parley.http.request.bodies import parse, submissions
from tests.bench.rules import TODAY, Book


def test_generate_same_size_and_seed_gives_same_bytes() -> None:
    """Every event is the same, byte for byte, and another seed gives other ones."""
    one, again, other = (list(record(Size(events=2_000), seed)) for seed in (1, 1, 2))
    assert one == again
    assert [stored.hash for stored in one] != [stored.hash for stored in other]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("events", [100, 3_000])
def test_generate_submissions_in_order_are_all_admitted(events: int, seed: int) -> None:
    """The rules take each of them at the moment at which it is recorded: there are as many events as were asked for."""
    book = Book()
    for filed in generate(Size(events=events), seed):
        book.admit(filed, clock=filed.at)
    assert book.positions == events


def test_generate_submissions_are_what_their_json_says() -> None:
    """What is sent over HTTP is read as the same: every field has the form that is asked for there."""
    for filed in generate(Size(events=3_000), 1):
        submission = filed.entry.submission
        assert submissions(parse(msgspec.json.encode(submission))) == ((submission,), False)


def test_stored_submissions_of_one_moment_are_a_microsecond_apart() -> None:
    """As the service has it: no two events are recorded at the same time."""
    filed = [one._replace(at=0) for one in generate(Size(events=50), 1)]
    assert [one.at for one in stored(filed)] == list(range(1, 51))


def test_record_clock_never_runs_backwards_and_ends_in_the_past() -> None:
    """Also where one negotiation has far more rounds than it has time for, and where everything is told late."""
    for size in (Size(events=3_000), Size(events=30_000, negotiations=1, rounds=1_000), Size(events=2_000, late=1)):
        times = [stored.at for stored in record(size, 1)]
        assert times == sorted(set(times))
        assert times[-1] < TODAY


def test_generate_happening_and_recording_are_not_in_the_same_order() -> None:
    """Within one round, facts are recorded before others that happened on an earlier day."""
    filed = [one.entry for one in generate(Size(events=3_000), 1)]
    for name in {entry.stream for entry in filed if "/" in entry.stream and not entry.stream.startswith("parties/")}:
        days = [day for entry in filed if entry.stream == name if (day := entry.submission.occurred or "")[4:5] == "-"]
        if len(days) > 50:
            assert days != sorted(days)


def test_record_of_one_long_negotiation_takes_a_fraction_of_its_own_size() -> None:
    """What is held is what is under way, whatever came before."""
    tracemalloc.start()
    try:
        size = sum(len(one.written.state) for one in record(Size(events=8_000, negotiations=1, rounds=8), 1))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 5
