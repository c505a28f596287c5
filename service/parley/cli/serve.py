"""`parley serve`: the service on a database of one's own."""

import logging
from collections.abc import Mapping
from typing import Final

from parley import settings
from parley.cli import database, serving, tracing
from parley.cli.failures import database_name, told
from parley.cli.logs import log_to_stderr

_ANOTHER_PORT: Final = "--port or PARLEY_PORT."

logger = logging.getLogger("parley")


async def serve(environment: Mapping[str, str]) -> None:
    """Serve until cancelled. Raises Failure."""
    with told("named by PARLEY_DATABASE_URL"):
        known = settings.read(environment)
    log_to_stderr(known.log_level, known.log_format)
    name = database_name(known.database_url)
    with told(name), serving.listen(known.host, known.port, _ANOTHER_PORT) as listener:
        await database.check(known.database_url)
        from parley.app import create_app, end_streams

        address = serving.address_of(listener)
        with tracing.provider(known.traces) as provider:
            app = create_app(
                dsn=known.database_url,
                queue_limit=known.queue_limit,
                connections=known.read_connections,
                streams=known.streams,
                access_log=known.access_log,
                provider=provider,
            )
            await serving.serve(
                app,
                listener,
                stopping=lambda: end_streams(app),
                ready=lambda: logger.info("serving %s from the database %s", address, name),
                shutdown_s=known.shutdown_s,
                until=None,
            )
    logger.info("stopped")
