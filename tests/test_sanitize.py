"""tools/sanitize.py finds what goes wrong in a library, in a process whose output nobody reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import sanitize

SOURCE = """
#include <stdlib.h>
int overflow(int n) { char *p = malloc(8); p[n] = 1; int read = p[0]; free(p); return read; }
int shift(int n) { return 1 << n; }
int null(int n) { return *(volatile int *)(long)n; }
int leak(int n) { volatile char *p = malloc(123); p = 0; return n; }
int fine(int n) { return n; }
"""
STACK = "    #0 0x7f in malloc asan_malloc_linux.cpp:69\n    #1 0x7f in {where}\n"
LEAKS = (
    "=====\n==7==ERROR: LeakSanitizer: detected memory leaks\n\n"
    "Direct leak of 32 byte(s) in 1 object(s) allocated from:\n"
    + STACK.format(where="xmalloc (/usr/bin/bash+0x9ac8d)")
    + "\nIndirect leak of 8 byte(s) in 1 object(s) allocated from:\n{stack}\n"
    + "SUMMARY: AddressSanitizer: 40 byte(s) leaked in 2 allocation(s).\n"
)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("f /x/objects/_zmq.c:3", 1),
        ("f /x/libzmq-4.3.4/src/msg.cpp:3", 1),
        ("f /x/libsodium-1.0.18/src/core.c:3", 1),
        ("(/x/zmq/backend/cffi/_cffi.cpython-311.so+0x3)", 1),
        ("PyObject_Malloc Objects/obmalloc.c:3", 0),
    ],
)
def test_leaks_count_where_our_code_allocated(where: str, count: int) -> None:
    found = sanitize.errors(LEAKS.format(stack=STACK.format(where=where)))
    assert len(found) == count
    assert all(leak.startswith("Indirect leak of 8") and where in leak for leak in found)


def test_the_sanitizers_own_failures_count() -> None:
    for told in ("AddressSanitizer: CHECK failed: x.cpp:3", "==7==ERROR: AddressSanitizer failed"):
        assert sanitize.errors(told) == [told]
    assert sanitize.errors("==7==WARNING: AddressSanitizer failed to allocate 0x8000 bytes") == []


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with errors, built as ours are."""
    compiler = os.environ.get("CC", "gcc")
    if shutil.which(compiler) is None or not Path(sanitize.library("libasan.so")).is_absolute():
        pytest.skip("no gcc with AddressSanitizer")
    folder = tmp_path_factory.mktemp("sanitize") / "zmq" / "backend"
    folder.mkdir(parents=True)
    source, target = folder / "wrong.c", folder / "wrong.so"
    source.write_text(SOURCE)
    subprocess.run(
        [compiler, "-shared", "-fPIC", *sanitize.FLAGS.split(), *sanitize.LINKING.split(),
         str(source), "-o", str(target)],
        check=True,
    )  # fmt: skip
    return target


@pytest.mark.parametrize(
    ("calls", "status", "told"),
    [
        ("overflow(8)", -6, ["heap-buffer-overflow"]),
        ("null(8)", -6, ["SEGV on unknown address 0x000000000008"]),
        ("shift(40)", 0, ["runtime error: shift exponent 40 is too large"]),
        ("leak(1)", 0, ["Direct leak of 123 byte(s)"]),
        ("leak(wrong.shift(40))", 0, ["Direct leak of 123 byte(s)", "runtime error: shift"]),
        ("fine(1)", 0, []),
    ],
)
def test_an_error_leaves_a_report(
    library: Path, tmp_path: Path, calls: str, status: int, told: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c",
         f"import ctypes, sys; wrong = ctypes.CDLL(sys.argv[1]); wrong.{calls}", library],
        env=sanitize.environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    assert done.returncode == status
    found = sanitize.found(tmp_path)
    assert len(found) == len(told)
    for text, words in zip(found, told):
        assert words in text
        assert f"{library.parent}/wrong.c:" in text
