"""`parley witness`: keeps the checkpoints of a service, and finds two that contradict each other.

With the newest checkpoint it asks for that of the last position that it kept. A record that was rewritten there or
before cannot give the same again, however much was recorded since.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec
from rich.console import Console

from parley.checkpoints import checkpoint
from parley.checkpoints.notes import NoteError, VerifierKey
from parley.cli import files
from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.cli.kept import Kept, Signed

_WITHIN_S: Final = 30.0
_AGAIN_AFTER_S: Final = 60
_MOST_BYTES: Final = 1 << 16
_MOST_DETAIL: Final = 300
_AWAY: Final = frozenset({408, 425, 429})


class Away(Exception):
    """The service does not answer now, and may do so later."""


class _Problem(msgspec.Struct):
    """What is read of application/problem+json."""

    detail: str


class Witness:
    """Keeps the checkpoints of one service in one file."""

    def __init__(
        self, console: Console, url: str, file: Path, keys: Sequence[VerifierKey], key_file: Path | None
    ) -> None:
        """``keys`` check checkpoints; ``key_file`` holds the key that the service asks for. Raises Failure."""
        self._console = console
        self._url = _address(url)
        self._file = file
        self._keys = keys
        self._headers = {} if key_file is None else {"Authorization": f"Bearer {files.private_text(key_file)}"}
        if len({key.name for key in keys}) > 1:
            raise Failure("The verifier keys are of several records: run a witness for each.", CALLED_WRONGLY)

    async def once(self) -> None:
        """Ask once. Raises Failure, also where the service is away."""
        with self._opened() as kept:
            try:
                await self._ask(kept)
            except Away as away:
                raise Failure(f"{away}.") from away

    async def every(self, seconds: int) -> None:
        """Ask again and again, until cancelled, which is how it is meant to end. Raises Failure."""
        with self._opened() as kept:
            try:
                while True:  # noqa: ASYNC110 - there is nothing here to wait for
                    await asyncio.sleep(await self._asked(kept, seconds))
            except asyncio.CancelledError:
                self._console.print("Stopped.")

    async def _asked(self, kept: "Kept", seconds: int) -> int:
        """Ask, and tell in how many seconds to ask again."""
        try:
            await self._ask(kept)
        except Away as away:
            again = min(seconds, _AGAIN_AFTER_S)
            self._console.print(f"{away}; asking again in {again} s.")
            return again
        return seconds

    @contextmanager
    def _opened(self) -> "Iterator[Kept]":
        with Kept.opened(self._file, self._keys) as kept:
            if kept.removed_line is not None:
                self._console.print(
                    f"{files.name_of(self._file)}: removed a checkpoint from line {kept.removed_line} on that had not "
                    "been written to its end."
                )
            yield kept

    async def _ask(self, kept: "Kept") -> None:
        """Fetch the newest checkpoint, hold it against what was kept, and keep it. Raises Away and Failure."""
        async with httpx.AsyncClient(headers=self._headers, timeout=_WITHIN_S) as client:
            newest = await self._fetch(client)
            assert newest is not None, "only a question for a position can go beyond the end"
            position, last = newest.checkpoint.position, kept.last
            if last is not None and last.position != position:
                again = await self._fetch(client, last.position)
                if again is not None:
                    kept.keep(again)
                if (again is None) == (position > last.position):
                    raise Away(f"{self._url} told of position {position}, and of another end a moment later")
        if kept.keep(newest):
            self._console.print(f"Kept: position {position}.")
        else:
            self._console.print(f"Nothing new: position {position}.")

    async def _fetch(self, client: httpx.AsyncClient, as_of: int | None = None) -> Signed | None:
        """The newest checkpoint, or that of a position, None where the record does not reach so far."""
        asked = {} if as_of is None else {"as_of": str(as_of)}
        try:
            async with client.stream("GET", self._url, params=asked) as answer:
                content = b""
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > _MOST_BYTES:
                        raise Failure(f"{self._url} answers with more than a checkpoint: is it Parley?")
        except httpx.RequestError as error:
            raise Away(f"{self._url} does not answer ({str(error).rstrip('.') or type(error).__name__})") from error
        status = answer.status_code
        if status in _AWAY or status >= 500:
            raise Away(f"{self._url} answered {status}{_detail(content)}")
        if status == 400 and as_of is not None:
            return None
        if status != 200:
            raise Failure(f"{self._url} answered {status}{_detail(content)}{_remedy(status, answer)}.")
        try:
            found = Signed(content.lstrip(b"\n"), checkpoint.read_one(content.lstrip(b"\n"), self._keys))
        except NoteError as error:
            raise Failure(f"{self._url} answered what is no checkpoint by the key that was given: {error}.") from error
        if as_of is not None and found.checkpoint.position != as_of:
            raise Failure(f"{self._url} answered with position {found.checkpoint.position} to a question for {as_of}.")
        return found


def _address(url: str) -> str:
    """Where the service has its checkpoints. Raises Failure."""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and not set("@?#") & set(url)
    except (ValueError, httpx.InvalidURL):
        fit = False
    if not fit:
        raise Failure(f"{url} is no address of a service: write it like https://parley.example.org.", CALLED_WRONGLY)
    return f"{url.rstrip('/')}/v1/log/checkpoint"


def _detail(content: bytes) -> str:
    """What a problem says, to go behind its status; nothing where it is none."""
    try:
        said = msgspec.json.decode(content, type=_Problem).detail
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return f": {said[:_MOST_DETAIL].rstrip('.')}"


def _remedy(status: int, answer: httpx.Response) -> str:
    if status in {401, 403}:
        return ". Name the file with a reader's key: --key-file FILE"
    if 300 <= status < 400:
        return f", which leads to {answer.headers.get('location', 'nowhere')}: name that address"
    return ""
