"""Messages through the core: what is sent arrives, whole, once and in order."""

from __future__ import annotations

import array
import copy
import pickle
import socket
import threading
import time

import pytest

import zmq
from zmq import backend

SIZES = [0, 1, 29, 30, 33, 8191, 8192, 8193, 65536, 1_000_001]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("copy", [True, False])
def test_one_part(pipe, size, copy):
    push, pull = pipe
    content = bytes(range(256)) * (size // 256 + 1)
    push.send(content[:size], copy=copy)
    received = pull.recv(copy=copy)
    assert bytes(received) == content[:size]
    assert isinstance(received, bytes if copy else backend.Frame)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 16, 17, 1000, 10_000])
@pytest.mark.parametrize("copy", [True, False])
def test_parts(pipe, count, copy):
    push, pull = pipe
    parts = [b"%d" % i * (i % 50) for i in range(count)]
    push.send_multipart(parts, copy=copy)
    push.send(b"next")
    received = pull.recv_multipart(copy=copy)
    assert [bytes(part) for part in received] == parts
    assert pull.recv() == b"next"
    if not copy:
        assert [part.more for part in received] == [True] * (count - 1) + [False]


@pytest.mark.parametrize(
    "content",
    [b"bytes", bytearray(b"array"), memoryview(b"view"), array.array("d", [1.5, 2.5]), b""],
    ids=lambda content: type(content).__name__,
)
@pytest.mark.parametrize("copy", [True, False])
def test_buffers(pair, content, copy):
    a, b = pair
    a.send(content, copy=copy)
    a.send_multipart([content, b"tail"], copy=copy)
    expected = bytes(memoryview(content).cast("B"))
    assert b.recv() == expected
    assert b.recv_multipart() == [expected, b"tail"]


def test_parts_by_hand(pair):
    a, b = pair
    a.send(b"one", zmq.SNDMORE)
    a.send(b"two", zmq.SNDMORE)
    assert b.poll(0) == 0, "an incomplete message must not be visible"
    a.send(b"three")
    assert b.recv() == b"one"
    assert b.get(zmq.RCVMORE) == 1
    assert b.recv_multipart() == [b"two", b"three"]
    assert b.get(zmq.RCVMORE) == 0


def test_order_and_number_over_the_high_water_mark(pipe):
    push, pull = pipe
    count = 20_000

    def produce():
        for i in range(count):
            push.send_multipart([b"%d" % i, b"x" * (i % 300)])

    thread = threading.Thread(target=produce)
    thread.start()
    for i in range(count):
        assert pull.recv_multipart() == [b"%d" % i, b"x" * (i % 300)]
    thread.join()


@pytest.mark.parametrize("size", [0, 5, 10_000])
def test_recv_into(pair, size):
    a, b = pair
    a.send(b"x" * size)
    memory = bytearray(20_000)
    assert b.recv_into(memory) == size
    assert memory == b"x" * size + bytes(20_000 - size)


def test_recv_into_cuts_what_does_not_fit(pair):
    a, b = pair
    for _ in range(2):
        a.send(b"0123456789")
    memory = bytearray(b"-" * 12)
    assert b.recv_into(memory, nbytes=4) == 4
    assert memory == b"0123--------"
    assert b.recv_into(memory[:3]) == 3
    assert b.poll(0) == 0


@pytest.mark.parametrize("nbytes", [-1, 6])
def test_recv_into_refuses_a_wrong_size(pair, nbytes):
    a, b = pair
    a.send(b"kept")
    with pytest.raises(ValueError, match=f"nbytes={nbytes}.*5 bytes"):
        b.recv_into(bytearray(5), nbytes=nbytes)
    assert b.recv() == b"kept"


def test_recv_into_refuses_read_only_memory(pair):
    a, b = pair
    a.send(b"kept")
    with pytest.raises(BufferError):
        b.recv_into(b"read-only")
    assert b.recv() == b"kept"


def test_text(pair):
    a, b = pair
    a.send_string("Grüße")
    assert b.recv_string() == "Grüße"
    a.send_string("Grüße", encoding="latin-1")
    assert b.recv_string(encoding="latin-1") == "Grüße"
    a.send(b"\xff")
    with pytest.raises(UnicodeDecodeError) as caught:
        b.recv_string()
    assert caught.value.object == b"\xff"


@pytest.mark.parametrize(
    ("content", "words"),
    [("text", "'text'.*send_string"), (5, "int: 5"), (None, "NoneType"), ({}, "dict")],
)
@pytest.mark.parametrize("copy", [True, False])
def test_what_is_no_message(pair, content, words, copy):
    a, b = pair
    with pytest.raises(TypeError, match=words):
        a.send(content, copy=copy)
    with pytest.raises(TypeError, match=f"part 1 .*{words}"):
        a.send_multipart([b"good", content], copy=copy)
    a.send(b"after")
    assert b.recv_multipart() == [b"after"], "nothing of a refused message may go out"


@pytest.mark.parametrize("parts", [b"bytes", "text", bytearray(b"array")])
def test_a_message_is_a_sequence_of_parts(pair, parts):
    with pytest.raises(TypeError, match=r"sequence of parts.*send\(\)"):
        pair[0].send_multipart(parts)


@pytest.mark.parametrize("parts", [[], (), iter(())])
def test_a_message_has_parts(pair, parts):
    with pytest.raises(ValueError, match="at least one part"):
        pair[0].send_multipart(parts)


@pytest.mark.parametrize("copy", [True, False])
def test_memory_that_is_not_contiguous(pair, copy):
    a, b = pair
    with pytest.raises(BufferError, match=r"not contiguous.*contiguous copy"):
        a.send(memoryview(b"0123456789")[::2], copy=copy)
    assert b.try_recv() is None


def test_try_recv(pair):
    a, b = pair
    assert b.try_recv() is None
    assert b.try_recv(copy=False) is None
    a.send(b"x")
    assert b.try_recv() == b"x"
    a.send_multipart([b"1", b"2"])
    assert bytes(b.try_recv(copy=False)) == b"1"
    assert b.try_recv() == b"2"


def test_nothing_there(pair):
    for call in (pair[0].recv, pair[0].recv_multipart, pair[0].recv_string):
        with pytest.raises(zmq.Again) as caught:
            call(zmq.DONTWAIT)
        assert caught.value.errno == zmq.EAGAIN


def test_no_room(sockets):
    push = sockets(zmq.PUSH)
    for call in (push.send, push.send_string, lambda x, f: push.send_multipart([x, x], f)):
        content = "x" if call == push.send_string else b"x"
        with pytest.raises(zmq.Again):
            call(content, zmq.DONTWAIT)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.recv(timeout=60),
        lambda s: s.recv_multipart(timeout=60),
        lambda s: s.recv_string(timeout=60),
        lambda s: s.recv_into(bytearray(1), timeout=60),
        lambda s: (s.set(zmq.RCVTIMEO, 60), s.recv()),
        lambda s: (s.set(zmq.RCVTIMEO, 60), s.recv_multipart()),
    ],
)
def test_receive_timeouts(sockets, call):
    pull = sockets(zmq.PULL)
    started = time.monotonic()
    with pytest.raises(zmq.Again):
        call(pull)
    assert 0.055 < time.monotonic() - started < 5


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.send(b"", timeout=60),
        lambda s: s.send_multipart([b"", b""], timeout=60),
        lambda s: (s.set(zmq.SNDTIMEO, 60), s.send(b"")),
        lambda s: (s.set(zmq.SNDTIMEO, 60), s.send_multipart([b"", b""])),
    ],
)
def test_send_timeouts(sockets, call):
    push = sockets(zmq.PUSH)
    started = time.monotonic()
    with pytest.raises(zmq.Again):
        call(push)
    assert 0.055 < time.monotonic() - started < 5


def test_timeout_overrides_the_option(pair):
    a, b = pair
    b.set(zmq.RCVTIMEO, 0)
    timer = threading.Timer(0.05, a.send, [b"late"])
    timer.start()
    assert b.recv(timeout=-1) == b"late"
    timer.join()
    with pytest.raises(ValueError, match="NaN"):
        b.recv(timeout=float("nan"))
    with pytest.raises(TypeError, match="milliseconds, or None, not 'soon'"):
        b.recv(timeout="soon")


def test_poll(pair):
    a, b = pair
    assert b.poll(0) == 0
    assert b.poll(0, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLOUT
    a.send(b"")
    assert b.poll() == zmq.POLLIN
    ready = backend.zmq_poll([(a, zmq.POLLIN), (b, zmq.POLLIN), (b, zmq.POLLOUT)], 1000)
    assert ready == [(b, zmq.POLLIN), (b, zmq.POLLOUT)]
    b.recv()
    started = time.monotonic()
    assert backend.zmq_poll([(b, zmq.POLLIN)], 60) == []
    assert time.monotonic() - started > 0.055


def test_poll_file_descriptors(pair):
    one, other = socket.socketpair()
    with one, other:
        assert backend.zmq_poll([(one, zmq.POLLIN), (pair[0], zmq.POLLIN)], 0) == []
        other.send(b"x")
        assert backend.zmq_poll([(one, zmq.POLLIN)], 5000) == [(one, zmq.POLLIN)]
        assert backend.zmq_poll([(one.fileno(), zmq.POLLIN)], 5000) == [(one.fileno(), zmq.POLLIN)]
    with pytest.raises(TypeError, match="'nothing'"):
        backend.zmq_poll([("nothing", zmq.POLLIN)])
    with pytest.raises(ValueError, match="-1"):
        backend.zmq_poll([(-1, zmq.POLLIN)])


def test_subclasses_are_asked(sockets):
    """A class that overrides send() and recv() sees every message, as in pyzmq."""

    class Loud(backend.Socket):
        def send(self, data, flags=0, copy=True, track=False):
            return super().send(data.upper(), flags, copy, track)

        def recv(self, flags=0, copy=True, track=False):
            return super().recv(flags, copy, track)[::-1]

    a, b = sockets.connect(zmq.PAIR, zmq.PAIR, "inproc://loud", Loud)
    a.send_multipart([b"ab", b"cd"])
    assert b.recv_multipart() == [b"BA", b"DC"]
    a.send_string("xy")
    assert b.recv_string() == "YX"


def test_frame(pair):
    a, b = pair
    frame = backend.Frame(b"content")
    assert (len(frame), bytes(frame), frame.bytes, frame.more) == (7, b"content", b"content", False)
    assert frame == backend.Frame(b"content") == b"content"
    assert frame != backend.Frame(b"other")
    assert frame != 5
    assert frame.buffer.nbytes == 7
    assert pickle.loads(pickle.dumps(frame)) == frame
    assert repr(frame) == "<zmq.Frame(b'content')>"
    assert repr(backend.Frame(b"x" * 30)) == f"<zmq.Frame({b'x' * 20}... 30 B)>"
    a.send(frame)
    a.send(frame)
    assert b.recv() == b.recv() == b"content"
    assert frame.get(zmq.MORE) == 0
    with pytest.raises(zmq.ZMQError, match="'No-Such'"):
        frame.get("No-Such")
    with pytest.raises(AttributeError, match="nothing"):
        _ = frame.nothing


def test_every_way_to_make_a_frame():
    frames = [
        backend.Frame(b"content"),
        backend.Frame(b"content", copy=True),
        backend.Frame(b"content", copy=False, track=True),
        backend.Frame(b"content", True),
        backend.Frame(b"content", True, False, 0),
        backend.Frame(data=b"content"),
        backend.Frame(b"content", copy=False, copy_threshold=0),
        backend.Frame(b"content", **{str(b"copy", "ascii"): False}),
    ]
    assert frames == [b"content"] * len(frames)
    assert [frame.tracker is not None for frame in frames] == [
        False,
        False,
        *[True] * 3,
        *[False] * 3,
    ]
    assert backend.Frame() == b""
    assert backend.Frame(track=True).tracker.done
    for wrong in [{"wrong": 1}, {"data": b""}, {"copy": True, "wrong": 1}]:
        with pytest.raises(TypeError):
            backend.Frame(b"content", **wrong)
    with pytest.raises(TypeError):
        backend.Frame(b"content", True, False, 0, 0)


def test_a_subclass_of_frame_has_its_own_constructor():
    class Text(backend.Frame):
        def __init__(self, text, *, encoding="utf-8"):
            super().__init__(text.encode(encoding))
            self.text = text

    assert Text("a", encoding="utf-16-le") == b"a\0"
    assert Text("a").text == "a"
    assert type(copy.copy(Text("a"))) is Text


def test_a_frame_gets_its_content_once():
    frame = backend.Frame(b"x" * 100_000, copy=False)
    view = frame.buffer
    with pytest.raises(TypeError, match=r"another frame"):
        frame.__init__(b"other")
    assert view == b"x" * 100_000


def test_every_way_to_make_a_tracker():
    assert backend.MessageTracker().done
    event = threading.Event()
    tracker = backend.MessageTracker(backend.Frame(b"", track=True), event)
    assert not tracker.done
    event.set()
    assert tracker.done
    for wrong in [(b"",), (None,)]:
        with pytest.raises(TypeError, match="watches"):
            backend.MessageTracker(*wrong)
    with pytest.raises(TypeError):
        backend.MessageTracker(wrong=1)


def test_frame_memory_is_shared_and_writable(pair):
    a, b = pair
    a.send(b"0123456789")
    frame = b.recv(copy=False)
    view = memoryview(frame)
    view[0] = ord("x")
    assert bytes(frame) == b"x123456789"
    del frame
    assert bytes(view) == b"x123456789", "the view keeps the memory"


def test_metadata(sockets):
    router, dealer = sockets.connect(zmq.ROUTER, zmq.DEALER)
    dealer.send(b"")
    frame = router.recv_multipart(copy=False)[1]
    assert frame["Socket-Type"] == "DEALER"
    assert frame.get("Peer-Address").startswith("127.0.0.1")


def test_frame_copies_share_memory(pair):
    frame = backend.Frame(b"x" * 1000)
    other = copy.copy(frame)
    assert other == frame
    assert other is not frame
