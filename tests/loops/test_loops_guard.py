"""Sockets of event loops in the wrong thread, in a forked child, and shared: a clear error."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import warnings
from typing import TYPE_CHECKING, Any, Callable

import pytest

import zmq
import zmq.asyncio

from .loops import Asyncio, Loop, Sync

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS: dict[str, Callable[[Any], Any]] = {
    "recv": lambda socket: socket.recv(),
    "recv_multipart": lambda socket: socket.recv_multipart(),
    "recv_string": lambda socket: socket.recv_string(),
    "recv_into": lambda socket: socket.recv_into(bytearray(1)),
    "recv_many": lambda socket: socket.recv_many(),
    "try_recv": lambda socket: socket.try_recv(),
    "send": lambda socket: socket.send(b""),
    "send_multipart": lambda socket: socket.send_multipart([b"", b""]),
    "send_many": lambda socket: socket.send_many([b""]),
    "poll": lambda socket: socket.poll(10),
}


@pytest.fixture
def _quiet_forks() -> Iterator[None]:
    # newer Pythons warn of a fork beside other threads, which is what is tested here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@pytest.mark.usefixtures("_quiet_forks")
@pytest.mark.parametrize("name", CALLS)
def test_an_inherited_socket_is_dead(loop: Loop, sockets: Any, name: str) -> None:
    async def main() -> None:
        one, two = sockets.pair(loop, zmq.PAIR, zmq.PAIR)
        await loop.do(two.send(b"for the parent"))
        assert await loop.do(one.poll(10_000)) == zmq.POLLIN

        async def receive() -> None:
            assert await loop.do(two.recv(timeout=10_000)) == b"still there"

        task = loop.spawn(receive)  # it waits in the parent, across the fork
        await loop.until(lambda: two._engine.waiting[0] == 1)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                try:
                    await loop.do(CALLS[name](one))
                except zmq.ForkedError as error:
                    status = 0 if "child" in str(error) else 2
                one.close()
                two.close()
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0  # noqa: ASYNC222
        assert await loop.do(one.recv(timeout=10_000)) == b"for the parent"
        await loop.do(one.send(b"still there"))
        await task.join()

    loop.run(main)


@pytest.mark.parametrize("name", ["recv", "recv_many", "poll"])
def test_a_second_loop_cannot_wait_meanwhile(loop: Loop, sockets: Any, name: str) -> None:
    async def main() -> None:
        one, two = sockets.pair(loop, zmq.PAIR, zmq.PAIR)
        told: list[BaseException] = []

        async def receive() -> None:
            assert await loop.do(one.recv(timeout=10_000)) == b"for the first"

        async def intrude() -> None:
            try:
                await loop.do(CALLS[name](one))
            except Exception as error:  # noqa: BLE001  # looked at below
                told.append(error)

        def second() -> None:
            type(loop)().run(intrude)
            if loop.name == "gevent":  # a thread's hub outlives the thread
                import gevent

                gevent.get_hub().destroy(destroy_loop=True)

        task = loop.spawn(receive)
        await loop.until(lambda: one._engine.waiting[0] == 1)
        thread = threading.Thread(target=second)
        thread.start()
        await loop.until(lambda: not thread.is_alive())
        (error,) = told
        assert isinstance(error, RuntimeError)
        assert re.search("is waited for in .* and cannot be waited for in", str(error))
        await loop.do(two.send(b"for the first"))
        await task.join()

    loop.run(main)


def test_a_thread_inside_of_the_socket_is_told(sockets: Any) -> None:
    # a synchronous shadow has a guard of its own; here the same socket is entered twice
    async def main() -> None:
        one, two = sockets.pair(Asyncio(), zmq.PAIR, zmq.PAIR)
        inside = threading.Thread(target=zmq.Socket.recv, args=(one,))
        inside.start()
        try:
            with pytest.raises(zmq.ConcurrentUseError, match="belongs to one thread"):  # noqa: PT012
                while True:
                    await one.recv(zmq.DONTWAIT)
                    await asyncio.sleep(0)
        finally:
            await two.send(b"enough")
            inside.join()

    Asyncio().run(main)


def test_a_shared_socket_is_refused(loop: Loop) -> None:
    async def main() -> None:
        context = loop.context()
        with pytest.raises(ValueError, match="shared by threads"):
            context.socket(zmq.PULL, shared=True)
        await loop.close(context)  # would hang, had the socket stayed open
        assert context.closed

    loop.run(main)


def test_so_is_the_shadow_of_one() -> None:
    with zmq.Context() as context, context.socket(zmq.PULL, shared=True) as shared:  # noqa: SIM117
        with pytest.raises(ValueError, match="shared by threads"):
            zmq.asyncio.Socket.from_socket(shared)


def test_a_poller_refuses_a_shared_socket() -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PULL, shared=True) as shared:
            poller = zmq.asyncio.Poller()
            poller.register(shared, zmq.POLLIN)
            with pytest.raises(ValueError, match="shared by threads"):
                await poller.poll(10)

    Asyncio().run(main)


def test_private_names_of_pyzmq(sockets: Any) -> None:
    import zmq._future

    one, _ = sockets.pair(Asyncio(), zmq.PAIR, zmq.PAIR)
    plain = sockets.one(Sync(), zmq.PAIR)
    with pytest.warns(DeprecationWarning, match=r"use zmq\.asyncio\.Socket"):
        kind = zmq._future._AsyncSocket
    assert isinstance(one, kind)
    assert not isinstance(plain, kind)
    with pytest.warns(DeprecationWarning, match=r"use zmq\.asyncio\.Poller"):
        assert issubclass(zmq.asyncio.Poller, zmq._future._AsyncPoller)
    with pytest.raises(AttributeError, match="_Nothing"):
        zmq._future._Nothing  # noqa: B018
