"""The OpenAPI document tells the truth: it is tried out on a service that runs, by a program that believes it.

schemathesis sends what fits the document and what does not, to every route, with every check that it has; hooks.py
adds one: whatever is refused of what fits the document is refused for what no schema could have told.
"""

import asyncio
import os
import sys
from pathlib import Path

import httpx

from parley.access.attempts import Attempts
from parley.access.gate import Gate
from parley.http.operations import GATE
from tests.access.desk import make_key
from tests.checkpoints.world import KEY
from tests.feed.services import served
from tests.http.openapi import Described
from tests.http.world import record_catalogue

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATIENCE_S = 400


async def test_service_and_its_document_agree_on_whatever_is_sent(
    database: str, described: Described, tmp_path: Path
) -> None:
    async with served(database, rate_limit=0, signing_key=KEY) as service:
        gate: Gate = service.app.state[GATE]
        gate._attempts = Attempts(slow_s=0)  # keys that are none are sent by the hundred, from one address
        async with httpx.AsyncClient(base_url=service.address) as client:
            await record_catalogue(client)
        key = await make_key(database, "tester", "admin")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "--no-color"),
            *("run", f"{service.address}/schema/openapi.json", "--continue-on-failure"),
            cwd=tmp_path,
            env={**os.environ, "PARLEY_TEST_KEY": key, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                said = (await process.communicate())[0].decode()
        finally:
            if process.returncode is None:
                process.kill()
        answered = await client_metrics(service.address, key)
    assert process.returncode == 0, said
    for path, method, _ in described.operations():
        assert f'method="{method.upper()}",route="{path}"' in answered, f"{method} {path} was not tried"


async def client_metrics(address: str, key: str) -> str:
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client:
        return (await client.get("/metrics")).text
