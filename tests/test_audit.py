"""What `make audit` says: what could not be asked is never taken for sound."""

from typing import Any

from tests.audit import KNOWN, NOT_ASKED, SOUND, verdict

CLEAN: dict[str, Any] = {"name": "litestar", "version": "2.25.0", "vulns": []}
UNKNOWN = {"name": "asyncpg", "skip_reason": "Dependency not found on PyPI and could not be audited"}
HIT: dict[str, Any] = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}]}


def test_audit_that_found_nothing_says_how_many_it_asked_for() -> None:
    assert verdict([CLEAN]) == (SOUND, ["No advisory is known for any of 1 packages."])


def test_audit_that_found_something_names_it_and_the_release_that_mends_it() -> None:
    assert verdict([CLEAN, HIT]) == (KNOWN, ["old 1.0: PYSEC-2026-1, fixed in 1.1"])


def test_audit_that_could_not_ask_for_all_is_not_sound() -> None:
    status, [line] = verdict([CLEAN, UNKNOWN])
    assert status == NOT_ASKED
    assert line == "1 of 2 packages could not be asked for (asyncpg): nothing is known of them."


def test_audit_that_found_something_and_could_not_ask_for_all_says_both() -> None:
    status, lines = verdict([UNKNOWN, HIT])
    assert (status, len(lines)) == (KNOWN, 2)
