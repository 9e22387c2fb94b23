"""Build both back ends, libzmq and libsodium with ASan and UBSan, and run tests on them.

    python tools/sanitize.py [--greenlets] [--folder FOLDER] [tests...] [pytest options]

The build goes into the folder (default build/sanitize). The tests are all that run in an
environment, unless others are named, without those of LEFT_OUT. Greenlets copy pieces of the stack,
which ASan takes for errors: ``--greenlets`` runs the tests which have some, on a build of its own
whose stack is not watched; without it, they are left out.

Every process that a test starts writes what it finds to a file of its own:

- ASan's errors, and SIGSEGV, which end the process with SIGABRT, so that no test takes that
  for a success;
- undefined behaviour, after which the process goes on. UBSan's runtime is linked into the
  extensions, out of sight of ASan's: beside that it would write to stderr, which tests swallow;
- leaks, when a process ends. Nothing is suppressed: the interpreter leaks by the hundred, so what
  counts is whether code of ours stands in the stack of an allocation (`errors`).

The exit status is pytest's, or 1 when there is anything to report.
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
# libsodium, and libzmq's REQ, read words where they lie, on processors that can
FLAGS = "-fsanitize=address,undefined -fno-sanitize=vptr,alignment -fno-omit-frame-pointer -g1"
LINKING = "-fsanitize=address,undefined -static-libubsan -Wl,--exclude-libs,ALL"
TESTS = ["tests", "packages"]
# They run compilers, browsers, valgrind and other sanitizers, or limit the address space, of which
# ASan takes terabytes.
LEFT_OUT = (
    "packages/zmq-core/tests/test_capi.py",
    "packages/zmq-core/tests/test_limits.py::test_no_memory_for_max_sockets",
    "packages/zmq-core/tests/test_limits.py::test_no_memory_left",
    "tests/examples/test_examples.py::test_cython_extension",
    "tests/examples/test_examples.py::test_web_page_shows_what_is_published",
    "tests/packaging",
    "tests/reliability/test_guard_threads.py",
    "tests/test_bench.py",
    "tests/test_instructions.py",
    "tests/test_sanitize.py",
    "tests/test_workspace.py",
    "tests/typing",
)
GREENLETS = "gevent or green or eventloops"  # what their tests' names have
OURS = re.compile(r"/(_zmq\.c|_cffi\.c|libzmq|libsodium|zmq/backend/)")
OPTIONS = (
    "detect_leaks=1",
    "exitcode=0",  # compilers and shells, which tests start, leak and must not fail by that
    "abort_on_error=1",
    # also where faulthandler wants it
    "handle_segv=2",
    # LSan died of its list of what threads have, which it reads while they begin and end
    "intercept_tls_get_addr=0",
    # tests provoke failing allocations
    "allocator_may_return_null=1",
    "max_allocation_size_mb=4096",
)


def errors(report: str) -> list[str]:
    """What a report tells of us: its error, or its leaks that passed through code of ours.

    A forked child that still has its parent's tracer only leaves a remark.
    """
    if re.search("ERROR: AddressS|AddressSanitizer: CHECK failed|runtime error: ", report):
        return [report]
    leaks = (part for part in report.split("\n\n") if re.match("(D|Ind)irect leak of ", part))
    return [leak for leak in leaks if OURS.search(leak)]


def found(folder: Path) -> list[str]:
    """What the reports in a folder tell of us."""
    texts = [path.read_text(errors="replace") for path in sorted(folder.glob("report.*"))]
    return [error for text in texts for error in errors(text)]


def library(name: str) -> str:
    """Where the compiler has one of its libraries."""
    compiler = os.environ.get("CC", "gcc")
    done = subprocess.run(
        [compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def environment(folder: Path) -> dict[str, str]:
    """Where a process of the build runs, and writes its reports."""
    return {
        **os.environ,
        # ASan's before all others, and what it looks for in a program that has none when C++ throws
        "LD_PRELOAD": f"{library('libasan.so')}:{library('libstdc++.so')}",
        "PYTHONMALLOC": "malloc",  # so that allocations are seen one by one
        "ASAN_OPTIONS": ":".join([f"log_path={folder / 'report'}", *OPTIONS]),
        # another file, for each of the two begins with an empty one
        "UBSAN_OPTIONS": f"log_path={folder / 'report.undefined'}:print_stacktrace=1",
        # also for the pytest that a test runs
        "PYTEST_ADDOPTS": " ".join(["--timeout=300", *(f"--deselect={name}" for name in LEFT_OUT)]),
    }


def build(folder: Path, flags: str) -> Path:
    """The environment with everything installed; its Python."""
    python = folder / "venv" / "bin" / "python"
    install: list[str | Path] = [python, "-m", "pip", "install", "-q"]
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
        subprocess.run([*install, "--upgrade", "pip"], check=True)  # older ones know no groups
    subprocess.run([*install, "--group=test", "--group=compile"], check=True, cwd=ROOT)
    pip: list[str | Path] = [*install, "--no-build-isolation", "--no-deps"]
    settings = ["-C", f"build-dir={folder / 'objects'}", "-C", "cmake.build-type=RelWithDebInfo"]
    for language in ("C", "CXX"):
        settings += ["-C", f"cmake.define.CMAKE_{language}_FLAGS={flags}"]
    subprocess.run(
        [*pip, *settings, "./packages/zmq-core"],
        check=True,
        cwd=ROOT,
        env={**os.environ, "LDFLAGS": LINKING, "ZMQ_CCACHE": "OFF", "ZMQ_CFFI": "1"},
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
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--greenlets", action="store_true", help="those tests, on their build")
    parser.add_argument("tests", nargs="*", default=TESTS, help="other options go to pytest")
    options, others = parser.parse_known_args()
    name = "sanitize-greenlets" if options.greenlets else "sanitize"
    folder = (options.folder or ROOT / "build" / name).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    python = build(folder, f"{FLAGS} --param=asan-stack=0" if options.greenlets else FLAGS)
    for old in folder.glob("report.*"):
        old.unlink()
    others.append(f"-k={GREENLETS}" if options.greenlets else f"-k=not ({GREENLETS})")
    status = subprocess.run(
        [python, "-m", "pytest", "-q", *others, *options.tests],
        cwd=ROOT,
        check=False,
        env=environment(folder),
    ).returncode
    reports = found(folder)
    for report in reports:
        print("---", report, sep="\n")
    print(f"{len(reports)} reports of sanitizers; pytest ended with {status}")
    return status or (1 if reports else 0)


if __name__ == "__main__":
    sys.exit(main())
