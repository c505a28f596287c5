"""`parley serve`: the service on a database of one's own."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from parley import settings
from parley.cli import checkpoints, database, opening, serving, tracing
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
    signing_key = checkpoints.key_in(Path(known.signing_key_file)) if known.signing_key_file else None
    with told(name), ExitStack() as stack:
        if known.open == "off" and not opening.serves_here_alone(known.host, known.port):
            await opening.check(known.host, known.database_url)
        listener = stack.enter_context(serving.listen(known.host, known.port, _ANOTHER_PORT))
        await database.check(known.database_url)
        from parley.app import create_app, end_streams, is_keyless

        address = serving.address_of(listener)
        provider = stack.enter_context(tracing.provider(known.traces))
        app = create_app(
            dsn=known.database_url,
            queue_limit=known.queue_limit,
            connections=known.read_connections,
            streams=known.streams,
            streams_per_key=known.streams_per_key,
            rate_limit=known.rate_limit,
            event_limit=known.event_limit,
            open_=known.open == "on",
            read_limit=known.read_limit,
            read_s=known.read_s,
            projectors=known.projectors,
            signing_key=signing_key,
            past_mib=known.past_mib,
            access_log=known.access_log,
            provider=provider,
        )

        def ready() -> None:
            logger.info("serving %s from the database %s", address, name)
            if is_keyless(app):
                logger.warning(opening.keyless(open_=known.open == "on"))

        await serving.serve(
            app,
            listener,
            stopping=lambda: end_streams(app),
            ready=ready,
            shutdown_s=known.shutdown_s,
            until=None,
        )
    logger.info("stopped")
