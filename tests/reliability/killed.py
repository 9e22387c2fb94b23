"""Peers that are killed (SIGKILL) while they send multipart messages, some of them large.

What arrives must be whole; nothing may stay behind, and nobody may spin.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

import zmq
from tests.reliability.harness import Outcome, descriptors, memory_kib, program

MODULE = "tests.reliability.killed"
PEER = """
import zmq
context = zmq.Context()
socket = context.socket(zmq.PUSH)
socket.connect({address!r})
n = 0
while True:
    socket.send_multipart([b"%d" % n, b"x" * (n * 997 % 300_000), b"%d" % n])
    n += 1
"""


def trials() -> list[str]:
    return ["tcp", "ipc"]


def perform(name: str, count: float) -> dict[str, Any]:
    rng = random.Random(1)
    malformed = messages = killed = 0
    with tempfile.TemporaryDirectory() as folder, zmq.Context() as context:
        pull = context.socket(zmq.PULL)
        pull.bind("tcp://127.0.0.1:*" if name == "tcp" else f"ipc://{folder}/s")
        code = PEER.format(address=pull.getsockopt(zmq.LAST_ENDPOINT).decode())
        opened = memory = 0
        while killed < count:
            peers = [
                subprocess.Popen([sys.executable, "-c", code]) for _ in range(min(4, int(count)))
            ]
            for peer in peers:  # each has delivered something by then, or another one has
                for _ in range(rng.randrange(1, 40)):
                    if pull.poll(5000):
                        parts = pull.recv_multipart()
                        messages += 1
                        malformed += not whole(parts)
                peer.send_signal(signal.SIGKILL)
                peer.wait()
                killed += 1
            while pull.poll(50):
                parts = pull.recv_multipart()
                messages += 1
                malformed += not whole(parts)
            if not opened:
                opened, memory = settled_descriptors(), memory_kib()
        growth = settled_descriptors() - opened
        before = time.process_time()
        pull.poll(500)
        spin = time.process_time() - before
        pull.close()
    return {
        "killed": killed,
        "messages": messages,
        "malformed": malformed,
        "descriptors": max(growth, 0),
        "KiB": memory_kib() - memory,
        "idle CPU %": round(spin / 0.5 * 100, 1),
    }


def settled_descriptors() -> int:
    """Open descriptors, once libzmq has closed those of lost connections."""
    lowest = descriptors()
    for _ in range(50):
        time.sleep(0.01)
        lowest = min(lowest, descriptors())
    return lowest


def whole(parts: list[bytes]) -> bool:
    return (
        len(parts) == 3 and parts[0] == parts[2] and len(parts[1]) == int(parts[0]) * 997 % 300_000
    )


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    measured = outcome.measured
    if measured["malformed"] or measured["descriptors"] or measured["idle CPU %"] > 20:
        return "torn, leaking or spinning"
    return "" if measured["messages"] else "nothing arrived"


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=20, unit="peers a trial", seconds=lambda count: 60 + count,
        )
    )  # fmt: skip
