"""What type checkers make of the asynchronous API; see sync.py for how this is read."""

from __future__ import annotations

from typing import Any, Optional, Union

from typing_extensions import assert_type

import zmq
import zmq.asyncio
from zmq.codecs import JSON, Signed


async def messages(socket: zmq.asyncio.Socket, copy: bool) -> None:
    """What receiving gives."""
    assert_type(await socket.recv(), bytes)
    assert_type(await socket.recv(zmq.DONTWAIT), bytes)
    assert_type(await socket.recv(timeout=5), bytes)
    assert_type(await socket.recv(copy=False), zmq.Frame)
    assert_type(await socket.recv(0, False), zmq.Frame)
    assert_type(await socket.recv(copy=copy), Union[bytes, zmq.Frame])
    assert_type(await socket.recv_multipart(), list[bytes])
    assert_type(await socket.recv_multipart(copy=False, track=True), list[zmq.Frame])
    assert_type(await socket.recv_string(), str)
    assert_type(await socket.recv_array(writable=True), Any)
    async for parts in socket:
        assert_type(parts, list[bytes])
    codec = Signed(JSON(), {"k": b"x" * 32})
    assert_type(await socket.send(b"x"), Optional[zmq.MessageTracker])
    assert_type(await socket.send_string("x"), Optional[zmq.MessageTracker])
    assert_type(await socket.send_json([1], timeout=5), Optional[zmq.MessageTracker])
    assert_type(await socket.send_array(b"x", copy=False), Optional[zmq.MessageTracker])
    assert_type(await socket.send_serialized(1, codec.encode), Optional[zmq.MessageTracker])
    socket.recv() + b"x"  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression, reportUnusedCoroutine]


async def contexts() -> None:
    """What a context makes."""
    async with zmq.asyncio.Context() as context:
        assert_type(context.socket(zmq.REQ), zmq.asyncio.Socket)
        assert_type(zmq.asyncio.Context.instance().socket(zmq.REQ), zmq.asyncio.Socket)
        async with context.socket(zmq.SUB) as socket:
            assert_type(socket, zmq.asyncio.Socket)
            assert_type(await socket.poll(5), int)
