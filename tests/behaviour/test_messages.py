"""Sending and receiving: one part, many, text, objects; copied or not; flags and timeouts."""

import array
import pickle
import sys
import threading
import time

import numpy as np
import pytest

TRANSPORTS = ["inproc", "ipc", "tcp"]
SIZES = [0, 1, 29, 33, 8191, 8193, 65535, 65536, 1_000_000]


@pytest.fixture
def pipe(zmq, bound_pair):
    """PUSH and PULL."""
    pull, push = bound_pair(zmq.PULL, zmq.PUSH)
    return push, pull


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_sizes(zmq, bound_pair, transport, copy):
    pull, push = bound_pair(zmq.PULL, zmq.PUSH, transport)
    for size in SIZES:
        data = bytes(i % 251 for i in range(min(size, 5000))) * max(1, size // 5000)
        assert push.send(data, copy=copy) is None
        received = pull.recv(copy=copy)
        assert type(received) is (bytes if copy else zmq.Frame)
        assert received == data


@pytest.mark.parametrize(
    "make",
    [
        bytes,
        bytearray,
        memoryview,
        lambda data: array.array("B", data),
        lambda data: memoryview(data)[1:3],
        lambda data: memoryview(data).cast("H"),
    ],
)
@pytest.mark.parametrize("copy", [True, False])
def test_whatever_has_a_buffer(pipe, make, copy):
    push, pull = pipe
    data = make(bytes(range(256)) * 1000)
    push.send(data, copy=copy)
    assert pull.recv() == bytes(data)


@pytest.mark.parametrize("data", ["text", 3, None, object(), [b"x"], 1.5])
@pytest.mark.parametrize("copy", [True, False])
def test_what_has_no_buffer(pipe, data, copy):
    push, pull = pipe
    with pytest.raises(TypeError, match=r"str|buffer|bytes-like"):
        push.send(data, copy=copy)
    with pytest.raises(TypeError):
        push.send_multipart([b"first", data, b"last"], copy=copy)
    push.send(b"after")
    assert pull.recv_multipart() == [b"after"]  # nothing of the refused messages was sent


@pytest.mark.parametrize("copy", [True, False])
def test_buffers_that_are_not_contiguous(pipe, copy):
    push, pull = pipe
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        push.send(memoryview(bytes(200_000))[::2], copy=copy)
    push.send(b"after")
    assert pull.recv() == b"after"


def test_buffers_of_several_dimensions(pipe):
    push, pull = pipe
    data = memoryview(bytes(range(240)) * 1000).cast("I", (20, 300, 10))
    push.send(data, copy=False)
    assert memoryview(pull.recv(copy=False)).cast("I", data.shape) == data


@pytest.mark.parametrize("copy", [True, False])
def test_a_buffer_in_columns(pipe, copy):
    """Contiguous, though not in C's order: its memory as it lies."""
    push, pull = pipe
    data = np.asfortranarray(np.arange(120_000).reshape(300, 400))
    assert not data.flags.c_contiguous
    push.send(data, copy=copy)
    assert pull.recv() == data.tobytes("A") == data.T.tobytes()


# ---- flags and timeouts


def test_again(zmq, sockets, pipe):
    _, pull = pipe
    for receive in (pull.recv, pull.recv_multipart, pull.recv_string, pull.recv_json):
        with pytest.raises(zmq.Again) as caught:
            receive(zmq.DONTWAIT)
        assert caught.value.errno == zmq.EAGAIN
        assert isinstance(caught.value, zmq.ZMQError)
    lonely = sockets(zmq.PUSH)
    for send, data in (
        (lonely.send, b"x"),
        (lonely.send_multipart, [b"x"]),
        (lonely.send_string, "x"),
        (lonely.send_json, 1),
        (lonely.send_pyobj, 1),
    ):
        with pytest.raises(zmq.Again):
            send(data, zmq.NOBLOCK)


@pytest.mark.parametrize(
    "receive",
    [
        lambda s, t: s.recv(timeout=t),
        lambda s, t: s.recv(copy=False, timeout=t),
        lambda s, t: s.recv_multipart(timeout=t),
        lambda s, t: s.recv_string(timeout=t),
        lambda s, t: s.recv_unicode(timeout=t),
        lambda s, t: s.recv_json(timeout=t),
        lambda s, t: s.recv_pyobj(timeout=t),
        lambda s, t: s.recv_serialized(list, timeout=t),
        lambda s, t: s.recv_into(bytearray(9), timeout=t),
    ],
)
def test_timeout_of_receiving(zmq, pipe, receive):
    _, pull = pipe
    start = time.monotonic()
    with pytest.raises(zmq.Again):
        receive(pull, 20)
    assert 0.019 <= time.monotonic() - start < 5
    with pytest.raises(zmq.Again):
        receive(pull, 0)


@pytest.mark.parametrize(
    "send",
    [
        lambda s, t: s.send(b"x", timeout=t),
        lambda s, t: s.send(b"x" * 100_000, copy=False, timeout=t),
        lambda s, t: s.send_multipart([b"x", b"y"], timeout=t),
        lambda s, t: s.send_string("x", timeout=t),
        lambda s, t: s.send_json(1, timeout=t),
        lambda s, t: s.send_pyobj(1, timeout=t),
        lambda s, t: s.send_serialized(1, lambda n: [b"x"] * n, timeout=t),
    ],
)
def test_timeout_of_sending(zmq, sockets, send):
    start = time.monotonic()
    with pytest.raises(zmq.Again):
        send(sockets(zmq.PUSH), 20)
    assert 0.019 <= time.monotonic() - start < 5


def test_rcvtimeo(zmq, pipe):
    _, pull = pipe
    pull.rcvtimeo = 20
    start = time.monotonic()
    with pytest.raises(zmq.Again):
        pull.recv()
    assert 0.019 <= time.monotonic() - start < 5


def test_negative_timeouts_wait(zmq, pipe):
    push, pull = pipe
    timer = threading.Timer(0.05, push.send, [b"late"])
    timer.start()
    assert pull.recv(timeout=-1) == b"late"
    timer.join()


def test_try_recv(zmq, pipe):
    push, pull = pipe
    assert pull.try_recv() is None
    push.send(b"x")
    push.send(b"y")
    assert pull.try_recv() == b"x"
    frame = pull.try_recv(copy=False)
    assert isinstance(frame, zmq.Frame)
    assert frame == b"y"


def test_sndmore_and_rcvmore(zmq, pipe):
    push, pull = pipe
    push.send(b"a", zmq.SNDMORE)
    push.send(b"b", flags=zmq.SNDMORE)
    push.send(b"c")
    assert (pull.recv(), pull.rcvmore) == (b"a", 1)
    frame = pull.recv(copy=False)
    assert frame.more is True
    assert (pull.recv(), pull.getsockopt(zmq.RCVMORE)) == (b"c", 0)


@pytest.mark.parametrize("flags", ["x", None, 1j])
def test_flags_that_are_no_numbers(pipe, flags):
    push, pull = pipe
    with pytest.raises(TypeError):
        push.send(b"x", flags)
    with pytest.raises(TypeError):
        pull.recv(flags)


# ---- whole messages


@pytest.mark.parametrize("copy", [True, False])
def test_multipart(zmq, pipe, copy):
    push, pull = pipe
    parts = [b"", b"a", bytearray(b"b"), memoryview(b"c" * 100_000), zmq.Frame(b"d")]
    assert push.send_multipart(parts, copy=copy) is None
    received = pull.recv_multipart(copy=copy)
    assert all(isinstance(part, bytes if copy else zmq.Frame) for part in received)
    assert [bytes(part) for part in received] == [bytes(part) for part in parts]


@pytest.mark.parametrize("make", [tuple, iter, lambda parts: (part for part in parts)])
def test_multipart_of_any_iterable(pipe, make):
    push, pull = pipe
    push.send_multipart(make([b"a", b"b"]))
    assert pull.recv_multipart() == [b"a", b"b"]


@pytest.mark.parametrize("parts", ["abc", b"abc", None, 3])
def test_multipart_of_no_sequence(pipe, parts):
    with pytest.raises(TypeError):
        pipe[0].send_multipart(parts)


def test_multipart_of_nothing(pipe):
    with pytest.raises(ValueError, match="part"):
        pipe[0].send_multipart([])


def test_multipart_track(zmq, pipe, collect):
    push, pull = pipe
    tracker = push.send_multipart([b"a" * 100_000, b"b"], copy=False, track=True)
    assert isinstance(tracker, zmq.MessageTracker)
    frames = pull.recv_multipart(copy=False)
    assert not tracker.done
    del frames
    collect()
    tracker.wait(5)
    assert tracker.done


# ---- formats


@pytest.mark.parametrize("name", ["string", "unicode"])
def test_text(zmq, pipe, name):
    push, pull = pipe
    send, recv = getattr(push, f"send_{name}"), getattr(pull, f"recv_{name}")
    send("ø")
    assert recv() == "ø"
    send("ø", encoding="utf-16")
    assert recv(encoding="utf-16") == "ø"
    send("a", flags=zmq.SNDMORE, copy=False)
    send("b")
    assert pull.recv_multipart() == [b"a", b"b"]
    for bad in (b"bytes", 3, None):
        with pytest.raises(TypeError, match="str"):
            send(bad)
    push.send(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        recv()


@pytest.mark.parametrize("data", [None, 1, "ø", [1, 2, {"a": [None, True]}], {"a": 1.5}])
def test_json(pipe, data):
    push, pull = pipe
    push.send_json(data)
    assert pull.recv_json() == data


def test_json_keywords(pipe):
    push, pull = pipe
    push.send_json({"b": 1, "a": 2}, sort_keys=True, separators=(",", ":"))
    assert pull.recv() == b'{"a":2,"b":1}'
    push.send_json(1.5)
    assert pull.recv_json(parse_float=str) == "1.5"
    with pytest.raises(TypeError, match="object"):
        push.send_json(object())
    push.send(b"{")
    with pytest.raises(ValueError, match="line 1"):
        pull.recv_json()


def test_pyobj(pipe):
    push, pull = pipe
    for data in (None, {1: (2, {3})}, ValueError("x")):
        push.send_pyobj(data)
        received = pull.recv_pyobj()
        assert type(received) is type(data)
        assert repr(received) == repr(data)
    push.send_pyobj(1, protocol=2)
    assert pull.recv() == pickle.dumps(1, 2)
    push.send_pyobj(1)
    assert pull.recv() == pickle.dumps(1, pickle.DEFAULT_PROTOCOL)


def test_serialized(zmq, pipe):
    push, pull = pipe
    push.send_serialized([1, 2], lambda numbers: [str(n).encode() for n in numbers])
    assert pull.recv_serialized(lambda parts: [int(p) for p in parts]) == [1, 2]
    push.send_serialized(3, lambda n: [b"x"] * n, flags=zmq.DONTWAIT, copy=False)
    assert pull.recv_serialized(len, copy=False) == 3
    push.send(b"x")
    with pytest.raises(ZeroDivisionError):
        pull.recv_serialized(lambda parts: 1 / 0)


# ---- into memory of the caller's


def test_recv_into(zmq, pipe):
    push, pull = pipe
    memory = bytearray(5)
    for sent, size in ((b"abc", 3), (b"abcdefgh", 5), (b"", 0)):
        push.send(sent)
        assert pull.recv_into(memory) == size
        assert memory[:size] == sent[:5]
    push.send(b"12345")
    assert pull.recv_into(memory, nbytes=2) == 2
    with pytest.raises(zmq.Again):
        pull.recv_into(memory, flags=zmq.DONTWAIT)
    for nbytes in (-1, 6):
        with pytest.raises(ValueError, match=str(nbytes)):
            pull.recv_into(memory, nbytes=nbytes)
    for bad in (b"read-only", memoryview(memory)[::2], "text", None):
        with pytest.raises((BufferError, TypeError, ValueError)):
            pull.recv_into(bad)


# ---- lent memory


def test_lent_memory_is_returned(zmq, pipe):
    push, pull = pipe
    data = bytearray(100_000)
    tracker = push.send(data, copy=False, track=True)
    if sys.implementation.name != "pypy":  # which lets everything be resized at any time
        with pytest.raises(BufferError):
            data.append(1)  # it is lent
    assert not tracker.done
    with pytest.raises(zmq.NotDone):
        tracker.wait(timeout=0)
    assert pull.recv() == data
    tracker.wait(5)
    data.append(1)


def test_small_messages_are_done_at_once(zmq, pipe):
    push, pull = pipe
    assert push.copy_threshold == zmq.COPY_THRESHOLD == 65536
    assert push.send(b"x", copy=False, track=True).done
    push.copy_threshold = 0
    tracker = push.send(b"x" * 10, copy=False, track=True)
    assert not tracker.done
    pull.recv()
    pull.recv()
    tracker.wait(5)


def test_an_untracked_frame_cannot_be_tracked(zmq, pipe):
    with pytest.raises(ValueError, match="track"):
        pipe[0].send(zmq.Frame(b"x" * 100_000, copy=False), copy=False, track=True)


def test_echo_of_a_received_frame(zmq, bound_pair):
    first, second = bound_pair(zmq.PAIR, zmq.PAIR, "tcp")
    first.send_multipart([b"a", b"b" * 100_000])
    second.send_multipart(second.recv_multipart(copy=False), copy=False)
    assert first.recv_multipart() == [b"a", b"b" * 100_000]


def test_one_frame_sent_twice(zmq, pipe):
    push, pull = pipe
    frame = zmq.Frame(b"again")
    push.send(frame)
    push.send(frame, copy=False)
    assert (pull.recv(), pull.recv(), frame.bytes) == (b"again",) * 3
