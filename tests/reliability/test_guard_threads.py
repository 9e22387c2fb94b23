"""The guard without the GIL: compiled as for free-threaded Python, under ThreadSanitizer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.reliability.harness import ROOT

HERE = Path(__file__).parent
INCLUDE = ROOT / "packages" / "zmq-core" / "src" / "zmq" / "include"


def build(folder: Path, *flags: str, source: str) -> Path:
    """Compile a program with the sanitizer."""
    compiler = os.environ.get("CC") or shutil.which("cc") or "cc"
    program = folder / "guard_threads"
    path = folder / "guard_threads.c"
    path.write_text(source)
    subprocess.run(
        [compiler, "-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror",
         "-fsanitize=thread", "-pthread", f"-I{INCLUDE}", *flags, str(path), "-o", str(program)],
        check=True,
    )  # fmt: skip
    return program


def run(program: Path, threads: int, rounds: int) -> subprocess.CompletedProcess[str]:
    # without randomised addresses: the sanitizer's shadow memory has fixed ones
    return subprocess.run(
        ["setarch", "-R", str(program), str(threads), str(rounds)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("threads", [2, 8])
def test_two_threads_are_never_inside(tmp_path: Path, threads: int) -> None:
    program = build(tmp_path, source=(HERE / "guard_threads.c").read_text())
    done = run(program, threads, 100_000)
    assert done.returncode == 0, done.stdout + done.stderr
    entered, refused, wrong = map(int, done.stdout.split())
    assert entered > 0
    assert refused > 0
    assert wrong == 0


def test_the_test_would_notice(tmp_path: Path) -> None:
    """The same without the guard: the sanitizer must report it."""
    source = (HERE / "guard_threads.c").read_text()
    broken = source.replace('zmq_guard_enter(&guard, "hammer")', "ZMQ_GUARD_FREE")
    assert broken != source
    done = run(build(tmp_path, source=broken), 4, 10_000)
    assert done.returncode != 0
    assert "data race" in done.stderr
