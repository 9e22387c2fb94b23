"""The types: the stub against the compiled module, and what checkers make of the public API."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def view():
    """The tree of links that checkers read; see tools/view.py."""
    subprocess.run([sys.executable, ROOT / "tools" / "view.py"], check=True, capture_output=True)
    return ROOT / "build" / "view"


def check(command, view, **environment):
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(view), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.timeout(300)
def test_the_stub_is_true(view):
    """stubtest: names, signatures and kinds of the compiled module are those of its stub."""
    check(
        [
            *(sys.executable, "-m", "mypy.stubtest", "zmq.backend.cython._zmq"),
            *("--allowlist", HERE / "stubtest-allowlist.txt", "--ignore-unused-allowlist"),
        ],
        view,
    )


@pytest.mark.timeout(300)
def test_mypy(view):
    check([sys.executable, "-m", "mypy", HERE / "sync.py", HERE / "asynchronous.py"], view)


@pytest.mark.timeout(300)
def test_mypy_would_notice(view, tmp_path):
    """The check above can fail: without its ignores, `sync.py` has errors."""
    text, ignored = re.subn(
        r"  # type: ignore.*", "", (HERE / "sync.py").read_text(encoding="utf-8")
    )
    wrong = tmp_path / "wrong.py"
    wrong.write_text(text.replace("zmq.Frame)", "bytes)", 1), encoding="utf-8")
    with pytest.raises(AssertionError, match=f"Found {ignored + 2} errors"):  # one line has two
        check([sys.executable, "-m", "mypy", wrong], view)
