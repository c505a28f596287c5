"""What is asked of traces, so that nothing of OpenTelemetry is imported where there are none."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol


class Spans(Protocol):
    """The spans of requests."""

    def request(
        self, method: str, headers: Iterable[tuple[bytes, bytes]], request_id: str
    ) -> AbstractContextManager[None]:
        """Stand around a request."""

    def answered(self, method: str, route: str, status: int) -> None:
        """Tell how the request around this was answered."""
