"""The `parley` command. This module is light, so that signals are minded before the rest is imported."""

import sys

from parley.cli import signals

__all__ = ["main"]


def main() -> None:
    """Run the command; end the process with status 0, 1 (it failed), 2 (it was called wrongly) or 128 + a signal."""
    signals.mind()
    from parley.cli.commands import parley
    from parley.cli.failures import Failure

    try:
        parley(prog_name="parley")
    except signals.Stopped as stopped:
        sys.exit(128 + stopped.number)
    except Failure as failure:
        print(f"parley: {failure}", file=sys.stderr)  # noqa: T201 - where an operator looks
        sys.exit(failure.status)
