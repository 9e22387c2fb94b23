"""Signals whose handler raises, in the middle of multipart sends and receives: nothing is torn."""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import threading
from typing import Any

import zmq
from tests.reliability.harness import Outcome, program

MODULE = "tests.reliability.signals"
MESSAGE = [b"%d" % n for n in range(20)]


class Interruption(Exception):
    """What the handler raises."""


def trials() -> list[str]:
    return [
        f"{what} {transport}" for what in ("receive", "send") for transport in ("inproc", "tcp")
    ]


def perform(name: str, count: float) -> dict[str, Any]:
    what, transport = name.split()
    context = zmq.Context()
    pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    push.sndhwm = 5
    pull.bind("inproc://storm" if transport == "inproc" else "tcp://127.0.0.1:*")
    push.connect(pull.getsockopt(zmq.LAST_ENDPOINT))
    rng = random.Random(1)
    over = threading.Event()
    raised = messages = malformed = 0

    def look(parts: list[bytes]) -> None:
        nonlocal messages, malformed
        messages += 1
        malformed += parts != MESSAGE

    def send() -> None:
        push.send_multipart(MESSAGE)

    def receive() -> list[bytes]:
        return pull.recv_multipart()

    def produce() -> None:
        push.sndtimeo = 100
        while not over.is_set():
            with contextlib.suppress(zmq.Again):
                send()

    def consume() -> None:
        pull.rcvtimeo = 500
        while True:
            try:
                look(receive())
            except zmq.Again:  # noqa: PERF203
                if over.is_set():
                    return

    other = threading.Thread(target=produce if what == "receive" else consume)
    other.start()
    under_fire = {send.__code__, receive.__code__}

    def handler(_: int, frame: Any) -> None:
        nonlocal raised
        while frame is not None:  # only out of the call itself, wherever in it
            if frame.f_code in under_fire:
                raised += 1
                raise Interruption
            frame = frame.f_back
        signal.setitimer(signal.ITIMER_REAL, 0.0001)

    signal.signal(signal.SIGALRM, handler)
    while raised < count:
        signal.setitimer(signal.ITIMER_REAL, rng.uniform(0.00005, 0.0006))
        try:
            while True:
                if what == "send":
                    send()
                else:
                    look(receive())
        except Interruption:
            pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    over.set()
    other.join()
    context.destroy(linger=0)
    return {"signals": raised, "messages": messages, "malformed": malformed}


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    return "messages were torn" if outcome.measured["malformed"] else ""


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=2000, unit="signals a trial", seconds=lambda count: 20 + count / 100,
        )
    )  # fmt: skip
