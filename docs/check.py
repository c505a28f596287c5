"""Check what no linter reads: links between pages, and that nothing of one machine or network got into the tree.

Run by `make check`. Prints each fault as `file:line: what is wrong` and ends with status 1 if there is one.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s+<?(\S+?)>?\s*$")
CODE = re.compile(r"`[^`]*`")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
ANCHOR = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")
# An absolute path of somebody's home or workplace; one inside a URL is none.
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:root|work|(?:home|Users)/[\w.-]+)/")
# Whichever index a lock was made from, it is the reader's own that serves it.
INDEX = re.compile(
    r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|artifactory|devpi|nexus)|--(?:extra-)?index-url|--find-links",
    re.IGNORECASE,
)


def main() -> int:
    """Check every file that git tracks or would track; return the exit status."""
    faults = [fault for path in _files() for fault in _faults(path)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def _files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in sorted(set(listed.stdout.split("\0")) - {""}) if (path := ROOT / name).is_file()]


def _faults(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # a picture
        return
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        where = f"{path.relative_to(ROOT)}:{number}"
        if MACHINE_PATH.search(line):
            yield f"{where}: a path that exists on one machine only"
        if INDEX.search(line) and path not in {ROOT / "Makefile", Path(__file__).resolve()}:
            yield f"{where}: names a package index; whoever installs has their own"
        if path.suffix == ".lock" and "://" in line:
            yield f"{where}: a lock names releases and hashes, not hosts"
    if path.suffix == ".md":
        yield from _broken_links(path, lines)


def _broken_links(page: Path, lines: list[str]) -> Iterator[str]:
    for number, line in _prose(lines):
        for inline, reference in LINK.findall(CODE.sub("", line)):
            target = unquote(inline or reference)
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            to = (page.parent / name).resolve() if name else page
            where = f"{page.relative_to(ROOT)}:{number}"
            if not to.exists() or not to.is_relative_to(ROOT):
                yield f"{where}: the link to {target} leads nowhere"
            elif anchor and to.suffix == ".md" and anchor not in _anchors(to):
                yield f"{where}: {name or 'this page'} has no heading #{anchor}"


def _prose(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines that stand outside fenced code."""
    fence = ""
    for number, line in enumerate(lines, start=1):
        mark = line.lstrip()[:3]
        if mark in {"```", "~~~"} and fence in {"", mark}:
            fence = "" if fence else mark
        elif not fence:
            yield number, line


@cache
def _anchors(page: Path) -> frozenset[str]:
    """Collect the anchors a forge makes of the page's headings, and those written by hand."""
    anchors: set[str] = set()
    for _, line in _prose(page.read_text(encoding="utf-8").splitlines()):
        anchors.update(ANCHOR.findall(line))
        if heading := HEADING.match(line):
            words = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            repeats = sum(1 for other in anchors if re.fullmatch(rf"{re.escape(words)}(-\d+)?", other))
            anchors.add(f"{words}-{repeats}" if repeats else words)
    return frozenset(anchors)


if __name__ == "__main__":
    sys.exit(main())
