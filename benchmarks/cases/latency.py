"""A question and its answer, between two processes that only wait."""

from __future__ import annotations

from time import perf_counter

import zmq

from .beside import beside
from .sockets import bind


def echo(endpoint: str, count: int) -> float:
    """The other process: give each message back."""
    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.connect(endpoint)
        for _ in range(count):
            socket.send(socket.recv())
    return 0.0


def round_trip(count: int, size: int) -> float:
    """REQ here, REP there."""
    message = bytes(size)
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        endpoint = bind(socket, "tcp")
        with beside(echo, endpoint=endpoint, count=count + 1):
            socket.send(message)
            socket.recv()
            started = perf_counter()
            for _ in range(count):
                socket.send(message)
                socket.recv()
            return perf_counter() - started
