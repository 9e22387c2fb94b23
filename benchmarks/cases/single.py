"""One thread: what a call costs when nobody waits."""

from __future__ import annotations

from time import perf_counter

import zmq

from .sockets import inproc


def send_recv(count: int, size: int) -> float:
    """One frame, there and taken."""
    message = bytes(size)
    with inproc(zmq.PAIR, zmq.PAIR) as (left, right):
        started = perf_counter()
        for _ in range(count):
            left.send(message)
            right.recv()
        return perf_counter() - started


def multipart(count: int, size: int, parts: int) -> float:
    """A message of several frames."""
    message = [bytes(size)] * parts
    with inproc(zmq.PAIR, zmq.PAIR) as (left, right):
        started = perf_counter()
        for _ in range(count):
            left.send_multipart(message)
            right.recv_multipart()
        return perf_counter() - started


def string(count: int, size: int) -> float:
    """Text."""
    text = "x" * size
    with inproc(zmq.PAIR, zmq.PAIR) as (left, right):
        started = perf_counter()
        for _ in range(count):
            left.send_string(text)
            right.recv_string()
        return perf_counter() - started


def zero_copy(count: int, size: int, track: bool) -> float:
    """Sent from the caller's memory, received in libzmq's."""
    message = bytes(size)
    with inproc(zmq.PAIR, zmq.PAIR) as (left, right):
        started = perf_counter()
        for _ in range(count):
            left.send(message, copy=False, track=track)
            right.recv(copy=False)
        return perf_counter() - started


def again(count: int) -> float:
    """The exception of an empty socket."""
    with inproc(zmq.PAIR, zmq.PAIR) as (left, _):
        started = perf_counter()
        for _ in range(count):
            try:  # noqa: SIM105  # contextlib would be measured, too
                left.recv(zmq.DONTWAIT)
            except zmq.Again:
                pass
        return perf_counter() - started


def try_recv(count: int) -> float:
    """Is there a message? Without `try_recv` the exception tells."""
    if not hasattr(zmq.Socket, "try_recv"):
        return again(count)
    with inproc(zmq.PAIR, zmq.PAIR) as (left, _):
        started = perf_counter()
        for _ in range(count):
            left.try_recv()
        return perf_counter() - started


def make_tracker(count: int) -> float:
    """A MessageTracker."""
    started = perf_counter()
    for _ in range(count):
        zmq.MessageTracker()
    return perf_counter() - started


def make_frame(count: int, size: int, track: bool) -> float:
    """A Frame over the caller's memory, made and let go."""
    data = bytes(size)
    started = perf_counter()
    for _ in range(count):
        zmq.Frame(data, track=track, copy=False)
    return perf_counter() - started


def get_option(count: int) -> float:
    """`getsockopt`."""
    with inproc(zmq.PAIR, zmq.PAIR) as (left, _):
        started = perf_counter()
        for _ in range(count):
            left.getsockopt(zmq.LINGER)
        return perf_counter() - started


def set_option(count: int) -> float:
    """`setsockopt`."""
    with inproc(zmq.PAIR, zmq.PAIR) as (left, _):
        started = perf_counter()
        for _ in range(count):
            left.setsockopt(zmq.LINGER, 0)
        return perf_counter() - started


def get_attribute(count: int) -> float:
    """An option read as an attribute."""
    with inproc(zmq.PAIR, zmq.PAIR) as (left, _):
        started = perf_counter()
        for _ in range(count):
            left.linger  # noqa: B018
        return perf_counter() - started


def set_attribute(count: int) -> float:
    """An option set as an attribute."""
    with inproc(zmq.PAIR, zmq.PAIR) as (left, _):
        started = perf_counter()
        for _ in range(count):
            left.linger = 0
        return perf_counter() - started
