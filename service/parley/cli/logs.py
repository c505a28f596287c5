"""What the service logs: one line a message, to standard error."""

import logging
import sys
import time
from typing import Final

_CHATTY: Final = ("uvicorn", "uvicorn.error", "asyncio")
"""They tell of steps that we tell of ourselves."""


def log_to_stderr(level: str) -> None:
    """Log everything from this level on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


class _Line(logging.Formatter):
    """The time in UTC (RFC 3339), the level in small letters."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        record.levelname = record.levelname.lower()
        return super().format(record)
