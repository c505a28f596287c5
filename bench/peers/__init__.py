"""npm packages, in exact versions, installed when they are used: others' event stores, and a load generator."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

from bench.run import Missing

_HERE: Final = Path(__file__).parent
_FILES: Final = ("package.json", "package-lock.json", "emmett.mjs", "load.mjs")
_WITHIN_S: Final = 180


async def installed(folder: Path) -> Path:
    """Install the packages into a folder, if they are not there, and give the folder; raises Missing."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise Missing(
            "it is an npm package, and there is no node and npm here (Debian and Ubuntu: apt-get install npm)"
        )
    if _copied(folder):
        return folder
    process = await asyncio.create_subprocess_exec(
        npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, stdout=DEVNULL, stderr=PIPE
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            _, words = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise Missing(f"npm did not install it within {_WITHIN_S} s") from error
    if process.returncode != 0:
        raise Missing(f"npm could not install it: {words.decode('utf-8', 'replace').strip()[-300:]}")
    (folder / "installed").touch()
    return folder


def _copied(folder: Path) -> bool:
    """Bring our files up to date there; say whether what is installed is what they ask for."""
    folder.mkdir(parents=True, exist_ok=True)
    same = all(
        (folder / name).is_file() and (folder / name).read_bytes() == (_HERE / name).read_bytes() for name in _FILES
    )
    if not same:
        (folder / "installed").unlink(missing_ok=True)
        for name in _FILES:
            shutil.copyfile(_HERE / name, folder / name)
    return (folder / "installed").exists()
