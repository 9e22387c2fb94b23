"""What a test leaves behind fails it: the fixture `no_leaks` of the root's conftest."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = """
import os, zmq
kept = []

def test_contexts():
    kept.append(zmq.Context())
    kept[0].linger = 0

def test_sockets():
    kept.append(kept[0].socket(zmq.PAIR))
    kept[1].bind("inproc://kept")

def test_frames():
    kept.append(zmq.Frame(b"x"))

def test_loans():
    with kept[0].socket(zmq.PAIR) as socket:
        socket.connect("inproc://kept")
        socket.send(bytes(100_000), copy=False)

def test_descriptors():
    kept.append(os.open(os.devnull, os.O_RDONLY))

def test_nothing():
    with zmq.Context() as context, context.socket(zmq.PAIR):
        zmq.Frame(bytes(100_000), copy=False)

def test_end():
    os.close(kept.pop())
    kept[1].close()
    kept[0].term()
"""


def test_everything_left_behind_is_noticed(tmp_path: Path) -> None:
    conftest = (ROOT / "conftest.py").read_text()
    hasty = conftest.replace("\nPATIENCE_S = 5 ", "\nPATIENCE_S = 0.1 ")
    assert hasty != conftest
    (tmp_path / "conftest.py").write_text(hasty)
    (tmp_path / "test_leaking.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path,
         "-c", "/dev/null", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    kinds = ("contexts", "sockets", "frames", "loans", "descriptors")
    found = re.findall(r"ERROR at teardown of test_(\w+) ", done.stdout)
    assert found == list(kinds), done.stdout
    for kind in kinds:
        assert re.search(rf"leaks: {{.*'{kind}': \d", done.stdout)
    assert "7 passed, 5 errors" in done.stdout
