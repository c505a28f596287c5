"""The peers over HTTP: the same framework and server as ours, and a handler that does next to nothing."""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop
from litestar import Litestar, Request, Response, get, post

from negotiation.envelope import Submission
from parley.cli import serving, signals

JSON: Final = "application/json"
_decode: Final = msgspec.json.Decoder(Submission).decode


@post("/v1/negotiations/{negotiation:str}/rounds/{round:str}/events")
async def decode_round(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Decode the body, and do nothing with it."""
    _decode(await request.body())
    return Response(b"{}", status_code=201, media_type=JSON)


@post("/v1/negotiations/{negotiation:str}/events")
async def decode_negotiation(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Decode the body, and do nothing with it."""
    _decode(await request.body())
    return Response(b"{}", status_code=201, media_type=JSON)


def from_memory(folder: Path) -> Litestar:
    """Answer with the bytes of files: `index` has a path a line, and the answer to the first is in the file `0`."""
    paths = (folder / "index").read_text(encoding="ascii").splitlines()
    answers = {path: (folder / str(number)).read_bytes() for number, path in enumerate(paths)}

    @get("/v1/negotiations/{negotiation:str}/rounds/{round:str}", media_type=JSON)
    async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(answers[request.scope["path"]], media_type=JSON)

    return Litestar([answer], openapi_config=None, logging_config=None)


async def main() -> None:
    """Serve what the first argument says, as `parley serve` does; prints its address when it answers."""
    match sys.argv[1:]:
        case ["decode"]:
            app = Litestar([decode_round, decode_negotiation], openapi_config=None, logging_config=None)
        case ["memory", folder]:
            app = from_memory(Path(folder))
        case _:
            sys.exit("decode, or memory FOLDER")
    with serving.listen("127.0.0.1", 0, "") as listener:
        address = serving.address_of(listener)
        await serving.serve(
            app, listener, ready=lambda: print(f"serving {address}", file=sys.stderr, flush=True), shutdown_s=5,
            until=None,
        )  # fmt: skip


if __name__ == "__main__":
    signals.run(main(), uvloop.new_event_loop)
