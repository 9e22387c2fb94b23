"""What the tests of devices share: running devices, and sockets at their ends."""

from __future__ import annotations

import pytest

import zmq


class Ends:
    """Sockets connected to a running device; the fixture closes them."""

    def __init__(self) -> None:
        self.context = zmq.Context()
        self.made: list[zmq.Socket] = []

    def make(self, socket_type: int, **options: object) -> zmq.Socket:
        socket = self.context.socket(socket_type)
        for name, value in {"linger": 0, "rcvtimeo": 20_000, "sndtimeo": 20_000, **options}.items():
            setattr(socket, name, value)
        self.made.append(socket)
        return socket

    def __call__(self, socket_type: int, endpoint: str, **options: object) -> zmq.Socket:
        socket = self.make(socket_type, **options)
        socket.connect(endpoint)
        return socket


@pytest.fixture
def connect():
    """``connect(type, endpoint, **options)``: a socket that is closed after the test."""
    ends = Ends()
    yield ends
    ends.context.destroy(linger=0)


@pytest.fixture(autouse=True)
def own_instance():
    """Devices in threads use ``Context.instance()``; none outlives its test."""
    yield
    zmq.Context.instance().destroy(linger=0)
