"""What a change among the parties does to negotiations, wherever they are: in memory, or not."""

import asyncpg
import pytest

from negotiation.refusals import Refusal
from parley.recording import Recording
from parley.store.errors import PreconditionFailed
from tests.record.conftest import Replica
from tests.record.desk import in_one_batch
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold, bring_up_to_date
from tests.record.world import (
    account,
    answered,
    demanded,
    entry,
    identified,
    joined,
    left,
    negotiation,
    request,
    retracted,
    said,
)

NAMES = ("alpha", "beta", "gamma")


async def unsupported(own: asyncpg.Connection) -> list[str]:
    """In which negotiations facts are unsupported."""
    await bring_up_to_date(own)
    rows = await own.fetch(
        "SELECT unit FROM findings WHERE position('RestsOnWithdrawnFact' IN encode(document, 'escape')) > 0 ORDER BY 1"
    )
    return [row["unit"] for row in rows]


async def shown(desk: Recording, name: str) -> list[bool]:
    """Whether each read of a negotiation shows an unsupported fact: itself, its round, its findings."""
    found = await desk.live.findings(name, None, 10)
    assert found is not None
    bodies = [
        getattr(await desk.live.negotiation(name), "body", b""),
        getattr(await desk.live.round(name, "geneva"), "body", b""),
        b"".join(found.items),
    ]
    return [b"RestsOnWithdrawnFact" in body for body in bodies]


@pytest.mark.parametrize("memory", ["all", "one", "none"])
async def test_retract_party_and_identify_it_again_unsupports_and_revives_facts_in_every_negotiation(
    talks: Recording, replica: Replica, psql: asyncpg.Connection, memory: str
) -> None:
    """Every read shows at once that facts rest on nothing, and that they rest on something again."""
    finland = identified("finland")
    await talks.record(request(finland))
    for name in NAMES:
        await talks.record(negotiation(name))
        stream = f"{name}/geneva"
        await talks.record(request(said("hello", stream, by="finland"), demanded("veto", stream, to=["finland"])))
        await talks.record(request(answered("veto", stream=f"{name}/brussels", by="finland")))
    await talks.record(negotiation("untouched"))
    desk = talks
    if memory != "all":
        desk = await replica(negotiations_limit=1)
        if memory == "one":
            await desk.record(request(said("warm", "beta/geneva")))

    await desk.record(request(retracted(finland)))
    assert await unsupported(psql) == sorted(NAMES * 3)
    for name in NAMES:
        assert await shown(desk, name) == [True] * 3
    assert await shown(desk, "untouched") == [False] * 3
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(desk.pool)

    if memory == "none":
        desk = await replica()
    await desk.record(request(identified("finland")))
    assert await unsupported(psql) == []
    for name in NAMES:
        assert await shown(desk, name) == [False] * 3
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(desk.pool)


async def test_retract_party_in_the_batch_in_which_it_is_named_for_the_first_time_unsupports_the_fact(
    talks: Recording, database: str, psql: asyncpg.Connection
) -> None:
    """Within one batch the negotiation is not on any list yet, and is looked at all the same."""
    finland = identified("finland")
    await in_one_batch(
        talks,
        database,
        request(said("first")),
        request(finland, joined("nato", "sweden")),
        negotiation("alpha"),
        request(demanded("veto", "alpha/geneva", by="finland", to=["nato"])),
        request(retracted(finland), left("nato", "sweden", "2022-02-01")),
    )
    assert await unsupported(psql) == ["alpha"]
    await assert_equals_fold(psql)


@pytest.mark.parametrize("memory", ["all", "none"])
async def test_record_membership_late_lets_members_inherit_in_every_negotiation(
    talks: Recording, replica: Replica, psql: asyncpg.Connection, memory: str
) -> None:
    """Answers given for members show for who turns out to have been one; not for who answered itself, or left."""
    for name in NAMES:
        await talks.record(negotiation(name))
        stream = f"{name}/geneva"
        await talks.record(
            request(
                demanded("veto", stream, to=["nato"]),
                answered("veto", stream=stream, by="nato", as_="for-members"),
                answered("veto", "defer", stream=stream, by="ukraine"),
            )
        )
    desk = talks if memory == "all" else await replica(negotiations_limit=1)

    await desk.record(request(joined("nato", "sweden"), joined("nato", "ukraine")))
    assert await inheriting(psql) == [(name, "sweden") for name in NAMES]
    assert await own_answers(psql) == [(name, party) for name in NAMES for party in ("nato", "ukraine")]
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(desk.pool)

    await desk.record(request(left("nato", "sweden", "2022-02-01"), joined("nato", "united-states")))
    assert await inheriting(psql) == [(name, "united-states") for name in NAMES]
    await assert_equals_fold(psql)

    late = joined("nato", "sweden", "2022-03-01")
    await desk.record(request(late))
    await assert_equals_fold(psql)
    await desk.record(request(retracted(late)))
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(desk.pool)


async def inheriting(own: asyncpg.Connection) -> list[tuple[str, str]]:
    await bring_up_to_date(own)
    rows = await own.fetch("SELECT negotiation, party FROM demand_answers WHERE through = 'nato' ORDER BY 1, 2")
    return [(row["negotiation"], row["party"]) for row in rows]


async def own_answers(own: asyncpg.Connection) -> list[tuple[str, str]]:
    await bring_up_to_date(own)
    rows = await own.fetch("SELECT negotiation, party FROM demand_answers WHERE through = '' ORDER BY 1, 2")
    return [(row["negotiation"], row["party"]) for row in rows]


async def test_record_membership_shows_on_both_parties_and_its_ground_can_go(
    talks: Recording, psql: asyncpg.Connection
) -> None:
    """The group lists its member and the member its group; when the member is withdrawn, so it says."""
    finland = identified("finland")
    membership = joined("nato", "finland")
    await talks.record(request(finland, membership))
    await assert_documents_equal_fold(talks.pool)
    await talks.record(request(account(membership, occurred="2023-04-04")))
    await assert_equals_fold(psql)
    await talks.record(request(retracted(finland)))
    assert await talks.live.party("finland") is None
    assert await unsupported(psql) == ["parties"]
    await assert_equals_fold(psql)
    await talks.record(request(retracted(membership), identified("finland")))
    await assert_equals_fold(psql)
    await assert_documents_equal_fold(talks.pool)


async def test_record_results_are_the_same_with_little_memory_as_with_much(
    talks: Recording, replica: Replica, psql: asyncpg.Connection
) -> None:
    """A replica that keeps one negotiation in memory decides and shows what one does that keeps all."""
    desks = [await replica(negotiations_limit=1), talks]
    for number in range(12):
        name = f"talks-{number}"
        await desks[number % 2].record(negotiation(name))
        await desks[0].record(request(demanded("veto", f"{name}/geneva", to=["nato"])))
    for number in range(24):
        stream = f"talks-{number % 12}/brussels"
        answer = answered("veto", stream=stream, by="nato" if number < 12 else "sweden", as_="for-members")
        await desks[number % 2].record(request(answer, said("done", stream)))
    await desks[0].record(request(joined("nato", "united-states"), joined("nato", "sweden")))
    assert len(desks[0]._writer._indexes._negotiations) <= 1
    await assert_equals_fold(psql)


async def test_ask_for_negotiations_that_do_not_exist_crowds_nobody_out_of_memory(talks: Recording) -> None:
    """Requests that are refused for a name nobody opened leave that name nowhere."""
    for number in range(20):
        related = [f"related-{number}-{index}" for index in range(50)]
        for bad in (
            request(said("x", f"nowhere-{number}")),
            request(said("x", f"nowhere-{number}/geneva")),
            request(entry(f"new-{number}", {"type": "NegotiationOpened", "title": "T", "related": related})),
            request(said("x"), if_match=(f"nowhere-{number}", -1)),
        ):
            with pytest.raises((Refusal, PreconditionFailed)):
                await talks.record(bad)
    assert list(talks._writer._indexes._negotiations) == ["talks"]
