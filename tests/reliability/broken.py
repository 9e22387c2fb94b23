"""Ends that libzmq does not expect: a connection that breaks inside a message that is being read, a
context that ends with more inproc connections to nobody than it has places, and a peer that goes
while a watermark is set.

What had come is to be received, whole and in order; contexts are to end; the process must live.
"""

from __future__ import annotations

import contextlib
import random
import sys
import threading
import time
from typing import Any

import zmq
from tests.reliability.harness import Outcome, program

MODULE = "tests.reliability.broken"
OPTIONS = {
    "immediate": (zmq.IMMEDIATE, 1),
    "no reconnection": (zmq.RECONNECT_IVL, -1),
    "reconnection": (zmq.RECONNECT_IVL, 1000),
}
PLACES = 8  # sockets of a context


def trials() -> list[str]:
    return [*(f"half read, {option}" for option in OPTIONS), "inproc to nobody", "watermarks"]


def perform(name: str, count: float) -> dict[str, Any]:
    if name == "inproc to nobody":
        return to_nobody(int(count))
    if name == "watermarks":
        return watermarks(int(count))
    return half_read(*OPTIONS[name.removeprefix("half read, ")], int(count))


def half_read(option: int, value: int, count: int) -> dict[str, Any]:
    """The peer sends some messages and goes, while the first parts are read, or before."""
    rng = random.Random(1)
    context = zmq.Context()
    lost = wrong = 0
    for _ in range(count):
        kinds = rng.choice([(zmq.DEALER, zmq.DEALER), (zmq.PULL, zmq.PUSH), (zmq.PAIR, zmq.PAIR)])
        with context.socket(kinds[0]) as client, context.socket(kinds[1]) as server:
            client.setsockopt(zmq.LINGER, 0)
            client.setsockopt(option, value)
            server.bind("tcp://127.0.0.1:*")
            client.connect(server.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
            parts = []
            for number in range(rng.randrange(1, 20)):
                message = [b"%d.%d" % (number, part) for part in range(rng.randrange(1, 6))]
                server.send_multipart(message)
                parts += message
            found: list[bytes] = []
            some = rng.randrange(len(parts) + 1)
            while len(found) < some and client.poll(10_000):
                found.append(client.recv())
            server.close()  # sends what is left, then breaks the connection
            until = time.monotonic() + 2
            while len(found) < len(parts) and time.monotonic() < until:
                if client.poll(10):
                    found.append(client.recv())
            lost += len(found) < len(parts)
            wrong += found != parts[: len(found)]
    context.destroy(linger=0)
    return {"connections": count, "cut short": lost, "wrong": wrong}


def to_nobody(count: int) -> dict[str, Any]:
    """End contexts whose places are all taken by sockets that wait for a peer within the process.

    Another thread tries to make sockets meanwhile.
    """
    made = 0
    for number in range(count):
        context = zmq.Context()
        context.set(zmq.MAX_SOCKETS, PLACES)
        sockets = [context.socket(zmq.DEALER) for _ in range(PLACES)]
        for socket in sockets:
            socket.setsockopt(zmq.LINGER, 0)
            for other in range(1 + number % 5):
                socket.connect(f"inproc://nobody-{other}")
        over = threading.Event()

        def intrude(context: Any = context, over: threading.Event = over) -> None:
            nonlocal made
            while not over.is_set():
                with contextlib.suppress(zmq.ZMQError), context.socket(zmq.PAIR) as socket:
                    socket.setsockopt(zmq.LINGER, 0)
                    made += 1

        thread = threading.Thread(target=intrude)
        if number % 2:
            thread.start()
        for socket in sockets:
            socket.close()
        context.term()
        over.set()
        if number % 2:
            thread.join()
    return {"contexts": count, "sockets made meanwhile": made}


def watermarks(count: int) -> dict[str, Any]:
    """Set the watermark of a socket while its peers send a message and close."""
    peers = 20 * count
    context = zmq.Context()
    pull = context.socket(zmq.PULL)
    pull.bind("inproc://watermarks")

    def come_and_go() -> None:
        for _ in range(peers):
            with context.socket(zmq.PUSH) as push:
                push.connect("inproc://watermarks")
                push.send(b"")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    came = 0
    while came < peers:
        with contextlib.suppress(zmq.Again):
            pull.recv(zmq.NOBLOCK)
            came += 1
        for limit in (1000, 2000):
            pull.setsockopt(zmq.RCVHWM, limit)
    thread.join()
    pull.close()
    context.term()
    return {"peers": peers}


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    if outcome.measured.get("cut short") or outcome.measured.get("wrong"):
        return "messages lost"
    return ""


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=1000, unit="times a trial", seconds=lambda count: 60 + count / 10,
        )
    )  # fmt: skip
