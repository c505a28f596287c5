"""What the record tells whoever watches it work."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context


class Observer:
    """Takes no notice of anything. Whoever wants to know overrides what they need, and is quick about it."""

    def batch(self, asked_in: Sequence[Context]) -> AbstractContextManager[None]:
        """Stand around one attempt to write a batch for those who asked in these contexts; it may end in an error."""
        del asked_in
        return nullcontext()

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Stand around a part of an attempt: ``write``, within it ``read models``, and ``commit``."""
        del name
        return nullcontext()

    def committed(self, requests: int, events: int) -> None:
        """Hear that a batch of so many requests has put so many events on record."""
