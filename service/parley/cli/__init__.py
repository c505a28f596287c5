"""The `parley` command. This module is light, so that signals are minded before the rest is imported."""

import signal
import sys

from parley.cli import output, signals

__all__ = ["main"]


def main() -> None:
    """Run the command; end the process with status 0, 1 (it failed), 2 (it was called wrongly) or 128 + a signal."""
    signals.mind()
    output.mind()
    from parley.cli.commands import parley
    from parley.cli.failures import FAILED, Failure

    try:
        try:
            parley(prog_name="parley")
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except signals.Stopped as stopped:
        sys.exit(128 + stopped.number)
    except output.OutputFailed as failed:
        if failed.closed:
            sys.exit(128 + signal.SIGPIPE)
        print(f"parley: {failed}.", file=sys.stderr)  # noqa: T201
        sys.exit(FAILED)
    except Failure as failure:
        lines = (f"parley: {failure}", *(f"  {line}" for line in failure.below))
        print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - where an operator looks
        sys.exit(failure.status)
