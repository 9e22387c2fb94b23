"""The draft API, tested: ``python tools/draft.py [pytest's arguments]``.

Builds both back ends with libzmq's draft API into ``build/draft/<python>``, lays a copy of the
packages around them, and runs the core's tests, the behaviour suite and tests/behaviour/drafts.py
over it. Not part of the usual run: the libraries are compiled a second time, for two minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "draft" / str(sys.implementation.cache_tag)
SITE = FOLDER / "site"
TESTS = ("packages/zmq-core/tests", "tests/behaviour", "tests/behaviour/drafts.py")
# those that lay out or compile an installation of their own
NOT_HERE = ("test_capi.py", "test_namespace.py", "test_cffi.py")


def build() -> None:
    """Compile, and put the packages together in `SITE`."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for command in (
        ["cmake", "-S", str(ROOT / "packages" / "zmq-core"), "-B", str(FOLDER),
         "-DCMAKE_BUILD_TYPE=Release", "-DZMQ_DRAFTS=ON", "-DZMQ_CFFI=ON",
         f"-DPython_EXECUTABLE={sys.executable}"],
        ["cmake", "--build", str(FOLDER), "--target", "zmq_modules", "--parallel",
         str(os.cpu_count() or 1)],  # without a number make starts everything at once
    ):  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "PATH": path})
    shutil.rmtree(SITE, ignore_errors=True)
    for package in sorted((ROOT / "packages").glob("zmq-*/src/zmq")):
        shutil.copytree(
            package, SITE / "zmq", dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.so")
        )
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    for name, place in (("_zmq", "cython"), ("_cffi", "cffi")):
        shutil.copy(FOLDER / f"{name}{suffix}", SITE / "zmq" / "backend" / place)


def main(arguments: list[str]) -> int:
    """Build, then run the suites."""
    build()
    ignored = [f"--ignore={ROOT / TESTS[0] / name}" for name in NOT_HERE]
    # An interpreter of its own: in this one the editable install comes before any path. The tests'
    # other packages are found by path, where no .pth file is read.
    venv.create(FOLDER / "venv", symlinks=os.name != "nt")
    python = FOLDER / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    paths = [str(SITE), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
    for command in (
        ["-c", "import zmq; assert zmq.DRAFT_API, zmq.__file__"],
        ["-m", "pytest", *TESTS, *ignored, *arguments],
    ):
        status = subprocess.run([python, *command], cwd=ROOT, env=environment, check=False)
        if status.returncode:
            return status.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
