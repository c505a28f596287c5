"""What the service logs: one line a message, to standard error; what others made up cannot look like a line of ours."""

import json
import logging
import sys
import time
from typing import Any, Final

from parley.harmless import escaped
from parley.http.request.ids import CURRENT

_CHATTY: Final = ("uvicorn", "uvicorn.error", "asyncio")
"""They tell of steps that we tell of ourselves."""


def log_to_stderr(level: str, form: str = "plain") -> None:
    """Log everything from this level on, in ``plain`` lines or as ``json``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if form == "json" else Line())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _moment(record: logging.LogRecord) -> str:
    """The time in UTC (RFC 3339)."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z"


class Line(logging.Formatter):
    """Time, level in small letters, logger, message and the request's id; a traceback is indented below."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        request = f" [{CURRENT.get()}]" if CURRENT.get() else ""
        line = f"{_moment(record)} {record.levelname.lower()} {record.name}: {escaped(record.getMessage())}{request}"
        if record.exc_info:
            below = self.formatException(record.exc_info).split("\n")
            line += "".join(f"\n    {escaped(one)}" for one in below)
        return line


class JsonLine(logging.Formatter):
    """The same as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        fields: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if CURRENT.get():
            fields["request_id"] = CURRENT.get()
        fields |= getattr(record, "fields", {})
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return escaped(json.dumps(fields, ensure_ascii=False, default=str))
