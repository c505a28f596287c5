"""What these tests share: a record's key, and services that sign with it."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from rich.console import Console

from parley.checkpoints.notes import SigningKey
from parley.cli.witness import Witness
from tests.feed.services import Service, served
from tests.record.world import identified

NAME = "parley.example.org/record"
KEY = SigningKey(NAME, bytes(range(32)))
OTHER = SigningKey(NAME, bytes(32))


@asynccontextmanager
async def signing(database: str, *, port: int = 0, key: SigningKey | None = KEY) -> AsyncIterator[Service]:
    """A service that signs."""
    async with served(database, port=port, signing_key=key) as service:
        yield service


async def record(service: Service, *parties: str) -> None:
    """One event for each."""
    await service.record(*(identified(party) for party in parties))


async def checkpoint_of(service: Service, query: str = "") -> str:
    """What the service answers now."""
    async with httpx.AsyncClient(base_url=service.address) as client:
        answer = await client.get(f"/v1/log/checkpoint{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


class Attending:
    """A witness of a service, and what it says."""

    def __init__(self, address: str, file: Path, *keys: SigningKey, key_file: Path | None = None) -> None:
        self._said = io.StringIO()
        console = Console(file=self._said, width=500, highlight=False, markup=False, emoji=False)
        self.witness = Witness(console, address, file, [key.verifier for key in keys or (KEY,)], key_file)

    async def once(self) -> str:
        """Have it ask once; give what it says."""
        before = len(self.said)
        await self.witness.once()
        return self.said[before:]

    @property
    def said(self) -> str:
        """All that it said."""
        return self._said.getvalue()
