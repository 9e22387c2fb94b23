"""A second process of the same peer, for cases between two processes.

It stays alive from case to case, so a round does not wait for an interpreter to start. A sender
there must keep its socket open until all has arrived (`until_done`): libzmq can lose what is still
on its way over ipc when the sender goes, and pyomq does not linger.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Callable


@cache
def _companion() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.worker", *sys.argv[1:]]  # as this worker
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextmanager
def beside(function: Callable[..., float], **arguments: Any) -> Iterator[None]:
    """Run `function` in the other process during the block; wait for its end."""
    process = _companion()
    assert process.stdin is not None
    assert process.stdout is not None
    name = f"{function.__module__}:{function.__name__}"
    process.stdin.write(json.dumps({"function": name, "arguments": arguments}) + "\n")
    process.stdin.flush()
    yield
    process.stdin.write("\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline() or '{"error": "the companion process died"}')
    if "error" in answer:
        raise RuntimeError(f"in the companion process: {answer['error']}")


def until_done() -> None:
    """In the other process: wait for the end of the block that `beside` began."""
    sys.stdin.readline()
