"""Contexts: life, sharing, shadows, options and defaults for sockets."""

import copy
import errno
import gc
import os
import sys
import threading
from types import SimpleNamespace

import pytest


def test_term_closes_and_a_second_term_does_nothing(zmq):
    context = zmq.Context()
    assert not context.closed
    context.term()
    assert context.closed
    context.term()
    context.destroy()


def test_a_closed_context_makes_no_sockets(zmq):
    context = zmq.Context()
    context.term()
    with pytest.raises(zmq.ZMQError, match="closed"):
        context.socket(zmq.PAIR)
    with pytest.raises(zmq.ZMQError, match="closed"):
        context.get(zmq.IO_THREADS)


def test_destroy_closes_what_it_made(zmq):
    context = zmq.Context()
    sockets = [context.socket(kind) for kind in (zmq.PUB, zmq.REQ, zmq.ROUTER)]
    context.destroy(linger=0)
    assert all(socket.closed for socket in sockets)
    assert context.closed


def test_destroy_applies_linger(zmq):
    context = zmq.Context()
    push = context.socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    push.send(b"never fetched")
    context.destroy(linger=0)  # with the default LINGER this would wait for ever
    assert context.closed


def test_with_block_destroys_and_warns_of_open_sockets(zmq):
    with pytest.warns(ResourceWarning, match="PUSH"), zmq.Context() as context:
        left_open = context.socket(zmq.PUSH)
    assert context.closed
    assert left_open.closed


def test_with_block_is_silent_about_closed_sockets(zmq):
    with zmq.Context() as context, context.socket(zmq.PUSH):
        pass
    assert context.closed


def test_garbage_is_terminated_with_a_warning(zmq):
    context = zmq.Context()
    with pytest.warns(ResourceWarning, match="unclosed context"):  # noqa: PT031
        del context
        gc.collect()


def test_a_garbage_socket_is_closed_with_a_warning(zmq, context):
    socket = context.socket(zmq.PUSH)
    assert "1 socket" in repr(context)
    with pytest.warns(ResourceWarning, match="unclosed"):  # noqa: PT031
        del socket
        gc.collect()
    assert "socket" not in repr(context)


def test_a_failed_init_leaves_nothing_behind(zmq):
    class Broken(zmq.Context):
        def __init__(self):
            raise KeyError("before anything")

    with pytest.raises(KeyError):
        Broken()
    gc.collect()


def test_repr(zmq):
    context = zmq.Context()
    assert repr(context).startswith(f"<{zmq.__name__}.Context() at 0x")
    first, second = context.socket(zmq.PUSH), context.socket(zmq.PUSH)
    assert "Context(2 sockets)" in repr(context)
    first.close()
    assert "Context(1 socket)" in repr(context)
    second.close()
    context.term()
    assert repr(context).endswith("closed>")


# ---- one for the process


@pytest.fixture
def instance(zmq):
    yield zmq.Context.instance
    zmq.Context.instance().destroy(linger=0)


def test_instance_is_one(instance):
    assert instance() is instance() is instance(io_threads=3)


def test_instance_is_made_anew_after_term(instance):
    first = instance()
    first.term()
    assert instance() is not first
    assert not instance().closed


def test_instance_from_many_threads_is_one(instance):
    found = []
    barrier = threading.Barrier(16)

    def ask():
        barrier.wait()
        found.append(instance())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(map(id, found))) == 1


def test_each_subclass_has_its_own_instance(zmq, instance):
    class Mine(zmq.Context):
        pass

    mine = Mine.instance()
    try:
        assert type(mine) is Mine
        assert instance() is not mine
    finally:
        mine.term()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_instance_is_made_anew_after_a_fork(zmq, instance):
    ours = instance()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            theirs = instance()
            with theirs.socket(zmq.PAIR):
                pass
            answer = b"new" if theirs is not ours and ours.closed else b"old"
            os.write(writer, answer)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        assert answer.read() == b"new"
    os.waitpid(child, 0)
    assert instance() is ours
    assert not ours.closed


# ---- shadows


@pytest.mark.parametrize(
    "shadow_of",
    [
        lambda context: type(context)(context),
        lambda context: type(context)(shadow=context),
        lambda context: type(context)(shadow=context.underlying),
        lambda context: type(context).shadow(context.underlying),
        lambda context: type(context).shadow(context),
        copy.copy,
        copy.deepcopy,
    ],
)
def test_shadow(zmq, context, shadow_of):
    shadow = shadow_of(context)
    assert shadow.underlying == context.underlying
    with context.socket(zmq.PULL) as pull, shadow.socket(zmq.PUSH) as push:
        pull.bind("inproc://over")
        push.connect("inproc://over")
        push.send(b"x")
        assert pull.recv() == b"x"
    shadow.term()
    assert shadow.closed
    assert not context.closed


def test_a_shadow_closes_only_its_own_sockets(zmq, context):
    with context.socket(zmq.PUSH) as ours:
        shadow = zmq.Context.shadow(context)
        theirs = shadow.socket(zmq.PUSH)
        shadow.destroy(linger=0)
        assert theirs.closed
        assert not ours.closed


def test_a_shadow_keeps_its_original(zmq):
    shadow = zmq.Context(zmq.Context())
    gc.collect()
    with shadow.socket(zmq.PUSH):
        pass
    original = shadow._shadow_obj
    shadow.term()
    original.term()


def test_shadow_of_a_ctypes_pointer(zmq, context):
    ctypes = pytest.importorskip("ctypes")
    shadow = zmq.Context.shadow(ctypes.c_void_p(context.underlying))
    assert shadow.underlying == context.underlying
    shadow.term()


def test_shadow_of_a_context_of_pyczmq(zmq, context, monkeypatch):
    class zctx:  # noqa: N801  # its own name
        @staticmethod
        def underlying(ctx):
            assert ctx == "a zctx_t"
            return context.underlying

    monkeypatch.setitem(sys.modules, "pyczmq", SimpleNamespace(zctx=zctx))
    shadow = zmq.Context.shadow_pyczmq("a zctx_t")
    assert shadow.underlying == context.underlying
    with shadow.socket(zmq.PUSH):
        pass
    monkeypatch.setitem(sys.modules, "pyczmq", None)
    with pytest.raises(ImportError, match="pyczmq"):
        zmq.Context.shadow_pyczmq("a zctx_t")


def test_inproc_names_are_a_contexts_own(zmq, sockets):
    with zmq.Context() as other:
        pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
        pull.bind("inproc://name")
        push.connect("inproc://name")
        with other.socket(zmq.PULL) as theirs, other.socket(zmq.PUSH) as stranger:
            theirs.bind("inproc://name")
            stranger.connect("inproc://name")
            push.send(b"ours")
            stranger.send(b"theirs")
            assert (pull.recv(), theirs.recv()) == (b"ours", b"theirs")


def test_destroy_leaves_the_sockets_of_other_contexts_alone(zmq, sockets):
    ours = sockets(zmq.PUSH)
    other = zmq.Context()
    theirs = other.socket(zmq.PUSH)
    other.destroy(linger=0)
    assert theirs.closed
    assert not ours.closed


def test_a_socket_of_another_context_may_be_shadowed_but_not_moved(zmq, context, sockets):
    socket = sockets(zmq.PUSH)
    with zmq.Context() as other:
        assert zmq.Socket(socket).context is context
        with pytest.raises(AttributeError):
            socket.context = other
        assert zmq.Socket(other, shadow=socket).context is context


def test_synchronous_names_are_the_classes_themselves(zmq, context, sockets):
    """For checkers they are aliases; programs ask isinstance()."""
    assert isinstance(context, zmq.SyncContext)
    assert isinstance(sockets(zmq.PUSH), zmq.SyncSocket)


@pytest.mark.parametrize("address", ["x", None, b"", 1.5, 0])
def test_shadow_of_no_address(zmq, address):
    with pytest.raises(ValueError, match="address"):
        zmq.Context.shadow(address)


def test_a_closed_context_has_no_shadows(zmq):
    closed = zmq.Context()
    closed.term()
    with pytest.raises(zmq.ZMQError, match="closed"):
        copy.copy(closed)


@pytest.mark.parametrize(
    ("io_threads", "exception"), [(-1, ValueError), ("x", TypeError), (None, TypeError)]
)
def test_bad_numbers_of_threads(zmq, io_threads, exception):
    with pytest.raises(exception, match=str(io_threads)):
        zmq.Context(io_threads)


# ---- options


def test_context_options(zmq):
    context = zmq.Context(io_threads=2)
    assert context.get(zmq.IO_THREADS) == context.io_threads == context.IO_THREADS == 2
    context.max_sockets = 7
    assert context.get(zmq.MAX_SOCKETS) == 7
    context.set(zmq.IO_THREADS, 3)
    assert context.Io_Threads == 3
    assert context.sockopts == {}
    assert "IO_THREADS" in dir(context)
    context.term()


def test_max_sockets(zmq, context):
    context.max_sockets = 1
    with context.socket(zmq.PUSH), pytest.raises(zmq.ZMQError) as caught:
        context.socket(zmq.PUSH)
    assert caught.value.errno == errno.EMFILE


def test_default_socket_options(zmq, context):
    context.linger = 11
    context.setsockopt(zmq.SNDHWM, 12)
    assert context.linger == context.LINGER == context.getsockopt(zmq.LINGER) == 11
    with context.socket(zmq.PUSH) as socket:
        assert (socket.linger, socket.sndhwm) == (11, 12)
    del context.linger
    with context.socket(zmq.PUSH) as socket:
        assert (socket.linger, socket.sndhwm) == (-1, 12)
    with pytest.raises(AttributeError, match="linger"):
        _ = context.linger
    with pytest.raises(AttributeError, match="linger"):
        del context.linger
    with pytest.raises(KeyError):
        context.getsockopt(zmq.LINGER)


def test_unfit_defaults_are_ignored(zmq, context):
    context.subscribe = b"a"
    context.req_relaxed = 1
    with context.socket(zmq.PUSH) as push:
        assert push.type == zmq.PUSH
    with context.socket(zmq.SUB) as sub, context.socket(zmq.PUB) as pub:
        pub.bind("inproc://topics")
        sub.connect("inproc://topics")
        sub.subscribe("end")
        while not pub.poll(10, zmq.POLLOUT):
            pass
        pub.send(b"b")
        pub.send(b"a1")
        assert sub.recv(timeout=5000) == b"a1"


@pytest.mark.parametrize("name", ["foo", "Linge", "__foo__", "_private"])
def test_unknown_attributes(context, name):
    with pytest.raises(AttributeError, match=name):
        getattr(context, name)
    with pytest.raises(AttributeError, match=name):
        setattr(context, name, 1)
    with pytest.raises(AttributeError, match=name):
        delattr(context, name)


def test_a_subclass_may_declare_attributes(zmq):
    class Mine(zmq.Context):
        annotated: int
        declared = 1

    context = Mine()
    context.annotated = 2
    context.declared = 3
    assert (context.annotated, context.declared, Mine.declared) == (2, 3, 1)
    context.term()


def test_socket_classes(zmq, context):
    class Mine(zmq.Socket):
        pass

    class MyContext(zmq.Context):
        _socket_class = Mine

    with context.socket(zmq.PUSH, Mine) as one, context.socket(zmq.PUSH, copy_threshold=7) as two:
        assert type(one) is Mine
        assert type(two) is zmq.Socket
        assert two.copy_threshold == 7
    with MyContext() as mine, mine.socket(zmq.PUSH) as socket:
        assert type(socket) is Mine


def test_generic_at_run_time(zmq):
    class Mine(zmq.Socket[bytes]):
        pass

    assert issubclass(Mine, zmq.Socket)
    assert zmq.Context[Mine].__origin__ is zmq.Context


def test_term_wakes_who_waits(zmq):
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    raised = []

    def wait():
        try:
            socket.recv()
        except zmq.ContextTerminated as error:
            raised.append(error.errno)
        socket.close()

    thread = threading.Thread(target=wait)
    thread.start()
    context.term()
    thread.join()
    assert raised == [zmq.ETERM]
