"""Settings, from the environment. One table says what there is: the reader, the help and the mistakes all follow it."""

import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct, convert

from parley.dsn import SCHEMES, has_password, servers_of, user_of, with_password

PREFIX: Final = "PARLEY_"
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
LOG_FORMATS: Final = ("plain", "json")
TRACES: Final = ("off", "otlp")
LONGEST_SHUTDOWN_S: Final = 600


class Settings(Struct, frozen=True, kw_only=True):
    """What `parley serve`, `migrate` and `load` go by."""

    database_url: str
    database_password: str
    host: str
    port: int
    queue_limit: int
    read_connections: int
    read_limit: int
    read_s: int
    projectors: int
    past_mib: int
    streams: int
    streams_per_key: int
    rate_limit: int
    event_limit: int
    open: str
    signing_key_file: str
    shutdown_s: int
    log_level: str
    log_format: str
    access_log: bool
    traces: str


class Mistake(NamedTuple):
    """A variable that cannot be used: what was found in it, and what is accepted."""

    variable: str
    found: str
    accepted: str

    def __str__(self) -> str:
        return f"{self.variable}: found {self.found}; accepted is {self.accepted}"


class SettingsError(Exception):
    """The environment has mistakes; the message tells all of them, one a line."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


class Setting(NamedTuple):
    """One setting: its variable and field, the default as one would write it ("" where there must be a value).

    ``read`` turns the text into the value, or raises ValueError where it is not what ``accepted`` says. The value of
    a ``secret`` is never shown, and `variable`_FILE may name a file that holds it. One that is ``optional`` may have
    no value, and is "" then.
    """

    field: str
    default: str
    meaning: str
    accepted: str
    read: Callable[[str], Any]
    secret: bool = False
    optional: bool = False

    @property
    def variable(self) -> str:
        """The name of its environment variable."""
        return PREFIX + self.field.upper()

    @property
    def file_variable(self) -> str:
        """The name of the variable that names a file with the value."""
        return f"{self.variable}_FILE"


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return read


def _database_url(text: str) -> str:
    if urlsplit(text).scheme not in SCHEMES:
        raise ValueError(text)
    servers_of(text)
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z._:%-]+", text):
        raise ValueError(text)
    return text


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(text)
        return text.lower()

    return read


def _switch(text: str) -> bool:
    return _one_of("on", "off")(text) == "on"


TABLE: Final = (
    Setting(
        "database_url",
        "",
        "where the record is kept; PARLEY_DATABASE_URL_FILE names a file that holds the address instead",
        "an address like postgresql://user:password@host:5432/database",
        _database_url,
        secret=True,
    ),
    Setting(
        "database_password",
        "",
        "the password for an address that has none in it; PARLEY_DATABASE_PASSWORD_FILE names a file that holds it",
        "any text, unless the address has a password",
        str,
        secret=True,
        optional=True,
    ),
    Setting(
        "host",
        "127.0.0.1",
        "the address to serve on; 0.0.0.0 are all IPv4 addresses of the machine",
        "an address or a name of this machine",
        _host,
    ),
    Setting(
        "port", "8080", "the port to serve on; 0 is any free one", "a whole number from 0 to 65535", _whole(0, 65535)
    ),
    Setting(
        "queue_limit",
        "4096",
        "how many requests may wait to be recorded; one more is answered 503",
        "a whole number from 1 to 1000000",
        _whole(1, 1_000_000),
    ),
    Setting(
        "read_connections",
        "8",
        "how many connections to the database reads may use; recording has one of its own",
        "a whole number from 1 to 1000",
        _whole(1, 1000),
    ),
    Setting(
        "read_limit",
        "1000",
        "how many reads may be under way at once; one more is answered 503",
        "a whole number from 1 to 100000",
        _whole(1, 100_000),
    ),
    Setting(
        "read_s",
        "30",
        "how many seconds a read may take before it is answered 503",
        "a whole number from 1 to 3600",
        _whole(1, 3600),
    ),
    Setting(
        "projectors",
        "1",
        "how many processes keep the read models up to date behind the recording; 0: the service itself does",
        "a whole number from 0 to 64",
        _whole(0, 64),
    ),
    Setting(
        "past_mib",
        "256",
        "how many MiB of memory readings of the past may take; what does not fit is answered 503",
        "a whole number from 16 to 1000000",
        _whole(16, 1_000_000),
    ),
    Setting(
        "streams",
        "2000",
        "how many readers may follow the record at once; one more is answered 503",
        "a whole number from 1 to 100000",
        _whole(1, 100_000),
    ),
    Setting(
        "streams_per_key",
        "100",
        "how many times one key may follow the record at once; one more is answered 429",
        "a whole number from 1 to 100000",
        _whole(1, 100_000),
    ),
    Setting(
        "rate_limit",
        "6000",
        "how many requests a minute each key may make; one more is answered 429; 0 is no limit",
        "a whole number from 0 to 1000000",
        _whole(0, 1_000_000),
    ),
    Setting(
        "event_limit",
        "120000",
        "how many events a minute each key may send to be recorded, 2 KiB counted as one event or more; what is sent "
        "then is answered 429; 0 is no limit",
        "a whole number from 0 to 100000000",
        _whole(0, 100_000_000),
    ),
    Setting(
        "open",
        "off",
        "whether a record without keys may be served on any address: on, and whoever reaches it may do everything; "
        "here, and only who calls it by a name of their own machine, such as localhost (for a container)",
        "on, here or off",
        _one_of("on", "here", "off"),
    ),
    Setting(
        "signing_key_file",
        "",
        "the file with the key that signs checkpoints of the record; `parley keys signing` makes one",
        "the name of a file that nobody else can read (mode 0600)",
        str,
        optional=True,
    ),
    Setting(
        "shutdown_s",
        "10",
        "how many seconds a stop waits for requests under way before it breaks them off",
        f"a whole number from 0 to {LONGEST_SHUTDOWN_S}",
        _whole(0, LONGEST_SHUTDOWN_S),
    ),
    Setting(
        "log_level",
        "info",
        "the least grave messages that are logged, to standard error",
        f"one of {', '.join(LOG_LEVELS)}",
        _one_of(*LOG_LEVELS),
    ),
    Setting(
        "log_format",
        "plain",
        "how messages are logged: plain lines, or one JSON object a line",
        f"one of {', '.join(LOG_FORMATS)}",
        _one_of(*LOG_FORMATS),
    ),
    Setting("access_log", "off", "whether every request is logged, too, at the level info", "on or off", _switch),
    Setting(
        "traces",
        "off",
        "whether traces are sent to an OpenTelemetry collector, which OTEL_... variables name; needs parley[otel]",
        f"one of {', '.join(TRACES)}",
        _one_of(*TRACES),
    ),
)
"""Every setting, in the order in which it is told."""


def read(environment: Mapping[str, str], read_file: Callable[[Path], str] = Path.read_text) -> Settings:
    """Read the settings; a variable that is empty counts as not set. Raises SettingsError with every mistake."""
    mistakes: list[Mistake] = list(_misspelt(environment))
    values: dict[str, Any] = {}
    for setting in TABLE:
        try:
            values[setting.field] = _value(setting, environment, read_file)
        except SettingsError as error:
            mistakes += error.mistakes
    if values.get("database_password") and "database_url" in values:
        try:
            values["database_url"] = _with_password(values["database_url"], values["database_password"])
        except SettingsError as error:
            mistakes += error.mistakes
    if mistakes:
        raise SettingsError(tuple(mistakes))
    return convert(values, Settings)


def _with_password(url: str, password: str) -> str:
    if has_password(url):
        raise _mistake("PARLEY_DATABASE_PASSWORD", "a password, and one in PARLEY_DATABASE_URL too", "one of the two")
    if not user_of(url):
        raise _mistake("PARLEY_DATABASE_URL", "an address without a user", "postgresql://user@host:5432/database")
    return with_password(url, password)


def _value(setting: Setting, environment: Mapping[str, str], read_file: Callable[[Path], str]) -> Any:
    variable, text = setting.variable, environment.get(setting.variable, "")
    file_name = environment.get(setting.file_variable, "") if setting.secret else ""
    if text and file_name:
        raise _mistake(variable, f"a value, and one in {setting.file_variable} too", "one of the two")
    if file_name:
        variable = setting.file_variable
        try:
            text = read_file(Path(file_name)).strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            accepted = f"the name of a file that holds {setting.accepted}"
            raise _mistake(variable, f"{file_name}, which cannot be read ({why})", accepted) from error
    text = text or setting.default
    if not text and setting.optional and not file_name:
        return text
    if not text:
        found = "nothing" if variable == setting.variable else "an empty file"
        raise _mistake(variable, found, setting.accepted)
    try:
        return setting.read(text)
    except ValueError as error:
        found = "something else (not shown, it may hold a password)" if setting.secret else repr(text)
        raise _mistake(variable, found, setting.accepted) from error


def _mistake(variable: str, found: str, accepted: str) -> SettingsError:
    return SettingsError((Mistake(variable, found, accepted),))


def _misspelt(environment: Mapping[str, str]) -> list[Mistake]:
    """Find variables that look like a setting's and are none; others with our prefix may be a platform's own."""
    known = {setting.variable for setting in TABLE} | {setting.file_variable for setting in TABLE if setting.secret}
    return [
        Mistake(name, "a name that no setting has", f"{near[0]}, if that is what was meant")
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known and (near := difflib.get_close_matches(name, known, 1, 0.85))
    ]
