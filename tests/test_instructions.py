"""The hottest operations need no more instructions than the baseline of this build allows.

Counted by callgrind, so that it is exact on a busy machine too (benchmarks/instructions.py). After
a change that is worth more instructions: ``python -m benchmarks.instructions --update``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from benchmarks import instructions
from zmq.backend.cython._zmq import _OPTIMISED


@pytest.fixture(scope="module")
def valgrind() -> None:
    """Debian's, when there is none."""
    if shutil.which("valgrind") is None and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "install", "-qq", "-y", "valgrind"], check=False)
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind, and nobody who may install it")


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("valgrind")
def test_no_operation_needs_more_instructions_than_it_did() -> None:
    if not _OPTIMISED:
        pytest.skip("a quick build; `hatch run rebuild --optimised` makes one that can be compared")
    baseline = json.loads(instructions.BASELINE.read_text("utf-8")).get(instructions.build())
    if baseline is None:
        pytest.skip(f"no baseline for {instructions.build()}")
    assert instructions.regressions(instructions.count(), baseline) == []
