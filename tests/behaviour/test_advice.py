"""What errors say to who meets them: what was wrong, with which value, and what to do."""

import re
import sys

import pytest


@pytest.fixture
def told(zmq):
    """``told(call, *arguments)``: the text of the exception."""

    def tell(call, *arguments):
        with pytest.raises((zmq.ZMQError, TypeError, ValueError)) as caught:
            call(*arguments)
        return str(caught.value)

    return tell


def test_turns(zmq, bound_pair, told):
    rep, req = bound_pair(zmq.REP, zmq.REQ)
    req.send(b"")
    for call in (lambda: req.send(b""), lambda: rep.send(b"")):
        text = told(call)
        assert text.startswith(f"{zmq.strerror(zmq.EFSM)} (REQ and REP take turns: a REQ sends, ")
        assert "closed and made anew, or has the option REQ_RELAXED)" in text


def test_one_way_sockets(zmq, sockets, told):
    assert "SUB, PULL and DISH only receive" in told(sockets(zmq.PULL).send_multipart, [b""])
    assert "PUB, PUSH and RADIO only send" in told(sockets(zmq.PUB).recv)


def test_again(zmq, sockets, told):
    with pytest.raises(zmq.Again) as caught:
        sockets(zmq.PULL).recv(timeout=1)
    assert caught.value.strerror == zmq.strerror(zmq.EAGAIN)
    assert "no message came" in str(caught.value)
    assert "within the time given" in str(caught.value)


def test_routing(zmq, sockets, told):
    router = sockets(zmq.ROUTER, router_mandatory=1)
    assert "no peer with this routing id is connected" in told(router.send_multipart, [b"x", b""])


@pytest.mark.parametrize(
    ("call", "address", "advice"),
    [
        ("bind", "127.0.0.1:5555", "an endpoint begins with its transport: tcp://, ipc://"),
        ("connect", "localhost", "an endpoint begins with its transport"),
        ("bind", "tcp://127.0.0.1", "the port is missing: tcp://host:port"),
        ("connect", "tcp://localhost", "the port is missing"),
        ("connect", "tcp://*:5555", "* stands for all interfaces of this machine, to bind"),
        ("connect", "tcp://127.0.0.1:*", "a connect needs the port itself"),
        ("bind", "http://127.0.0.1:80", "there is no transport http:// here; there are inproc, "),
        ("bind", "tcp://192.0.2.1:*", "an address or interface of this machine, or * for all"),
        ("bind", "inproc://", "a path or name is missing"),
        ("unbind", "tcp://127.0.0.1:1", "the socket is not bound there: give the address as it"),
        ("disconnect", "tcp://127.0.0.1:1", "the socket is not connected there: give the address"),
    ],
)
def test_endpoints(zmq, sockets, told, call, address, advice):
    text = told(getattr(sockets(zmq.REP), call), address)
    assert f"(addr={address!r}: " in text
    assert advice in text


def test_transports_are_those_that_there_are(zmq, sockets, told):
    text = told(sockets(zmq.REP).bind, "http://127.0.0.1:80")
    named = text.partition("there are ")[2].rstrip(")").split(", ")
    assert named[:3] == ["inproc", "tcp", "udp"]
    assert [name for name in named[3:] if not zmq.has(name)] == []
    assert ("ipc" in named) == zmq.has("ipc")


@pytest.mark.parametrize(
    ("transport", "advice"),
    [("tcp", "close that, or bind to another port"), ("inproc", "another socket of this context")],
)
def test_addresses_in_use(zmq, sockets, endpoint, told, transport, advice):
    first = sockets(zmq.REP)
    first.bind(endpoint(transport))
    address = first.last_endpoint.decode()
    text = told(sockets(zmq.REP).bind, address)
    assert f"(addr={address!r}: " in text
    assert advice in text


@pytest.mark.parametrize(
    ("kind", "option", "value", "advice"),
    [
        ("PUB", "SUBSCRIBE", b"x", "value b'x': only SUB sockets subscribe, this is PUB"),
        ("REQ", "CURVE_SERVERKEY", b"short", "b'short': a key is 40 characters of Z85 text, or 32"),
        ("DEALER", "ROUTING_ID", b"", "value b'': a routing id has 1 to 255 bytes"),
        ("REQ", "LINGER", -5, "value -5: the value is out of range, or the option cannot be set"),
        ("REQ", "RCVMORE", 1, "or the option cannot be set, or not on REQ sockets"),
        ("REQ", "LINGER", "1", "option LINGER takes an int, not '1'"),
        ("REQ", "ROUTING_ID", "x", "ROUTING_ID takes bytes, not str: 'x'; use set_string()"),
    ],
)
def test_options(zmq, sockets, told, kind, option, value, advice):
    socket = sockets(getattr(zmq, kind))
    assert advice in told(socket.set, getattr(zmq, option), value)


def test_options_that_cannot_be_read(zmq, sockets, told):
    text = told(sockets(zmq.SUB).get, zmq.SUBSCRIBE)
    assert "(option SUBSCRIBE: it cannot be read at all, or not from SUB sockets" in text


@pytest.mark.parametrize(
    ("option", "value", "advice"),
    [
        ("CURVE_SECRETKEY", "hunter2" * 6, "<str of length 42, not shown>; use set_string()"),
        ("CURVE_SECRETKEY", b"hunter2" * 6, "<bytes of length 42, not shown>: a key is 40"),
        ("CURVE_SECRETKEY", 77177, "takes bytes, not <int, not shown>"),
        ("PLAIN_PASSWORD", "hunter2", "<str of length 7, not shown>; use set_string()"),
        ("PLAIN_PASSWORD", b"hunter2" * 40, "<bytes of length 280, not shown>: the value is out"),
    ],
)
def test_secrets_are_not_repeated(zmq, sockets, told, option, value, advice):
    text = told(sockets(zmq.REQ).set, getattr(zmq, option), value)
    assert option in text
    assert advice in text
    assert not re.search("hunter2|77177", text)


def test_errors_outlive_their_advice(zmq, sockets, told, monkeypatch):
    """At the end of the interpreter nothing can be imported any more."""
    monkeypatch.setitem(sys.modules, f"{zmq.__name__}._advice", None)
    socket = sockets(zmq.REP)
    with pytest.raises(zmq.ZMQError) as caught:
        socket.send(b"")
    assert caught.value.errno == zmq.EFSM
    assert "hunter2" not in told(socket.set, zmq.CURVE_SECRETKEY, b"hunter2")
    assert "'nonsense'" in told(socket.bind, "nonsense")


def test_socket_types(zmq, context, told):
    assert told(context.socket, "REQ") == "a type of socket is zmq.REQ, zmq.PUB, ..., not 'REQ'"


def test_trackers(zmq, sockets):
    push = sockets(zmq.PUSH)
    push.bind("tcp://127.0.0.1:*")
    push.connect("inproc://nobody-yet")  # where it waits
    tracker = push.send(bytes(100_000), copy=False, track=True)
    with pytest.raises(zmq.NotDone, match="leave its memory as it is, and wait longer"):
        tracker.wait(0.001)
    assert str(zmq.NotDone("other")) == "other"
