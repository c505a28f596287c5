"""Whether there are traces: the libraries for them are an extra, and are imported only where they are wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from parley.cli.failures import CALLED_WRONGLY, Failure

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider


@contextmanager
def provider(traces: str) -> Iterator["TracerProvider | None"]:
    """What makes spans, None where ``traces`` is ``off``. Raises Failure where the libraries are not installed."""
    if traces == "off":
        yield None
        return
    try:
        from parley.cli import otlp
    except ImportError as error:
        raise Failure(
            f"PARLEY_TRACES={traces} needs a library that is not installed ({error.name}): "
            "install parley[otel], or leave the setting off.",
            CALLED_WRONGLY,
        ) from error
    with otlp.provider() as made:
        yield made
