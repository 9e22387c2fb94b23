"""The CFFI back end, built in place for the tests: ``python tools/inplace.py``.

CMake builds in ``build/cffi/<python>``; the module goes beside its Python files, where every
editable install finds it. Nothing is done while it is newer than all of its sources. The first
build compiles libzmq and libsodium, which takes a minute or two.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "packages" / "zmq-core"
BACKEND = CORE / "src" / "zmq" / "backend"
SOURCES = (
    (BACKEND / "cffi", "*.[ch]"),
    (BACKEND / "cffi", "build.py"),
    (BACKEND / "cython", "*.h"),
    (CORE / "src" / "zmq" / "include", "*.h"),
    (CORE, "CMakeLists.txt"),
    (ROOT / "libzmq", "*.cmake"),
    (ROOT / "libzmq" / "cmake", "*"),
)


def target() -> Path:
    """Where the module goes."""
    return BACKEND / "cffi" / f"_cffi{sysconfig.get_config_var('EXT_SUFFIX')}"


def can_build() -> bool:
    """Whether this environment has what it takes (the dependency group ``compile``)."""
    return importlib.util.find_spec("cffi") is not None and shutil.which("cmake") is not None


def is_in_place() -> bool:
    """Whether it is this clone's zmq that is imported; a copy has what it was installed with."""
    found = importlib.util.find_spec("zmq")
    return found is None or found.origin == str(BACKEND.parent / "__init__.py")


def is_fresh() -> bool:
    """Whether the module is newer than what it is made of."""
    if not target().exists():
        return False
    built = target().stat().st_mtime
    return all(
        file.stat().st_mtime <= built for folder, names in SOURCES for file in folder.glob(names)
    )


def build() -> bool:
    """Have the module up to date; False where it cannot be built.

    Raises
    ------
    subprocess.CalledProcessError
        When building fails; the output is shown.
    """
    if not is_in_place():
        return importlib.util.find_spec("zmq.backend.cffi._cffi") is not None
    if is_fresh():
        return True
    if not can_build():
        return target().exists()
    folder = ROOT / "build" / "cffi" / sys.implementation.cache_tag
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for command in (
        ["cmake", "-S", str(CORE), "-B", str(folder), "-DCMAKE_BUILD_TYPE=Release", "-DZMQ_CFFI=ON",
         f"-DPython_EXECUTABLE={sys.executable}"],
        ["cmake", "--build", str(folder), "--target", "_cffi", "--parallel",
         str(os.cpu_count() or 1)],  # without a number make starts everything at once
    ):  # fmt: skip
        subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "PATH": path})
    # a new file, and a name that is there at any time: another process may be loading the old one
    fresh = target().with_suffix(".new")
    shutil.copy(folder / target().name, fresh)
    fresh.replace(target())
    return True


if __name__ == "__main__":
    if not build():
        sys.exit("needed: the package cffi, and cmake; both are in the dependency group `compile`")
