"""What a command ends with when it cannot do its work: one sentence with the remedy, and an exit status."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from parley.embedded import EmbeddedPostgresError
from parley.embedded.errors import FolderOfOthers, NoDatabase
from parley.harmless import one_line
from parley.loading import NoSeeds, SeedError
from parley.settings import SettingsError
from parley.store.errors import RecordError
from parley.store.migrate import MigrationError

FAILED: Final = 1
CALLED_WRONGLY: Final = 2
"""Nothing was begun: another option, setting or folder is needed."""


class Failure(Exception):
    """The command ends here; the message, a line, is all that the operator is told, with the lines ``below`` it."""

    def __init__(self, sentence: str, status: int = FAILED, below: Sequence[str] = ()) -> None:
        super().__init__(one_line(sentence))
        self.status = status
        self.below = [one_line(line) for line in below]


@contextmanager
def told(database: str) -> Iterator[None]:
    """Turn what can be expected to go wrong into a Failure; ``database`` is how the operator knows it."""
    try:
        yield
    except SettingsError as error:
        raise Failure("the settings have mistakes:", CALLED_WRONGLY, list(map(str, error.mistakes))) from error
    except (FolderOfOthers, NoDatabase, NoSeeds) as error:
        raise Failure(str(error), CALLED_WRONGLY) from error
    except EmbeddedPostgresError as error:
        raise Failure(error.sentence, below=error.log) from error
    except (MigrationError, RecordError, SeedError) as error:
        raise Failure(str(error)) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Failure(_about(database, error)) from error


def database_name(url: str) -> str:
    """Give the address of a database as it can be shown: without user and password, and without options."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/") or "named by PARLEY_DATABASE_URL"


def _about(database: str, error: Exception) -> str:
    said = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    match error:
        case asyncpg.InvalidCatalogNameError():
            what = "does not exist: create it, or correct PARLEY_DATABASE_URL"
        case asyncpg.InvalidAuthorizationSpecificationError():
            what = f"does not let us in ({said}): correct user and password"
        case asyncpg.InsufficientPrivilegeError():
            what = f"does not allow this ({said}): grant it, or use another role"
        case OSError() | asyncpg.CannotConnectNowError() | asyncpg.TooManyConnectionsError():
            what = f"does not answer ({said}): start it, or correct its address"
        case asyncpg.PostgresConnectionError():
            what = f"broke off the connection ({said}): see its log, and start again"
        case asyncpg.PostgresError():
            what = f"failed ({error.sqlstate}: {said}): see its log"
        case _:
            what = f"cannot be used ({said}): correct its address"
    return f"The database {database} {what}."
