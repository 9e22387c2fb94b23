"""Fixtures: a context that must terminate, key pairs, and a client that tries to get in."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import zmq
import zmq.utils.monitor

Set = Callable[[Any], object]

TRANSPORTS = ("tcp", "ipc")


@pytest.fixture
def context() -> Iterator[zmq.Context[Any]]:
    """A context of the test's own; its end waits for every socket, so a leak is a timeout."""
    context = zmq.Context()
    yield context
    context.term()


@pytest.fixture(params=TRANSPORTS)
def endpoint(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address to bind to, of each transport that has handshakes."""
    return {"tcp": "tcp://127.0.0.1:*", "ipc": f"ipc://{tmp_path}/s"}[request.param]


@pytest.fixture
def keys() -> tuple[bytes, bytes]:
    """A CURVE key pair: public, secret."""
    return zmq.curve_keypair()


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "zmq.auth")


class Door:
    """A server socket, and clients that try to pass a message through it."""

    def __init__(self, context: zmq.Context[Any], address: str, *settings: Set) -> None:
        self.context = context
        self.server = context.socket(zmq.PULL)
        self.server.linger = 0
        for setting in settings:
            setting(self.server)
        events = (
            zmq.EVENT_HANDSHAKE_SUCCEEDED
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
            | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
            | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
        )
        self.monitor = self.server.get_monitor_socket(events)
        self.server.bind(address)
        self.address = self.server.last_endpoint.decode()

    def enter(self, *settings: Set, wait: float = 10.0) -> Any:
        """Return the frame that a client brought in; None where it was refused (seen, not timed).

        A refusal is an event at the server, so no test waits for something not to happen.
        """
        with self.context.socket(zmq.PUSH) as client:
            client.linger = 0
            client.reconnect_ivl = -1  # one handshake per call
            for setting in settings:
                setting(client)
            client.connect(self.address)
            assert self.monitor.poll(wait * 1000), "the handshake neither succeeded nor failed"
            message = zmq.utils.monitor.recv_monitor_message(self.monitor)
            if message["event"] != zmq.EVENT_HANDSHAKE_SUCCEEDED:
                return None
            client.send(b"hello")
            assert self.server.poll(wait * 1000)
            return self.server.recv(copy=False)

    def close(self) -> None:
        """Close the server."""
        self.server.disable_monitor()
        self.monitor.close()
        self.server.close()


@pytest.fixture
def door(context: zmq.Context[Any], endpoint: str) -> Iterator[Callable[..., Door]]:
    """Make a `Door` with the given socket settings."""
    with contextlib.ExitStack() as stack:

        def make(*settings: Set) -> Door:
            door = Door(context, endpoint, *settings)
            stack.callback(door.close)
            return door

        yield make
