"""A program that runs an embedded server until its standard input ends; the tests start it, watch it and kill it.

    python supervisor.py FOLDER [--refuse-running] [--cache FOLDER] [--largest-file BYTES]

It prints one line of JSON, `{"owned": ..., "dsn": ...}` or `{"error": the class, "message": ...}`, then `interrupted`
whenever it gets SIGINT, which it survives.
"""

import argparse
import json
import resource
import signal
import sys
from pathlib import Path

from parley.embedded import EmbeddedPostgres, EmbeddedPostgresError, installation


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--refuse-running", action="store_true")
    options.add_argument("--cache", type=Path, default=installation.CACHE)
    options.add_argument("--largest-file", type=int, default=-1)
    asked = options.parse_args()
    installation.CACHE = asked.cache
    resource.setrlimit(resource.RLIMIT_FSIZE, (asked.largest_file, asked.largest_file))
    signal.signal(signal.SIGINT, lambda *_: say("interrupted"))
    try:
        server = EmbeddedPostgres(asked.folder, config={"fsync": "off"}, attach=not asked.refuse_running).start()
    except EmbeddedPostgresError as fault:
        say(json.dumps({"error": type(fault).__name__, "message": str(fault)}))
        return
    say(json.dumps({"owned": server.owned, "dsn": server.dsn()}))
    sys.stdin.read()
    server.stop()


main()
