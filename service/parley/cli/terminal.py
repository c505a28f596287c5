"""The console of every command."""

from typing import Any

from rich.console import Console

from parley.harmless import harmless


class Terminal(Console):
    """A console that prints plain text as it is, but for what would steer the terminal."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; options are those of `Console.print`."""
        super().print(*(harmless(one) if isinstance(one, str) else one for one in objects), **options)
