"""Misuse: many threads call every operation of one socket, without a lock, for some seconds.

Each call must work or raise an exception; the process must live. In the trials "shared", threads
send and receive on shared sockets: no call may be refused, no message lost.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
import threading
import time
from typing import Any

import zmq
from tests.reliability.harness import Outcome, program

MODULE = "tests.reliability.threads"
BIG = bytes(100_000)
MOST_PER_SECOND = 500_000  # more than one thread sends


def endpoint(transport: str) -> str:
    name = f"{os.getpid()}-{random.randrange(10**9)}"
    return {
        "tcp": "tcp://127.0.0.1:*",
        "ipc": f"ipc://{tempfile.gettempdir()}/zmq-{name}",
        "inproc": f"inproc://{name}",
    }[transport]


def poller(socket: Any) -> None:
    poller = zmq.Poller()
    poller.register(socket)
    poller.poll(1)


def monitor(socket: Any) -> None:
    # of events that do not happen: libzmq waits for who reads them
    socket.monitor(f"inproc://monitor-{random.randrange(10**9)}", zmq.EVENT_CLOSE_FAILED)
    socket.monitor(None)


def endpoints(socket: Any, transport: str) -> None:
    other = endpoint("inproc" if transport == "tcp" else transport)
    socket.bind(other)
    socket.unbind(other)


OPERATIONS: dict[str, Any] = {
    "send": lambda s, _: s.send(b"small", zmq.NOBLOCK),
    "send zero-copy": lambda s, _: s.send(BIG, zmq.NOBLOCK, copy=False),
    "send_multipart": lambda s, _: s.send_multipart([b"a", BIG, b"c"], zmq.NOBLOCK),
    "send_string": lambda s, _: s.send_string("text", zmq.NOBLOCK),
    "recv": lambda s, _: s.recv(zmq.NOBLOCK),
    "recv waiting": lambda s, _: s.recv(),
    "recv frame": lambda s, _: s.recv(zmq.NOBLOCK, copy=False),
    "recv_multipart": lambda s, _: s.recv_multipart(zmq.NOBLOCK),
    "poll": lambda s, _: s.poll(1),
    "Poller": lambda s, _: poller(s),
    "get": lambda s, _: s.getsockopt(zmq.EVENTS),
    "set": lambda s, _: s.setsockopt(zmq.LINGER, 0),
    "bind": endpoints,
    "connect": lambda s, _: (s.connect("inproc://nobody"), s.disconnect("inproc://nobody")),
    "monitor": lambda s, _: monitor(s),
}


def trials() -> list[str]:
    return [
        f"{kind} {number} {transport}"
        for kind in ("misuse", "shared")
        for number in (4, 16)
        for transport in ("tcp", "ipc", "inproc")
    ]


def perform(name: str, count: float) -> dict[str, Any]:
    kind, number, transport = name.split()
    if kind == "shared":
        return shared(int(number), transport, count)
    return misuse(int(number), transport, count)


def misuse(number: int, transport: str, seconds: float) -> dict[str, Any]:
    context = zmq.Context()
    end = time.monotonic() + seconds
    box: list[Any] = []
    peer = context.socket(zmq.DEALER)

    def renew() -> None:
        socket = context.socket(zmq.DEALER)
        socket.linger = 0
        socket.rcvtimeo = socket.sndtimeo = 1
        address = endpoint(transport)
        socket.bind(address)
        box.append(socket)
        if peer_lock.acquire(False):
            try:
                peer.connect(socket.getsockopt(zmq.LAST_ENDPOINT))
            finally:
                peer_lock.release()

    peer_lock = threading.Lock()
    peer.linger = 0
    renew()
    made, refused, errors = [0] * number, [0] * number, [0] * number

    def hammer(n: int) -> None:
        rng = random.Random(n)
        operations = list(OPERATIONS.values())
        while time.monotonic() < end:
            socket = box[-1]
            made[n] += 1
            try:
                if rng.random() < 0.0005:
                    socket.close()
                    renew()
                else:
                    rng.choice(operations)(socket, transport)
            except zmq.Again:
                pass
            except zmq.ZMQError as error:
                refused[n] += type(error).__name__ == "ConcurrentUseError"
                errors[n] += type(error).__name__ != "ConcurrentUseError"

    def serve() -> None:
        while time.monotonic() < end:
            with peer_lock, contextlib.suppress(zmq.ZMQError):
                if peer.poll(1):
                    peer.send_multipart(peer.recv_multipart(), zmq.NOBLOCK)

    threads = [threading.Thread(target=hammer, args=(n,)) for n in range(number)]
    threads.append(threading.Thread(target=serve))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    context.destroy(linger=0)
    return {"calls": sum(made), "refused": sum(refused), "other errors": sum(errors)}


def shared(number: int, transport: str, seconds: float) -> dict[str, Any]:
    """Half of the threads send and half receive; every message must arrive, once and whole."""
    context = zmq.Context()
    pull = context.socket(zmq.PULL, shared=True)
    push = context.socket(zmq.PUSH, shared=True)
    pull.rcvhwm = push.sndhwm = 20
    pull.bind(endpoint(transport))
    push.connect(pull.getsockopt(zmq.LAST_ENDPOINT))
    end = time.monotonic() + seconds
    half = number // 2
    sent, torn = [0] * half, [0] * half
    # how often each message came; a set of them all would need longer than the trial
    received = [bytearray(int(seconds * MOST_PER_SECOND)) for _ in range(half)]

    def produce(n: int) -> None:
        while time.monotonic() < end and sent[n] < len(received[n]):
            push.send_multipart([b"%d" % n, b"x" * (sent[n] % 100), b"%d" % sent[n]])
            sent[n] += 1

    def consume(n: int) -> None:
        while True:
            parts = pull.recv_multipart()
            if parts == [b"end"]:
                return
            if len(parts) != 3 or len(parts[1]) != int(parts[2]) % 100:
                torn[n] += 1
            received[int(parts[0])][int(parts[2])] += 1

    consumers = [threading.Thread(target=consume, args=(n,)) for n in range(half)]
    producers = [threading.Thread(target=produce, args=(n,)) for n in range(half)]
    for thread in consumers + producers:
        thread.start()
    for thread in producers:
        thread.join()
    for _ in consumers:
        push.send(b"end")
    for thread in consumers:
        thread.join()
    context.destroy(linger=0)
    lost = sum(marks.count(0, 0, number) for marks, number in zip(received, sent))
    once = sum(marks.count(1, 0, number) for marks, number in zip(received, sent))
    return {
        "messages": sum(sent), "lost": lost, "twice": sum(sent) - lost - once, "torn": sum(torn)
    }  # fmt: skip


def judge(name: str, outcome: Outcome) -> str:
    if outcome.ended != "ended":
        return outcome.ended
    if any(outcome.measured.get(what) for what in ("lost", "twice", "torn")):
        return "messages lost, torn or doubled"
    return ""


if __name__ == "__main__":
    sys.exit(
        program(
            MODULE, __doc__, trials, perform, judge,
            count=5, unit="seconds a trial", seconds=lambda count: count + 20,
        )
    )  # fmt: skip
