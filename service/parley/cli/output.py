"""Standard output that says of itself when it cannot be written: a full disk, or a reader that went away.

Its own error, and no OSError, so that nobody takes it for the database's.
"""

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STANDARD_OUTPUT: Final = 1


class OutputFailed(Exception):
    """Standard output cannot be written; ``closed``: nobody reads it any more, so there is nobody to be told."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output cannot be written ({error.strerror})")
        self.closed = error.errno == errno.EPIPE


class _Output(io.FileIO):
    """The descriptor; after a failure what is still to be written goes nowhere."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write what goes in one piece; raises OutputFailed."""
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            raise OutputFailed(error) from error


def mind() -> None:
    """Let standard output raise OutputFailed."""
    given = sys.stdout
    if not isinstance(given, io.TextIOWrapper):  # closed, or not ours
        return
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Output(STANDARD_OUTPUT, "wb", closefd=False)),
        encoding=given.encoding,
        errors=given.errors,
        line_buffering=given.line_buffering,
        write_through=given.write_through,
    )
