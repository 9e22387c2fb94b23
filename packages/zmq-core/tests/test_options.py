"""Options, endpoints and what libzmq tells: values by type, and errors that name what was wrong."""

from __future__ import annotations

import errno
import re

import pytest

import zmq
from zmq import backend


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (zmq.LINGER, 250),
        (zmq.SNDHWM, 0),
        (zmq.MAXMSGSIZE, 2**40),
        (zmq.AFFINITY, 2**63),
        (zmq.ROUTING_ID, b"name"),
        (zmq.ROUTING_ID, b"zero\0"),
        (zmq.PLAIN_USERNAME, b"user"),
        (zmq.IPV6, 1),
    ],
)
def test_set_and_get(sockets, option, value):
    socket = sockets(zmq.DEALER)
    socket.set(option, value)
    assert socket.get(option) == value
    assert socket.getsockopt(option) == value


@pytest.mark.parametrize("give", [bytes, bytearray, memoryview])
def test_bytes_like_values(sockets, give):
    socket = sockets(zmq.SUB)
    socket.set(zmq.SUBSCRIBE, give(b"topic"))
    socket.setsockopt(zmq.ROUTING_ID, give(b"id"))
    assert socket.get(zmq.ROUTING_ID) == b"id"


@pytest.mark.parametrize(
    ("option", "value", "error", "words"),
    [
        (zmq.LINGER, "5", TypeError, "LINGER takes an int, not '5'"),
        (zmq.LINGER, b"5", TypeError, "LINGER takes an int.*b'5'"),
        (zmq.LINGER, None, TypeError, "LINGER takes an int.*None"),
        (zmq.LINGER, 1.5, TypeError, "LINGER takes an int.*1.5"),
        (zmq.LINGER, 2**40, ValueError, f"LINGER.*{2**40}.*32 bits"),
        (zmq.AFFINITY, -1, ValueError, "AFFINITY.*-1.*64 bits"),
        (zmq.LINGER, -5, zmq.ZMQError, "LINGER, value -5"),
        (zmq.ROUTING_ID, 5, TypeError, "ROUTING_ID takes bytes.*5"),
        (zmq.ROUTING_ID, b"x" * 256, zmq.ZMQError, "ROUTING_ID, value b'x"),
        (zmq.ROUTING_ID, b"", zmq.ZMQError, "ROUTING_ID"),
        (zmq.CURVE_SERVERKEY, b"short", zmq.ZMQError, "CURVE_SERVERKEY"),
        (zmq.TYPE, 1, zmq.ZMQError, "TYPE, value 1"),
        (987654, 1, zmq.ZMQError, "option 987654"),
    ],
)
def test_wrong_values(sockets, option, value, error, words):
    with pytest.raises(error, match=words):
        sockets(zmq.DEALER).set(option, value)


def test_unknown_options(sockets):
    with pytest.raises(zmq.ZMQError, match="option 987654") as caught:
        sockets(zmq.DEALER).get(987654)
    assert caught.value.errno == zmq.EINVAL


def test_context_options(context):
    context.set(zmq.MAX_SOCKETS, 5)
    assert context.get(zmq.MAX_SOCKETS) == 5
    assert backend.Context.get(context, zmq.IO_THREADS) == 1
    for value, error in ((-1, zmq.ZMQError), ("5", TypeError), (2**40, ValueError)):
        with pytest.raises(error, match="MAX_SOCKETS"):
            context.set(zmq.MAX_SOCKETS, value)
    with pytest.raises(zmq.ZMQError, match="option 987654"):
        context.get(987654)
    with pytest.raises(ValueError, match="-1"):
        backend.Context(-1)
    other = backend.Context(3)
    assert other.get(zmq.IO_THREADS) == 3
    other.term()


def test_too_many_sockets(context, sockets):
    context.set(zmq.MAX_SOCKETS, 3)
    for _ in range(3):
        sockets(zmq.PUB)
    with pytest.raises(zmq.ZMQError) as caught:
        sockets(zmq.PUB)
    assert caught.value.errno == errno.EMFILE


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("nonsense", zmq.ZMQError, "addr='nonsense'"),
        ("tcp://127.0.0.1:port", zmq.ZMQError, re.escape("addr='tcp://127.0.0.1:port'")),
        ("carrier-pigeon://coo", zmq.ZMQError, "addr='carrier-pigeon://coo'"),
        ("tcp://\0", ValueError, "zero byte"),
        ("tcp://\ud800", ValueError, "not valid text"),
        (b"\xff\xfe", zmq.ZMQError, "addr="),
        (5, TypeError, "str or bytes, not int: 5"),
        (None, TypeError, "NoneType"),
        ("ipc:///no/such/folder/socket", zmq.ZMQError, "directory.*does not exist"),
        (f"ipc:///tmp/{'x' * 200}", zmq.ZMQError, f"205 bytes.*{backend.IPC_PATH_MAX_LEN}"),
    ],
)
def test_wrong_endpoints(sockets, address, error, words):
    with pytest.raises(error, match=words):
        sockets(zmq.DEALER).bind(address)


def test_endpoints(sockets):
    first, second = sockets(zmq.DEALER), sockets(zmq.DEALER)
    first.bind(b"tcp://127.0.0.1:*")
    endpoint = first.get(zmq.LAST_ENDPOINT)
    with pytest.raises(zmq.ZMQError, match=endpoint.decode()) as caught:
        second.bind(endpoint)
    assert caught.value.errno == zmq.EADDRINUSE
    second.connect(endpoint.decode())
    second.send(b"x")
    assert first.recv() == b"x"
    second.disconnect(endpoint)
    first.unbind(endpoint)
    for call in (first.unbind, second.disconnect):
        with pytest.raises(zmq.ZMQError, match=endpoint.decode()) as caught:
            call(endpoint)
        assert caught.value.errno == errno.ENOENT


def test_monitor(sockets):
    server, client = sockets(zmq.DEALER), sockets(zmq.DEALER)
    events = sockets(zmq.PAIR)
    server.monitor("inproc://events", zmq.Event.ACCEPTED)
    events.connect("inproc://events")
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.get(zmq.LAST_ENDPOINT))
    event, address = events.recv_multipart()
    assert int.from_bytes(event[:2], "little") == zmq.Event.ACCEPTED
    assert address == server.get(zmq.LAST_ENDPOINT)
    server.monitor(None)
    with pytest.raises(zmq.ZMQError, match="tcp://"):
        server.monitor("tcp://127.0.0.1:*")


def test_shadows(context, pair):
    a, b = pair
    shadow = backend.Context(shadow=context.underlying)
    borrowed = backend.Socket(shadow, shadow=b.underlying)
    a.send(b"for either")
    assert borrowed.recv() == b"for either"
    shadow.term()
    assert not context.closed
    a.send(b"still open")
    assert b.recv() == b"still open"


def test_keys():
    # Bob's of RFC 7748, 6.1
    assert (
        backend.curve_public("u8[lWvOhIJDeTmhGmBD]z-+iMck:h&950i$%a]R0")
        == b"?K-FIDWS-q^{3m$)bQ2.kz8tAtx<^PT]9RZz?]]t"
    )
    public, secret = backend.curve_keypair()
    assert len(public) == len(secret) == 40
    assert backend.curve_public(secret) == backend.curve_public(secret.decode()) == public
    with pytest.raises(ValueError, match="has 3"):
        backend.curve_public(b"abc")
    with pytest.raises(zmq.ZMQError, match="Z85"):
        backend.curve_public(b"\x7f" * 40)
    with pytest.raises(TypeError, match="int"):
        backend.curve_public(5)


def test_curve_end_to_end(sockets):
    server, client = sockets(zmq.REP), sockets(zmq.REQ)
    public, secret = backend.curve_keypair()
    server.set(zmq.CURVE_SERVER, 1)
    server.set(zmq.CURVE_SECRETKEY, secret)
    own_public, own_secret = backend.curve_keypair()
    client.set(zmq.CURVE_SERVERKEY, public)
    client.set(zmq.CURVE_PUBLICKEY, own_public)
    client.set(zmq.CURVE_SECRETKEY, own_secret)
    assert client.get(zmq.CURVE_SERVERKEY) == public
    server.bind("tcp://127.0.0.1:*")
    client.connect(server.get(zmq.LAST_ENDPOINT))
    client.send(b"secret")
    assert server.recv() == b"secret"
    assert client.get(zmq.MECHANISM) == zmq.CURVE


def test_capabilities():
    assert backend.has("curve")
    assert backend.has(b"ipc")
    assert not backend.has("time travel")
    with pytest.raises(TypeError, match="5"):
        backend.has(5)


def test_build_info():
    info = backend.build_info()
    assert info["libzmq"]["version"] == ".".join(map(str, backend.zmq_version_info()))
    assert info["curve"] == "libsodium"
    assert "-O3" in info["flags"]
    assert info["drafts"] == backend.PYZMQ_DRAFT_API
    assert info["libsodium"]["route"]


def test_draft_calls_say_how_to_get_them(sockets):
    if backend.PYZMQ_DRAFT_API:
        dish = sockets(zmq.DISH)
        dish.join("group")
        dish.leave("group")
        return
    socket = sockets(zmq.DEALER)
    for call in (
        lambda: socket.join("group"),
        lambda: socket.leave("group"),
        lambda: socket.send(b"", routing_id=5),
        lambda: socket.send(b"", group="group"),
        lambda: backend.Frame(b"").group,
    ):
        with pytest.raises(zmq.ZMQError, match="ZMQ_DRAFT_API=1") as caught:
            call()
        assert caught.value.errno == zmq.ENOTSUP


def test_strerror():
    assert backend.strerror(zmq.ETERM) == "Context was terminated"
    assert backend.strerror(zmq.EAGAIN)
    assert isinstance(backend.zmq_errno(), int)
