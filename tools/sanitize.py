"""Build both back ends, libzmq and libsodium with ASan and UBSan, and run tests on them.

    python tools/sanitize.py [--folder FOLDER] [tests...] [-- pytest options]

The build goes into the folder (default build/sanitize). The tests are all that run in an
environment, unless others are named; those that build something are left out. LeakSanitizer
looks at every process that ends, the tests' own children included; what it may overlook stands in
SUPPRESSIONS, with the reason. The exit status is pytest's, or 1 when a sanitizer reported anything.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
# not vptr: it opens a pipe to look at memory, and tests take all descriptors away; not alignment:
# libsodium reads words where they lie, on processors that can
FLAGS = (
    "-fsanitize=address,undefined -fno-sanitize=vptr,alignment -fno-sanitize-recover=undefined "
    "-fno-omit-frame-pointer -g1"
)
# Not those that build or check sources: they run compilers and other programs, which leak. And not
# gevent's: greenlets copy pieces of the stack, which AddressSanitizer takes for errors.
TESTS = [
    "tests",
    "packages",
    "-k=not gevent and not green",
    *(
        f"--ignore={path}"
        for path in (
            "packages/zmq-core/tests/test_capi.py",
            "tests/packaging",
            "tests/reliability/test_guard_threads.py",
            "tests/test_bench.py",
            "tests/test_workspace.py",
            "tests/typing",
        )
    ),
]
# Only the interpreter's own: it frees neither its interned strings and static types nor what they
# hold at exit. Nor do CFFI what it made of a library's functions, and paramiko's libraries their
# types.
SUPPRESSIONS = """\
leak:_PyObject_GC_New
leak:_PyObject_GC_NewVar
leak:_PyObject_GC_Resize
leak:_PyObject_Malloc
leak:_PyObject_New
leak:_PyMem_RawMalloc
leak:PyMem_RawMalloc
leak:PyObject_Malloc
leak:PyObject_Realloc
leak:PyMem_Malloc
leak:PyMem_Realloc
leak:PyThread_allocate_lock
leak:_PyLong_New
leak:PyUnicode_New
leak:_PyBytes_FromSize
leak:ld-linux
leak:_cffi_backend
leak:_bcrypt
leak:_rust
"""


OURS = re.compile(r"/(_zmq\.c|_cffi\.c|libzmq|libsodium|zmq/backend/)")


def is_ours(report: str) -> bool:
    """Whether it tells of an error, or of a leak that passed through code of ours.

    A forked child that still has its parent's tracer only leaves a remark.
    """
    if "LeakSanitizer: " in report:
        return OURS.search(report) is not None
    return "ERROR: " in report or "runtime error: " in report


def runtime(name: str) -> str:
    """The sanitizer's library, which must be loaded before the interpreter's others."""
    compiler = os.environ.get("CC", "gcc")
    found = subprocess.run(
        [compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


def build(folder: Path) -> Path:
    """The environment with everything installed; its Python."""
    python = folder / "venv" / "bin" / "python"
    install: list[str | Path] = [python, "-m", "pip", "install", "-q"]
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
        subprocess.run([*install, "--upgrade", "pip"], check=True)  # older ones know no groups
    subprocess.run([*install, "--group=test", "--group=compile"], check=True, cwd=ROOT)
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-build-isolation",
        "--no-deps",
    ]
    settings = ["-C", f"build-dir={folder / 'objects'}", "-C", "cmake.build-type=RelWithDebInfo"]
    settings += ["-C", "cmake.define.ZMQ_CFFI=ON"]
    for language in ("C", "CXX"):
        settings += ["-C", f"cmake.define.CMAKE_{language}_FLAGS={FLAGS}"]
    subprocess.run(
        [*pip, *settings, "./packages/zmq-core"],
        check=True,
        cwd=ROOT,
        env={
            **os.environ,
            "LDFLAGS": "-fsanitize=address,undefined",
            "ZMQ_CCACHE": "OFF",
        },
    )
    others = sorted(ROOT.glob("packages/zmq-*"))
    subprocess.run(
        [*pip, *(f"./packages/{path.name}" for path in others if path.name != "zmq-core")],
        check=True,
        cwd=ROOT,
    )
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "sanitize")
    parser.add_argument("tests", nargs="*", default=TESTS, help="and pytest's options, after --")
    options = parser.parse_args()
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    python = build(folder)
    suppressions = folder / "suppressions.txt"
    suppressions.write_text(SUPPRESSIONS)
    for old in folder.glob("report.*"):
        old.unlink()
    log = f"log_path={folder / 'report'}"
    status = subprocess.run(
        [python, "-m", "pytest", "-q", "--timeout=300",
         *options.tests],
        cwd=ROOT,
        check=False,
        env={
            **os.environ,
            "LD_PRELOAD": f"{runtime('libasan.so')}:{runtime('libubsan.so')}",
            # allocations by malloc, so that they are seen one by one
            "PYTHONMALLOC": "malloc",
            # tests provoke failing allocations
            "ASAN_OPTIONS": f"{log}:detect_leaks=1:allocator_may_return_null=1:"
            "max_allocation_size_mb=4096",
            "UBSAN_OPTIONS": f"{log}:print_stacktrace=1",
            # compilers and shells, which tests start, leak and must not fail by that
            "LSAN_OPTIONS": f"suppressions={suppressions}:print_suppressions=0:exitcode=0",
        },
    ).returncode  # fmt: skip
    texts = {path: path.read_text() for path in sorted(folder.glob("report.*"))}
    reports = [path for path, text in texts.items() if is_ours(text)]
    for report in reports:
        print(f"--- {report}", texts[report], sep="\n")
    print(f"{len(reports)} reports of sanitizers; pytest ended with {status}")
    return status or (1 if reports else 0)


if __name__ == "__main__":
    sys.exit(main())
