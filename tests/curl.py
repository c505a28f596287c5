"""A stand-in for curl on a machine that has none: as much of it as README and the other pages use."""

import argparse
import sys
import urllib.error
import urllib.request
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The options that it understands."""
    known = argparse.ArgumentParser(prog="curl")
    known.add_argument("-s", "--silent", action="store_true")
    known.add_argument("-I", "--head", action="store_true")
    known.add_argument("-i", "--include", action="store_true")
    known.add_argument("-H", "--header", action="append", default=[])
    known.add_argument("-d", "--data")
    known.add_argument("-o", "--output")
    known.add_argument("url")
    return known


def main() -> None:
    """Send the request, write the answer."""
    asked = parser().parse_args()
    url = asked.url if "://" in asked.url else f"http://{asked.url}"
    body = None if asked.data is None else asked.data.replace("\n", "").encode()
    method = "HEAD" if asked.head else "GET" if body is None else "POST"
    request = urllib.request.Request(url, data=body, method=method)
    for header in asked.header:
        name, _, value = header.partition(":")
        request.add_header(name, value.strip())
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        if asked.head or asked.include:
            lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(": ".join(pair) for pair in answer.headers.items())]
            sys.stdout.write("\n".join([*lines, "", ""]))
            sys.stdout.flush()
        if not asked.head:
            body = answer.read()
            if asked.output is None:
                sys.stdout.buffer.write(body)
            else:
                Path(asked.output).write_bytes(body)


if __name__ == "__main__":
    main()
