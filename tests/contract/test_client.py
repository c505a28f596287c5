"""A typed client that a public program writes from the document: it records, reads, and is told what is wrong."""

import asyncio
import importlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parley.app import API
from parley.http.response.renditions import XLSX
from tests.access.desk import make_key
from tests.feed.services import Service, served
from tests.http.openapi import Described

NAME = "written_for_parley"
NEGOTIATION = "european-security"
TAKEN_FOR = {
    **dict.fromkeys(
        ("application/x-ndjson", "application/x-bibtex", "application/atom+xml", "image/svg+xml"), "text/plain"
    ),
    XLSX.media_type: "application/octet-stream",
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the client is written into."""
    return tmp_path_factory.mktemp("client")


class Client:
    """The client at work: its operations and models by name."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened
        self.models: Any = importlib.import_module(f"{NAME}.models")

    async def call(self, operation: str, *of: str, **given: Any) -> Any:
        """Call an operation: the model of its answer, whatever the status."""
        module: Any = importlib.import_module(f"{NAME}.api.{operation}")
        return await module.asyncio(*of, client=self._opened, **given)

    def fact(self, type_: str, **fields: Any) -> Any:
        """A fact, ready to be recorded."""
        tag = getattr(self.models, f"{type_}Type")(type_)
        event = getattr(self.models, type_)(type_=tag, **fields)
        return self.models.FactSubmission(event=event, occurred="2022-01-10", sources=self.sources())

    def sources(self) -> list[Any]:
        """One source."""
        kind = self.models.SourceKind("outlet")
        return [self.models.Source(publisher="The Example Gazette", kind=kind, published="2022-01-11")]


@asynccontextmanager
async def opened(service: Service, key: str) -> AsyncIterator[Client]:
    """The client, as the holder of a key has it."""
    package: Any = importlib.import_module(NAME)
    async with package.AuthenticatedClient(base_url=service.address, token=key) as found:
        yield Client(found)


@pytest.fixture(scope="module")
async def generated(described: Described, written: Path) -> AsyncIterator[Path]:
    """The package, which nothing was left out of: a warning fails."""
    (written / "openapi.json").write_text(json.dumps(described.document))
    # The generator knows texts and bytes, and takes other types for these once it is told.
    (written / "options.yaml").write_text(json.dumps({"post_hooks": [], "content_type_overrides": TAKEN_FOR}))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"),
        *("--path", "openapi.json", "--config", "options.yaml", "--output-path", NAME),
        cwd=written,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    sys.path.insert(0, str(written))
    yield written / NAME
    sys.path.remove(str(written))


@pytest.fixture
async def service(database: str) -> AsyncIterator[Service]:
    """A service that runs, with keys."""
    async with served(database) as found:
        yield found


async def test_client_records_and_reads_what_it_recorded(generated: Path, service: Service, database: str) -> None:
    async with opened(service, await make_key(database, "desk", "recorder")) as client:
        models = client.models
        around = {"occurred": "[..2022-01-11]", "sources": client.sources()}
        for party in ("russia", "nato"):
            kind = models.NewPartyKind("state")
            receipt = await client.call(
                "parties.identify_party", body=models.NewParty(party=party, name=party.title(), kind=kind, **around)
            )
            assert [one.event.party for one in receipt.events] == [party]
        opening = models.NewNegotiation(negotiation=NEGOTIATION, title="Security", **around)
        assert isinstance(await client.call("negotiations.open_negotiation", body=opening), models.Receipt)
        await client.call("rounds.schedule_round", NEGOTIATION, body=models.NewRound(round_="geneva", **around))

        receipt = await client.call("rounds.record_round_events", NEGOTIATION, "geneva", body=[*told(client)])
        assert [type(one.event).__name__ for one in receipt.events] == ["DemandTabled", "AnswerGiven"]
        assert {one.recorded_by for one in receipt.events} == {"desk"}

        read = await client.call("demands.get_demand", NEGOTIATION, "veto")
        assert isinstance(read, models.PlainDemand)
        assert [(one.party, one.answer.value, one.ref) for one in read.answers] == [("nato", "reject", 6)]
        found = await client.call("demands.get_demand", NEGOTIATION, "veto", evidence=models.GetDemandEvidence("full"))
        assert isinstance(found, models.Demand)
        [given] = found.answers
        assert (given.party, given.values[0].value.answer.value) == ("nato", "reject")
        page = await client.call("events.list_events", party="nato")
        assert [one.position for one in page.items] == [2, 5, 6]
        assert (await client.call("log.get_head")).position == 6


def told(client: Client) -> Iterator[Any]:
    """A demand, and an answer to it."""
    models = client.models
    russia, nato = models.Actor(party="russia"), models.Actor(party="nato")
    yield client.fact("DemandTabled", demand="veto", text="No further.", by=[russia], to=["nato"])
    on = models.Ref(kind=models.RefKind("demand"), id="veto")
    yield client.fact("AnswerGiven", on=on, answer=models.AnswerGivenAnswer("reject"), by=[nato])


async def test_client_that_is_refused_is_told_by_a_model_of_the_problem(
    generated: Path, service: Service, database: str
) -> None:
    async with opened(service, await make_key(database, "reader", "reader")) as client:
        models = client.models
        missing = await client.call("demands.get_demand", NEGOTIATION, "veto")
        assert isinstance(missing, models.Problem404)
        assert missing.type_.value == "/problems/not-found"
        around = {"occurred": "2022-01-10", "sources": client.sources()}
        opening = models.NewNegotiation(negotiation=NEGOTIATION, title="Security", **around)
        refused = await client.call("negotiations.open_negotiation", body=opening)
        assert isinstance(refused, models.Problem403)
        assert "recorder" in refused.detail


def test_client_has_a_function_for_each_operation(generated: Path) -> None:
    names = {path.stem for path in (generated / "api").glob("*/*.py")} - {"__init__"}
    assert len(names) >= len(API)
