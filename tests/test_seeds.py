"""The seeds that come with Parley: complete, sourced, and no more exact than what they rest on."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest

from negotiation import dates
from negotiation.admission import Directory, decide
from negotiation.documents.negotiation import negotiation_dossier
from negotiation.documents.party import parties_dossier
from negotiation.documents.plain import plain_document
from negotiation.documents.round import round_document
from negotiation.envelope import Recorded, Submission
from negotiation.events.catalogue import EVENT_TYPES, AnyEvent
from negotiation.sources import Source, first_reported
from negotiation.state import register_keys
from negotiation.state.dossier import Dossier
from negotiation.state.grounds import named_party
from negotiation.state.index import Entry as Indexed
from negotiation.state.index import Index
from negotiation.streams import stream
from parley.seedfile import Entry, SeedFile, check, event_id, read

FOLDER = Path(__file__).parents[1] / "seeds"
ARTICLES = {"The National", "The New Indian Express"}

COVERAGE = {
    # The National
    "A0-01": ["geneva-talks-national", "geneva-no-agreement"],
    "A0-02": ["moment-of-truth"],
    "A0-03": ["build-up-to-be-called-off", "troop-build-up"],
    "A0-04": ["guarantees-demanded-national", "guarantees-to-be-pressed"],
    "A0-05": ["reaction-demanded-national"],
    "A0-06": ["veto-demanded"],
    "A0-07": [
        "veto-rejected-by-united-states",
        "veto-rejected-by-nato-members",
        "veto-rejected-by-sweden",
        "veto-rejected-by-finland",
        "veto-rejected-by-ukraine",
    ],
    "A0-08": ["consultation-scheduled", "consultation-held", "common-approach"],
    "A0-09": ["severe-consequences"],
    "A0-10": ["no-intent-to-invade"],
    "A0-11": ["allies-to-be-consulted"],
    "A0-12": ["nothing-without-ukraine"],
    "A0-13": ["brussels-scheduled-national", "russia-in-brussels-national", "nato-in-brussels-national"],
    "A0-14": ["vienna-scheduled"],
    "A0-15": ["willing-to-keep-talking-national"],
    "A0-16": ["no-endless-talks"],
    "A0-17": ["little-optimism"],
    # The New Indian Express
    "A1-01": ["geneva-scheduled", "geneva-talks"],
    "A1-02": ["geneva-no-breakthrough"],
    "A1-03": ["willing-to-keep-talking"],
    "A1-04": ["moment-of-truth-express"],
    "A1-05": ["realistic-expectations"],
    "A1-06": ["reaction-demanded"],
    "A1-07": ["written-proposals", "proposals-unveiled"],
    "A1-08": ["no-new-members-demanded"],
    "A1-09": ["no-bases-demanded"],
    "A1-10": ["guarantees-demanded", "guarantees-demanded-as-concessions"],
    "A1-11": ["severe-sanctions"],
    "A1-12": ["promise-of-no-enlargement"],
    "A1-13": ["brussels-scheduled", "russia-in-brussels", "nato-in-brussels"],
}
"""Each fact that the articles report, and the events that record it."""

BEYOND = {"negotiation", "allies-consulted", "realistic-expectations-national"}
"""Events on the two articles that rest on a sentence of theirs that is none of the facts above."""

PUBLISHER = {"A0": "The National", "A1": "The New Indian Express"}

SAID = {
    "The National": [
        "a moment of truth is coming in our relations with the alliance",
        "concrete, substantive, article-by-article reaction",
        "balancing deterrence and dialogue",
        "We will not make decisions about Ukraine without Ukraine",
        "we will not be satisfied with the endless dragging out of this process",
        "There are not many reasons for optimism yet",
    ],
    "The New Indian Express": [
        "It's no exaggeration to say that a moment of truth is coming",
        "Our expectations are entirely realistic",
        "We will push for a concrete, substantive, article-by-article reaction",
    ],
}
"""What the articles quote, word for word."""


@cache
def seeds() -> tuple[SeedFile, ...]:
    return tuple(read(path) for path in sorted(FOLDER.glob("*.yaml")))


def entries() -> Iterator[Entry]:
    for file in seeds():
        yield from file.entries


def named(name: str) -> SeedFile:
    return next(file for file in seeds() if file.name == name)


def article_events() -> dict[str, Entry]:
    """Events of the two articles' file by the slug that the file gives them."""
    text = (FOLDER / "02-two-articles.yaml").read_text(encoding="utf-8")
    slugs = {event_id("two-articles", slug): slug for slug in re.findall(r"- id: (\S+)", text)}
    return {slugs[entry.submission["id"]]: entry for entry in named("two-articles").entries}


def event(slug: str) -> dict[str, Any]:
    found: dict[str, Any] = article_events()[slug].submission["event"]
    return found


def publishers(entry: Entry) -> set[str]:
    return {source["publisher"] for source in entry.submission["sources"]}


def quotes(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield publisher and quote."""
    for source in entry.submission["sources"]:
        if "quote" in source:
            yield source["publisher"], source["quote"]


# --- the files --------------------------------------------------------------------------------------------------------


def test_seeds_are_three_files_in_order() -> None:
    """Each file is loaded with the ones before it present."""
    assert [file.name for file in seeds()] == ["parties", "two-articles", "other-sources"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_seed_file_reads_and_every_event_decodes(path: Path) -> None:
    """The catalogue takes every event, source and date."""
    for entry in read(path).entries:
        check(entry)


def test_seed_ids_are_used_once() -> None:
    """No two events share an id across the files."""
    ids = [entry.submission["id"] for entry in entries()]
    assert len(set(ids)) == len(ids)


def test_every_event_has_a_source_and_began_before_it_was_reported() -> None:
    """A reported fact has begun: it starts no later than the day of its first report ends."""
    for entry in entries():
        reported = first_reported(msgspec.convert(entry.submission["sources"], tuple[Source, ...]))
        assert reported is not None, entry
        if "occurred" in entry.submission:
            assert dates.parse(entry.submission["occurred"]).start.begins < reported.ends, entry


def test_every_direct_quote_has_a_speaker_and_at_most_15_words() -> None:
    """Quotes are short, and somebody's."""
    for entry in entries():
        for source in entry.submission["sources"]:
            if source["kind"] == "quote":
                assert source["speaker"], entry
        assert all(len(quote.split()) <= 15 for _, quote in quotes(entry)), entry


def fold(*units: str, more: Iterable[SeedFile] = ()) -> dict[str, Dossier]:
    """The seeds, and then more files, by unit: each event recorded by the domain's own rules."""
    parties = parties_dossier()
    dossiers = {"parties": parties, **{unit: negotiation_dossier(lambda: parties) for unit in units}}
    names = Index()
    indexes = {"parties": names, **{unit: Index(lambda name: names.knows(named_party(name))) for unit in units}}
    directory = Directory(knows_negotiation=lambda _: False)
    for position, entry in enumerate(chain(entries(), *(file.entries for file in more)), start=1):
        submission = msgspec.convert(entry.submission, Submission)
        here = stream(entry.stream)
        event, event_id = submission.event, entry.submission["id"]
        decide(submission, here, indexes[here.unit], directory, dates.instant("2026-11-22T12:00:00Z"))
        indexes[here.unit].put(
            Indexed(id=event_id, stream=entry.stream, version=position, position=position, event=event)
        )
        dossiers[here.unit].apply(
            Recorded(
                event=event,
                id=event_id,
                occurred=submission.occurred,
                position=position,
                recorded_at="2026-11-22T12:00:00.000000Z",
                recorded_by="desk-officer",
                sources=submission.sources,
                stream=entry.stream,
                version=position,
            )
        )
    return dossiers


@cache
def folded() -> dict[str, Dossier]:
    """The seeds by unit."""
    return fold("european-security")


def test_seeds_recorded_in_order_are_refused_nowhere_and_raise_no_finding() -> None:
    """By the domain's own rules each event finds what it names, and nothing fails to add up."""
    assert [dossier.findings_in() for dossier in folded().values()] == [[], []]


def test_geneva_is_read_in_under_60_lines() -> None:
    full = msgspec.json.decode(round_document(folded()["european-security"], "european-security", "geneva"))
    told = plain_document(full, refs=True)
    assert told["schedule"]["starts"] == "2022-01-10"
    assert [one["duration"] for one in told["sessions"][0]["contested"]] == ["at least PT7H", "about PT8H"]
    assert len(json.dumps(told, indent=4).splitlines()) < 60
    assert len(json.dumps(full, indent=4).splitlines()) > 300


def test_every_account_that_differs_gives_other_values_of_fields_the_fact_has() -> None:
    """With the differing values in place, the fact still decodes, and reads otherwise than before."""
    facts = {entry.submission["id"]: entry for entry in entries()}
    for entry in entries():
        differs = dict(entry.submission["event"].get("differs", {}))
        if not differs:
            continue
        target = facts[entry.submission["event"]["target"]]
        assert entry.stream == target.stream
        fact = target.submission["event"]
        fields = EVENT_TYPES[fact["type"]].__struct_encode_fields__
        occurred = differs.pop("occurred", None)
        assert set(differs) <= set(fields), entry
        assert occurred != target.submission["occurred"], entry
        assert all(fact.get(name) != value for name, value in differs.items()), entry
        msgspec.convert(fact | differs, AnyEvent)


# --- the two articles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", COVERAGE)
def test_article_fact_is_recorded_with_its_article_as_source(row: str) -> None:
    """Every fact of the two articles is there, and its article is the only source."""
    for slug in COVERAGE[row]:
        assert publishers(article_events()[slug]) == {PUBLISHER[row[:2]]}


def test_article_facts_are_all_counted() -> None:
    """Seventeen facts of one article, thirteen of the other, and no event that belongs to none."""
    assert list(COVERAGE) == [f"A0-{n:02}" for n in range(1, 18)] + [f"A1-{n:02}" for n in range(1, 14)]
    assert set(article_events()) == {slug for slugs in COVERAGE.values() for slug in slugs} | BEYOND


def test_articles_file_has_the_two_articles_as_its_only_sources() -> None:
    """What comes from elsewhere stands in a file of its own."""
    assert {name for entry in named("two-articles").entries for name in publishers(entry)} == ARTICLES
    assert not {name for entry in named("other-sources").entries for name in publishers(entry)} & ARTICLES
    assert all(ARTICLES & publishers(entry) for entry in named("parties").entries)


def test_article_quotes_are_word_for_word() -> None:
    """Every quote of an article stands in what the article quotes."""
    found = [quote for entry in entries() for quote in quotes(entry) if quote[0] in ARTICLES]
    assert len(found) == 9
    for publisher, quote in found:
        assert any(quote in said for said in SAID[publisher]), quote


def test_articles_give_no_address_and_one_has_no_headline() -> None:
    """Nothing is made up that the texts do not give."""
    for entry in entries():
        for source in entry.submission["sources"]:
            if source["publisher"] in ARTICLES:
                assert "url" not in source
                assert ("title" in source) == (source["publisher"] == "The New Indian Express")
                assert source["published"] == "2022-01-11"


def test_articles_dates_are_no_more_exact_than_the_articles() -> None:
    """A day only where an article gives the day; the rest by, or standing on, the day it appeared."""
    written = {entry.submission.get("occurred") for entry in named("two-articles").entries} - {None}
    assert written == {
        "[..2021-12]", "2021-12", "[..2022-01-10]", "2022-01-10", "[..2022-01-11]", "../2022-01-11", "2022-01-11",
    }  # fmt: skip


def test_geneva_was_held_for_at_least_seven_hours_without_breakthrough_as_a_newspaper_says() -> None:
    """The outcome is the outlet's own assessment."""
    assert event("geneva-talks")["duration"] == {"at_least": "PT7H"}
    assert event("geneva-talks")["rooms"] == [["united-states", "russia"]]
    assert article_events()["geneva-talks"].submission["occurred"] == "2022-01-10"
    assert event("geneva-no-breakthrough")["assessed_by"] == {"outlet": "The New Indian Express"}


@pytest.mark.parametrize("slug, starts", [("brussels-scheduled", "2022-01-12"), ("vienna-scheduled", "2022-01-13")])
def test_meeting_announced_was_announced_by_the_day_and_starts_later(slug: str, starts: str) -> None:
    """An announcement is dated by the article, the meeting by what it announces."""
    assert article_events()[slug].submission["occurred"] == "[..2022-01-11]"
    assert event(slug)["starts"] == starts


def test_veto_on_enlargement_is_rejected_by_five() -> None:
    """The United States, NATO for its members, Sweden, Finland and Ukraine, in the negotiation's stream."""
    answers = [
        entry
        for entry in named("two-articles").entries
        if entry.submission["event"].get("on") == {"kind": "demand", "id": "veto-on-enlargement"}
    ]
    assert [actor for entry in answers for actor in entry.submission["event"]["by"]] == [
        {"party": "united-states"},
        {"party": "nato", "as": "for-members"},
        {"party": "sweden"},
        {"party": "finland"},
        {"party": "ukraine"},
    ]
    assert {(entry.stream, entry.submission["occurred"], entry.submission["event"]["answer"]) for entry in answers} == {
        ("european-security", "[..2022-01-11]", "reject")
    }


def test_rounds_are_five_and_nothing_is_held_in_brussels_yet() -> None:
    """The record stands on the eve of Brussels, whose sitting is left to whoever tries the service."""
    rounds = {
        entry.submission["event"]["round"]
        for entry in entries()
        if entry.submission["event"]["type"] == "RoundScheduled"
    }
    assert rounds == {"geneva", "brussels", "vienna", "written-proposals", "sherman-stoltenberg"}
    brussels = {entry.submission["event"]["type"] for entry in entries() if entry.stream.endswith("/brussels")}
    assert brussels == {"RoundScheduled", "PartyAdmitted", "AccountAdded"}


# --- other sources ----------------------------------------------------------------------------------------------------


def test_other_sources_have_an_address() -> None:
    """What comes from elsewhere can be looked up."""
    for entry in named("other-sources").entries:
        assert all(source["url"].startswith("https://") for source in entry.submission["sources"])


def test_vienna_and_the_format_of_geneva_come_from_other_sources_only() -> None:
    """Neither article says them."""
    articles = str([entry.submission for entry in named("two-articles").entries])
    assert "Vienna" not in articles
    assert "bilateral" not in articles
    others = str([entry.submission for entry in named("other-sources").entries])
    assert "'venue': 'Vienna'" in others
    assert "'format': 'bilateral'" in others


def test_leaked_replies_are_unconfirmed() -> None:
    """That they were published is sure, that they are authentic is not."""
    leaks = [e.submission["event"] for e in entries() if e.submission["event"].get("manner") == "leaked"]
    assert [leak["authentic"] for leak in leaks] == ["unconfirmed", "unconfirmed"]


# --- more files, which the demo does not load -------------------------------------------------------------------------


@cache
def more() -> dict[str, SeedFile]:
    return {file.name: file for file in map(read, sorted((FOLDER / "more").glob("*.yaml")))}


@pytest.mark.parametrize(
    ("name", "unit"), [("rome-statute", "international-criminal-court"), ("writers-strike", "writers-strike")]
)
def test_more_seeds_beside_those_of_the_demo_are_refused_nowhere_and_raise_no_finding(name: str, unit: str) -> None:
    """Every date, source and value is one that the record takes, and nothing fails to add up."""
    dossiers = fold("european-security", unit, more=[more()[name]])
    assert [found for dossier in dossiers.values() for found in dossier.findings_in()] == []
    assert sum(len(dossier.history.lives.events) for dossier in dossiers.values()) == len(more()[name].entries) + len(
        list(entries())
    )


def test_more_seeds_tell_a_treaty_from_its_draft_to_its_entry_into_force() -> None:
    """Drafts with brackets, votes side by side, ratifications, one agreed text in force."""
    history = fold("european-security", "international-criminal-court", more=[more()["rome-statute"]])[
        "international-criminal-court"
    ].history
    assert len(history.keys("document", "rome-statute")) == 3
    assert len(history.keys("vote", "document/rome-statute")) == 3
    assert len(history.keys("consent", "document/rome-statute")) == 13
    assert history.consents.versions("document/rome-statute") == 1
    [in_force] = history.standing(register_keys.status("rome-statute", ""))
    assert in_force.known.occurred == "2002-07-01"


def test_more_seeds_tell_a_strike_from_the_vote_on_it_to_its_end() -> None:
    history = fold("european-security", "writers-strike", more=[more()["writers-strike"]])["writers-strike"].history
    [strike] = history.standing(register_keys.conduct("strike"))
    assert strike.known.event.phase == "ended"  # type: ignore[union-attr] # conduct has a phase
    assert len(history.keys("vote", "conduct/strike")) == 1
    assert [one.known.occurred for one in history.standing(register_keys.status("agreement-of-2023", ""))] == [
        "2023-10-09"
    ]
