"""Fixtures of the core's own tests: its classes as they are, without zmq-sugar's."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

import zmq
from zmq import backend

if backend._backend.__name__.endswith(".cffi"):  # what only the Cython back end has
    collect_ignore = [
        "test_capi.py", "test_cffi.py", "test_cffi_limits.py", "test_handover.py",
        "test_namespace.py", "test_report.py", "test_shared.py",
    ]  # fmt: skip


def run(code: str, *arguments: object) -> str:
    """A program in a process of its own, which must not abort; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def context() -> Iterator[backend.Context]:
    """A core Context; what a test leaves open is closed without waiting."""
    context = backend.Context()
    yield context
    context.destroy(linger=0)


class Sockets:
    """Makes sockets and keeps them until the end of the test."""

    def __init__(self, context: backend.Context) -> None:
        self.context = context
        self.made: list[backend.Socket] = []

    def __call__(
        self, socket_type: int, cls: type[backend.Socket] = backend.Socket
    ) -> backend.Socket:
        self.made.append(cls(self.context, socket_type))
        return self.made[-1]

    def connect(
        self,
        binds: int,
        connects: int,
        endpoint: str = "tcp://127.0.0.1:*",
        cls: type[backend.Socket] = backend.Socket,
    ) -> tuple[backend.Socket, backend.Socket]:
        """Two connected sockets of the types given; the first one binds."""
        first, second = self(binds, cls), self(connects, cls)
        first.bind(endpoint)
        second.connect(first.get(zmq.LAST_ENDPOINT))
        return first, second


@pytest.fixture
def sockets(context: backend.Context) -> Iterator[Sockets]:
    """``sockets(type)`` makes a socket, ``sockets.connect(type, type)`` two connected ones."""
    sockets = Sockets(context)
    yield sockets
    for socket in sockets.made:
        socket.close(linger=0)


@pytest.fixture
def pair(sockets: Sockets) -> tuple[backend.Socket, backend.Socket]:
    """Two PAIR sockets, connected over inproc."""
    return sockets.connect(zmq.PAIR, zmq.PAIR, "inproc://pair")


@pytest.fixture(params=["inproc", "tcp", "ipc"])
def pipe(
    request: pytest.FixtureRequest, sockets: Sockets, tmp_path_factory: pytest.TempPathFactory
) -> tuple[backend.Socket, backend.Socket]:
    """PUSH and PULL, connected over each transport."""
    endpoint = {
        "inproc": "inproc://pipe",
        "tcp": "tcp://127.0.0.1:*",
        "ipc": f"ipc://{tmp_path_factory.mktemp('ipc')}/s",
    }[request.param]
    pull, push = sockets.connect(zmq.PULL, zmq.PUSH, endpoint)
    return push, pull
