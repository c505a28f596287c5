"""A body that is only tried: every fault of its form at once, and what is left to be decided by the rules.

A decoder stops at the first fault. So each place that is not as it must be is mended in a copy, with what the example
of such an event has there, and decoded again. What was mended is told as a fault, and never recorded.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from negotiation.admission import faults_of_form
from negotiation.envelope import Submission
from negotiation.events.catalogue import EVENT_TYPES
from negotiation.events.fact import Fact
from negotiation.state.grounds import introductions
from negotiation.streams import Stream
from parley.http.openapi.examples import submission as example_of
from parley.http.response.errors import InvalidField, MalformedBody
from parley.remedies import accepted_at, remedy_of

MOST_MENDED: Final = 50
"""So many places are mended in one submission; then the rest of it is not looked at."""


class Flaw(Struct, frozen=True):
    """A fault of form: the error that a real request is answered with, what is accepted there, and an example."""

    error: InvalidField | MalformedBody
    accepted: tuple[str, ...] = ()
    example: Any | UnsetType = UNSET


class Examined(Struct, frozen=True):
    """A submission looked through. ``submission``: as far as it could be mended; ``flaws``: what was not right.

    ``mended``: the pointers into it where it is not what was sent.
    """

    submission: Submission | None
    flaws: tuple[Flaw, ...] = ()
    mended: tuple[str, ...] = ()

    def covers(self, pointer: str) -> bool:
        """Whether a place holds what was put there instead of what was sent."""
        return any(pointer == one or pointer.startswith(f"{one}/") for one in self.mended)

    def gives_other_names(self, here: Stream) -> bool:
        """Whether what was sent may give a name that this does not."""
        if self.submission is None:
            return True
        event = self.submission.event
        if not self.mended or not isinstance(event, Fact):
            return False
        return any(self.covers(f"/event{one.pointer}") for one in introductions(event, here))


def examine(value: Any, place: Callable[[str], str], known: tuple[str, ...] = ()) -> Examined:
    """Look a submission through, and change ``value`` where it has to be mended.

    ``place`` turns a pointer into it into one into the body; ``known``: places that are faulty already.
    """
    work = _Work(value, place, set(known))
    while len(work.mended) < MOST_MENDED:
        try:
            found = msgspec.convert(work.value, Submission, strict=True)
        except msgspec.ValidationError as error:
            pointer, remedy = remedy_of(error, work.value)
            if not work.mend(pointer, remedy):
                return work.done(None)
            continue
        faults = list(faults_of_form(found))
        if not faults:
            return work.done(found)
        mended = [work.mend(fault.pointer, fault.remedy.rstrip(".")) for fault in faults]
        if not all(mended):
            return work.done(None)
    return work.done(None)


class _Work:
    """A submission that is being mended."""

    def __init__(self, value: Any, place: Callable[[str], str], known: set[str]) -> None:
        self.value = value
        self.mended: dict[str, int] = {}
        self._place = place
        self._known = known
        self._flaws: list[Flaw] = []

    def done(self, submission: Submission | None) -> Examined:
        return Examined(submission, tuple(self._flaws), tuple({*self.mended, *self._known}))

    def mend(self, pointer: str, remedy: str) -> bool:
        """Take note of what is wrong at a place and put something right there; False where that is not known."""
        example = self._example(pointer)
        times = self.mended[pointer] = self.mended.get(pointer, 0) + 1
        if times == 1 and pointer not in self._known:
            place = self._place(pointer)
            error = InvalidField(place, place=place or "body", remedy=remedy)
            self._flaws.append(Flaw(error, tuple(accepted_at(pointer, self.value)), example))
        ways = [lambda: _put(self.value, pointer, deepcopy(example))] if example is not UNSET else []
        ways.append(lambda: _leave_out(self.value, pointer))
        return times <= len(ways) and ways[times - 1]()

    def _example(self, pointer: str) -> Any:
        """What the example of such an event has at a place; UNSET where it has nothing there."""
        event = self.value.get("event") if isinstance(self.value, dict) else None
        name = event.get("type") if isinstance(event, dict) else None
        example = example_of(name) if isinstance(name, str) and name in EVENT_TYPES else example_of("TalksHeld")
        if pointer == "/event/type" or (pointer.startswith("/event/") and name not in EVENT_TYPES):
            return UNSET
        for step in _steps(pointer):
            example = _below(example, step)
        return example


def _steps(pointer: str) -> Iterator[str]:
    return (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _below(value: Any, step: str) -> Any:
    match value:
        case dict():
            return value.get(step, UNSET)
        case list() if step.isdigit() and value:
            return value[min(int(step), len(value) - 1)]
        case _:
            return UNSET


def _holder(value: Any, pointer: str) -> tuple[Any, str]:
    """What holds a place, and its name there."""
    *way, last = _steps(pointer)
    for step in way:
        value = _below(value, step) if not isinstance(value, list) or int(step) < len(value) else UNSET
    return value, last


def _put(value: Any, pointer: str, new: Any) -> bool:
    if not pointer:
        return False
    holder, last = _holder(value, pointer)
    match holder:
        case dict():
            holder[last] = new
        case list() if last.isdigit() and int(last) < len(holder):
            holder[int(last)] = new
        case _:
            return False
    return True


def _leave_out(value: Any, pointer: str) -> bool:
    if not pointer:
        return False
    holder, last = _holder(value, pointer)
    if isinstance(holder, dict) and last in holder:
        del holder[last]
        return True
    return False
