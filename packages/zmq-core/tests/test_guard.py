"""One thread at a time, and nothing across a fork: an exception, never a crash or a hang."""

from __future__ import annotations

import contextlib
import os
import threading

import pytest

import zmq
from zmq import backend

CALLS = {
    "send": lambda s: s.send(b""),
    "send big": lambda s: s.send(b"x" * 100_000, copy=False),
    "send_multipart": lambda s: s.send_multipart([b"", b""]),
    "send_string": lambda s: s.send_string(""),
    "recv": lambda s: s.recv(),
    "recv frame": lambda s: s.recv(copy=False),
    "recv_multipart": lambda s: s.recv_multipart(),
    "recv_string": lambda s: s.recv_string(),
    "recv_into": lambda s: s.recv_into(bytearray(1)),
    "try_recv": lambda s: s.try_recv(),
    "poll": lambda s: s.poll(10),
    "zmq_poll": lambda s: backend.zmq_poll([(s, zmq.POLLIN)], 10),
    "get": lambda s: s.get(zmq.EVENTS),
    "set": lambda s: s.set(zmq.LINGER, 0),
    "bind": lambda s: s.bind("inproc://other"),
    "connect": lambda s: s.connect("inproc://other"),
    "disconnect": lambda s: s.disconnect("inproc://other"),
    "unbind": lambda s: s.unbind("inproc://other"),
    "monitor": lambda s: s.monitor("inproc://monitor"),
    "send_many": lambda s: s.send_many([b""]),
    "recv_many": lambda s: s.recv_many(),
    "getsockopt": lambda s: s.getsockopt(zmq.EVENTS),
    "setsockopt": lambda s: s.setsockopt(zmq.LINGER, 0),
    "PollSet": lambda s: poll_set(s).poll(10),
    "proxy": lambda s: backend.proxy(s, s),
    "proxy_steerable": lambda s: backend.proxy_steerable(s, s),
}
DRAFTS = {"join", "leave"}  # of socket types that builds without drafts do not have


def poll_set(socket):
    polled = backend.PollSet()
    polled.set(socket, zmq.POLLIN)
    return polled


def test_every_call_is_there():
    methods = {name for name in dir(backend.Socket) if callable(getattr(backend.Socket, name))}
    public = {name for name in methods if not name.startswith("_")}
    assert public - DRAFTS - {"close"} <= {name.partition(" ")[0] for name in CALLS}


@pytest.fixture
def busy(pair):
    """A socket in which another thread waits; it is woken at the end."""
    a, b = pair
    inside = threading.Thread(target=recv, args=(b,))
    inside.start()
    wait_until_busy(b)
    yield b
    a.send(b"done")
    inside.join()


def recv(socket):
    """Wait in the socket, as soon as `wait_until_busy` is not in it: without the GIL it may be."""
    while True:
        with contextlib.suppress(zmq.ConcurrentUseError):
            return socket.recv()


def wait_until_busy(socket):
    """Return as soon as another thread waits in the socket."""
    with contextlib.suppress(zmq.ConcurrentUseError):
        while True:
            socket.get(zmq.TYPE)


@pytest.mark.parametrize("call", [*CALLS, "close"])
def test_a_second_thread_is_refused(busy, call):
    perform = CALLS.get(call, lambda s: s.close())
    with pytest.raises(
        zmq.ConcurrentUseError,
        match=r"in use by thread 'Thread-\d.*\(recv\) while thread 'Main.* wants to ",
    ) as e:
        perform(busy)
    assert isinstance(e.value, zmq.ZMQError)
    assert isinstance(e.value, RuntimeError)


def test_hand_over_between_threads(pair):
    a, b = pair
    received = []
    for i in range(50):
        thread = threading.Thread(target=lambda i=i: (a.send(b"%d" % i), received.append(b.recv())))
        thread.start()
        thread.join()
    assert received == [b"%d" % i for i in range(50)]


def test_one_lock_is_enough(pair):
    a, b = pair
    lock = threading.Lock()
    got = []

    def work(n):
        for i in range(500):
            with lock:
                a.send_multipart([b"%d" % n, b"%d" % i])
            with lock:
                message = b.try_recv(), b.recv()
                got.append(message)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == sorted((b"%d" % n, b"%d" % i) for n in range(4) for i in range(500))


def test_misuse_by_many_threads_never_crashes(sockets):
    """Four threads hammer one socket without a lock: each call works or is refused."""
    a, b = sockets.connect(zmq.DEALER, zmq.DEALER)
    sent = []
    start = threading.Barrier(4)

    def hammer(n):
        start.wait()
        for i in range(2000):
            with contextlib.suppress(zmq.ConcurrentUseError, zmq.Again):
                a.send_multipart([b"%d" % n, b"x" * 20_000, b"%d" % i], zmq.DONTWAIT)
                sent.append((b"%d" % n, b"%d" % i))

    threads = [threading.Thread(target=hammer, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    received = []
    while any(thread.is_alive() for thread in threads) or b.poll(200):
        if b.poll(10):
            n, body, i = b.recv_multipart()
            assert len(body) == 20_000
            received.append((n, i))
    assert sorted(received) == sorted(sent)


@pytest.mark.parametrize("wake", ["destroy", "term"])
def test_the_end_of_the_context_wakes_who_waits(wake):
    context = backend.Context()
    socket = context.socket(zmq.PULL)
    errors = []

    def work():
        try:
            recv(socket)
        except zmq.ContextTerminated as error:
            errors.append(error.errno)
            socket.close()

    thread = threading.Thread(target=work)
    thread.start()
    wait_until_busy(socket)
    getattr(context, wake)()
    thread.join()
    assert errors == [zmq.ETERM]
    assert context.closed
    assert socket.closed


def test_two_threads_terminate_one_context():
    context = backend.Context()
    threads = [threading.Thread(target=context.term) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert context.closed


def in_child(function):
    """Run in a forked child; its exit status is 0 when `function` returned."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            function()
            status = 0
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told
            os.write(2, f"child: {error!r}\n".encode())
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("call", CALLS)
def test_inherited_sockets_are_dead(pair, call):
    a, b = pair

    def child():
        with pytest.raises(zmq.ForkedError, match="parent process"):
            CALLS[call](b)
        assert b.closed

    assert in_child(child) == 0
    a.send(b"undisturbed")
    assert b.recv() == b"undisturbed"


def test_inherited_objects_may_go_in_the_child(context, pair):
    def child():
        pair[0].close()
        pair[1].close(linger=0)
        context.term()
        context.destroy()
        for call in (lambda: context.socket(zmq.PUB), lambda: context.get(zmq.IO_THREADS)):
            with pytest.raises(zmq.ForkedError):
                call()

    assert in_child(child) == 0
    pair[0].send(b"undisturbed")
    assert pair[1].recv() == b"undisturbed"


def test_a_child_makes_its_own(pair):
    def child():
        with backend.Context() as own, own.socket(zmq.PUSH) as push, own.socket(zmq.PULL) as pull:
            pull.bind("tcp://127.0.0.1:*")
            push.connect(pull.get(zmq.LAST_ENDPOINT))
            push.send(b"child")
            assert pull.recv() == b"child"

    assert in_child(child) == 0


def test_fork_while_a_thread_waits(busy):
    def child():
        with pytest.raises(zmq.ForkedError):
            busy.recv()
        busy.close()

    assert in_child(child) == 0


def test_closed(context, pair):
    a, b = pair
    a.close()
    a.close()
    assert a.closed
    for name, call in CALLS.items():
        with pytest.raises(zmq.ZMQError, match="closed") as caught:
            call(a)
        assert caught.value.errno == zmq.ENOTSOCK, name
    b.close()
    context.term()
    context.term()
    with pytest.raises(zmq.ZMQError, match="closed"):
        context.socket(zmq.PUB)


def test_a_socket_opens_once(context, pair):
    with pytest.raises(RuntimeError, match="runs once"):
        pair[0].__init__(context, zmq.PUB)
    with pytest.raises(RuntimeError, match="runs once"):
        context.__init__()


def test_failed_construction(context):
    with pytest.raises(zmq.ZMQError, match="socket type 99"):
        backend.Socket(context, 99)
    with pytest.raises(TypeError, match="needs a context"):
        backend.Socket()
    with pytest.raises(TypeError, match="'no context'"):
        backend.Socket("no context", zmq.PUB)
    never_opened = backend.Socket.__new__(backend.Socket)
    with pytest.raises(zmq.ZMQError, match="closed"):
        never_opened.send(b"")
    never_opened.close()


def test_unclosed_is_told(collect):
    context = backend.Context()
    alive = {"context": context, "socket": context.socket(zmq.PUB)}
    del context

    def drop(name):
        del alive[name]
        collect()

    with pytest.warns(ResourceWarning, match=rf"unclosed socket.* made at {__file__}:\d+: call"):
        drop("socket")
    with pytest.warns(ResourceWarning, match=rf"unclosed context.* made at {__file__}:\d+: call"):
        drop("context")
