"""What type checkers make of the asynchronous API; see sync.py for how this is read."""

from __future__ import annotations

from typing import Any, Optional, Union

from typing_extensions import assert_type

import zmq
import zmq.asyncio
import zmq.green
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
    socket.recv() + b"x"  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]


def options(socket: zmq.asyncio.Socket, context: zmq.asyncio.Context) -> None:
    """They are the synchronous socket's, and are not awaited."""
    assert_type(socket.linger, int)
    assert_type(socket.identity, bytes)
    assert_type(socket.get(zmq.RCVHWM), int)
    assert_type(socket.get(zmq.IDENTITY), bytes)
    assert_type(context.io_threads, int)
    socket.linger = context.linger = 0
    socket.identity = b"x"
    socket.linger = "x"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    socket.events = 1  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    context.linger = b""  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]


def green(socket: zmq.green.Socket) -> None:
    """gevent's sockets have the synchronous ones' types, and its module all of zmq."""
    assert_type(zmq.green.Context().socket(zmq.green.PUSH), zmq.green.Socket)
    assert_type(zmq.green.Frame(), zmq.Frame)
    assert_type(socket.linger, int)
    assert_type(socket.get(zmq.IDENTITY), bytes)
    socket.linger = "x"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]


async def contexts() -> None:
    """What a context makes."""
    async with zmq.asyncio.Context() as context:
        assert_type(context.socket(zmq.REQ), zmq.asyncio.Socket)
        assert_type(zmq.asyncio.Context.instance().socket(zmq.REQ), zmq.asyncio.Socket)
        async with context.socket(zmq.SUB) as socket:
            assert_type(socket, zmq.asyncio.Socket)
            assert_type(await socket.poll(5), int)
