"""Documents are bounded however much is recorded; lists are paged without a gap or a repeat."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from negotiation.clocks import Reading
from negotiation.dates import interval_of_date
from negotiation.texts import as_counted
from parley.projections import findings, ledger, rounds
from parley.queries.past import Clocks, Past
from parley.recording import Recording
from parley.store import reader
from parley.store.reading import Cursor, Document, Page
from tests.record.fold import assert_documents_equal_fold, assert_equals_fold, bring_up_to_date
from tests.record.world import (
    BRUSSELS,
    GENEVA,
    TALKS,
    demanded,
    entry,
    failed,
    identified,
    joined,
    left,
    negotiation,
    request,
    retracted,
    said,
    scheduled,
    talked,
)

STATEMENTS = 2000


def decoded(document: Document | None) -> dict[str, Any]:
    assert document is not None
    return msgspec.json.decode(document.body, type=dict[str, Any])


async def test_record_thousands_of_statements_leaves_documents_bounded_and_totals_right(talks: Recording) -> None:
    """A round of 2,000 statements reads as long as one of 100; all are counted, the latest are shown."""
    sizes: list[int] = []
    shown: dict[str, Any] = {}
    recorded = 0
    for number in (100, 500, 500, 500, STATEMENTS - 1600):
        texts = range(recorded, recorded + number)
        await talks.record(request(*(said(f"statement {index:04}") for index in texts)))
        recorded += number
        document = await talks.live.round(TALKS, "geneva")
        shown = decoded(document)["statements"]
        assert shown["total"] == recorded
        assert document is not None
        sizes.append(len(document.body))
    assert max(sizes) - min(sizes) < 1000
    assert len(shown["shown"]) == 50
    summary = await talks.live.rounds(TALKS, None, 10)
    assert summary is not None
    assert max(map(len, summary.items)) < 2000
    row = await talks.pool.fetchrow("SELECT header, totals, summary FROM rounds WHERE round = 'geneva'")
    assert row is not None
    assert sum(map(len, row)) < 3000
    # One more costs what it touches: one item, one round, one negotiation.
    before = await talks.pool.fetchval("SELECT max(xmin::text::bigint) FROM items")
    await talks.record(request(said("one more")))
    await bring_up_to_date(talks.pool)
    assert await talks.pool.fetchval("SELECT count(*) FROM items WHERE xmin::text::bigint > $1", before) == 1
    await assert_equals_fold(talks.pool)
    await assert_documents_equal_fold(talks.pool)


async def test_record_many_of_everything_leaves_every_document_bounded(talks: Recording) -> None:
    """Rounds, participants, sessions, outcomes, agenda, findings, members and groups, each 60: 50 are shown."""
    many = 60
    names = [f"party-{index:02}" for index in range(many)]
    await talks.record(request(*map(identified, names)))
    await talks.record(request(*(joined("nato", name) for name in names), *(joined(name, "sweden") for name in names)))
    await talks.record(request(*(scheduled(f"round-{index:02}") for index in range(many))))
    facts = []
    for index, name in enumerate(names):
        facts += [
            entry(GENEVA, {"type": "PartyAdmitted", "party": name}),
            entry(TALKS, {"type": "PartyAdmitted", "party": name, "scope": "negotiation"}),
            entry(TALKS, {"type": "AgendaItemSet", "item": f"item-{index}", "status": "adopted", "text": "An item"}),
            entry(BRUSSELS, {"type": "NoBreakthrough", "assessed_by": {"outlet": f"Outlet {index}"}}),
        ]
    await talks.record(request(*facts))
    negotiated = decoded(await talks.live.negotiation(TALKS))
    for kind, total in (("rounds", many + 2), ("participants", many), ("agenda", many), ("findings", many)):
        assert (negotiated[kind]["total"], len(negotiated[kind]["shown"])) == (total, 50), kind
    geneva, brussels = [decoded(await talks.live.round(TALKS, name)) for name in ("geneva", "brussels")]
    assert (geneva["participants"]["total"], len(geneva["participants"]["shown"])) == (many, 50)
    assert (brussels["outcomes"]["total"], len(brussels["outcomes"]["shown"])) == (many, 50)
    nato, sweden = [decoded(await talks.live.party(name)) for name in ("nato", "sweden")]
    assert (nato["members"]["total"], len(nato["members"]["shown"])) == (many, 50)
    assert (sweden["groups"]["total"], len(sweden["groups"]["shown"])) == (many, 50)
    await assert_equals_fold(talks.pool)
    await assert_documents_equal_fold(talks.pool)


Fetch = Callable[[Cursor | None, int], Awaitable[Page | None]]


async def paged(fetch: Fetch, limit: int) -> list[bytes]:
    """Everything in a list, page by page."""
    items: list[bytes] = []
    after: Cursor | None = None
    for _ in range(100):
        page = await fetch(after, limit)
        assert page is not None
        assert len(page.items) == limit or page.next is None
        items += page.items
        if page.next is None:
            return items
        # A cursor goes through a link and comes back as JSON.
        after = tuple(msgspec.json.decode(msgspec.json.encode(page.next), type=list[str | int]))
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 21, 500])
async def test_page_through_every_list_gives_everything_once_in_order(talks: Recording, limit: int) -> None:
    """Parties, negotiations, rounds, demands, findings, and events with every filter."""
    for number in range(5):
        await talks.record(negotiation(f"other-{number}"))
    rounds_ = [
        entry(f"{TALKS}/round-{number}", {"type": "RoundScheduled", "round": f"round-{number}"}) for number in range(9)
    ]
    await talks.record(
        request(
            entry(f"{TALKS}/accra", {"type": "RoundScheduled", "round": "accra", "starts": "2022-02-01"}),
            *rounds_,
            *(demanded(f"demand-{number}", f"{TALKS}/round-{number % 9}") for number in range(14)),
            *(failed(GENEVA if number % 2 else BRUSSELS) for number in range(14)),
        )
    )
    live = talks.live
    lists: dict[str, tuple[Fetch, str]] = {
        "parties": (live.parties, "party"),
        "negotiations": (live.negotiations, "negotiation"),
        "rounds": (lambda after, limit: live.rounds(TALKS, after, limit), "round"),
        "demands": (lambda after, limit: live.demands(TALKS, after, limit), "demand"),
        "findings": (lambda after, limit: live.findings(TALKS, after, limit), "event"),
    }
    counts = {"parties": 5, "negotiations": 6, "rounds": 12, "demands": 14, "findings": 14}
    for name, (fetch, field) in lists.items():
        slugs = [msgspec.json.decode(item)[field] for item in await paged(fetch, limit)]
        assert len(set(slugs)) == len(slugs) == counts[name], name
        assert name == "rounds" or slugs == sorted(slugs, key=as_counted if name != "findings" else None), name
    demands = [f"demand-{number}" for number in range(14)]
    assert [msgspec.json.decode(item)["demand"] for item in await paged(lists["demands"][0], limit)] == demands
    starts = [msgspec.json.decode(item)["round"] for item in await paged(lists["rounds"][0], limit)]
    assert starts == ["brussels", "geneva", "accra", *(f"round-{number}" for number in range(9))]

    filters: list[tuple[dict[str, Any], int]] = [
        ({}, 8 + 15 + 38),
        ({"unit": TALKS}, 3 + 38),
        ({"stream": GENEVA}, 1 + 7),
        ({"unit": "parties"}, 5),
        ({"type": "DemandTabled"}, 14),
        ({"type": "RoundScheduled", "unit": TALKS}, 12),
        ({"party": "nato"}, 1),
    ]
    for wanted, count in filters:

        async def events(after: Cursor | None, limit: int, wanted: dict[str, Any] = wanted) -> Page:
            return await reader.page(talks.pool, 0 if after is None else int(after[0]), limit, **wanted)

        positions = [msgspec.json.decode(event)["position"] for event in await paged(events, limit)]
        assert positions == sorted(set(positions)), wanted
        assert len(positions) == count, wanted


async def test_page_at_past_clocks_is_in_the_order_of_the_present(talks: Recording) -> None:
    """Ids sort as people count there, too, and cursors go on behind them."""
    for name in ("other-10", "other-2", "other-02"):
        await talks.record(negotiation(name))
    await talks.record(request(*map(identified, ("art-10", "art-2"))))
    await talks.record(request(*(demanded(f"demand-{number}") for number in (10, 9, 2))))
    past = Past(talks.pool, talks.folds, Clocks(reading=Reading(as_of=10_000)))
    pairs: list[tuple[Fetch, Fetch]] = [
        (talks.live.parties, past.parties),
        (talks.live.negotiations, past.negotiations),
        (lambda after, limit: talks.live.demands(TALKS, after, limit), lambda a, n: past.demands(TALKS, a, n)),
    ]
    for now, then in pairs:
        assert await paged(now, 1) == await paged(now, 100) == await paged(then, 1) == await paged(then, 100)
    listed = [msgspec.json.decode(item)["negotiation"] for item in await paged(talks.live.negotiations, 2)]
    assert listed == ["other-02", "other-2", "other-10", TALKS]


async def test_list_in_a_document_sorts_ids_of_one_date_as_people_count(talks: Recording) -> None:
    items = [
        entry(TALKS, {"type": "AgendaItemSet", "item": f"art-{number}", "status": "adopted", "text": "An item"})
        for number in (10, 1, 2)
    ]
    texts = [
        entry(TALKS, {"type": "DocumentTabled", "document": f"text-{number}", "kind": "draft"}) for number in (11, 3)
    ]
    await talks.record(request(*items, *texts))
    document = decoded(await talks.live.negotiation(TALKS))
    assert [item["item"] for item in document["agenda"]["shown"]] == ["art-1", "art-2", "art-10"]
    assert [item["document"] for item in document["documents"]["shown"]] == ["text-3", "text-11"]
    await assert_documents_equal_fold(talks.pool)


async def test_total_of_a_group_counts_who_belongs_to_it_at_the_reading(talks: Recording) -> None:
    """Who left is listed and counted apart, on both sides; at a date before that, as a member."""
    parties = ("finland", "sweden")
    await talks.record(
        request(
            *(identified(name, occurred="../2022-01-11") for name in ("league", "finland")),
            *(joined("league", party) for party in parties),
        )
    )
    await talks.record(request(left("league", "sweden", "2010-01-01")))

    league, sweden = [decoded(await talks.live.party(name)) for name in ("league", "sweden")]

    assert [one["party"] for one in league["members"]["shown"]] == ["finland"]
    assert [one["party"] for one in league["former_members"]["shown"]] == ["sweden"]
    assert [league[name]["total"] for name in ("members", "former_members")] == [1, 1]
    assert [sweden[name]["total"] for name in ("groups", "former_groups")] == [0, 1]
    await assert_documents_equal_fold(talks.pool)
    before = Reading(happened_by=interval_of_date("2009"))
    past = Past(talks.pool, talks.folds, Clocks(reading=before, happened_by="2009"))
    then = decoded(await past.party("league"))
    assert [then[name]["total"] for name in ("members", "former_members")] == [2, 0]
    await talks.record(request(joined("league", "sweden", "2020-01-01")))
    again = decoded(await talks.live.party("league"))
    assert [again[name]["total"] for name in ("members", "former_members")] == [2, 0]
    await assert_equals_fold(talks.pool)


@pytest.mark.parametrize("name", ["art-2", "art-10", "art-007", "a1b22", "a", "", "0", "9" * 30, "1-2", "x-0-00"])
async def test_database_counts_names_as_the_domain_does(talks: Recording, name: str) -> None:
    assert await talks.pool.fetchval("SELECT as_counted($1)", name) == as_counted(name)[0]


async def test_page_of_what_does_not_exist_is_none_and_of_what_is_empty_is_empty(talks: Recording) -> None:
    """No negotiation, no page; a negotiation without items has an empty one, with its version."""
    await bring_up_to_date(talks.pool)
    for fetch in (rounds.page, findings.page, ledger.page):
        assert await fetch(talks.pool, "nowhere", None, 10) is None
    for fetch in (findings.page, ledger.page):
        assert await fetch(talks.pool, TALKS, None, 10) == Page(items=(), next=None, version=8)
    await talks.record(request(entry("bare", {"type": "NegotiationOpened", "title": "Bare"})))
    assert await talks.live.rounds("bare", None, 10) == Page(items=(), next=None, version=9)
    assert await talks.live.round(TALKS, "nowhere") is None
    assert await talks.live.negotiation("nowhere") is None
    assert await talks.live.party("nowhere") is None
    assert await talks.live.demand(TALKS, "nowhere") is None
    assert await reader.event(talks.pool, 10) is None
    assert (await reader.head(talks.pool)).position == 9
    assert (await reader.stream_exists(talks.pool, "bare"), await reader.stream_exists(talks.pool, "no")) == (
        True,
        False,
    )


async def test_withdraw_and_restore_all_of_a_round_and_a_negotiation_hides_and_shows_them(talks: Recording) -> None:
    """What nothing stands of is not listed and not found; restored, it reads as before."""
    before = [await talks.live.round(TALKS, "paris"), await talks.live.negotiation("other")]
    assert before == [None, None]
    round_, other = scheduled("paris"), entry("other", {"type": "NegotiationOpened", "title": "Other"})
    await talks.record(request(round_, other))
    gone = [retracted(round_), retracted(other)]
    await talks.record(request(*gone))
    assert await talks.live.round(TALKS, "paris") is None
    assert await talks.live.negotiation("other") is None
    page = await talks.live.rounds(TALKS, None, 10)
    assert page is not None
    assert len(page.items) == 2
    assert len((await talks.live.negotiations(None, 10)).items) == 1
    await assert_equals_fold(talks.pool)
    await talks.record(request(*map(retracted, gone)))
    assert decoded(await talks.live.round(TALKS, "paris"))["schedule"]["values"]
    assert decoded(await talks.live.negotiation("other"))["frame"]["values"]
    await assert_equals_fold(talks.pool)
    await assert_documents_equal_fold(talks.pool)


async def test_read_after_each_record_shows_it(talks: Recording) -> None:
    """What was just recorded is what the next read shows, with the version that guards a write on it."""
    for number in range(10):
        receipt = await talks.record(request(said(f"{number}"), talked()))
        document = await talks.live.round(TALKS, "geneva")
        assert document is not None
        assert document.version == 1 + 2 * (number + 1)
        assert decoded(document)["statements"]["total"] == number + 1
        whole = await talks.live.negotiation(TALKS)
        assert whole is not None
        assert whole.version == receipt.last_position
        await talks.record(request(said("guarded", BRUSSELS), if_match=(TALKS, whole.version)))
