"""The core's own tests over the CFFI back end.

On CPython: ``python tools/inplace.py`` (done by itself), then ``PYZMQ_BACKEND=cffi pytest
packages/zmq-core/tests``. On PyPy: ``pypy3 -m pip install ./packages/zmq-core``, then ``pypy3 -m
pytest packages/zmq-core/tests tests/behaviour``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import inplace

HERE = Path(__file__).parent


@pytest.mark.skipif(not inplace.can_build(), reason="no cffi: not an environment of this workspace")
@pytest.mark.timeout(600)
def test_the_core_suite_passes_over_cffi():
    assert inplace.build()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-o", "cache_dir=build/pytest-cffi", HERE],
        env={**os.environ, "PYZMQ_BACKEND": "cffi"},
        cwd=HERE.parents[2],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
