"""What the stress programs share: each trial runs in a process of its own, ours beside pyzmq's.

A program has `trials()`, the names of its trials, and `perform(name, count)`, which does one and
tells what it measured. `perform` knows nothing but `zmq` and the standard library: it also runs on
a Python that has pyzmq instead of our packages.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).parents[2]


@dataclass
class Outcome:
    """How a trial ended: 'ended', 'hangs', or the name of the signal that killed it."""

    ended: str
    seconds: float
    stderr: str = ""
    measured: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{key} {value}" for key, value in self.measured.items())
        last = self.stderr.strip().splitlines()[-1:] if self.ended != "ended" else []
        return "; ".join(filter(None, [f"{self.ended} ({self.seconds:.1f} s)", told, *last]))


def run(command: list[str], timeout: float) -> Outcome:
    """Run a trial; its last line on stdout is what it measured, as JSON.

    Its folder for temporary files goes with it, however it ends.
    """
    folder = tempfile.mkdtemp(prefix="zmq-trial-")
    try:
        return run_in(folder, command, timeout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_in(folder: str, command: list[str], timeout: float) -> Outcome:
    started = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": folder},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=timeout)
            ended = "ended"
        except subprocess.TimeoutExpired:
            ended = "hangs"
            os.killpg(process.pid, signal.SIGKILL)  # its children, too; it is not reaped yet
            stdout, stderr = process.communicate()
    outcome = Outcome(ended, time.monotonic() - started, stderr)
    if ended == "ended" and process.returncode < 0:
        outcome.ended = signal.Signals(-process.returncode).name
    elif ended == "ended" and process.returncode > 0:
        outcome.ended = f"fails with status {process.returncode}"
    with contextlib.suppress(IndexError, ValueError):
        outcome.measured = json.loads(stdout.splitlines()[-1])
    return outcome


def program(
    module: str,
    text: str,
    trials: Callable[[], list[str]],
    perform: Callable[[str, float], dict[str, Any]],
    judge: Callable[[str, Outcome], str],
    *,
    count: float,
    unit: str,
    seconds: Callable[[float], float] = lambda count: 600,
) -> int:
    """Run the program; 0 when ours passed every trial.

    `judge(name, outcome)` says what is wrong, or nothing; `seconds(count)` is after how long a
    trial counts as hanging.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=text)
    parser.add_argument("--count", type=float, default=count, help=f"{unit} (default {count})")
    parser.add_argument("--pyzmq", metavar="PYTHON", help="a Python that has pyzmq, to run beside")
    parser.add_argument("--only", metavar="TEXT", default="", help="trials whose names contain it")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trial:
        measured = perform(options.trial, options.count)
        print(json.dumps(measured), flush=True)
        return 0
    wrong = 0
    for name in trials():
        if options.only not in name:
            continue
        for who, python in (("zmq", sys.executable), ("pyzmq", options.pyzmq)):
            if python is None:
                continue
            outcome = run(
                [python, "-m", module, "--count", str(options.count), "--trial", name],
                seconds(options.count),
            )
            complaint = judge(name, outcome)
            print(
                f"{name:32} {who:6} {outcome}{' <-- ' + complaint if complaint else ''}", flush=True
            )
            if who == "zmq" and complaint:
                print(outcome.stderr, file=sys.stderr)
                wrong += 1
    return 1 if wrong else 0


def memory_kib() -> int:
    """This process's resident memory."""
    with open("/proc/self/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def descriptors() -> int:
    """How many file descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
