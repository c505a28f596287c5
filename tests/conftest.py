"""Fixtures that every test may use."""

from collections.abc import AsyncIterator, Iterator

import pytest

from parley.embedded import EmbeddedPostgres
from tests import databases


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The test run's own PostgreSQL."""
    with databases.server() as server:
        yield server


@pytest.fixture(scope="session")
async def template(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """The same, with the template database in it."""
    await databases.make_template(postgres)
    return postgres


@pytest.fixture
async def database(template: EmbeddedPostgres) -> AsyncIterator[str]:
    """The DSN of a migrated, empty database of the test's own."""
    async with databases.database(template) as dsn:
        yield dsn
