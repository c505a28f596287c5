"""The wheel holds both packages whole, and what is installed from it works without the source tree."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (ROOT / "domain" / "negotiation", ROOT / "service" / "parley")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), cwd=ROOT)
    [built] = folder.glob("parley-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a venv that holds the wheel, and reaches our dependencies but not our editable install."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--isolated", "--disable-pip-version-check"]
    _run(*pip, "install", "--quiet", "--no-compile", "--no-deps", "--no-index", str(wheel), cwd=home)
    # A path file of a folder on the path is not read: that is how the editable install stays out.
    site = Path(_run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    # It is in ASCII, for Python before 3.13 reads it in whatever locale there is.
    dependencies = f"import sys; sys.path.append({sysconfig.get_path('purelib')!a})\n"
    (site / "dependencies.pth").write_text(dependencies, encoding="ascii")
    return python.parent


def test_wheel_built_holds_every_file_of_both_packages(wheel: Path) -> None:
    sources = {
        path.relative_to(source.parent).as_posix()
        for source in SOURCES
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == sources
    assert {"negotiation/py.typed", "parley/py.typed"} <= packed


def test_wheel_installed_imports_from_its_own_copy(installed: Path) -> None:
    where = "import negotiation, parley; print(negotiation.__file__, parley.__file__, sep='\\n')"
    files = _run(str(installed / "python"), "-c", where, cwd=installed).splitlines()
    assert len(files) == len(SOURCES)
    assert all(Path(file).is_relative_to(installed.parent) for file in files)


def test_wheel_installed_gives_the_parley_command(installed: Path) -> None:
    help_text = _run(str(installed / "parley"), "--help", cwd=installed)
    assert "parley" in help_text.lower()
    assert "demo" in help_text


def _run(*command: str, cwd: Path) -> str:
    """Run a command with no way into the source tree but its arguments; return what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
