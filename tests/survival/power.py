"""What a power cut leaves of a PostgreSQL: the data as they once were, and the log as far as it was flushed to disk."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import asyncpg

SEGMENT_BYTES: Final = 16 << 20
KEEP_THE_LOG: Final = {"wal_keep_size": "32GB", "wal_recycle": "off", "max_wal_size": "8GB", "autovacuum": "off"}
"""Settings of a server whose log goes back to the copy of the data."""


async def flushed(dsn: str) -> int:
    """How far the log was flushed (LSN): what was acknowledged before this is asked has to be in there."""
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')"))
    finally:
        await connection.close()


def keep_copy(data: Path, copy: Path) -> None:
    """Copy the data of a server that was killed right after a checkpoint; modes and owners too."""
    subprocess.run(["cp", "-a", str(data), str(copy)], check=True)


def lose_what_was_not_flushed(data: Path, copy: Path, end: int) -> None:
    """Put the copy in the place of the data, with the log up to ``end``: everything that may still have been in memory
    is gone. The server must be down.
    """
    log = data.parent / "flushed-log"
    (data / "pg_wal").rename(log)
    for segment in log.iterdir():
        if len(segment.name) == 24:
            _cut(segment, end)
    shutil.rmtree(data)
    keep_copy(copy, data)
    shutil.rmtree(data / "pg_wal")
    log.rename(data / "pg_wal")


def _cut(segment: Path, end: int) -> None:
    begin = (int(segment.name[8:16], 16) << 32) + int(segment.name[16:], 16) * SEGMENT_BYTES
    if begin >= end:
        segment.unlink()
    elif begin + SEGMENT_BYTES > end:
        with segment.open("r+b") as file:
            file.truncate(end - begin)
            file.truncate(SEGMENT_BYTES)
