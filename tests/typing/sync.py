"""What type checkers make of the synchronous API: read by mypy and pyright, never run.

``assert_type`` is an error where the type is another; an expected error is silenced by an ignore
for both checkers, which they report as unused when the error is not there.
"""

from __future__ import annotations

from typing import Any, Optional, Union

from typing_extensions import assert_type

import zmq
from zmq import codecs
from zmq.decorators import context as with_context
from zmq.utils.monitor import recv_monitor_message

# ---- contexts and sockets

context = zmq.Context()
assert_type(context, zmq.Context[zmq.Socket[bytes]])
assert_type(zmq.Context.instance(), zmq.Context[zmq.Socket[bytes]])
assert_type(zmq.Context.shadow(context.underlying), zmq.Context[zmq.Socket[bytes]])
assert_type(zmq.Context(context), zmq.Context[zmq.Socket[bytes]])
socket = context.socket(zmq.REQ)
assert_type(socket, zmq.Socket[bytes])
assert_type(socket.type, zmq.SocketType)
assert_type(zmq.Socket(context, zmq.PUB), zmq.Socket[bytes])
assert_type(zmq.Socket.shadow(1), zmq.Socket[bytes])
with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as push:
    assert_type(ctx, zmq.Context[zmq.Socket[bytes]])
    assert_type(push, zmq.Socket[bytes])
    with push.bind("tcp://127.0.0.1:*") as bound, push.connect(b"inproc://x"):
        assert_type(bound, zmq.Socket[bytes])
assert_type(socket.bind_to_random_port("tcp://127.0.0.1"), int)


class Mine(zmq.Socket[bytes]):
    """A subclass."""

    attribute: int = 1


assert_type(context.socket(zmq.REQ, socket_class=Mine), Mine)
assert_type(Mine(context, zmq.REQ).bind("inproc://x").__enter__(), Mine)

# ---- messages: overloads for copy and track

assert_type(socket.recv(), bytes)
assert_type(socket.recv(zmq.DONTWAIT), bytes)
assert_type(socket.recv(copy=True, timeout=5), bytes)
assert_type(socket.recv(copy=False), zmq.Frame)
assert_type(socket.recv(0, False), zmq.Frame)
assert_type(socket.recv(0, False, True), zmq.Frame)
assert_type(socket.try_recv(), Optional[bytes])
assert_type(socket.recv_multipart(), list[bytes])
assert_type(socket.recv_multipart(copy=False), list[zmq.Frame])
assert_type(socket.recv_string(), str)
assert_type(socket.recv_into(bytearray(5)), int)
assert_type(socket.send(b"x", track=True), zmq.MessageTracker)
assert_type(socket.send(memoryview(b"x"), 0, False, True), zmq.MessageTracker)
assert_type(
    socket.send_multipart([b"x", bytearray(1), zmq.Frame()], track=True), zmq.MessageTracker
)
socket.send(zmq.Frame(b"x"))
socket.send(b"x", zmq.SNDMORE | zmq.DONTWAIT)


def by_argument(copy: bool) -> None:
    """Neither is known."""
    assert_type(socket.recv(copy=copy), Union[bytes, zmq.Frame])
    assert_type(socket.send(b"x", track=copy), Optional[zmq.MessageTracker])


assert_type(socket.send_array(memoryview(b"x"), copy=False), Optional[zmq.MessageTracker])
assert_type(socket.recv_array(writable=True), Any)
assert_type(context.allow_pickle, bool)
zmq.Context(allow_pickle=False)
signed = codecs.Signed(codecs.Zlib(codecs.JSON()), {"k": b"x" * 32})
socket.send_serialized({"a": 1}, signed.encode)
socket.recv_serialized(signed.decode, timeout=5)
assert_type(signed.verify([b"x"]).key_id, str)
codecs.Signed(codecs.Array(writable=True), {"k": "text"})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]

socket.send("text")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
socket.send(None)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
socket.send_multipart("text")  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
socket.send_string(b"bytes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
socket.bind(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# ---- options: each attribute has its type, and only names of options are attributes


def reading(socket: zmq.SyncSocket, context: zmq.SyncContext) -> None:
    """In a function of its own, for an assignment narrows what is read behind it."""
    assert_type(socket.linger, int)
    assert_type(socket.RCVHWM, int)
    assert_type(socket.maxmsgsize, int)
    assert_type(socket.fd, int)
    assert_type(socket.EVENTS, int)
    assert_type(socket.hwm, int)
    assert_type(socket.identity, bytes)
    assert_type(socket.zap_domain, bytes)
    assert_type(socket.last_endpoint, bytes)
    socket.router_mandatory + 1  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    assert_type(socket.get_hwm(), int)
    assert_type(socket.get_string(zmq.IDENTITY), str)
    assert_type(socket.get(zmq.LINGER), int)
    assert_type(socket.getsockopt(zmq.SocketOption.EVENTS), int)
    assert_type(socket.get(zmq.IDENTITY), bytes)
    assert_type(socket.getsockopt(zmq.LAST_ENDPOINT), bytes)
    assert_type(socket.get(17), Any)
    assert_type(zmq.Socket(context, zmq.REQ).get(zmq.FD), int)
    assert_type(context.io_threads, int)
    assert_type(context.SOCKET_LIMIT, int)
    assert_type(context.linger, int)
    assert_type(context.router_mandatory, int)
    assert_type(context.plain_username, bytes)
    assert_type(context.get(zmq.IO_THREADS), int)
    assert_type(context.getsockopt(zmq.LINGER), int)
    assert_type(context.getsockopt(zmq.ROUTING_ID), bytes)


socket.linger = 0
socket.LINGER = zmq.POLLIN
socket.curve_server = True
socket.linger = "x"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
socket.sndhwm = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
socket.identity = b"x"
socket.ROUTING_ID = bytearray(b"x")
socket.plain_username = None
socket.identity = "x"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
socket.plain_password = 5  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
socket.rcvmore = 1  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
socket.last_endpoint = b"x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
socket.router_mandatory = 1
socket.SUBSCRIBE = b"topic"
socket.xpub_welcome_msg = "x"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
socket.lingr = 0  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
push.linger = 0
Mine(context, zmq.REQ).attribute = 2
Mine(context, zmq.REQ).rcvtimeo = b""  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
socket.hwm = 5
socket.subscribe("topic")
socket.set(zmq.LINGER, 0)
socket.setsockopt(zmq.IDENTITY, b"x")
socket.set(zmq.IDENTITY, "x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

context.io_threads = 2
context.linger = 0
context.router_mandatory = 1
context.plain_username = b"x"
context.thread_affinity_cpu_add = 0
context.socket_limit = 5  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
context.io_threads = "2"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
context.linger = "0"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
context.last_endpoint = b"x"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
context.lingr = 0  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]

# ---- frames, trackers, polling, functions

frame = zmq.Frame(b"x", track=True)
assert_type(frame.bytes, bytes)
assert_type(frame.buffer, memoryview)
assert_type(frame.more, bool)
assert_type(frame.tracker, Optional[zmq.MessageTracker])
assert_type(zmq.MessageTracker(frame).done, bool)
memoryview(frame)
poller = zmq.Poller()
poller.register(socket, zmq.POLLIN)
assert_type(poller.poll(10), list[tuple[Any, int]])
assert_type(socket.poll(10), int)
assert_type(zmq.select([socket], [], [], 0.1)[0], list[Any])
assert_type(zmq.curve_keypair(), tuple[bytes, bytes])
assert_type(zmq.has("ipc"), bool)
assert_type(zmq.zmq_version_info(), tuple[int, int, int])
assert_type(recv_monitor_message(socket.get_monitor_socket())["endpoint"], bytes)


@with_context()
def decorated(number: int, context: zmq.SyncContext) -> str:
    """A decorated function keeps its type."""
    return str(number)


# ---- synchronous and asynchronous sockets are not taken for each other


def needs_sync(socket: zmq.SyncSocket, context: zmq.Context) -> None:
    """For `wrong`."""


class Later(zmq.Socket["list[bytes]"]):
    """Stands for a socket that gives something else than bytes."""


def wrong(socket: Later, context: zmq.Context[Later]) -> None:
    """Is refused."""
    needs_sync(socket, context)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(context.socket(zmq.REQ), Later)
