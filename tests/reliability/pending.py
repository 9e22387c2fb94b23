"""Connections within the process whose address nobody has bound yet: closed, disconnected, bound
and ended by several threads at the same time.

The process must live, contexts are to end, and what was sent is to be received where it can be.
libzmq/cmake/InprocRepairs.cmake has the theory.
"""

from __future__ import annotations

import contextlib
import random
import sys
import threading
import time
from typing import Any, Callable

import zmq
from tests.reliability.harness import Outcome, program

MODULE = "tests.reliability.pending"
ADDRESSES = [f"inproc://nobody-{n}" for n in range(5)]
KINDS = [zmq.DEALER, zmq.ROUTER, zmq.SUB, zmq.REQ, zmq.PUSH]
BINDERS = [zmq.PAIR, zmq.PUB, zmq.SUB, zmq.ROUTER, zmq.DEALER, zmq.PULL, zmq.PUSH, zmq.XSUB]


def trials() -> list[str]:
    return list(TRIALS)


def perform(name: str, count: float) -> dict[str, Any]:
    return TRIALS[name](int(count))


def new(context: Any, kind: int, *, conflate: bool = False) -> Any:
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.CONFLATE, conflate)  # ROUTER and REQ do not know it
    return socket


def idle(rng: random.Random, most_s: float) -> None:
    """Do nothing for a short while of random length, without a system call."""
    until = time.perf_counter() + rng.random() * most_s
    while time.perf_counter() < until:
        pass


def together(*work: Callable[[], None]) -> None:
    """Run all of it at the same time, the first in this thread."""
    start = threading.Barrier(len(work))

    def run(one: Callable[[], None]) -> None:
        start.wait()
        one()

    threads = [threading.Thread(target=run, args=(one,)) for one in work[1:]]
    for thread in threads:
        thread.start()
    run(work[0])
    for thread in threads:
        thread.join()


def ended(count: int, other: bool = False) -> dict[str, Any]:
    """Sockets are closed, here or by another thread, and their context is ended."""
    rng = random.Random(1)
    for number in range(count):
        context = zmq.Context()
        kind = KINDS[number % len(KINDS)]
        sockets = [new(context, kind) for _ in range(8)]
        for socket in sockets:
            for address in ADDRESSES[: 1 + number % 5]:
                socket.connect(address)

        def close(sockets: list[Any] = sockets) -> None:
            for socket in sockets:
                socket.close()

        if other:
            together(lambda context=context: (idle(rng, 1e-4), context.term()), close)  # type: ignore[misc]
        else:
            close()
            context.term()
    return {"contexts": count}


def bound(count: int, *, disconnect: bool = False, conflate: bool = False) -> dict[str, Any]:
    """One thread binds the addresses while four give their connections to them up."""
    rng = random.Random(1)
    for number in range(count):
        context = zmq.Context()
        binder = new(context, BINDERS[number % len(BINDERS)])
        kind = KINDS[number // len(BINDERS) % len(KINDS)]
        sockets = [new(context, kind, conflate=conflate) for _ in range(4)]
        for socket in sockets:
            for address in ADDRESSES[:3]:
                socket.connect(address)

        def bind(binder: Any = binder) -> None:
            idle(rng, 1e-4)
            for address in ADDRESSES[:3]:
                binder.bind(address)
                with contextlib.suppress(zmq.ZMQError):
                    binder.recv(zmq.NOBLOCK)

        def give_up(socket: Any) -> None:
            idle(rng, 1e-4)
            if disconnect:
                for address in ADDRESSES[:3]:
                    with contextlib.suppress(zmq.ZMQError):  # the binder has refused it
                        socket.disconnect(address)
                socket.getsockopt(zmq.EVENTS)
            socket.close()

        together(bind, *(lambda one=one: give_up(one) for one in sockets))  # type: ignore[misc]
        binder.close()
        context.term()
    return {"contexts": count}


def connecting(count: int) -> dict[str, Any]:
    """Two threads go on connecting until the context that a third one ends refuses it."""
    rng = random.Random(1)
    for _ in range(count):
        context = zmq.Context()
        sockets = [new(context, zmq.DEALER) for _ in range(2)]

        def connect(socket: Any) -> None:
            with contextlib.suppress(zmq.ContextTerminated), contextlib.closing(socket):
                for number in range(10**9):
                    socket.connect(f"inproc://nobody-{number % 100}")

        def end(context: Any = context) -> None:
            idle(rng, 3e-4)
            context.term()

        together(end, *(lambda one=one: connect(one) for one in sockets))  # type: ignore[misc]
    return {"contexts": count}


def newest(count: int) -> dict[str, Any]:
    """A CONFLATE socket sends before, while and after its address is bound: the last one comes."""
    rng = random.Random(1)
    lost = 0
    for _ in range(count):
        context = zmq.Context()
        push, pull = new(context, zmq.PUSH, conflate=True), new(context, zmq.PULL)
        push.connect(ADDRESSES[0])
        before = rng.choice([0, 25, 50])
        for number in range(before):
            push.send(b"%d" % number)
        came = [b""]

        def send(push: Any = push, before: int = before) -> None:
            for number in range(before, 50):
                push.send(b"%d" % number)

        def look(pull: Any = pull, came: list[bytes] = came) -> None:
            with contextlib.suppress(zmq.Again):
                while True:
                    came.append(pull.recv(zmq.NOBLOCK))

        def receive(pull: Any = pull, look: Any = look) -> None:
            pull.bind(ADDRESSES[0])
            for _ in range(50):
                look()

        together(receive, send)
        look()
        lost += came[-1] != b"49"
        push.close()
        pull.close()
        context.term()
    return {"sent": count, "lost": lost}


TRIALS: dict[str, Callable[[int], dict[str, Any]]] = {
    "closed, ended": ended,
    "closed by another thread, ended": lambda count: ended(count, other=True),
    "closed while bound": bound,
    "disconnected while bound": lambda count: bound(count, disconnect=True),
    "CONFLATE, closed while bound": lambda count: bound(count, conflate=True),
    "connected while ended": connecting,
    "newest of CONFLATE": newest,
}


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    return "messages lost" if outcome.measured.get("lost") else ""


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=3000, unit="contexts a trial", seconds=lambda count: 30 + count / 50,
        )
    )  # fmt: skip
