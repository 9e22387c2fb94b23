"""Opening and closing, connecting and disconnecting, monitoring: nothing may grow."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import zmq
from tests.reliability.harness import Outcome, descriptors, memory_kib, program

MODULE = "tests.reliability.churn"
# What may be gained: the peak of what waits for the reaper differs by more than 1 MiB. And
# AddressSanitizer keeps what was freed, to notice when that is used.
MEMORY_KIB = 1_000_000 if "ASAN_OPTIONS" in os.environ else 4096


def open_close(context: Any, _: int) -> None:
    context.socket(zmq.PUSH).close()


def connect_close(context: Any, _: int) -> None:
    socket = context.socket(zmq.PUSH)
    socket.linger = 0
    socket.connect("tcp://127.0.0.1:1")
    socket.close()


def bind_talk_close(context: Any, _: int) -> None:
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.getsockopt(zmq.LAST_ENDPOINT))
    push.send(b"through")
    pull.recv()
    push.close()
    pull.close()


def monitor(context: Any, n: int) -> None:
    socket = context.socket(zmq.PULL)
    reader = socket.get_monitor_socket()
    socket.bind("tcp://127.0.0.1:*")
    reader.recv_multipart()
    if n % 3 == 0:
        socket.disable_monitor()
    elif n % 3 == 1:
        reader.close()
    socket.close()
    if n % 3 == 2:
        reader.close()


CYCLES = {
    "open, close": open_close,
    "connect, close": connect_close,
    "bind, talk, close": bind_talk_close,
    "monitor": monitor,
}


def trials() -> list[str]:
    return list(CYCLES)


def perform(name: str, count: float) -> dict[str, Any]:
    cycle = CYCLES[name]
    context = zmq.Context()
    # closed sockets wait for libzmq's reaper, up to MAX_SOCKETS of them: that peak comes first
    for n in range(min(int(count), 3000)):
        cycle(context, n)
    gc.collect()
    memory, open_before = memory_kib(), descriptors()
    for n in range(int(count)):
        cycle(context, n)
    context.term()
    gc.collect()
    return {
        "cycles": int(count),
        "KiB": memory_kib() - memory,
        "descriptors": max(descriptors() - open_before, 0),
    }


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    if outcome.measured["descriptors"] or outcome.measured["KiB"] > MEMORY_KIB:
        return "it grows"
    return ""


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=1000, unit="cycles a trial", seconds=lambda count: 30 + count / 100,
        )
    )  # fmt: skip
