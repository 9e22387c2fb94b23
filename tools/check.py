"""``hatch run test``: everything that a change has to pass, step by step.

Every step runs, also after one has failed, so one run tells all there is to mend. The summary names
the failed steps, and the exit status is 1 when there are any. Arguments go to pytest.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import view

ROOT = view.ROOT

# name, command; the environment's own `ruff`, `mypy` … come first on PATH
LINT = [
    ("format", ["ruff", "format", "--check", "--quiet"]),
    ("lint", ["ruff", "check", "--quiet"]),
    ("types", ["mypy", "build/view/zmq", "tools", "examples"]),
    ("layers", [sys.executable, "tools/layers.py"]),
    ("generated files", [sys.executable, "tools/constants/generate.py", "--check"]),
]


def run(name: str, command: list[str]) -> bool:
    """Run one step from the root, without standard input; tell how it went."""
    print(f"\n=== {name}: {shlex.join([Path(command[0]).name, *command[1:]])}", flush=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    started = time.monotonic()
    status = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, env={**os.environ, "PATH": path}, check=False
    ).returncode
    verdict = "ok" if status == 0 else f"FAILED with exit status {status}"
    print(f"=== {name}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
    return status == 0


def main(arguments: list[str]) -> int:
    """Run the steps; ``--lint`` as the only argument leaves out the tests."""
    steps = list(LINT)
    if arguments != ["--lint"]:
        steps.append(("tests", [sys.executable, "-m", "pytest", *arguments]))
    view.update()
    failed = [name for name, command in steps if not run(name, command)]
    print(f"\n{len(steps) - len(failed)} of {len(steps)} steps passed")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
