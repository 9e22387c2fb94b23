"""Signals: an interrupted call goes on, and a handler that raises never tears a message."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zmq

PARTS = 20
SHOTS = 150


class Interruption(Exception):
    """What the handlers of these tests raise."""


class Gun:
    """Sends SIGUSR1 to the main thread, from a thread of its own."""

    def __init__(self) -> None:
        self.delays: Callable[[], float] = lambda: 1.0
        self.stopped = threading.Event()
        self.loaded = threading.Event()
        self.thread = threading.Thread(target=self.fire)
        self.main = threading.get_ident()

    def __call__(self, handler: Any, delays: Callable[[], float], shots: int = 1_000_000) -> None:
        """Let `handler` run after `delays()` seconds, again and again."""
        signal.signal(signal.SIGUSR1, handler)
        self.delays, self.shots = delays, shots
        self.loaded.set()
        self.thread.start()

    def fire(self) -> None:
        for _ in range(self.shots):
            if self.stopped.wait(self.delays()):
                break
            signal.pthread_kill(self.main, signal.SIGUSR1)

    def stop(self) -> None:
        """No shot comes after this."""
        self.stopped.set()
        if self.thread.ident is not None:
            self.thread.join()


@pytest.fixture
def gun():
    """``gun(handler, delays, shots)`` fires signals at the main thread until the test ends."""
    before = signal.getsignal(signal.SIGUSR1)
    gun = Gun()
    yield gun
    gun.stop()
    signal.signal(signal.SIGUSR1, before)


def nothing(*_):
    """A handler that returns."""


def interrupt(*_):
    raise Interruption


def poll(socket, timeout):
    if not socket.poll(timeout):
        raise zmq.Again


BLOCKING = {
    "recv": lambda s, t: s.recv(timeout=t),
    "recv frame": lambda s, t: s.recv(copy=False, timeout=t),
    "recv_multipart": lambda s, t: s.recv_multipart(timeout=t),
    "recv_into": lambda s, t: s.recv_into(bytearray(1), timeout=t),
    "send": lambda s, t: s.send(b"", timeout=t),
    "send_multipart": lambda s, t: s.send_multipart([b"", b""], timeout=t),
    "poll": poll,
}


@pytest.fixture
def stuck(sockets):
    """A socket on which neither sending nor receiving can succeed."""
    socket = sockets(zmq.DEALER)
    socket.set(zmq.IMMEDIATE, 1)
    return socket


@pytest.mark.parametrize("call", BLOCKING)
def test_interrupted_calls_go_on(stuck, gun, call):
    gun(nothing, lambda: 0.01)
    started = time.monotonic()
    with pytest.raises(zmq.Again):
        BLOCKING[call](stuck, 150)
    assert 0.145 < time.monotonic() - started < 5


@pytest.mark.parametrize("call", sorted(BLOCKING.keys() - {"poll"}))
def test_interruptions_do_not_lengthen_the_options_time(stuck, gun, call):
    stuck.set(zmq.RCVTIMEO, 150)
    stuck.set(zmq.SNDTIMEO, 150)
    gun(nothing, lambda: 0.01)
    started = time.monotonic()
    with pytest.raises(zmq.Again):
        BLOCKING[call](stuck, None)
    assert 0.145 < time.monotonic() - started < 5


@pytest.mark.parametrize("call", BLOCKING)
def test_a_handler_that_raises_ends_the_call(stuck, gun, call):
    armed = []  # a shot may come while the gun is still being started

    def handler(*_):
        if armed:
            armed.pop()
            raise Interruption

    gun(handler, lambda: 0.02)
    with pytest.raises(Interruption):
        BLOCKING[call](stuck, armed.append(True))  # which is None: no timeout
    assert stuck.get(zmq.TYPE) == zmq.DEALER, "the socket is free again"


def test_a_handler_may_close_the_socket(stuck, gun):
    gun(lambda *_: stuck.close(), lambda: 0.02, 1)
    with pytest.raises(zmq.ZMQError, match="closed"):
        stuck.recv()


def storm(gun, function):
    """Call `function` until hundreds of signals have raised out of it, and nowhere else."""
    rng = random.Random(1)
    raised = 0

    def interrupt_function(_, frame):
        while frame.f_globals["__name__"].startswith("zmq.backend."):
            if frame.f_code.co_name == "__del__":
                return  # what raises there is not seen
            frame = frame.f_back  # of a back end in Python
        if frame.f_code is function.__code__:
            raise Interruption

    gun(interrupt_function, lambda: rng.uniform(0.0001, 0.001))
    while raised < SHOTS:
        try:
            while True:
                function()
        except Interruption:  # noqa: PERF203 - one a signal, that is the test
            raised += 1


@pytest.mark.parametrize("endpoint", ["inproc://storm", "tcp://127.0.0.1:*"])
def test_a_receiver_under_fire_gets_whole_messages(sockets, gun, endpoint):
    pull, push = sockets.connect(zmq.PULL, zmq.PUSH, endpoint)
    message = [b"%d" % i for i in range(PARTS)]
    stop = threading.Event()

    def produce():
        while not stop.is_set():
            with contextlib.suppress(zmq.Again):
                push.send_multipart(message, timeout=100)

    producer = threading.Thread(target=produce)
    producer.start()
    received = []
    try:
        storm(gun, lambda: received.append(pull.recv_multipart()))
    finally:
        gun.stop()
        stop.set()
        producer.join()
    assert received
    while pull.poll(200):
        received.append(pull.recv_multipart())
    assert all(parts == message for parts in received)


@pytest.mark.parametrize("endpoint", ["inproc://storm", "tcp://127.0.0.1:*"])
def test_a_sender_under_fire_sends_whole_messages(sockets, gun, endpoint):
    pull, push = sockets.connect(zmq.PULL, zmq.PUSH, endpoint)
    push.set(zmq.SNDHWM, 5)
    received = []
    stop = threading.Event()

    def consume():
        while pull.poll(500) or not stop.is_set():
            if pull.poll(0):
                received.append(pull.recv_multipart())

    consumer = threading.Thread(target=consume)
    consumer.start()
    message = [b"%d" % i for i in range(PARTS)]
    sent = 0

    def send():
        nonlocal sent
        push.send_multipart(message)
        sent += 1

    try:
        storm(gun, send)
    finally:
        gun.stop()
        stop.set()
        consumer.join()
    assert all(parts == message for parts in received)
    # the handler may raise after a message was sent and before it was counted, once a signal
    assert 0 < sent <= len(received) <= sent + SHOTS


CTRL_C = """
import sys, zmq
from zmq import backend
context = backend.Context()
socket = context.socket(zmq.DEALER)
socket.set(zmq.IMMEDIATE, 1)
other = context.socket(zmq.DEALER)

def wait_in_a_poll_set(size):
    polled = backend.PollSet()
    sockets = [context.socket(zmq.DEALER) for _ in range(size)]
    for each in sockets:
        polled.set(each, zmq.POLLIN)
    polled.poll()

try:
    print("ready", flush=True)
    {call}
except KeyboardInterrupt:
    context.destroy(linger=0)
    sys.exit(42)
"""


@pytest.mark.parametrize(
    "call",
    [
        "socket.recv()",
        "socket.recv_multipart()",
        "socket.send(b'')",
        "socket.send_multipart([b'', b''])",
        "socket.recv_into(bytearray(1))",
        "socket.recv_many()",
        "socket.send_many([b''])",
        "socket.poll()",
        "wait_in_a_poll_set(1)",
        "wait_in_a_poll_set(20)",
        "backend.zmq_poll([(socket, zmq.POLLIN)])",
        "backend.proxy(socket, other)",
        "backend.proxy_steerable(socket, other)",
        "context.term()",
        "frame = zmq.Frame(bytes(100_000), copy=False, track=True); frame.tracker.wait()",
        "while True: socket.poll(0)",
    ],
)
def test_ctrl_c_ends_it(call):
    with subprocess.Popen(
        [sys.executable, "-c", CTRL_C.format(call=call)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        while "while" not in call and state_of(process.pid) != "S":
            pass
        os.kill(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        finally:
            process.kill()
    assert process.returncode == 42


def state_of(pid):
    """What the process's main thread does: S is asleep in a system call."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
