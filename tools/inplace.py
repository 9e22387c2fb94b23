"""The CFFI back end, built in place for the tests: ``python tools/inplace.py``.

The module goes beside its Python files, where every editable install finds it. Nothing is done
while it is newer than all of its sources. It is built in the folder of the editable install, whose
libzmq and libsodium are compiled already; without one in ``build/cffi/<python>``, which takes a
minute or two.
"""

from __future__ import annotations

import importlib.util
import os
import re
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
        names = ("zmq.backend.cffi", "zmq.backend.cffi._cffi")  # CPython's wheels have neither
        return all(importlib.util.find_spec(name) for name in names)
    if is_fresh():
        return True
    if not can_build():
        return target().exists()
    folder = editable() or ROOT / "build" / "cffi" / str(sys.implementation.cache_tag)
    make(folder, "_cffi")
    put(folder / target().name, target())
    return True


def editable() -> Path | None:
    """The folder in which this Python's editable install of zmq-core was built, if there is one."""
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}-*"
    found = (CORE / "build").glob(f"{tag}/CMakeCache.txt")
    return next((file.parent for file in found if f"CMAKE_HOME_DIRECTORY:INTERNAL={CORE}\n" in
                 file.read_text(encoding="utf-8")), None)  # fmt: skip


def make(folder: Path, target: str, *settings: str) -> None:
    """Configure `folder` with the tools of this environment, and build a target in it.

    An editable install that was built in isolation knows the tools of an environment that is gone.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    ninja = shutil.which("ninja", path=path)
    wanted = ["CMAKE_BUILD_TYPE=Release", f"Python_EXECUTABLE={sys.executable}", *settings]
    if ninja and (folder / "build.ninja").exists():
        wanted.append(f"CMAKE_MAKE_PROGRAM={ninja}")
    cache = folder / "CMakeCache.txt"
    lines = cache.read_text(encoding="utf-8").splitlines() if cache.exists() else []
    known = {re.sub(":[A-Z]+=", "=", line, count=1) for line in lines}
    commands = [
        ["cmake", "-S", str(CORE), "-B", str(folder), *(f"-D{setting}" for setting in wanted)],
        ["cmake", "--build", str(folder), "--target", target, "--parallel",
         str(os.cpu_count() or 1)],  # without a number make starts everything at once
    ]  # fmt: skip
    for command in commands[known.issuperset(wanted) :]:
        subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, "PATH": path})


def put(file: Path, place: Path) -> None:
    """Replace a module by a new file; the name is there at any time, others may be loading it."""
    fresh = place.with_suffix(".new")
    shutil.copy(file, fresh)
    fresh.replace(place)


if __name__ == "__main__":
    if not build():
        sys.exit("needed: the package cffi, and cmake; both are in the dependency group `compile`")
