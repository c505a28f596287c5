"""The commands and their options. What each does is imported when it is called, so that --help comes at once."""

import os
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import rich_click as click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from parley.access.keys import ROLES, Role
from parley.cli import signals
from parley.cli.terminal import Terminal
from parley.settings import TABLE

if TYPE_CHECKING:
    from parley.store.verify import KnownHead

_FOLDER: Final = click.Path(file_okay=False, path_type=Path)
_IN_FOLDER: Final = "Folder of a demo's database, instead of PARLEY_DATABASE_URL."
_DATA_OPTION: Final = click.option("--data", type=_FOLDER, help=_IN_FOLDER)
_OPEN_OPTION: Final = click.option(
    "--open", "open_", is_flag=True, help="Without keys too, serve whoever reaches the address: all may do everything."
)


def _version() -> str:
    try:
        return version("parley")
    except PackageNotFoundError:
        return "(not installed, run from its sources)"


class _ByEnvironment(click.RichCommand):
    """A command whose help tells the settings."""

    # rich-click hands over a formatter of its own, which click's signature does not know.
    def format_epilog(self, ctx: click.RichContext, formatter: click.RichHelpFormatter) -> None:  # type: ignore[override]
        """Write the table of settings below the options."""
        super().format_epilog(ctx, formatter)
        table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
        for setting in TABLE:
            none = "Not set by default" if setting.optional else "Has no default: it must be set"
            default = f"Default: {setting.default}" if setting.default else none
            told = f"{setting.meaning[:1].upper()}{setting.meaning[1:]}.\n{default}. Accepted: {setting.accepted}."
            table.add_row(Text(setting.variable, "bold cyan"), Text(told))
        formatter.write(Panel(table, title="Settings (environment variables)", title_align="left", border_style="dim"))


def _console(*, stderr: bool = False) -> Console:
    # soft_wrap: what is said is copied from here, heads and paths, and no line of a terminal must break it.
    return Terminal(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="parley", message="%(prog)s %(version)s")
def parley() -> None:
    """Parley keeps the record of a negotiation: dated, attributed, cited, and checkably never rewritten."""


@parley.command(epilog="Stopped by Ctrl-C or SIGTERM it ends with status 0, or 128 + signal before it has served.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 is any free one.")
@click.option("--data", default=Path(".parley"), show_default=True, type=_FOLDER, help="Folder of the database.")
@click.option("--seeds", default=Path("seeds"), show_default=True, type=_FOLDER, help="Folder of the seed files.")
@_OPEN_OPTION
def demo(host: str, port: int, data: Path, seeds: Path, open_: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Serve a record on this machine, on a PostgreSQL of its own, with the seed files loaded into it."""
    import uvloop

    from parley.cli.demo import demo as run

    signals.run(run(_console(), host=host, port=port, data=data, seeds=seeds, open_=open_), uvloop.new_event_loop)


@parley.command(cls=_ByEnvironment)
@click.option("--host", help="Address to serve on, instead of PARLEY_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to serve on, instead of PARLEY_PORT.")
@_OPEN_OPTION
def serve(host: str | None, port: int | None, open_: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Serve the record in the database that PARLEY_DATABASE_URL names.

    It goes by the settings below; an empty variable counts as not set. Ctrl-C and SIGTERM let requests under way
    finish, within PARLEY_SHUTDOWN_S; then the status is 0. Without keys (`parley keys`) it serves this machine alone,
    unless told to be open.
    """
    import uvloop

    from parley.cli.serve import serve as run

    signals.run(run(_environment(host, port, open_=open_)), uvloop.new_event_loop)


@parley.command()
def migrate() -> None:
    """Bring the schema of the database that PARLEY_DATABASE_URL names up to date; all of it, or nothing."""
    import uvloop

    from parley.cli.migrate import migrate as run

    signals.run(run(_console(), os.environ), uvloop.new_event_loop)


@parley.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@_DATA_OPTION
@click.option("--check", is_flag=True, help="Record nothing: tell what would be recorded, or all that is wrong.")
def load(files: tuple[Path, ...], data: Path | None, check: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Record what is in files of facts (.yaml, .xlsx, .csv): each file all or none, and nothing twice.

    Goes through the same rules as the API. `parley template` makes a workbook. The demo may be running or not.
    """
    import uvloop

    from parley.cli import load as loading

    run = loading.check_files if check else loading.load
    signals.run(run(_console(), files, data, os.environ), uvloop.new_event_loop)


_FILE: Final = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


_REPLACE_OPTION: Final = click.option("--replace", is_flag=True, help="Replace FILE if it exists, once it is whole.")


_HEAD_OPTION: Final = click.option(
    "--head", metavar="POSITION:HASH", help="A head written down earlier, which the record must still hold."
)


def _known(head: str | None) -> "KnownHead | None":
    """Read a head as it is written down."""
    from parley.cli.proof import known_head

    try:
        return None if head is None else known_head(head)
    except ValueError:
        message = "write the position, a colon and the hash in 64 hexadecimal digits, as GET /v1/log/head gives them"
        raise click.BadParameter(message, param_hint="--head") from None


_VERIFIER_OPTION: Final = click.option(
    "--verifier",
    multiple=True,
    metavar="KEY",
    help="The published key by which checkpoints are checked, name+id+base64; may be repeated, for older keys.",
)


@parley.command()
@_DATA_OPTION
@_HEAD_OPTION
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=_FILE,
    metavar="FILE...",
    help="Files of checkpoints, which the record must still hold.",
)
@click.argument("more", nargs=-1, type=_FILE, metavar="[FILE]...")
@_VERIFIER_OPTION
def verify(
    data: Path | None,
    head: str | None,
    checkpoints: tuple[Path, ...],
    more: tuple[Path, ...],
    verifier: tuple[str, ...],
) -> None:
    """Prove that nobody rewrote the record: compute its chain of hashes anew.

    Names the first position that does not hold; then the status is 1. With --head, or with --checkpoint and any number
    of files, it also finds a tail that was cut off, or rewritten together with its hashes.
    """
    import uvloop

    from parley.cli.checkpoints import known_heads, verifiers
    from parley.cli.proof import verify_record

    if more and not checkpoints:
        message = f"say what {more[0]} is: --checkpoint {more[0]}"
        raise click.UsageError(message)
    known = known_heads((*checkpoints, *more), verifiers(verifier)) if checkpoints else []
    signals.run(verify_record(_console(), data, _known(head), os.environ, checkpoints=known), uvloop.new_event_loop)


_SIGNING_KEY_OPTION: Final = click.option(
    "--signing-key",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The key, instead of PARLEY_SIGNING_KEY_FILE.",
)


@parley.command()
@_DATA_OPTION
@_SIGNING_KEY_OPTION
def checkpoint(data: Path | None, signing_key: Path | None) -> None:
    """Write a checkpoint to standard output: where the record ends, signed.

    It is what GET /v1/log/checkpoint answers. `parley verify --checkpoint` proves the record against it.
    """
    import uvloop

    from parley.cli.checkpoints import make_checkpoint

    signals.run(make_checkpoint(data, signing_key, os.environ), uvloop.new_event_loop)


class _Period(click.ParamType[int]):
    """A time from one occasion to the next, in seconds."""

    name = "period"
    _seconds: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Take a number with a unit; anything else is refused with the form."""
        if not re.fullmatch(r"[1-9][0-9]{0,4}[smhd]", value):
            self.fail("write a whole number with its unit: 30s, 15m, 1h or 1d", param, ctx)
        return int(value[:-1]) * self._seconds[value[-1]]


@parley.command(epilog="Stopped by Ctrl-C or SIGTERM it ends with status 0.")
@click.argument("url")
@click.option("--every", type=_Period(), metavar="PERIOD", help="Ask again and again, every 1h, say.")
@click.option("--once", is_flag=True, help="Ask once, and end: for cron.")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="Where to keep.",
)
@_VERIFIER_OPTION
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File with a reader's key (`parley keys create`), where the service asks for one.",
)
def witness(  # noqa: PLR0917 - click calls it by name
    url: str,
    every: int | None,
    once: bool,  # noqa: FBT001 - click calls it by name
    file: Path,
    verifier: tuple[str, ...],
    key_file: Path | None,
) -> None:
    """Keep the checkpoints of the service at URL in FILE, and tell if the service contradicts them.

    Each is checked by its signature and against what was kept before, and is on disk before that is said. Two that
    contradict each other are both kept, and named; then the status is 1. A service that is away is asked again.
    """
    import uvloop

    from parley.cli.checkpoints import verifiers
    from parley.cli.witness import Witness

    if (every is None) == (not once):
        message = "say how often: --every 1h, say, or --once"
        raise click.UsageError(message)
    keeping = Witness(_console(), url, file, verifiers(verifier), key_file)
    signals.run(keeping.once() if every is None else keeping.every(every), uvloop.new_event_loop)


@parley.command(name="export")
@_DATA_OPTION
@_REPLACE_OPTION
@click.argument("file", type=_FILE)
def export_(data: Path | None, file: Path, replace: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Write the whole record into FILE: a line of JSON an event, in the shape of CloudEvents 1.0.

    FILE may be - for standard output.
    """
    import uvloop

    from parley.cli.proof import export_record

    console = _console(stderr=str(file) == "-")
    signals.run(export_record(console, data, file, os.environ, replace=replace), uvloop.new_event_loop)


@parley.command()
@click.argument("file", type=_FILE, default="-")
@_REPLACE_OPTION
def template(file: Path, replace: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Write a workbook (.xlsx) to write facts in, for `parley load`: a sheet for each kind of fact.

    FILE may be - for standard output, which is where it goes without FILE: `parley template > facts.xlsx`.
    """
    from parley.cli import files
    from parley.workbook import template as make

    files.refuse_terminal(file, "A workbook")
    files.refuse_taken(file, replace=replace)
    with files.whole(file) as target:
        target.write(make())


@parley.command(name="import")
@_DATA_OPTION
@click.argument("file", type=_FILE)
@click.option(
    "--trust", is_flag=True, help="Also take events that the API could not have recorded: of a record you know."
)
def import_(data: Path | None, file: Path, trust: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Bring the record in FILE, an export, into an empty database: same positions, hashes and read models.

    A damaged line is named, and nothing of the file stays. So is an event that the API could not have recorded: with
    control characters, a field twice, a stream of no such name, a time to come. FILE may be - for standard input.
    """
    import uvloop

    from parley.cli.proof import import_record

    signals.run(import_record(_console(), data, file, os.environ, trust=trust), uvloop.new_event_loop)


@parley.command()
@_DATA_OPTION
@_REPLACE_OPTION
@click.argument("file", type=_FILE)
def backup(data: Path | None, file: Path, replace: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Write all that the database holds into FILE, as it is at one moment, while the service goes on.

    FILE may be - for standard output. It is PostgreSQL's own kind of archive, made by its pg_dump.
    """
    import uvloop

    from parley.cli.backup import backup as run

    console = _console(stderr=str(file) == "-")
    signals.run(run(console, data, file, os.environ, replace=replace), uvloop.new_event_loop)


@parley.command()
@_DATA_OPTION
@_HEAD_OPTION
@click.argument("file", type=_FILE)
def restore(data: Path | None, head: str | None, file: Path) -> None:
    """Bring a backup into a database that holds no record, and prove it by its chain of hashes.

    All of it or nothing; what does not hold does not stay. FILE may be - for standard input. No service may be at work
    on the database.
    """
    import uvloop

    from parley.cli.backup import restore as run

    signals.run(run(_console(), data, file, _known(head), os.environ), uvloop.new_event_loop)


@parley.command()
@_DATA_OPTION
@click.option(
    "--processes",
    type=click.IntRange(min=0, max=64),
    metavar="NUMBER",
    help="Fold in so many processes beside this one; 0: in this one. By itself one a core, up to 8, for a long record.",
)
def rebuild(data: Path | None, processes: int | None) -> None:
    """Fold all read models anew from the record, and put right what is wrong in them, while the service goes on.

    Tells what was wrong, by table and key; then the status is 0 too, for it is right now. Stopped before its end it has
    changed nothing.
    """
    import uvloop

    from parley.cli.rebuild import rebuild as run

    signals.run(run(_console(), data, os.environ, processes), uvloop.new_event_loop)


@parley.command()
@_DATA_OPTION
@click.argument("negotiation", required=False)
@click.option(
    "--by",
    type=click.Choice(["happened", "reported", "recorded"]),
    default="happened",
    show_default=True,
    help="The clock that orders the story.",
)
@click.option("--until", metavar="DATE|POSITION", help="End here by that clock; a position only by recorded.")
@click.option("--round", "round_", metavar="ROUND", help="Tell only the events of this round.")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), help="Events a second; else without pausing.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a line of JSON an event.")
def replay(  # noqa: PLR0917 - click calls it by name
    data: Path | None,
    negotiation: str | None,
    by: str,
    until: str | None,
    round_: str | None,
    speed: float | None,
    as_json: bool,  # noqa: FBT001 - click calls it by name
) -> None:
    """Tell the story of NEGOTIATION, event by event: who did what, who says so, and what it changed.

    The only negotiation on record need not be named. Colours and line breaks are for a terminal; piped, each thing is
    a plain line. Ctrl-C ends it.
    """
    import uvloop

    from parley.cli.replay import Options, tell_story

    options = Options(negotiation, by, until, round_, speed, as_json)
    signals.run(tell_story(data, options, os.environ), uvloop.new_event_loop)


@parley.group()
def keys() -> None:
    """Make, list and revoke the keys that a service asks for, once there is one; make the key for checkpoints."""


class _Slug(click.ParamType[str]):
    """A name as it stands in addresses, and in the record."""

    name = "slug"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a slug; anything else is refused with what one is."""
        from parley.http.response.paging import is_slug

        if not is_slug(value):
            self.fail("write small letters and digits with single hyphens between, at most 64 characters", param, ctx)
        return value


@keys.command()
@click.argument("name", type=_Slug())
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the holder may do.")
@click.option("--only", multiple=True, type=_Slug(), metavar="NEGOTIATION", help="Limit it to this; may be repeated.")
@click.option("--expires", metavar="DATE|DAYS", help="It works to the end of this day (or 2027, 2027-01), or for 90d.")
@click.option("--another", is_flag=True, help="It is a further key of the holder who has this name already.")
@_DATA_OPTION
def create(  # noqa: PLR0917 - click calls it by name
    name: str,
    role: Role,
    only: tuple[str, ...],
    expires: str | None,
    another: bool,  # noqa: FBT001 - click calls it by name
    data: Path | None,
) -> None:
    """Make a key for NAME, and show it, once: only its hash is kept.

    NAME stands in the record as `recorded_by`. A reader reads; a recorder records, too; an admin may also read how the
    service is doing. The key alone goes to standard output: KEY=$(parley keys create ...).
    """
    import uvloop

    from parley.cli.keys import Wanted
    from parley.cli.keys import create as run

    signals.run(run(data, Wanted(name, role, only, expires, another), os.environ), uvloop.new_event_loop)


@keys.command(name="list")
@_DATA_OPTION
def list_(data: Path | None) -> None:
    """List every key there ever was: whose, what for, and whether it is in use."""
    import uvloop

    from parley.cli.keys import tell as run

    signals.run(run(_console(), data, os.environ), uvloop.new_event_loop)


@keys.command()
@click.argument("name_or_id", metavar="NAME|ID")
@_DATA_OPTION
def revoke(name_or_id: str, data: Path | None) -> None:
    """Revoke a key by its ID, or all keys of a NAME: every service refuses it at once, and ends its streams."""
    import uvloop

    from parley.cli.keys import revoke as run

    signals.run(run(_console(), data, name_or_id, os.environ), uvloop.new_event_loop)


@keys.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
def signing(name: str, file: Path) -> None:
    """Make a key that signs checkpoints of the record NAME, in the new FILE, which its owner alone can read.

    NAME is like an address without https://, such as parley.example.org/record, and stands in every checkpoint. The
    verifier key, by which everybody can check them, goes to standard output.
    """
    from parley.cli.checkpoints import make_key

    make_key(_console(stderr=True), name, file)


@keys.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def verifier(file: Path | None) -> None:
    """Show the verifier key of the signing key in FILE, or else in PARLEY_SIGNING_KEY_FILE: the public half."""
    from parley.cli.checkpoints import show_verifier

    show_verifier(file, os.environ)


def _environment(host: str | None, port: int | None, *, open_: bool) -> dict[str, str]:
    """Give the environment, with options in place of what they stand for."""
    options = {
        "PARLEY_HOST": host,
        "PARLEY_PORT": None if port is None else str(port),
        "PARLEY_OPEN": "on" if open_ else None,
    }
    return {**os.environ, **{name: value for name, value in options.items() if value is not None}}
