"""Limits of the system, of libzmq and of numbers: an exception, never libzmq's abort()."""

from __future__ import annotations

import errno
import mmap
import re
import signal
import socket as stdlib_socket
import subprocess
import sys
import textwrap

import pytest

import zmq
from zmq import backend

from .conftest import run

EVERYTHING = """
    import errno, os, resource, sys
    import zmq
    from zmq import backend

    def run(folder, n):
        context = backend.Context()
        try:
            push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
            push.bind("tcp://127.0.0.1:*")
            pull.connect(push.get(zmq.LAST_ENDPOINT))
            push.monitor("inproc://monitor")
            monitor, local = context.socket(zmq.PAIR), context.socket(zmq.PULL)
            monitor.connect("inproc://monitor")
            local.bind(f"ipc://{folder}/{n}")
            push.send(b"", timeout=10_000)
            pull.recv(timeout=10_000)
        finally:
            context.destroy(linger=0)

    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    held = []
    try:
        while True:
            held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for n in range(40):
        try:
            run(sys.argv[1], n)
            print(n, "works")
            break
        except zmq.Again:
            print(n, "no descriptor for the connection")
        except zmq.ZMQError as error:
            print(n, error.errno == errno.EMFILE, error)
        os.close(held.pop())
"""


def test_no_descriptors_left(tmp_path):
    """Everything, with 0, 1, 2, ... descriptors to spare, until it works."""
    lines = run(EVERYTHING, tmp_path).splitlines()
    assert lines[-1].endswith("works")
    assert len(lines) > 8
    assert not [line for line in lines if "False" in line]
    assert "threads" in lines[3]
    assert any("tcp://127.0.0.1:*" in line for line in lines)


def test_closed_sockets_give_up_their_places(context):
    """As fast as it goes: libzmq reaps them on a thread of its own."""
    for _ in range(3000):
        with context.socket(zmq.PUSH) as socket:
            socket.set(zmq.LINGER, 0)
            socket.connect("tcp://127.0.0.1:1")


def test_all_places_are_taken(context):
    context.set(zmq.MAX_SOCKETS, 3)
    made = [context.socket(zmq.PUB) for _ in range(3)]
    with pytest.raises(zmq.ZMQError, match=r"its 3 sockets already.*MAX_SOCKETS") as caught:
        context.socket(zmq.PUB)
    assert caught.value.errno == errno.EMFILE
    made.pop().close()
    context.socket(zmq.PUB).close()
    for socket in made:
        socket.close()


@pytest.mark.parametrize("what", ["bind", "connect"])
@pytest.mark.parametrize(
    "address",
    [
        "tcp://127.0.0.1:99999",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:-1",
        "tcp://127.0.0.1:+80",
        "tcp://127.0.0.1: 80",
        "tcp://127.0.0.1:80x",
        "tcp://[::1]:4294967297",
        "tcp://127.0.0.1:99999;127.0.0.1:80",
        "udp://127.0.0.1:99999",
        b"ws://127.0.0.1:99999/path",
    ],
)
def test_a_port_that_is_none(sockets, what, address):
    with pytest.raises(zmq.ZMQError, match="a port is a number up to 65535, not") as caught:
        getattr(sockets(zmq.PULL), what)(address)
    assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:0", "tcp://127.0.0.1:*", "tcp://lo:*", "inproc://a:99999", "ipc://@:99999"],
)
def test_other_addresses_stay_as_they_are(sockets, address):
    sockets(zmq.PULL).bind(address)


@pytest.mark.parametrize("what", ["bind", "connect"])
@pytest.mark.parametrize(
    ("address", "error", "text"),
    [
        ("", zmq.ZMQError, "Invalid argument"),
        ("tcp://", zmq.ZMQError, "Invalid argument"),
        ("tcp://127.0.0.1", zmq.ZMQError, "Invalid argument"),
        (b"tcp://\xff\xfe:1", zmq.ZMQError, "tcp"),
        ("tcp://\ud800:1", ValueError, "not valid text"),
        ("inproc://a\0b", ValueError, "zero byte"),
        ("foo://x", zmq.ZMQError, "not supported"),
        ("tipc://{1,2,3}", zmq.ZMQError, r"tipc://\{1,2,3\}"),
        ("ipc://" + "x" * 300, zmq.ZMQError, "this ipc path has 300 bytes, the system allows 10"),
        (None, TypeError, "str or bytes, not NoneType"),
    ],
)
def test_bad_addresses(sockets, what, address, error, text):
    with pytest.raises(error, match=text) as caught:
        getattr(sockets(zmq.PULL), what)(address)
    assert not isinstance(caught.value, zmq.Again)


def test_bytes_that_are_no_text(sockets, tmp_path):
    """A path has no encoding."""
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    address = b"ipc://%s/\xff\xfe" % bytes(tmp_path)
    pull.bind(address)
    assert pull.get(zmq.LAST_ENDPOINT) == address
    push.connect(address)
    push.send(b"through")
    assert pull.recv(timeout=5000) == b"through"


def test_frames_without_content(pipe):
    push, pull = pipe
    for parts in ([b""], [b""] * 3, [b"", b"x", b""]):
        push.send_multipart(parts)
        assert pull.recv_multipart(timeout=5000) == parts
    push.send(b"", copy=False)
    assert pull.recv(copy=False, timeout=5000).bytes == b""
    push.send(bytearray())
    assert pull.recv_into(bytearray(1), timeout=5000) == 0


def test_ten_thousand_frames(pipe):
    push, pull = pipe
    parts = [b"%d" % i for i in range(10_000)]
    push.send_multipart(parts)
    assert pull.recv_multipart(timeout=10_000) == parts
    push.send_multipart(parts, copy=False)
    frames = pull.recv_multipart(copy=False, timeout=10_000)
    assert [frame.bytes for frame in frames] == parts


def test_more_than_two_gibibytes(pair, collect):
    """One frame that no int can count; nobody reads it, so that it takes no memory."""
    size = 2**31 + 4096
    with mmap.mmap(-1, size) as memory:
        tracker = pair[0].send(memory, copy=False, track=True)
        frame = pair[1].recv(copy=False, timeout=5000)
        assert len(frame) == size
        view = memoryview(frame)
        assert view.nbytes == size
        assert view[-1] == 0
        del view, frame
        collect()
        tracker.wait(5)


@pytest.mark.parametrize("length", [2**31, 2**40, 2**62, 2**63, 2**64 - 1])
def test_a_peer_that_announces_too_much(sockets, length):
    """The connection is given up, and others are served."""
    pull, push = sockets(zmq.PULL), sockets(zmq.PUSH)
    pull.set(zmq.MAXMSGSIZE, 2**30)
    pull.bind("tcp://127.0.0.1:*")
    endpoint = pull.get(zmq.LAST_ENDPOINT)
    host, port = endpoint.decode().removeprefix("tcp://").split(":")
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\0NULL" + bytes(48)
    ready = b"\4\x1a\5READY\x0bSocket-Type\0\0\0\4PUSH"
    with stdlib_socket.create_connection((host, int(port)), 10) as peer:
        peer.sendall(greeting + ready + b"\2" + length.to_bytes(8, "big") + b"tail")
        while peer.recv(1000):
            pass  # to the end: it was given up
    push.connect(endpoint)
    push.send(b"honest")
    assert pull.recv(timeout=5000) == b"honest"


MEMORY = """
    import gc
    import resource
    import zmq
    from zmq import backend
    context = backend.Context()
    a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    a.bind("inproc://memory")
    b.connect("inproc://memory")
    big = bytearray(300_000_000)  # bytes would be handed over, not copied
    a.send(big, copy=False)
    gc.collect()  # PyPy takes twice the memory to make it
    with open("/proc/self/statm") as statm:
        taken = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 120_000_000, -1))
    calls = {
        "send": lambda: b.send(big),
        "send_multipart": lambda: b.send_multipart([b"", big]),
        "frame": lambda: zmq.Frame(big, copy=True),
        "recv": lambda: b.recv(timeout=1000),
    }
    for name, call in calls.items():
        try:
            call()
        except MemoryError:
            print(name, "MemoryError")
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    a.send(b"goes on")
    print(b.recv(timeout=1000))
    a.close(linger=0)
    b.close(linger=0)
    context.term()
"""


def test_no_memory_left():
    failed = ["send", "send_multipart", "frame", "recv"]
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        failed.remove("recv")  # that Python keeps addresses in reserve
    assert run(MEMORY).splitlines() == [*(f"{name} MemoryError" for name in failed), "b'goes on'"]


@pytest.mark.parametrize("order", ["monitor first", "socket first", "monitoring ends first"])
def test_monitors_end_in_any_order(context, order):
    for n in range(300):
        socket, reader = context.socket(zmq.PULL), context.socket(zmq.PAIR)
        socket.monitor(f"inproc://monitor-{n}")
        reader.connect(f"inproc://monitor-{n}")
        socket.bind("tcp://127.0.0.1:*")
        if order == "monitoring ends first":
            socket.monitor(None)
        first, second = (reader, socket) if order == "monitor first" else (socket, reader)
        first.close(linger=0)
        second.close(linger=0)


# Each in a process of its own: that libzmq ends such a context without a crash is not certain.
MORE_THAN_PLACES = """
    import zmq
    from zmq import backend
    context = backend.Context()
    context.set(zmq.MAX_SOCKETS, 20)
    socket = context.socket(zmq.DEALER)
    for n in range(100):
        socket.connect(f"inproc://nobody-{n}")
    socket.close(linger=0)
    context.term(timeout=20_000)
    print(context.closed)
"""
EVERY_PLACE = """
    import zmq
    from zmq import backend
    context = backend.Context()
    context.set(zmq.MAX_SOCKETS, 4)
    sockets = [context.socket(zmq.DEALER) for _ in range(4)]
    for n, socket in enumerate(sockets):
        socket.connect("inproc://nobody")
        socket.connect(f"inproc://nobody-{n}")
    for socket in sockets:
        socket.close(linger=0)
    context.term(timeout=20_000)
    print(context.closed)
"""


@pytest.mark.parametrize("program", [MORE_THAN_PLACES, EVERY_PLACE], ids=["more", "every place"])
def test_a_context_ends_with_connections_to_nobody(program):
    """It takes a socket for each of them, for a moment, when all places may be taken."""
    assert run(program) == "True\n"


MANY_SOCKETS = """
    import errno, resource
    import zmq
    context = zmq.Context()
    context.set(zmq.MAX_SOCKETS, 2**30)  # libzmq makes room for all of them at once
    resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000, -1))
    try:
        context.socket(zmq.PAIR)
    except zmq.ZMQError as error:
        print(errno.errorcode[error.errno])
"""


def test_no_memory_for_max_sockets():
    """libzmq catches this exception of C++, one of two."""
    assert run(MANY_SOCKETS) == "ENOMEM\n"


@pytest.mark.skipif(sys.platform != "linux", reason="closes descriptors behind libzmq's back")
def test_a_failed_assertion_tells_where():
    """The file's name without a path of the machine that built it, then abort()."""
    program = """
        import os
        import zmq
        context = zmq.Context()
        socket = context.socket(zmq.PULL)
        os.closerange(3, 1000)
        socket.bind("tcp://127.0.0.1:*")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == -signal.SIGABRT
    lines = done.stderr.splitlines()  # one of each thread that came so far
    assert lines
    assert all(re.fullmatch(r"Bad file descriptor \(\w+\.cpp:\d+\)", line) for line in lines)


# On Python 3.11 and older the first interpreter that imports it has it, whichever that is.
SUBINTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import zmq
other = interpreters.create()
for _ in range(2):
    interpreters.run_string(other, "try: import zmq\\nexcept ImportError as error: print(error)")
interpreters.destroy(other)  # its stdout is flushed by then
with zmq.Context() as context, context.socket(zmq.PAIR) as one, context.socket(zmq.PAIR) as two:
    one.bind("inproc://goes-on")
    two.connect("inproc://goes-on")
    one.send(b"1")
    print(two.recv().decode())
"""


@pytest.mark.skipif(
    backend._backend.__name__.endswith(".cffi") or sys.implementation.name != "cpython",
    reason="it is the Cython back end that has one state in a process",
)
def test_a_second_interpreter_is_refused_and_the_first_goes_on():
    done = subprocess.run(
        [sys.executable, "-c", SUBINTERPRETER],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second, went_on = done.stdout.splitlines()
    for told in (first, second):
        assert "subinterpreters" in told or "one interpreter per process" in told
    assert went_on == "1"
