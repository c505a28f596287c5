"""`parley checkpoint`, and the keys for it: `parley keys signing` and `parley keys verifier`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from parley.checkpoints import checkpoint, notes
from parley.checkpoints.checkpoint import Checkpoint
from parley.checkpoints.notes import NoteError, SigningKey, VerifierKey
from parley.cli import files
from parley.cli.chosen import chosen
from parley.cli.failures import CALLED_WRONGLY, Failure
from parley.store import reader
from parley.store.log import SCHEMA
from parley.store.migrate import check_version
from parley.store.primary import connect
from parley.store.verify import KnownHead

_VARIABLE: Final = "PARLEY_SIGNING_KEY_FILE"


def make_key(beside: Console, name: str, file: Path) -> None:
    """Make a signing key in a new file; its verifier key alone goes to standard output. Raises Failure."""
    try:
        key = SigningKey.made(name)
    except NoteError as error:
        raise Failure(f"{name} cannot be the name: {error}.", CALLED_WRONGLY) from error
    files.write_private(file, f"{key.written}\n")
    beside.print(
        f"{file}: the key that signs checkpoints of {name}. Let nobody read it, and keep a copy in a safe place."
    )
    beside.print(
        f"Have the service use it ({_VARIABLE}={file}), and publish this, with which everybody can check them:"
    )
    sys.stdout.write(f"{key.verifier}\n")
    sys.stdout.flush()


def show_verifier(file: Path | None, environment: Mapping[str, str]) -> None:
    """Write the verifier key of a signing key. Raises Failure."""
    sys.stdout.write(f"{_chosen_key(file, environment).verifier}\n")
    sys.stdout.flush()


async def make_checkpoint(data: Path | None, file: Path | None, environment: Mapping[str, str]) -> None:
    """Write a checkpoint of where the record ends. Raises Failure."""
    key = _chosen_key(file, environment)
    async with chosen("checkpoint", data, environment) as url:
        connection = await connect(url, server_settings={"search_path": SCHEMA})
        try:
            await check_version(connection)
            head = await reader.head(connection)
        finally:
            await connection.close()
    sys.stdout.buffer.write(checkpoint.signed(key, head.position, head.hash).encode())
    sys.stdout.buffer.flush()


def key_in(file: Path) -> SigningKey:
    """The signing key in a file. Raises Failure."""
    try:
        return SigningKey.read(files.private_text(file))
    except NoteError as error:
        raise Failure(f"{file} holds no signing key: {error}.", CALLED_WRONGLY) from error


def verifiers(texts: Sequence[str]) -> tuple[VerifierKey, ...]:
    """The verifier keys that were given. Raises Failure where there is none, or one is not well formed."""
    if not texts:
        raise Failure(
            "Whose checkpoints? Name the verifier key that was published: --verifier name+id+base64 "
            "(`parley keys verifier` shows that of a signing key).",
            CALLED_WRONGLY,
        )
    try:
        return tuple(VerifierKey.read(text.strip()) for text in texts)
    except NoteError as error:
        raise Failure(f"--verifier: {error}.", CALLED_WRONGLY) from error


def known_heads(found: Sequence[Path], keys: Sequence[VerifierKey]) -> list[KnownHead]:
    """The checkpoints in files, as heads that the record must hold. Raises Failure."""
    return [
        KnownHead(one.position, one.hash, f"the checkpoint at line {one.line} of {_named(file)}")
        for file in found
        for one in _checkpoints_in(file, keys)
    ]


def _named(file: Path) -> str:
    return "standard input" if file == files.STANDARD else str(file)


def _checkpoints_in(file: Path, keys: Sequence[VerifierKey]) -> list[Checkpoint]:
    with files.opened(file) as source, files.told(file):
        content = source.read()
    try:
        found = notes.read(content)
        opened = list(checkpoint.opened(found.notes, keys))
    except NoteError as error:
        raise Failure(f"{files.name_of(file)}, line {error.line}: {error}.") from error
    if found.unfinished_line is not None:
        raise Failure(
            f"{files.name_of(file)}, line {found.unfinished_line}: this checkpoint is not whole, its end is missing."
        )
    if not opened:
        raise Failure(f"{files.name_of(file)}: there is no checkpoint in it.")
    return opened


def _chosen_key(file: Path | None, environment: Mapping[str, str]) -> SigningKey:
    named = environment.get(_VARIABLE, "")
    if file is None and not named:
        raise Failure(
            f"Which signing key? Name its file, here or in {_VARIABLE}; `parley keys signing NAME FILE` makes one.",
            CALLED_WRONGLY,
        )
    return key_in(file or Path(named))
