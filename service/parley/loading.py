"""Loading seed files into the record, by the record's own rules: each file all or none, and none of it twice."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias, TypeVar

from msgspec import convert
from msgspec.json import decode
from msgspec.structs import replace

from negotiation.admission import Malformed
from negotiation.documents.views import FindingShown
from negotiation.envelope import Submission
from negotiation.refusals import Refusal
from parley import seedfile
from parley.commands.request import LOCAL, Entry, Request, Trial, Tried
from parley.queries.supposed import Told
from parley.recording import Recording, Rehearsal
from parley.seedfile import SeedError, SeedFile
from parley.sheets import SUFFIXES
from parley.store.damage import event_of
from parley.store.errors import EventIdsPartlyTaken, EventIdTaken, RecordError

PATIENCE_S: Final = 60.0
PATIENCE_PER_EVENT_S: Final = 0.01
"""How long a file may take: so long, and so much longer for each of its events."""

RELATED_SHOWN: Final = 3
"""Of so many events that do not agree with another one tells which they are."""

_Answer = TypeVar("_Answer")


class NoSeeds(Exception):
    """There is nothing to load in a folder: the message says which, and what to do."""


class Progress(NamedTuple):
    """How far loading has come, in events."""

    done: int
    of: int


class Loaded(NamedTuple):
    """What came of a file: so many of its events were recorded now, so many were on record already."""

    path: Path
    recorded: int
    known: int


class Found(NamedTuple):
    """What does not add up with an event.

    ``where``: the file and line that it is from, empty where no file that was loaded has it. ``event`` and ``related``
    name events as a reader knows them.
    """

    where: str
    event: str
    message: str
    related: tuple[str, ...]
    related_total: int


def seeds_in(folder: Path) -> list[Path]:
    """Give the seed files of a folder, by name; raises NoSeeds."""
    if not folder.is_dir():
        raise NoSeeds(f"There is no folder {folder} with seed files: name one with --seeds.")
    if not (found := sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml", *SUFFIXES})):
        raise NoSeeds(
            f"The folder {folder} has no .yaml, .xlsx or .csv files: name a folder with seed files with --seeds."
        )
    return found


async def load(
    recording: Recording,
    paths: Sequence[Path],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    loaded: Callable[[Loaded], None] = lambda _: None,
    found: Callable[[list[Found] | None], None] | None = None,
) -> list[Loaded]:
    """Read every file, then record one after the other, and tell what came of each as it is done.

    ``found`` hears in the end what does not add up with all that was recorded now; None: that is not known in time.

    A fault of form in any file is found before anything is recorded. Raises SeedError, with file, line, field and
    remedy, and RecordError where the record cannot take anything now; what `loaded` told of stays recorded.
    """
    files = [await apart(partial(_checked, path)) for path in paths]
    done, total = 0, sum(len(file.entries) for file in files)
    results = []
    recorded: list[_Recorded] = []
    for file in files:
        progress(Progress(done, total))
        now = await _record(recording, file)
        recorded += now
        results.append(Loaded(file.path, len(now), len(file.entries) - len(now)))
        done += len(file.entries)
        loaded(results[-1])
    progress(Progress(done, total))
    if found is not None and recorded:
        found(await _findings(recording, files, recorded))
    return results


class Unfit(Exception):
    """Files could not be loaded as they are: ``faults`` has everything that is wrong with them."""

    def __init__(self, faults: Sequence[Exception]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


class Checked(NamedTuple):
    """What would come of a file: what would be told of its new events, None where that is not known in time."""

    path: Path
    recorded: int
    known: int
    sentences: Sequence[str] | None


class Outlook(NamedTuple):
    """What would come of files, one loaded after the other, and what would not add up then."""

    files: Sequence[Checked]
    findings: Sequence[str]


async def check(recording: Recording, paths: Sequence[Path]) -> Outlook:
    """Tell what would come of loading these files; nothing is recorded.

    Raises Unfit with everything that is wrong, and RecordError where the record cannot be asked now.
    """
    faults: list[Exception] = []
    entries: list[seedfile.Entry] = []
    unsure_after: int | None = None
    for path in paths:
        try:
            file = await apart(partial(seedfile.read, path))
        except SeedError as error:
            faults.append(error)
            unsure_after = len(entries) - 1 if unsure_after is None else unsure_after
            continue
        for entry in file.entries:
            if found := list(seedfile.faults(entry)):
                faults += found
                unsure_after = len(entries) - 1 if unsure_after is None else unsure_after
            else:
                entries.append(entry)
    new = list(entries)
    tried, told = await _rehearsed(recording, new, unsure_after)
    if any(isinstance(fault, EventIdsPartlyTaken) for fault in tried.faults):
        known = await _known_ids(recording, new)
        new = [entry for entry in new if entry.submission["id"] not in known]
        tried, told = await _rehearsed(recording, new, unsure_after)
    faults += [_in_file(new, error) for error in tried.faults]
    if faults:
        raise Unfit(faults)
    if tried.on_record:
        new = []
    of_path = {path: [number for number, entry in enumerate(new) if entry.path == path] for path in paths}
    files = []
    for path, numbers in of_path.items():
        sentences = None if told is None else [told.sentences[number] for number in numbers]
        known_here = sum(entry.path == path for entry in entries) - len(numbers)
        files.append(Checked(path, len(numbers), known_here, sentences))
    return Outlook(files, [] if told is None else [finding.message for finding in told.findings])


async def _rehearsed(recording: Recording, entries: Sequence[seedfile.Entry], unsure_after: int | None) -> Rehearsal:
    if not entries:
        return Rehearsal(Tried(position=0), Told((), ()))
    return await recording.rehearse(replace(_request(entries), trial=Trial(unsure_after=unsure_after)))


async def apart(work: Callable[[], _Answer]) -> _Answer:
    """Do work in a thread that ends with the program, so that whoever stops waiting for it can leave at once."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Answer] = loop.create_future()

    def settle(give: Callable[[], None]) -> None:
        if not answer.done():
            give()

    def tell(give: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(settle, give)

    def run() -> None:
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001 - raised again in whoever waits
            fault = error
            tell(lambda: answer.set_exception(fault))
        else:
            tell(lambda: answer.set_result(found))

    threading.Thread(target=run, name="parley-apart", daemon=True).start()
    return await answer


def _checked(path: Path) -> SeedFile:
    file = seedfile.read(path)
    for entry in file.entries:
        seedfile.check(entry)
    return file


_Recorded: TypeAlias = tuple[str, int, str]
"""The stream, position and id of an event that was recorded."""


async def _record(recording: Recording, file: SeedFile) -> list[_Recorded]:
    """Record what of the file is not on record yet."""
    entries = file.entries
    while entries:
        try:
            receipt = await recording.record(_request(entries), minimal=True)
        except EventIdsPartlyTaken:
            # What is on record is the same there, else it would have been EventIdTaken.
            known = await _known_ids(recording, entries)
            entries = tuple(entry for entry in entries if entry.submission["id"] not in known)
        except (Refusal, Malformed, RecordError) as error:
            raise _in_file(entries, error) from error
        else:
            if receipt.replayed:
                return []
            return [
                (entry.stream, position, entry.submission["id"])
                for position, entry in enumerate(entries, receipt.first_position)
            ]
    return []


async def _findings(
    recording: Recording, files: Sequence[SeedFile], recorded: Sequence[_Recorded]
) -> list[Found] | None:
    """What does not add up with what was recorded; None where that is not known in time."""
    documents = await recording.findings(recorded, PATIENCE_S + PATIENCE_PER_EVENT_S * len(recorded))
    if documents is None:
        return None
    shown = [decode(document, type=FindingShown) for document in documents]
    entries = {entry.submission["id"]: entry for file in files for entry in file.entries}
    related = {event_id for one in shown for event_id in one.related[:RELATED_SHOWN]}
    rows = await recording.pool.fetch(_EVENTS, list(related))
    others = {event.id: event for event in map(event_of, rows)}

    def name(event_id: str, type_: str, occurred: str | None, stream: str) -> str:
        own = [entries[event_id].name] if event_id in entries else []
        return ", ".join([*own, type_, *([occurred] if occurred else []), stream])

    return [
        Found(
            where=f"{entry.path}:{entry.line()}" if (entry := entries.get(one.event)) else "",
            event=name(one.event, one.event_type, one.occurred, one.stream),
            message=one.message,
            related=tuple(
                name(other.id, type(other.event).__name__, other.occurred, other.stream)
                for event_id in one.related[:RELATED_SHOWN]
                if (other := others.get(event_id))
            ),
            related_total=len(one.related),
        )
        for one in shown
    ]


_EVENTS: Final = """
    SELECT notification_id, originator_id, originator_version, state FROM parley_events
    WHERE event_id = ANY($1::uuid[])
"""


def _request(entries: Sequence[seedfile.Entry]) -> Request:
    return Request(
        entries=tuple(Entry(entry.stream, convert(entry.submission, Submission)) for entry in entries),
        recorded_by=LOCAL,
        timeout_s=PATIENCE_S + PATIENCE_PER_EVENT_S * len(entries),
    )


async def _known_ids(recording: Recording, entries: Sequence[seedfile.Entry]) -> set[str]:
    ids = [entry.submission["id"] for entry in entries]
    rows = await recording.pool.fetch("SELECT event_id FROM parley_events WHERE event_id = ANY($1::uuid[])", ids)
    return {str(row["event_id"]) for row in rows}


def _in_file(entries: Sequence[seedfile.Entry], error: Refusal | Malformed | RecordError) -> Exception:
    """Say where in the file the cause is, if it is one of the file's events."""
    if error.entry is None:
        return error
    entry = entries[error.entry]
    match error:
        case EventIdTaken():
            taker = error.facts["taker"]
            remedy = "leave it as it was and record an `EventCorrected`, or choose another id"
            return entry.error(error.pointer, f"is the id of {taker}, with other content or elsewhere: {remedy}")
        case Malformed():
            return entry.error(error.pointer, error.remedy)
        case _:
            return entry.error(error.pointer, str(error))


__all__ = ["Checked", "Found", "Loaded", "NoSeeds", "Outlook", "Progress", "SeedError", "Unfit"]
__all__ += ["apart", "check", "load", "seeds_in"]
