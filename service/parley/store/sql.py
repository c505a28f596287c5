"""Named SQL statements, kept in `.sql` files beside the code that runs them: `-- name: lock_head`, then the text."""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)


def statements(package: str, file: str) -> dict[str, str]:
    """Read a file of a package: each statement by its name, as it stands there."""
    text = files(package).joinpath(file).read_text("utf-8")
    parts = _NAME.split(text)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
