"""Wheels of every distribution, built once per run, and fresh environments to install them in.

What takes minutes is in ``slow_*.py``, which pytest does not collect by itself; ``hatch run
packaging`` runs it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = str(ROOT / "tools")
if TOOLS not in sys.path:
    sys.path.insert(0, TOOLS)  # its scripts import each other by their plain names


def call(*command: str | Path, cwd: Path | None = None, status: int = 0, **variables: str) -> str:
    """Run a command without what would lead it to this checkout; return its whole output."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_"))}
    process = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert process.returncode == status, f"{process.returncode}, not {status}:\n{process.stdout}"
    return process.stdout


def uv(*arguments: str | Path, **settings: object) -> str:
    return call(sys.executable, "-m", "uv", *arguments, **settings)  # type: ignore[arg-type]


class Environment:
    """A virtual environment of a test's own; `install` never asks an index for ours."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.wheels = wheels
        uv("venv", "--quiet", "--python", sys.executable, folder)
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site(self) -> Path:
        return Path(self.run("import sysconfig; print(sysconfig.get_path('purelib'))").strip())

    def pip(self, verb: str, *arguments: str | Path, status: int = 0) -> str:
        return uv("pip", verb, "--python", self.python, *arguments, status=status)

    def install(self, *what: str | Path, index: bool = False) -> str:
        """Install from our wheels, and with `index` also from the package index."""
        where = ["--find-links", str(self.wheels)] + ([] if index else ["--no-index"])
        return self.pip("install", "--quiet", "--reinstall-package", "zmq-core", *where, *what)

    def run(self, program: str, cwd: Path | None = None, status: int = 0, **variables: str) -> str:
        return call(
            self.python, "-W", "error", "-c", program, cwd=cwd or self.folder, status=status,
            **variables,
        )  # fmt: skip

    def installed(self) -> set[str]:
        names = re.findall(r"^([\w.-]+)==", self.pip("freeze"), re.MULTILINE)
        return {name for name in names if name.startswith(("zmq", "pyzmq"))}


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of every distribution, by the environment's own build tools."""
    from wheels import build

    folder = tmp_path_factory.mktemp("wheels")
    build(folder)
    if sys.version_info < (3, 11):  # zmq-devices needs it there; `install` asks no index
        download = ["pip", "download", "--quiet", "--no-deps", "--dest", folder, "tomli>=2"]
        uv("tool", "run", "--quiet", "--python", sys.executable, *download)
    return folder


@pytest.fixture
def environment(tmp_path: Path, wheels: Path) -> Environment:
    return Environment(tmp_path / "environment", wheels)
