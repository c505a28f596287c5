"""From msgspec's complaint about a value to the place in it: a JSON pointer (RFC 6901)."""

import re
from typing import Any, Final

from msgspec import ValidationError, convert

from negotiation.references import FieldError

_COMPLAINT: Final = re.compile(r"(?s)(.*?)(?: - at `\$(.*)`)?")
_STEP: Final = re.compile(r"\[\.\.\.\]|[^.\[\]]+")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`")
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")


def place_of(error: ValidationError, value: Any, wanted: Any) -> str:
    """Give the pointer into ``value`` (builtins, refused as ``wanted``) that the error is about."""
    said, path = _parts(error)
    pointer = _pointer(value, wanted, said, _STEP.findall(path))
    if isinstance(error.__cause__, FieldError):
        return f"{pointer}/{error.__cause__.field}"
    named = _UNKNOWN.fullmatch(said) or _MISSING.fullmatch(said)
    return f"{pointer}/{escaped(named[1])}" if named else pointer


def escaped(name: str) -> str:
    """Write a field's name as a part of a JSON pointer (RFC 6901), what cannot be shown as an escape."""
    shown = name if name.isprintable() else name.encode("unicode_escape", "surrogatepass").decode("ascii")
    return shown.replace("~", "~0").replace("/", "~1")


def _parts(error: ValidationError) -> tuple[str, str]:
    """Split what is said from where."""
    found = _COMPLAINT.fullmatch(str(error))
    return (found[1], found[2] or "") if found else (str(error), "")


def _pointer(value: Any, wanted: Any, said: str, steps: list[str]) -> str:
    """Follow msgspec's path, which says `[...]` for any item of a list.

    The item is the first that draws the same complaint when it is left alone in its list.
    """
    pointer = ""
    way: list[str | int] = []
    for step in steps:
        if step != "[...]":
            pointer, way = f"{pointer}/{step}", [*way, step]
            continue
        for index, item in enumerate(_list_at(value, way)):
            alone = _with(value, way, [item])
            if _says(alone, wanted) == said:
                pointer, way, value = f"{pointer}/{index}", [*way, 0], alone
                break
        else:
            return pointer
    return pointer


def _says(value: Any, wanted: Any) -> str | None:
    try:
        convert(value, wanted)
    except ValidationError as error:
        return _parts(error)[0]
    return None


def _list_at(value: Any, way: list[str | int]) -> list[Any]:
    for step in way:
        value = value[step]
    return value if isinstance(value, list) else []


def _with(value: Any, way: list[str | int], new: list[Any]) -> Any:
    """Copy ``value`` with ``new`` at the end of ``way``; what lies aside is shared."""
    if not way:
        return new
    copy = value.copy()
    copy[way[0]] = _with(value[way[0]], way[1:], new)
    return copy
