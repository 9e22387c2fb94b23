"""Arguments by the names that pyzmq gives them, which differ from loop to loop."""

from __future__ import annotations

import asyncio
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

import zmq
import zmq.asyncio
import zmq.green
from zmq.eventloop import future
from zmq.eventloop.zmqstream import ZMQStream

from .loops import Asyncio, Loop, Sync


@pytest.mark.parametrize("module", [zmq.asyncio, future])
def test_an_asynchronous_socket(module: Any) -> None:
    with module.Context() as context:
        with module.Socket(context=context, socket_type=zmq.PUSH, io_loop=None) as socket:
            assert socket.context is context
            assert socket.get(key=zmq.LINGER) == socket.get(zmq.LINGER) == socket.linger
            for shadow in (module.Socket(_from_socket=socket), module.Socket(socket)):
                assert shadow.underlying == socket.underlying
        with pytest.raises(zmq.ZMQError) as caught:
            module.Socket(context)  # of no type
        assert caught.value.errno == zmq.EINVAL


def test_green() -> None:
    with zmq.green.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.set(opt=zmq.LINGER, val=5)
        assert socket.get(opt=zmq.LINGER) == 5 == socket.linger
        socket.setsockopt(zmq.LINGER, 6)
        assert socket.getsockopt(zmq.LINGER) == 6
    star: dict[str, Any] = {}
    exec("from zmq.green import *", star)
    assert set(zmq.__all__) <= set(star)
    assert star["Socket"] is zmq.green.Socket is not zmq.Socket
    assert star["_FINISHED_TRACKER"].done
    assert zmq.green.core.TIMEOS == (zmq.RCVTIMEO, zmq.SNDTIMEO)


def test_a_context_for_tornado_takes_a_loop() -> None:
    with pytest.warns(DeprecationWarning, match="not needed"):
        context = future.Context(2, io_loop=object())
    with context:
        assert context.io_threads == 2
        assert context.io_loop is None
    future.Context(io_loop=None).term()


def test_draft_addresses_of_whole_messages(any_loop: Loop, sockets: Any) -> None:
    """Which a build without drafts refuses by name; drafts.py has the rest."""

    loop = any_loop

    async def main() -> None:
        push, pull = sockets.pair(loop, zmq.PUSH, zmq.PULL)
        if not zmq.DRAFT_API:
            with pytest.raises(zmq.ZMQError, match="routing_id is draft API"):
                await loop.do(push.send_multipart([b"x"], routing_id=5))
            with pytest.raises(zmq.ZMQError, match="group is draft API"):
                await loop.do(push.send_multipart([b"x"], group="g"))
        with pytest.raises(TypeError, match="wrong"):
            await loop.do(push.send_multipart([b"x"], wrong=5))
        with pytest.raises(TypeError, match="text"):
            await loop.do(push.send_multipart("text", routing_id=5))
        await loop.do(push.send_multipart([b"a", b"b"], routing_id=None))
        assert await loop.do(pull.recv_multipart()) == [b"a", b"b"]

    loop.run(main)


def test_a_stream(sockets: Any) -> None:
    loop = Asyncio()

    async def main() -> None:
        push, pull = sockets.pair(Sync(), zmq.PUSH, zmq.PULL)
        stream = ZMQStream(push)
        stream.send_pyobj([1])
        stream.send(b"x", routing_id=None)
        with pytest.raises(TypeError, match="wrong"):
            stream.send(b"x", wrong=1)
        in_thread = asyncio.get_running_loop().run_in_executor
        assert await in_thread(None, pull.recv) == pickle.dumps([1], pickle.HIGHEST_PROTOCOL)
        assert await in_thread(None, pull.recv) == b"x"
        assert stream.getsockopt(zmq.LINGER) == push.linger
        stream.close()

    loop.run(main)


def test_type_checkers_know_all_of_green() -> None:
    stub = Path(zmq.green.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    named = set(re.findall(r" as (\w+)|^(\w+) = ", stub, re.MULTILINE))
    known = {first or second for first, second in named}
    known.update(zmq.constants.__all__, zmq.error.__all__)
    assert set(zmq.green.__all__) - known == set()
