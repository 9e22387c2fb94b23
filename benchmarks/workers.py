"""The harness's end of the workers: start them, command them, do not wait for them forever."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from .peers import ROOT


class WorkerError(Exception):
    """A case could not be run; the text says why."""


class Worker:
    """A peer's process, alive from round to round; started when it is first needed.

    Parameters
    ----------
    command : sequence of str
        What runs ``benchmarks.worker`` with the peer's interpreter.
    timeout : float
        Seconds that a round may take before the process is killed.
    """

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self._command = command
        self._timeout = timeout
        self._process: subprocess.Popen[str] | None = None

    def run(self, function: str, arguments: Mapping[str, object]) -> float:
        """The seconds of one round.

        Raises
        ------
        WorkerError
            The case failed, took too long, or took its process with it.
        """
        process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            kill(process)

        timer = threading.Timer(self._timeout, give_up)
        timer.start()
        try:
            process.stdin.write(json.dumps({"function": function, "arguments": arguments}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            self.close()
            if late.is_set():
                raise WorkerError(f"no answer within {self._timeout:.0f} s")
            raise WorkerError(f"the process died with status {process.returncode}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return float(answer["seconds"])

    def close(self) -> None:
        """End the process, and the companion that it may have: that one's input ends, too."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.close()
            process.wait(5)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            kill(process)
            process.wait()
        process.stdout.close()

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self._process


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a worker and its companion, which would wait for each other forever."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


class Program:
    """The C programs: a process for each round, since they start in no time."""

    def __init__(self, path: Path, timeout: float) -> None:
        self._path = path
        self._timeout = timeout

    def run(self, function: str, arguments: Mapping[str, object]) -> float:
        """The seconds of one round; all values of `arguments` become words, in their order."""
        command = [str(self._path), function, *(str(value) for value in arguments.values())]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=self._timeout
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WorkerError(str(error)) from error
        if done.returncode:
            raise WorkerError(done.stderr.strip() or f"exit status {done.returncode}")
        return float(done.stdout)

    def close(self) -> None:
        """There is no process between rounds."""
