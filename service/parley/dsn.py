"""Addresses of databases (PostgreSQL's connection URIs): their passwords, and the servers that they name."""

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

SCHEMES: Final = frozenset({"postgresql", "postgres"})


def has_password(dsn: str) -> bool:
    """Whether there is a password in it."""
    return without_password(dsn)[1] is not None


def user_of(dsn: str) -> str:
    """The user that it names, as it is written there; "" where it names none."""
    return urlsplit(dsn).netloc.rpartition("@")[0].partition(":")[0]


def with_password(dsn: str, password: str) -> str:
    """The address with a password, which goes to the user that it names."""
    parts = urlsplit(dsn)
    who, _, where = parts.netloc.rpartition("@")
    return _together(parts._replace(netloc=f"{who}:{quote(password, safe='')}@{where}"))


def without_password(dsn: str) -> tuple[str, str | None]:
    """The address without its password, and the password."""
    parts = urlsplit(dsn)
    who, at, where = parts.netloc.rpartition("@")
    user, colon, password = who.partition(":")
    options = parse_qsl(parts.query, keep_blank_values=True)
    given = dict(options).get("password", unquote(password) if colon else None)
    query = urlencode([option for option in options if option[0] != "password"])
    return _together(parts._replace(netloc=f"{user}{at}{where}", query=query)), given


def servers_of(dsn: str) -> list[str]:
    """The address of each server that it names. Of several, none says any more which of them is wanted.

    Raises ValueError where there are not as many ports as hosts.
    """
    parts = urlsplit(dsn)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    who, at, where = parts.netloc.rpartition("@")
    hosts = (options.get("host") or where).split(",")
    if len(hosts) == 1:
        return [dsn]
    options.pop("target_session_attrs", None)
    if not options.get("host"):
        return [_together(parts._replace(netloc=f"{who}{at}{host}", query=urlencode(options))) for host in hosts]
    ports = options.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    placed = [{"host": host, "port": port} if port else {"host": host} for host, port in zip(hosts, ports, strict=True)]
    return [_together(parts._replace(query=urlencode(options | place))) for place in placed]


def _together(parts: SplitResult) -> str:
    """What `urlunsplit` does, but the slashes stay where there is no host."""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{'?' if parts.query else ''}{parts.query}"
