"""The console of every command."""

from typing import Any

from rich.console import Console

from parley.harmless import one_line


class Terminal(Console):
    """A console that prints each text as one line, whatever is in it."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; options are those of `Console.print`, such as ``sep`` between several lines."""
        super().print(*(one_line(one) if isinstance(one, str) else one for one in objects), **options)
