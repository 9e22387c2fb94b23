"""One suite over every loop: the parameters are in `loops`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .loops import Loop, loops


def _parameters(keep: Any) -> list[Any]:
    return [pytest.param(make, id=name) for name, make in loops().items() if keep(make)]


@pytest.fixture(scope="session", autouse=True)
def _lasting() -> None:
    """gevent's hub and uvloop keep descriptors for good."""
    import gevent

    gevent.get_hub().threadpool.apply(int)
    loops()["uvloop"]().new_loop().close()


@pytest.fixture(params=_parameters(lambda make: True))
def any_loop(request: pytest.FixtureRequest) -> Loop:
    """Each loop, and no loop (sync)."""
    return request.param()  # type: ignore[no-any-return]


@pytest.fixture(params=_parameters(lambda make: make.cancels))
def loop(request: pytest.FixtureRequest) -> Loop:
    """Each loop whose tasks can wait for one socket, and be cancelled."""
    return request.param()  # type: ignore[no-any-return]


@pytest.fixture(params=_parameters(lambda make: make.futures))
def future_loop(request: pytest.FixtureRequest) -> Loop:
    """Each loop of asyncio's kind."""
    return request.param()  # type: ignore[no-any-return]


class Sockets:
    """Makes sockets, and closes them."""

    def __init__(self) -> None:
        self._contexts: list[Any] = []
        self._made: list[Any] = []  # they live until the end of the test

    def pair(self, loop: Loop, first: int, second: int, hwm: int | None = None) -> tuple[Any, Any]:
        context = loop.context()
        self._contexts.append(context)
        one, two = context.socket(first), context.socket(second)
        self._made += one, two
        for socket in (one, two):
            socket.linger = 0
            if hwm is not None:
                socket.set_hwm(hwm)
        one.bind("tcp://127.0.0.1:*")
        two.connect(one.last_endpoint.decode())
        return one, two

    def one(self, loop: Loop, kind: int) -> Any:
        context = loop.context()
        self._contexts.append(context)
        socket = context.socket(kind)
        self._made.append(socket)
        socket.linger = 0
        return socket

    def forget(self) -> None:
        """Let go of sockets that are closed."""
        self._made = [socket for socket in self._made if not socket.closed]

    def close(self) -> None:
        from zmq import Context

        for context in self._contexts:
            Context.destroy(context, linger=0)


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    made = Sockets()
    yield made
    made.close()
