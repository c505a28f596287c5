"""`make audit`: whether advisories are known for what the locks pin. Not a test: it asks a service on the network.

pip-audit asks the advisories of the Python Packaging Authority; `SERVICE=osv` asks osv.dev. What could not be asked is
not taken for sound: pip-audit passes over a package that the service does not know, which is also what an index that is
not the public one answers. The exit status is 0 if all was asked and nothing is known, 1 if something is, 2 if not all
could be asked.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
SOUND, KNOWN, NOT_ASKED = 0, 1, 2


def main(pip_audit: str, service: str) -> int:
    """Ask, tell, and give the exit status."""
    locks = [word for lock in LOCKS for word in ("-r", str(ROOT / lock))]
    done = subprocess.run(
        [
            pip_audit,
            "--disable-pip",
            "--require-hashes",
            "--progress-spinner=off",
            "--format=json",
            "-s",
            service,
            *locks,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = done.stderr.strip().splitlines()
        print(f"The advisory service ({service}) could not be asked, so nothing is known: {said[-1] if said else done}")
        return NOT_ASKED
    status, lines = verdict(found)
    print("\n".join(lines))
    return status


def verdict(found: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """What pip-audit's findings come to, and the lines that tell it."""
    known = [*_known(found)]
    skipped = sorted(one["name"] for one in found if "skip_reason" in one)
    if skipped:
        shown = ", ".join(skipped[:8]) + (" ..." if len(skipped) > 8 else "")
        known_of = f"{len(skipped)} of {len(found)} packages could not be asked for ({shown})"
        return (KNOWN if known else NOT_ASKED), [*known, f"{known_of}: nothing is known of them."]
    if known:
        return KNOWN, known
    return SOUND, [f"No advisory is known for any of {len(found)} packages."]


def _known(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found:
        for advisory in one.get("vulns", ()):
            fixed = ", ".join(advisory["fix_versions"]) or "no release"
            yield f"{one['name']} {one['version']}: {advisory['id']}, fixed in {fixed}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
