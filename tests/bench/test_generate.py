"""Generated records: the same for the same seed, admitted by every rule, of the mix that was asked for."""

import pytest

from bench.generator.record import generate, record
from bench.generator.size import Size
from tests.bench.rules import Book


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
