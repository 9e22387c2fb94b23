"""The stress programs in short, ours only: each trial must pass."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.reliability.harness import ROOT

SHORT = {
    "threads": [("0.5", "")],
    "signals": [("300", "")],
    "forks": [("1", "")],
    "exits": [("1", "term()"), ("1", "sys.exit")],
    "churn": [("300", "")],
    "killed": [("4", "")],
    "broken": [("20", "")],
    "pending": [("150", "")],
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "count", "only"),
    [(name, count, only) for name, runs in SHORT.items() for count, only in runs],
)
def test_program(name: str, count: str, only: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.reliability.{name}", "--count", count, "--only", only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " zmq " in done.stdout
