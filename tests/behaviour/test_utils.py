"""zmq.utils, zmq.decorators and the stopwatch."""

import ctypes
import importlib
import threading
import time

import pytest


@pytest.fixture
def utils(zmq):
    """``utils("z85")``: a module of zmq.utils."""
    return lambda name: importlib.import_module(f"{zmq.__name__}.utils.{name}")


# ---- z85


def test_z85_of_the_rfc(utils):
    z85 = utils("z85")
    raw = bytes([0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B])
    assert z85.encode(raw) == b"HelloWorld"
    assert z85.decode(b"HelloWorld") == z85.decode("HelloWorld") == raw
    assert z85.encode(b"") == z85.decode(b"") == b""
    for data in (bytes(4), b"\xff" * 4, bytes(range(256))):
        assert z85.decode(z85.encode(data)) == data


def test_z85_of_a_key(zmq, utils):
    public, secret = zmq.curve_keypair()
    assert len(public) == len(secret) == 40
    assert len(utils("z85").decode(public)) == 32
    assert zmq.curve_public(secret) == zmq.curve_public(secret.decode()) == public


@pytest.mark.parametrize("text", [b"abc", "abc", b"%%%%%", b"\xff" * 5, "ø" * 5, b"ab de"])
def test_what_is_not_z85(utils, text):
    with pytest.raises(ValueError, match="Z85"):
        utils("z85").decode(text)


def test_z85_needs_a_multiple_of_four(utils):
    with pytest.raises(ValueError, match="4"):
        utils("z85").encode(b"123")


# ---- jsonapi


def test_jsonapi(utils):
    jsonapi = utils("jsonapi")
    assert jsonapi.dumps({"a": [1, None]}) == b'{"a": [1, null]}'
    assert jsonapi.dumps("ø", ensure_ascii=False) == '"ø"'.encode()
    for text in (b"[1]", "[1]", bytearray(b"[1]"), memoryview(b"[1]")):
        assert jsonapi.loads(text) == [1]
    assert jsonapi.jsonmod.__name__ == "json"
    with pytest.raises(TypeError):
        jsonapi.dumps(object())
    with pytest.raises(UnicodeDecodeError):
        jsonapi.loads(b"\xff")


# ---- the small ones


def test_addresses(utils):
    cast = utils("interop").cast_int_addr
    assert cast(7) == 7
    assert cast(ctypes.c_void_p(7)) == 7
    assert cast(ctypes.pointer(ctypes.c_int(1))) > 0
    for bad in ("x", b"x", None, 1.5, object()):
        with pytest.raises(ValueError, match="address"):
            cast(bad)


def test_strtypes(utils):
    strtypes = utils("strtypes")
    assert (strtypes.bytes, strtypes.unicode, strtypes.basestring) == (bytes, str, (str,))
    with pytest.warns(DeprecationWarning, match=r"str\.encode"):
        assert strtypes.b("ø") == "ø".encode()
    with pytest.warns(DeprecationWarning, match=r"bytes\.decode"):
        assert strtypes.u(b"a") == "a"
    with pytest.warns(DeprecationWarning, match="strtypes"):
        assert strtypes.asbytes(b"a") == b"a"
    with pytest.warns(DeprecationWarning, match="strtypes"):
        assert strtypes.cast_unicode("a") == "a"
    for cast in (strtypes.cast_bytes, strtypes.cast_unicode):
        with (
            pytest.warns(DeprecationWarning, match="strtypes"),
            pytest.raises(TypeError, match="3"),
        ):
            cast(3)


def test_allow_interrupt_does_nothing_here(utils):
    called = []
    with utils("win32").allow_interrupt(lambda: called.append(1)):
        pass
    assert called == []
    with utils("win32").allow_interrupt():
        pass


def test_garbage(utils):
    garbage = utils("garbage")
    collector = garbage.GarbageCollector()
    event = threading.Event()
    key = collector.store(b"kept", event)
    assert collector.refs[key] == (b"kept", event)
    assert isinstance(collector.refs[key], garbage.gcref)
    collector.start()
    assert collector.is_alive()
    collector.stop()
    thread = garbage.GarbageCollectorThread(collector)
    thread.start()
    assert thread.ready.wait(5)
    thread.join()
    assert isinstance(garbage.gc, garbage.GarbageCollector)


def test_stopwatch(zmq):
    with pytest.warns(DeprecationWarning, match="perf_counter"):
        watch = zmq.Stopwatch()
    watch.start()
    before = time.perf_counter()
    time.sleep(0.002)
    passed = (time.perf_counter() - before) * 1e6
    assert passed <= watch.stop() < passed + 1e6


# ---- decorators


@pytest.fixture
def decorators(zmq):
    return importlib.import_module(f"{zmq.__name__}.decorators")


def test_decorators(zmq, decorators):
    made = []

    @decorators.context(io_threads=2)
    @decorators.socket(zmq.PUSH)
    def work(first, context, socket, *, last):
        """Doc."""
        assert (first, last) == (1, 2)
        assert context.io_threads == 2
        assert socket.context is context
        assert socket.type == zmq.PUSH
        made.extend([context, socket])
        return 3

    assert work(1, last=2) == work(1, last=2) == 3
    assert len(set(map(id, made))) == 4
    assert all(each.closed for each in made)
    assert (work.__name__, work.__doc__) == ("work", "Doc.")


def test_decorators_by_name(zmq, decorators):
    @decorators.context(name="ctx")
    @decorators.socket("push", zmq.PUSH, context_name="ctx")
    @decorators.socket(name="pull", socket_type=zmq.PULL, context_name="ctx")
    def work(*, ctx, push, pull):
        assert push.context is pull.context is ctx
        push.bind("inproc://x")
        pull.connect("inproc://x")
        push.send(b"x")
        return pull.recv()

    assert work() == b"x"
    with pytest.raises(TypeError, match="ctx"):
        work(ctx=1)


def test_a_decorated_socket_without_a_context_uses_the_instance(zmq, decorators):
    @decorators.socket(zmq.PUSH)
    def work(socket):
        return socket.context

    context = work()
    assert context is zmq.Context.instance()
    context.term()


def test_a_decorated_function_that_fails_closes_them(zmq, decorators):
    seen = []

    @decorators.context()
    @decorators.socket(zmq.PUSH)
    def work(context, socket):
        seen.extend([context, socket])
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        work()
    assert all(each.closed for each in seen)


def test_a_decorated_socket_needs_a_type(decorators):
    for arguments in ((), ("name",)):
        with pytest.raises(TypeError, match="type"):
            decorators.socket(*arguments)
