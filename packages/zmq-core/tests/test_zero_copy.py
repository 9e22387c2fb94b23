"""Memory lent to libzmq: never copied, never kept too long, and never a reason to hang or crash."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import zmq
from zmq import backend

BIG = 100_000


def loans():
    return backend._counts()["loans"]


def test_the_memory_is_lent_until_received(pair, collect):
    a, b = pair
    memory = bytearray(b"x" * BIG)
    tracker = a.send(memory, copy=False, track=True)
    assert not tracker.done
    if sys.implementation.name != "pypy":  # which lets everything be resized at any time
        with pytest.raises(BufferError):
            memory.extend(b"no resizing meanwhile")
    with pytest.raises(zmq.NotDone):
        tracker.wait(0)
    frame = b.recv(copy=False)
    memory[0] = ord("y")
    assert bytes(frame)[:2] == b"yx", "the very same memory"
    del frame
    collect()
    tracker.wait(5)
    assert tracker.done
    assert loans() == 0
    memory.extend(b"free again")


def test_small_messages_are_copied(pair):
    a, _ = pair
    memory = bytearray(10)
    assert a.send(memory, copy=False, track=True).done
    assert a.send(b"x" * BIG, copy=True, track=True).done
    memory.extend(b"never lent")
    a.copy_threshold = 0
    tracker = a.send(memory, copy=False, track=True)
    assert not tracker.done
    assert a.copy_threshold == 0


@pytest.mark.parametrize("endpoint", ["inproc://lend", "tcp://127.0.0.1:*"])
def test_many(sockets, endpoint):
    pull, push = sockets.connect(zmq.PULL, zmq.PUSH, endpoint)
    trackers = []
    for _ in range(300):
        trackers.append(push.send(bytearray(BIG), copy=False, track=True))
        assert len(pull.recv()) == BIG
    for tracker in trackers:
        tracker.wait(5)
    assert loans() == 0


def test_multipart_trackers(pair, collect):
    a, b = pair
    parts = [bytes(BIG), b"small", bytearray(BIG)]
    tracker = a.send_multipart(parts, copy=False, track=True)
    assert len(tracker.peers) == 2
    assert not tracker.done
    received = b.recv_multipart(copy=False)
    del received[0]
    collect()
    assert not tracker.done
    del received[:]
    collect()
    tracker.wait(5)
    assert a.send_multipart([b"small"], copy=False, track=True).done


def test_nested_trackers(collect):
    frame = backend.Frame(bytes(BIG), copy=False, track=True)
    event = threading.Event()
    tracker = backend.MessageTracker(backend.MessageTracker(frame), event)
    assert not tracker.done
    event.set()
    assert not tracker.done
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.01)
    del frame
    collect()
    tracker.wait(5)
    assert tracker.done
    assert backend.MessageTracker().done


@pytest.mark.parametrize("thing", [5, None, "text"])
def test_what_cannot_be_watched(thing):
    with pytest.raises(TypeError, match=repr(thing)):
        backend.MessageTracker(thing)
    with pytest.raises(ValueError, match="track=True"):
        backend.MessageTracker(backend.Frame(b"untracked"))


def test_waiting_ends_as_soon_as_it_is_done(collect):
    frame = backend.Frame(bytes(BIG), copy=False, track=True)
    tracker = frame.tracker
    times = {}

    def wait():
        tracker.wait()
        times["done"] = time.monotonic()

    thread = threading.Thread(target=wait)
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    times["released"] = time.monotonic()
    del frame
    collect()
    thread.join()
    assert times["done"] - times["released"] < 1


def test_the_buffer_comes_home_without_another_call(pair):
    """A program that calls zmq no more still gets its memory back."""
    a, b = pair
    memory = bytearray(BIG)
    a.send(memory, copy=False)
    frame = b.recv(copy=False)
    del frame
    deadline = time.monotonic() + 10
    while True:
        try:
            memory.append(1)
            break
        except BufferError:
            assert time.monotonic() < deadline


THREADS = """
import gc, os
from zmq import backend

def count():
    return len(os.listdir("/proc/self/task"))

before = count()
frame = backend.Frame(bytes(100_000), copy=False, track=True)
tracker = frame.tracker
del frame
for _ in range(6):
    gc.collect()  # for PyPy
tracker.wait(5)
print(count() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts the threads in /proc")
def test_no_thread_collects():
    """CFFI's back end has one: pure Python cannot leave work to the interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == backend._backend.__name__.endswith(".cffi")


def test_failed_sends_give_the_memory_back(sockets):
    push = sockets(zmq.PUSH)
    memory = bytearray(BIG)
    with pytest.raises(zmq.Again):
        push.send(memory, zmq.DONTWAIT, copy=False)
    with pytest.raises(zmq.Again):
        push.send_multipart([memory, memory], zmq.DONTWAIT, copy=False)
    with pytest.raises(TypeError):
        push.send_multipart([memory, 5], copy=False)
    assert loans() == 0
    memory.extend(b"free")


def test_closing_gives_the_memory_back():
    context = backend.Context()
    push = context.socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    memory = bytearray(BIG)
    tracker = push.send(memory, copy=False, track=True)
    assert not tracker.done
    push.close(linger=0)
    context.term()
    tracker.wait(5)
    assert loans() == 0


EXITS = """
import os, sys, zmq
from zmq import backend
context = backend.Context()
pull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)
pull.bind("tcp://127.0.0.1:*")
push.connect(pull.get(zmq.LAST_ENDPOINT))
frames = [push.send(bytearray(200_000), copy=False, track=True) for _ in range(50)]
pull.recv()
{then}
"""


@pytest.mark.parametrize(
    "then",
    [
        "",
        "sys.exit()",
        "push.close(linger=0); pull.close(); context.term()",
        "push.set(zmq.LINGER, 0); del frames, push, pull, context",
        "import atexit; atexit.register(pull.recv)",
        "pid = os.fork(); status = 0 if pid == 0 else os.waitpid(pid, 0)[1]; assert status == 0",
    ],
)
def test_exit_with_memory_lent(then):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXITS.format(then=then)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_child_collects_what_its_parent_lent(pair, collect):
    a, b = pair
    memory = bytearray(BIG)
    tracker = a.send(memory, copy=False, track=True)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            with pytest.raises(zmq.NotDone):
                tracker.wait(0.05)
            own = backend.Frame(bytes(BIG), copy=False, track=True)
            own_tracker = own.tracker
            del own
            collect()
            own_tracker.wait(5)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    b.recv()
    tracker.wait(5)


def test_frames_leave_nothing(collect):
    gc.collect()
    collect()
    before = backend._counts()
    for _ in range(1000):
        frame = backend.Frame(bytes(BIG), copy=False, track=True)
        assert memoryview(frame).nbytes == BIG
    del frame
    give_up = time.monotonic() + 10  # a thread gives the buffers back
    while backend._counts() != before and time.monotonic() < give_up:
        collect()
        time.sleep(0)
    assert backend._counts() == before
