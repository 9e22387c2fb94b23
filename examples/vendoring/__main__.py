"""``python -m examples.vendoring``: make a copy of zmq inside ``theirapp``, check it, run it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

APP = Path(__file__).with_name("theirapp")


def run(*arguments: str | Path, folder: Path) -> str:
    """Run Python in a folder; return what it printed."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True, timeout=60
    ).stdout


def main() -> None:
    """Copy, check, run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(APP, folder / APP.name, ignore=shutil.ignore_patterns("__pycache__"))
        target = Path(APP.name, "_vendor")
        print(run("-m", "zmq.vendor", target, "--with", "log", folder=folder), end="")
        checked = run("-m", "zmq.vendor", target, "--check", folder=folder)
        print("check:", checked, end="")
        # -S: without site-packages, so with no zmq but the copy
        told = run("-S", "-m", APP.name, folder=folder)
        print(told, end="")
    assert checked == "as it was copied\n"
    assert "theirapp._vendor.zmq" in told
    assert "hello from the copy" in told


if __name__ == "__main__":
    main()
