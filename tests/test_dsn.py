"""Addresses of databases: passwords go in and out, and several servers are told apart."""

import pytest

from parley.dsn import servers_of, without_password


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://me@there:5433/parley", ["postgresql://me@there:5433/parley"]),
        (
            "postgresql://me:p%40ss@one,two:5433,[::1]:5434/parley?target_session_attrs=read-write&sslmode=require",
            [
                "postgresql://me:p%40ss@one/parley?sslmode=require",
                "postgresql://me:p%40ss@two:5433/parley?sslmode=require",
                "postgresql://me:p%40ss@[::1]:5434/parley?sslmode=require",
            ],
        ),
        ("postgresql://one,two", ["postgresql://one", "postgresql://two"]),
        (
            "postgresql://me@/parley?host=%2Fa,%2Fb&port=5432,5433",
            ["postgresql://me@/parley?host=%2Fa&port=5432", "postgresql://me@/parley?host=%2Fb&port=5433"],
        ),
        (
            "postgresql://me@/parley?host=%2Fa%2C%2Fb&port=5432",
            ["postgresql://me@/parley?host=%2Fa&port=5432", "postgresql://me@/parley?host=%2Fb&port=5432"],
        ),
        ("postgresql:///parley?host=a,b", ["postgresql:///parley?host=a", "postgresql:///parley?host=b"]),
    ],
)
def test_address_of_several_servers_is_one_address_each(dsn: str, expected: list[str]) -> None:
    assert servers_of(dsn) == expected


@pytest.mark.parametrize(
    ("url", "address", "password"),
    [
        ("postgresql://me:a%2Fb@there/parley", "postgresql://me@there/parley", "a/b"),
        ("postgresql://me@there/p?password=p&sslmode=require", "postgresql://me@there/p?sslmode=require", "p"),
        ("postgresql://me:p@one:1,two:2/parley", "postgresql://me@one:1,two:2/parley", "p"),
        ("postgresql:///parley?host=%2Frun&password=p", "postgresql:///parley?host=%2Frun", "p"),
        ("postgresql://parley@/parley?host=%2Frun", "postgresql://parley@/parley?host=%2Frun", None),
    ],
)  # fmt: skip
def test_address_for_a_program_is_without_the_password(url: str, address: str, password: str | None) -> None:
    """Whoever lists the machine's processes sees the address."""
    assert without_password(url) == (address, password)
