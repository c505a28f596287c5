"""Where our side's time goes: `make bench ROW=... PROFILE=1` writes build/profile-*.txt.

`cProfile` counts every call, and makes calls look dearer than they are. PROFILE=pyinstrument samples instead, where
that package is installed.
"""

import cProfile
import importlib
import io
import os
import pstats
import runpy
import signal
import sys
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "PARLEYBENCH_PROFILE"
"""In the environment of a measured process: the profiler's name and the file to write, with a colon between."""
_LINES: Final = 60


def asked(profiler: str, path: Path) -> dict[str, str]:
    """What the environment of a process says that is to be profiled; nothing where no profiler is named."""
    return {VARIABLE: f"{profiler}:{path.absolute()}"} if profiler else {}


class Profile:
    """A profiler that is begun and ended, again and again: what it wrote before is replaced."""

    def __init__(self) -> None:
        """As the environment asks for."""
        self._profiler, _, path = os.environ.get(VARIABLE, "").partition(":")
        self._path = Path(path)
        self._running: Any = None

    def begin(self) -> None:
        """Begin, if it is asked for."""
        match self._profiler:
            case "":
                return
            case "pyinstrument":
                self._running = importlib.import_module("pyinstrument").Profiler(0.001, async_mode="disabled")
                self._running.start()
            case _:
                self._running = cProfile.Profile()
                self._running.enable()

    def end(self) -> None:
        """End, and write what was found."""
        if self._running is None:
            return
        if isinstance(self._running, cProfile.Profile):
            self._running.disable()
            text = _counted(self._running)
        else:
            self._running.stop()
            text = self._running.output_text(unicode=False, color=False, show_all=True)
        self._running = None
        self._path.write_text(text, encoding="utf-8")

    def turn(self) -> None:
        """Begin, or end."""
        if self._running is None:
            self.begin()
        else:
            self.end()


def _counted(profile: cProfile.Profile) -> str:
    text = io.StringIO()
    shown = pstats.Stats(profile, stream=text).strip_dirs()
    for order in ("tottime", "cumulative"):
        shown.sort_stats(order).print_stats(_LINES)
    return text.getvalue()


def main() -> None:
    """Run a module as `python -m` does: `... bench.profiling parley.cli serve`; profiled from a SIGUSR2 to the next.

    With --whole before it, from its beginning to its end.
    """
    del sys.argv[0]
    profile = Profile()
    signal.signal(signal.SIGUSR2, lambda *_: profile.turn())
    if sys.argv[0] == "--whole":
        del sys.argv[0]
        profile.begin()
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    finally:
        profile.end()


if __name__ == "__main__":
    main()
