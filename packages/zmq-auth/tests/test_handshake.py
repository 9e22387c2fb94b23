"""connect() and aconnect(): a failed handshake has a name."""

from __future__ import annotations

import asyncio
import socket as sockets
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import zmq
import zmq.auth
from zmq.auth import aconnect, connect
from zmq.auth.handshake import HandshakeError, HandshakeWatch
from zmq.auth.thread import ThreadAuthenticator

Connect = Callable[..., Any]

SERVER = zmq.curve_keypair()


def run_aconnect(socket: Any, endpoint: str, timeout: float = 10.0) -> Any:
    return asyncio.run(aconnect(socket, endpoint, timeout))


@pytest.fixture(params=[connect, run_aconnect], ids=["connect", "aconnect"])
def connect_(request: pytest.FixtureRequest) -> Connect:
    return request.param


@pytest.fixture
def auth(context: zmq.Context[Any]) -> Iterator[ThreadAuthenticator]:
    with ThreadAuthenticator(context) as authenticator:
        authenticator.configure_curve("*", zmq.auth.CURVE_ALLOW_ANY)
        yield authenticator


@pytest.fixture
def curve_server(
    context: zmq.Context[Any], auth: ThreadAuthenticator, endpoint: str
) -> Iterator[Any]:
    with context.socket(zmq.PULL) as server:
        server.curve_server, server.curve_secretkey = True, SERVER[1]
        server.bind(endpoint)
        yield server


@pytest.fixture
def client(context: zmq.Context[Any]) -> Iterator[Any]:
    with context.socket(zmq.PUSH) as socket:
        socket.linger = 0
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        socket.curve_serverkey = SERVER[0]
        yield socket


def test_success(connect_: Connect, curve_server: Any, client: Any) -> None:
    with connect_(client, curve_server.last_endpoint.decode()):
        client.send(b"hello")
        assert curve_server.recv() == b"hello"


def test_refused_by_the_authenticator(
    connect_: Connect, auth: ThreadAuthenticator, curve_server: Any, client: Any
) -> None:
    auth.configure_curve("*", {})
    with pytest.raises(HandshakeError, match=r"refused this client \(400\)") as caught:
        connect_(client, curve_server.last_endpoint.decode())
    assert isinstance(caught.value, (zmq.ZMQError, ConnectionError))
    # it is disconnected: the client hammers at the server no more, and can try again
    with pytest.raises(zmq.Again):
        client.send(b"", zmq.DONTWAIT)
    auth.configure_curve("*", zmq.auth.CURVE_ALLOW_ANY)
    connect_(client, curve_server.last_endpoint.decode())


def test_the_authenticator_failed(
    connect_: Connect, auth: ThreadAuthenticator, curve_server: Any, client: Any
) -> None:
    auth.configure_curve("*", lambda _: 1 / 0)
    with pytest.raises(HandshakeError, match=r"authenticator failed \(500\)"):
        connect_(client, curve_server.last_endpoint.decode())


def test_wrong_server_key(connect_: Connect, curve_server: Any, client: Any) -> None:
    client.curve_serverkey = zmq.curve_keypair()[0]
    with pytest.raises(HandshakeError, match="curve_serverkey"):
        connect_(client, curve_server.last_endpoint.decode())


def test_other_mechanisms(connect_: Connect, context: zmq.Context[Any], curve_server: Any) -> None:
    with context.socket(zmq.PUSH) as plain:
        plain.linger = 0
        plain.plain_username, plain.plain_password = b"alice", b"secret"
        with pytest.raises(HandshakeError, match="one side has CURVE"):
            connect_(plain, curve_server.last_endpoint.decode())


def test_the_authenticator_hangs(
    connect_: Connect, auth: ThreadAuthenticator, curve_server: Any, client: Any
) -> None:
    async def hang(credentials: Any) -> bool:
        await asyncio.get_running_loop().create_future()
        return True

    auth.provider_timeout = 0.05
    auth.configure_curve("*", hang)
    with pytest.raises(HandshakeError, match=r"authenticator failed \(500\)"):
        connect_(client, curve_server.last_endpoint.decode())


def test_nobody_listens(connect_: Connect, client: Any) -> None:
    with sockets.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        with pytest.raises(HandshakeError, match="nothing accepts connections"):
            connect_(client, f"tcp://127.0.0.1:{port}", timeout=0.1)


def test_somebody_else_listens(connect_: Connect, client: Any) -> None:
    with sockets.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(HandshakeError, match="is it a ZeroMQ socket"):
            connect_(client, f"tcp://localhost:{port}", timeout=0.2)


def test_inproc_has_no_handshake(connect_: Connect, context: zmq.Context[Any]) -> None:
    with context.socket(zmq.PULL) as server, context.socket(zmq.PUSH) as client:
        server.bind("inproc://x")
        connect_(client, "inproc://x")
        client.send(b"hello")
        assert server.recv() == b"hello"


def test_other_connections_are_not_mistaken(
    connect_: Connect, context: zmq.Context[Any], curve_server: Any, client: Any
) -> None:
    """A success elsewhere is none here."""
    connect_(client, curve_server.last_endpoint.decode())
    with context.socket(zmq.PULL) as other, sockets.create_server(("127.0.0.1", 0)) as mute:
        other.curve_server, other.curve_secretkey = True, SERVER[1]
        other.bind("tcp://127.0.0.1:*")
        client.connect(other.last_endpoint)
        with pytest.raises(HandshakeError):
            connect_(client, f"tcp://127.0.0.1:{mute.getsockname()[1]}", timeout=0.2)
    client.send(b"still there")
    assert curve_server.recv() == b"still there"


def test_cancelling_disconnects(client: Any) -> None:
    client.handshake_ivl = 100  # so long libzmq keeps a half-made connection that is disconnected

    async def main() -> None:
        with sockets.create_server(("127.0.0.1", 0)) as mute:
            mute.setblocking(False)
            task = asyncio.ensure_future(
                aconnect(client, f"tcp://127.0.0.1:{mute.getsockname()[1]}")
            )
            connection, _ = await asyncio.get_running_loop().sock_accept(mute)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while await asyncio.get_running_loop().sock_recv(connection, 1000):
                pass  # libzmq's greeting; then the end, for it has been disconnected
            connection.close()

    asyncio.run(main())
    with pytest.raises(zmq.Again):
        client.send(b"", zmq.DONTWAIT)


events = st.one_of(
    st.lists(st.binary(max_size=10), max_size=4),
    st.builds(
        lambda event, value, endpoint: [struct.pack("=HI", event, value), endpoint],
        st.one_of(
            st.sampled_from([int(event) & 0xFFFF for event in zmq.Event]), st.integers(0, 65535)
        ),
        st.integers(0, 2**32 - 1),
        st.sampled_from([b"tcp://127.0.0.1:1", b"tcp://127.0.0.1:2", b"", b"\xff", b"tcp://"]),
    ),
)


@settings(max_examples=500, deadline=None, database=None)
@given(st.lists(events, max_size=5))
def test_the_watch_survives_any_frames(messages: list[list[bytes]]) -> None:
    watch = HandshakeWatch("tcp://127.0.0.1:1")
    for message in messages:
        watch.feed(message)
    succeeded = struct.pack("=H", int(zmq.EVENT_HANDSHAKE_SUCCEEDED))
    if watch.succeeded:
        assert any(
            len(m) == 2 and m[0][:2] == succeeded and m[1] == b"tcp://127.0.0.1:1" for m in messages
        )
    assert "tcp://127.0.0.1:1" in str(watch.error(1.0))


@pytest.mark.parametrize(
    ("asked", "told", "same"),
    [
        ("tcp://127.0.0.1:1", "tcp://127.0.0.1:1", True),
        ("tcp://localhost:1", "tcp://127.0.0.1:1", True),
        ("tcp://eth0:0;localhost:1", "tcp://[::1]:1", True),
        ("tcp://127.0.0.1:1", "tcp://127.0.0.2:1", False),
        ("tcp://localhost:1", "tcp://127.0.0.1:2", False),
        ("tcp://localhost:1", "ipc://x:1", False),
        ("ipc://a", "ipc://b", False),
    ],
)
def test_whose_event_it_is(asked: str, told: str, same: bool) -> None:
    watch = HandshakeWatch(asked)
    watch.feed([struct.pack("=HI", int(zmq.EVENT_HANDSHAKE_SUCCEEDED), 0), told.encode()])
    assert watch.succeeded is same


def test_one_failure_without_a_reason_is_forgiven() -> None:
    watch = HandshakeWatch("tcp://127.0.0.1:1")
    failed = [
        struct.pack("=HI", int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL), 0),
        b"tcp://127.0.0.1:1",
    ]
    watch.feed(failed)
    assert not watch.done
    watch.feed(failed)
    assert "curve_serverkey" in (watch.failure or "")
