"""`parley migrate`: the schema of a database of one's own."""

from collections.abc import Mapping

from rich.console import Console

from parley import settings
from parley.cli.failures import database_name, told
from parley.store import migrate as schema


async def migrate(console: Console, environment: Mapping[str, str]) -> None:
    """Bring the schema up to date and tell what was done. Raises Failure."""
    with told("named by PARLEY_DATABASE_URL"):
        url = settings.read(environment).database_url
    name = database_name(url)
    with told(name):
        applied = await schema.migrate(url)
    if applied:
        console.print(f"{name}: applied {', '.join(map(str, applied))}; the schema is at version {applied[-1]}.")
    else:
        console.print(f"{name}: nothing to do, the schema is at version {schema.known_version()}.")
