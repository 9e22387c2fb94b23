"""Socket options: get and set, as text, and as attributes."""

import os

import pytest


@pytest.mark.parametrize("name", ["linger", "LINGER"])
def test_as_attributes_in_both_cases(zmq, sockets, name):
    socket = sockets(zmq.PUSH)
    setattr(socket, name, 7)
    assert getattr(socket, name) == 7
    assert socket.get(zmq.LINGER) == socket.getsockopt(zmq.LINGER) == 7
    socket.setsockopt(zmq.LINGER, 8)
    assert getattr(socket, name) == 8


def test_every_option_has_its_attributes(zmq, sockets):
    """Each is read as `get` reads it, or is an AttributeError where `get` says EINVAL."""
    socket = sockets(zmq.PUB)
    readable = 0
    for name, option in zmq.SocketOption.__members__.items():
        if name == "TYPE":
            continue
        for spelling in (name, name.lower()):
            if spelling in ("hwm", "subscribe", "unsubscribe", "fd"):
                continue
            try:
                value = socket.get(option)
            except zmq.ZMQError as error:
                assert error.errno in (zmq.EINVAL, zmq.EFAULT)  # noqa: PT017
                assert not hasattr(socket, spelling)
            else:
                readable += 1
                assert getattr(socket, spelling) == value
                assert not isinstance(value, int) or value < 2**31 or name == "VMCI_BUFFER_SIZE"
    assert readable > 100


@pytest.mark.parametrize("name", ["foo", "sethwm", "ling", "__wrapped__", "_private"])
def test_unknown_attributes(zmq, sockets, name):
    socket = sockets(zmq.PUSH)
    assert not hasattr(socket, name)
    with pytest.raises(AttributeError, match=name):
        setattr(socket, name, 1)


@pytest.mark.parametrize("name", ["SUBSCRIBE", "UNSUBSCRIBE", "connect_rid", "HWM"])
def test_write_only_options(zmq, sockets, name):
    with pytest.raises(AttributeError, match=f"(?i){name}"):
        getattr(sockets(zmq.SUB), name)


def test_unknown_options(zmq, sockets):
    socket = sockets(zmq.PUSH)
    for call in (lambda: socket.get(9999), lambda: socket.set(9999, 1)):
        with pytest.raises(zmq.ZMQError, match="9999") as caught:
            call()
        assert caught.value.errno == zmq.EINVAL


def test_types_of_values(zmq, sockets):
    socket = sockets(zmq.DEALER)
    socket.identity = b"me"
    assert socket.identity == socket.routing_id == b"me"
    socket.affinity = 2**63
    assert socket.affinity == 2**63
    socket.maxmsgsize = 2**40
    assert socket.maxmsgsize == 2**40
    socket.set(zmq.IDENTITY, bytearray(b"you"))
    assert socket.identity == b"you"
    socket.set(zmq.IDENTITY, memoryview(b"zero\0"))
    assert socket.identity == b"zero\0"
    assert isinstance(socket.fd, int)
    assert socket.fd == socket.FD == socket.fileno() == socket.get(zmq.FD)
    os.fstat(socket.fd)


@pytest.mark.parametrize(
    ("option", "value", "exception"),
    [
        ("LINGER", "x", TypeError),
        ("LINGER", b"x", TypeError),
        ("LINGER", 1.5, TypeError),
        ("LINGER", None, TypeError),
        ("LINGER", [], TypeError),
        ("LINGER", 2**40, ValueError),
        ("AFFINITY", 2**64, ValueError),
        ("AFFINITY", -1, ValueError),
        ("MAXMSGSIZE", 2**63, ValueError),
        ("ROUTING_ID", "x", TypeError),
        ("ROUTING_ID", 3, TypeError),
    ],
)
def test_bad_values(zmq, sockets, option, value, exception):
    socket = sockets(zmq.DEALER)
    before = socket.get(zmq.SocketOption[option])
    with pytest.raises(exception, match=option):
        socket.set(zmq.SocketOption[option], value)
    with pytest.raises(exception, match=option):
        setattr(socket, option.lower(), value)
    assert socket.get(zmq.SocketOption[option]) == before


@pytest.mark.parametrize(
    ("option", "value"),
    [("ROUTING_ID", b"x" * 300), ("ROUTING_ID", b""), ("SNDHWM", -1), ("LINGER", -2), ("RATE", 0)],
)
def test_values_that_libzmq_refuses(zmq, sockets, option, value):
    with pytest.raises(zmq.ZMQError, match=option) as caught:
        sockets(zmq.DEALER).set(zmq.SocketOption[option], value)
    assert caught.value.errno == zmq.EINVAL


@pytest.mark.parametrize("option", ["LINGER", None])
def test_options_that_are_no_numbers(zmq, sockets, option):
    socket = sockets(zmq.DEALER)
    with pytest.raises(TypeError):
        socket.get(option)
    with pytest.raises(TypeError):
        socket.set(option, 1)


@pytest.mark.parametrize("suffix", ["sockopt_string", "sockopt_unicode", "_string"])
def test_as_text(zmq, sockets, suffix):
    socket = sockets(zmq.DEALER)
    get, set_ = getattr(socket, f"get{suffix}"), getattr(socket, f"set{suffix}")
    set_(zmq.IDENTITY, "ø")
    assert get(zmq.IDENTITY) == "ø"
    assert socket.identity == "ø".encode()
    set_(zmq.IDENTITY, "ø", encoding="latin1")
    assert socket.identity == b"\xf8"
    assert get(zmq.IDENTITY, encoding="latin1") == "ø"
    with pytest.raises(UnicodeDecodeError):
        get(zmq.IDENTITY)
    with pytest.raises(TypeError, match="bytes"):
        set_(zmq.IDENTITY, b"x")
    with pytest.raises(TypeError, match="number"):
        get(zmq.LINGER)


def test_hwm_is_both(zmq, sockets):
    socket = sockets(zmq.DEALER)
    socket.hwm = 7
    assert (socket.sndhwm, socket.rcvhwm, socket.hwm, socket.get_hwm()) == (7, 7, 7, 7)
    socket.set_hwm(8)
    assert (socket.sndhwm, socket.rcvhwm, socket.hwm) == (8, 8, 8)
    socket.rcvhwm = 9
    assert socket.hwm == 8


def test_subscriptions(zmq, bound_pair):
    xpub, sub = bound_pair(zmq.XPUB, zmq.SUB)

    def heard():
        return xpub.recv()

    sub.subscribe("ø")
    assert heard() == b"\x01" + "ø".encode()
    sub.subscribe(b"b")
    assert heard() == b"\x01b"
    sub.subscribe = "c"
    assert heard() == b"\x01c"
    sub.SUBSCRIBE = b"d"
    assert heard() == b"\x01d"
    sub.unsubscribe("ø")
    assert heard() == b"\x00" + "ø".encode()
    sub.unsubscribe = b"b"
    assert heard() == b"\x00b"
    assert callable(sub.subscribe)
    xpub.send_multipart([b"c", b"1"])
    assert sub.recv_multipart() == [b"c", b"1"]
    with pytest.raises(TypeError):
        sub.subscribe(3)
    with pytest.raises(zmq.ZMQError):
        xpub.subscribe("x")


def test_options_of_other_types_of_sockets(zmq, sockets):
    with pytest.raises(zmq.ZMQError, match="ROUTER_MANDATORY") as caught:
        sockets(zmq.PUSH).router_mandatory = 1
    assert caught.value.errno == zmq.EINVAL


def test_attributes_are_fast(zmq, sockets):
    """An attribute is one property away from `get`: no search of names on the way."""
    cls = type(sockets(zmq.PUSH))
    assert isinstance(cls.__dict__["linger"], property)
    assert isinstance(cls.__dict__["RCVTIMEO"], property)
