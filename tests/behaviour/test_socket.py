"""Sockets: life, endpoints, shadows, subclasses."""

import copy
import errno
import socket as sockets_of_python
import threading
import warnings

import pytest

STABLE_TYPES = (
    *("PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER"),
    *("PULL", "PUSH", "XPUB", "XSUB", "STREAM"),
)


@pytest.mark.parametrize("name", STABLE_TYPES)
def test_types(zmq, context, name):
    kind = getattr(zmq, name)
    with context.socket(kind) as socket:
        assert socket.type is zmq.SocketType[name]
        assert socket.TYPE == socket.get(zmq.TYPE) == kind
        assert not socket.closed
        assert socket.context is context
        assert repr(socket).startswith(f"<{zmq.__name__}.Socket(zmq.{name}) at 0x")
    assert socket.closed
    assert socket.type is zmq.SocketType[name]
    assert repr(socket).endswith("closed>")


def test_old_names_of_types(zmq, context):
    with context.socket(zmq.XREQ) as dealer, context.socket(zmq.XREP) as router:
        assert (dealer.type, router.type) == (zmq.DEALER, zmq.ROUTER)
        with pytest.warns(DeprecationWarning, match=r"Socket\.type"):
            assert dealer.socket_type == zmq.DEALER


@pytest.mark.parametrize("arguments", [(3,), (), (None,), ("x",)])
def test_a_socket_needs_a_context(zmq, arguments):
    with pytest.raises(TypeError, match="context"):
        zmq.Socket(*arguments)


def test_context_by_name_as_the_manual_of_15_has_it(zmq, context):
    with zmq.Socket(context=context, socket_type=zmq.PUB) as socket:
        assert socket.type == zmq.PUB


@pytest.mark.parametrize("kind", [99, -1])
def test_unknown_types(zmq, context, kind):
    with pytest.raises(zmq.ZMQError, match=str(kind)) as caught:
        context.socket(kind)
    assert caught.value.errno == zmq.EINVAL


def test_a_type_that_is_no_number(context):
    with pytest.raises(TypeError):
        context.socket("REQ")


def test_close_twice(zmq, context):
    socket = context.socket(zmq.PUSH)
    socket.close(linger=5)
    socket.close()
    assert socket.closed


@pytest.mark.parametrize(
    "use",
    [
        lambda s: s.send(b"x"),
        lambda s: s.send_multipart([b"x"]),
        lambda s: s.send_string("x"),
        lambda s: s.send_json(1),
        lambda s: s.recv(),
        lambda s: s.recv(copy=False),
        lambda s: s.recv_multipart(),
        lambda s: s.recv_string(),
        lambda s: s.recv_into(bytearray(1)),
        lambda s: s.try_recv(),
        lambda s: s.poll(0),
        lambda s: s.linger,
        lambda s: setattr(s, "linger", 0),
        lambda s: s.get(17),
        lambda s: s.set(17, 0),
        lambda s: s.hwm,
        lambda s: s.fileno(),
        lambda s: s.bind("inproc://x"),
        lambda s: s.connect("inproc://x"),
        lambda s: s.unbind("inproc://x"),
        lambda s: s.disconnect("inproc://x"),
        lambda s: s.monitor("inproc://x"),
        lambda s: s.get_monitor_socket(),
        lambda s: s.bind_to_random_port("tcp://127.0.0.1"),
    ],
)
def test_a_closed_socket(zmq, context, use):
    socket = context.socket(zmq.DEALER)
    socket.close()
    with pytest.raises(zmq.ZMQError, match="closed") as caught:
        use(socket)
    assert caught.value.errno == zmq.ENOTSOCK


# ---- endpoints


@pytest.mark.parametrize("transport", ["inproc", "ipc", "tcp"])
def test_bind_connect(zmq, bound_pair, transport):
    rep, req = bound_pair(zmq.REP, zmq.REQ, transport)
    req.send(b"question")
    assert rep.recv() == b"question"
    rep.send(b"answer")
    assert req.recv() == b"answer"


@pytest.mark.parametrize("addr", ["tcp://127.0.0.1:0", "tcp://127.0.0.1:*", b"tcp://127.0.0.1:*"])
def test_the_system_chooses_a_port(zmq, sockets, addr):
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    with push.bind(addr) as given:
        assert given is push
        endpoint = push.last_endpoint
        assert int(endpoint.rpartition(b":")[2]) > 0
        with pull.connect(endpoint):
            push.send(b"x")
            assert pull.recv() == b"x"
    with pytest.raises(zmq.ZMQError) as caught:
        push.unbind(endpoint)
    assert caught.value.errno == errno.ENOENT
    with pytest.raises(zmq.ZMQError):
        pull.disconnect(endpoint)


def test_bind_on_every_interface_as_a_context_manager(zmq, sockets):
    push = sockets(zmq.PUSH)
    with push.bind("tcp://*:*"):
        endpoint = push.last_endpoint
    with pytest.raises(zmq.ZMQError):
        push.unbind(endpoint)


def test_the_block_of_bind_may_close_the_socket(zmq, sockets):
    push = sockets(zmq.PUSH)
    with push.bind("inproc://closed"):
        push.close()
    assert push.closed


def test_repr_of_what_bind_returns(zmq, sockets):
    push = sockets(zmq.PUSH)
    assert repr(push.bind("inproc://a")) == "<SocketContext(bind='inproc://a')>"
    assert repr(push.connect(b"inproc://b")) == "<SocketContext(connect='inproc://b')>"


@pytest.mark.parametrize("method", ["bind", "connect"])
@pytest.mark.parametrize(
    ("addr", "number"),
    [
        ("nonsense", errno.EINVAL),
        ("", errno.EINVAL),
        ("zzz://x", errno.EPROTONOSUPPORT),
        ("tcp://127.0.0.1:no", errno.EINVAL),
    ],
)
def test_bad_addresses(zmq, sockets, method, addr, number):
    with pytest.raises(zmq.ZMQError) as caught:
        getattr(sockets(zmq.PUSH), method)(addr)
    assert caught.value.errno == number
    assert repr(addr) in str(caught.value)


@pytest.mark.parametrize("method", ["bind", "connect", "unbind", "disconnect"])
@pytest.mark.parametrize("addr", [3, None, ("tcp", 1)])
def test_addresses_of_wrong_type(zmq, sockets, method, addr):
    with pytest.raises(TypeError, match="str or bytes"):
        getattr(sockets(zmq.PUSH), method)(addr)


def test_an_address_with_a_zero_byte(zmq, sockets):
    with pytest.raises(ValueError, match="zero"):
        sockets(zmq.PUSH).bind("inproc://a\0b")


def test_ipc_paths_too_long_and_without_directory(zmq, sockets, tmp_path):
    push = sockets(zmq.PUSH)
    assert zmq.IPC_PATH_MAX_LEN > 50
    with pytest.raises(zmq.ZMQError, match="IPC_PATH_MAX_LEN"):
        push.bind("ipc://" + "/long" * 50)
    with pytest.raises(zmq.ZMQError, match="directory"):
        push.bind("ipc:///nowhere/at/all")


def test_a_taken_port(zmq, sockets):
    with sockets_of_python.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(zmq.ZMQError) as caught:
            sockets(zmq.PUSH).bind(f"tcp://127.0.0.1:{other.getsockname()[1]}")
    assert caught.value.errno == zmq.EADDRINUSE


def test_bind_to_random_port(zmq, sockets):
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    port = push.bind_to_random_port("tcp://127.0.0.1")
    pull.connect(f"tcp://127.0.0.1:{port}")
    push.send(b"x")
    assert pull.recv() == b"x"


def test_bind_to_random_port_keeps_to_its_range(zmq, sockets):
    with sockets_of_python.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(zmq.ZMQBindError, match=str(taken)):
            sockets(zmq.PUSH).bind_to_random_port(
                "tcp://127.0.0.1", min_port=taken, max_port=taken + 1, max_tries=3
            )
    push = sockets(zmq.PUSH)
    port = push.bind_to_random_port("tcp://127.0.0.1", min_port=taken, max_port=taken + 1)
    assert port == taken


@pytest.mark.parametrize("addr", ["inproc://x", "ipc:///tmp/x", "x"])
def test_random_ports_need_a_transport_that_has_ports(zmq, sockets, addr):
    with pytest.raises(ValueError, match=addr):
        sockets(zmq.PUSH).bind_to_random_port(addr)


def test_an_empty_range_of_ports(zmq, sockets):
    with pytest.raises(ValueError, match="5000"):
        sockets(zmq.PUSH).bind_to_random_port("tcp://127.0.0.1", 5000, 5000)


# ---- shadows and subclasses


@pytest.mark.parametrize(
    "shadow_of",
    [
        lambda socket: type(socket)(socket),
        lambda socket: type(socket)(shadow=socket),
        lambda socket: type(socket)(shadow=socket.underlying),
        lambda socket: type(socket).shadow(socket.underlying),
        lambda socket: type(socket).shadow(socket),
        copy.copy,
        copy.deepcopy,
    ],
)
def test_shadow(zmq, bound_pair, shadow_of):
    push, pull = bound_pair(zmq.PUSH, zmq.PULL)
    shadow = shadow_of(push)
    assert shadow.underlying == push.underlying
    assert shadow.type is zmq.SocketType.PUSH
    shadow.send(b"x")
    assert pull.recv() == b"x"
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a shadow may be dropped without a word
        del shadow
    assert not push.closed
    push.send(b"y")
    assert pull.recv() == b"y"


def by_object(socket):
    return type(socket).shadow(socket)


def by_address(socket):
    return type(socket).shadow(socket.underlying)


@pytest.mark.parametrize("shadow_of", [by_object, by_address])
def test_whoever_is_closed_closes_all(zmq, context, shadow_of):
    """They are one socket of libzmq: whoever were left would use memory that is not theirs."""
    original = context.socket(zmq.PUSH)
    first, second = shadow_of(original), shadow_of(original)
    first.close(linger=0)
    assert first.closed
    assert second.closed
    assert original.closed
    with pytest.raises(zmq.ZMQError, match="is closed") as caught:
        original.get(zmq.TYPE)
    assert caught.value.errno == zmq.ENOTSOCK
    original = context.socket(zmq.PUSH)
    shadow = shadow_of(original)
    original.close(linger=0)
    assert shadow.closed
    with pytest.raises(zmq.ZMQError, match="is closed"):
        shadow.send(b"x")
    context.destroy(linger=0)
    assert context.closed


@pytest.mark.parametrize("shadow_of", [by_object, by_address])
def test_no_shadow_is_closed_while_another_thread_waits(zmq, bound_pair, shadow_of):
    push, pull = bound_pair(zmq.PUSH, zmq.PULL)
    shadow = shadow_of(pull)
    got = []
    thread = threading.Thread(target=lambda: got.append(pull.recv()))
    thread.start()
    try:
        with pytest.raises(zmq.ConcurrentUseError, match="recv"):  # noqa: PT012
            while True:  # until the thread is inside
                pull.get(zmq.TYPE)
        with pytest.raises(zmq.ConcurrentUseError, match="recv"):
            shadow.close()
        assert not shadow.closed
    finally:
        push.send(b"x")
        thread.join()
    assert got == [b"x"]


@pytest.mark.parametrize("address", ["x", None, 0])
def test_shadow_of_no_address(zmq, address):
    with pytest.raises(ValueError, match="address"):
        zmq.Socket.shadow(address)


@pytest.mark.parametrize("shadow_of", [copy.copy, lambda s: type(s)(s), lambda s: s.shadow(s)])
def test_a_closed_socket_has_no_shadows(zmq, sockets, shadow_of):
    closed = sockets(zmq.PUSH)
    closed.close()
    assert closed.underlying == 0
    with pytest.raises(zmq.ZMQError, match="closed") as caught:
        shadow_of(closed)
    assert caught.value.errno == zmq.ENOTSOCK


def test_a_subclass_may_declare_attributes(zmq, context):
    class Mine(zmq.Socket):
        annotated: int
        declared = 1

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.annotated = 2
            self.declared = 3

    with context.socket(zmq.PUSH, socket_class=Mine) as socket:
        assert (socket.annotated, socket.declared, Mine.declared) == (2, 3, 1)
        with pytest.raises(AttributeError, match="other"):
            socket.other = 1


def test_overridden_send_and_recv_are_used_by_the_others(zmq, context):
    class Shouting(zmq.Socket):
        def send(self, data, *args, **kwargs):
            return super().send(bytes(data).upper(), *args, **kwargs)

        def recv(self, *args, **kwargs):
            return super().recv(*args, **kwargs) + b"!"

    with context.socket(zmq.PAIR, Shouting) as ours, context.socket(zmq.PAIR) as theirs:
        ours.bind("inproc://shout")
        theirs.connect("inproc://shout")
        ours.send_string("a")
        ours.send_multipart([b"b", b"c"])
        ours.send_json("d")
        assert theirs.recv_multipart(timeout=5000) == [b"A"]
        assert theirs.recv_multipart(timeout=5000) == [b"B", b"C"]
        assert theirs.recv_multipart(timeout=5000) == [b'"D"']
        theirs.send_multipart([b"e", b"f"])
        assert ours.recv_multipart() == [b"e!", b"f!"]
        theirs.send(b"g")
        assert ours.recv_string() == "g!"


def test_context_of_a_socket_cannot_be_set(zmq, sockets):
    with pytest.raises(AttributeError):
        sockets(zmq.PUSH).context = None
