"""The storms of ``stress/`` with small counts; the full ones are run for a release."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

STRESS = Path(__file__).parent / "stress"


@pytest.mark.parametrize(
    "storm",
    [
        ["zap_storm.py", "--count", "3000"],
        # the second for the honest client is for a machine that does nothing else
        ["greeting_storm.py", "--count", "2000", "--within", "9"],
    ],
    ids=lambda storm: storm[0],
)
def test_storm(storm: list[str]) -> None:
    if "ASAN_OPTIONS" in os.environ:  # it keeps what was freed, to notice when that is used
        storm = [*storm, "--resident", "1000000"]
    run = subprocess.run(
        [sys.executable, STRESS / storm[0], *storm[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
