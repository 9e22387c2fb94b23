"""Fixtures for the tests of every package, and the check that no test leaks.

A test gets its sockets from `sockets` (or `bound_pair`) and closes nothing itself: the fixture ends
the context. What a test makes in another way it must end itself, or `no_leaks` fails it.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 5  # how long libzmq's own threads may take to let go
RECEIVE_MS = 10_000  # a message that does not come fails its test well before the global timeout


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marker, and let Ctrl-C through to the programs that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as shells start what ends in an "&"
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line(
        "markers", "leaks(reason): this test leaves sockets, contexts or descriptors behind"
    )


def alive() -> dict[str, int]:
    """What lives in this process: handles of every copy of zmq, and file descriptors."""
    counts = {"contexts": 0, "sockets": 0, "frames": 0, "loans": 0}
    for name, module in list(sys.modules.items()):
        if name.endswith(".backend") and hasattr(module, "_counts"):
            for kind, number in module._counts().items():
                counts[kind] += number
    for folder in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(folder):  # noqa: PTH112
            counts["descriptors"] = len(os.listdir(folder))  # noqa: PTH208
            break
    return counts


def collect_all() -> None:
    """Collect garbage to the last: PyPy's finalizers come one after the other."""
    for _ in range(6 if sys.implementation.name == "pypy" else 1):
        gc.collect()


@pytest.fixture
def collect() -> Callable[[], None]:
    """Free what was dropped: that has happened on CPython; PyPy has to be asked."""
    return collect_all if sys.implementation.name == "pypy" else lambda: None


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which there are more handles, frames, lent buffers or descriptors."""
    before = alive()
    yield
    if request.node.get_closest_marker("leaks"):
        return
    give_up = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    collected = False
    while True:
        after = alive()
        leaked = {kind: after[kind] - n for kind, n in before.items() if after[kind] > n}
        if not leaked:
            return
        if not collected:
            collected = True
            collect_all()  # cycles, such as an exception and its frames
        elif time.monotonic() > give_up:
            pytest.fail(f"this test leaks: {leaked} (in {PATIENCE_S} s they did not go)")
        else:
            pause.wait(0.005)


@pytest.fixture
def zmq() -> ModuleType:
    """The package under test; tests/behaviour has one for each back end."""
    return importlib.import_module("zmq")


@pytest.fixture
def context(zmq: ModuleType) -> Iterator[Any]:
    """A context, destroyed with all its sockets after the test."""
    context = zmq.Context()
    yield context
    context.destroy(linger=0)


@pytest.fixture
def sockets(context: Any) -> Iterator[Callable[..., Any]]:
    """``sockets(type, **options)``: a socket of `context` that drops what it could not send."""
    made = []  # a socket that is garbage before its test is over would warn

    def make(socket_type: int, *, context: Any = context, **options: Any) -> Any:
        socket = context.socket(socket_type)
        given = {"linger": 0, "rcvtimeo": RECEIVE_MS, "sndtimeo": RECEIVE_MS, **options}
        for name, value in given.items():
            setattr(socket, name, value)
        made.append(socket)
        return socket

    yield make
    for socket in made:
        socket.close()


@pytest.fixture
def endpoint() -> Iterator[Callable[[str], str]]:
    """``endpoint("tcp")``: where to bind, on a port or path or name that nobody has."""
    with tempfile.TemporaryDirectory(prefix="z") as folder:

        def make(transport: str) -> str:
            if transport == "tcp":
                return "tcp://127.0.0.1:*"
            name = os.urandom(4).hex()
            return f"ipc://{Path(folder) / name}" if transport == "ipc" else f"inproc://{name}"

        yield make


@pytest.fixture
def bound_pair(
    sockets: Callable[..., Any], endpoint: Callable[[str], str]
) -> Callable[..., tuple[Any, Any]]:
    """``bound_pair(type_a, type_b, transport)``: a bound socket and one connected to it."""

    def make(
        type_a: int, type_b: int, transport: str = "inproc", **options: Any
    ) -> tuple[Any, Any]:
        first, second = sockets(type_a, **options), sockets(type_b, **options)
        first.bind(endpoint(transport))
        second.connect(first.last_endpoint.decode())
        return first, second

    return make
