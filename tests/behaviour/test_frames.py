"""Frames and message trackers."""

import copy
import gc
import pickle
import sys
import threading
import weakref

import pytest

BIG = 100_000


@pytest.mark.parametrize("make_copy", [True, False, None])
@pytest.mark.parametrize("data", [b"", b"abc", b"x" * BIG, bytearray(b"abc"), memoryview(b"abc")])
def test_content(zmq, data, make_copy):
    frame = zmq.Frame(data, copy=make_copy)
    assert len(frame) == len(data)
    assert bytes(frame) == frame.bytes == bytes(data)
    assert frame == zmq.Frame(bytes(data)) == bytes(data)
    assert memoryview(frame) == frame.buffer == data
    assert frame.more is False
    assert frame.tracker is None


def test_an_empty_frame(zmq):
    assert len(zmq.Frame()) == 0
    assert zmq.Frame().bytes == b""


def test_message_is_the_old_name(zmq):
    assert zmq.Message is zmq.Frame


@pytest.mark.parametrize("data", ["text", 3, object(), [b"x"]])
def test_what_has_no_buffer(zmq, data):
    with pytest.raises(TypeError):
        zmq.Frame(data)


def test_not_contiguous(zmq):
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        zmq.Frame(memoryview(b"x" * 2 * BIG)[::2], copy=False)


def test_bytes_are_a_copy_that_stays(zmq):
    frame = zmq.Frame(b"abc")
    assert frame.bytes == b"abc"
    kept = frame.bytes
    del frame
    assert kept == b"abc"


def test_a_buffer_keeps_its_frame(zmq):
    buffer = zmq.Frame(b"x" * BIG).buffer
    gc.collect()
    assert buffer == b"x" * BIG


def test_zero_copy_holds_on_to_its_memory(zmq, collect):
    class Owner(bytearray):
        pass

    data = Owner(b"x" * BIG)
    alive = weakref.ref(data)
    frame = zmq.Frame(data, copy=False, track=True)
    tracker = frame.tracker
    del data
    gc.collect()
    assert alive() is not None
    assert not tracker.done
    del frame
    collect()
    tracker.wait(5)
    gc.collect()
    assert alive() is None


def test_copies_share_memory(zmq):
    frame = zmq.Frame(b"x" * BIG)
    other = copy.copy(frame)
    assert type(other) is zmq.Frame
    assert other == frame
    assert frame.fast_copy() == frame
    del frame
    gc.collect()
    assert other.bytes == b"x" * BIG


def test_equality(zmq):
    frame = zmq.Frame(b"abc")
    assert frame == b"abc" == bytearray(frame)
    assert frame != b"abd"
    assert frame != zmq.Frame(b"ab")
    assert frame != "abc"
    assert frame != 3
    assert len({frame, copy.copy(frame)}) == 2


def test_repr_is_short(zmq):
    assert repr(zmq.Frame(b"abc")) == "<zmq.Frame(b'abc')>"
    assert len(repr(zmq.Frame(b"x" * BIG))) < 80
    assert str(BIG) in repr(zmq.Frame(b"x" * BIG))
    assert str(zmq.Frame(b"abc")) == repr(zmq.Frame(b"abc"))


def test_pickle(zmq):
    assert pickle.loads(pickle.dumps(zmq.Frame(b"abc"))) == b"abc"


def test_properties(zmq):
    frame = zmq.Frame(b"abc")
    assert frame.get(zmq.MORE) == frame.MORE == frame.get(zmq.MessageOption.MORE) == 0
    assert frame.shared in (0, 1)
    assert not hasattr(frame, "srcfd")  # it came over no connection
    with pytest.raises(AttributeError, match="nothing"):
        _ = frame.nothing
    with pytest.raises(AttributeError):
        frame.nothing = 1
    with pytest.raises(zmq.ZMQError) as caught:
        frame.get("No-Such")
    assert caught.value.errno == zmq.EINVAL
    with pytest.raises(zmq.ZMQError):
        frame.get(9999)
    with pytest.raises(zmq.ZMQError):
        frame.set(zmq.MORE, 1)


def test_metadata(zmq, bound_pair):
    rep, req = bound_pair(zmq.REP, zmq.REQ, "tcp", identity=b"me")
    req.send(b"x")
    frame = rep.recv(copy=False)
    assert frame["Socket-Type"] == frame.get("Socket-Type") == "REQ"
    assert frame["Peer-Address"] == frame.get("Peer-Address") == "127.0.0.1"
    assert frame.get("Identity") == "me"
    assert frame.get(zmq.SRCFD) > 0
    with pytest.raises(zmq.ZMQError):
        _ = frame["User-Id"]


def test_drafts_where_they_are_not(zmq):
    if zmq.DRAFT_API:
        frame = zmq.Frame(b"x")
        frame.group = "g"
        assert frame.group == "g"
        return
    for name in ("group", "routing_id"):
        with pytest.raises(zmq.ZMQError, match="ZMQ_DRAFT_API"):
            getattr(zmq.Frame(b"x"), name)


# ---- trackers


def test_trackers_of_nothing_are_done(zmq):
    tracker = zmq.MessageTracker()
    assert tracker.done
    tracker.wait()


def test_a_tracker_under_its_old_name(zmq):
    frame = zmq.Frame(b"x" * 100_000, track=True)
    assert frame.tracker_event is frame.tracker is not None
    assert zmq.Frame(b"x").tracker_event is None


def test_nested_trackers(zmq, collect):
    event = threading.Event()
    frame = zmq.Frame(b"x" * BIG, copy=False, track=True)
    inner = zmq.MessageTracker(frame)
    outer = zmq.MessageTracker(inner, event)
    assert inner in outer.peers
    assert event in outer.events
    assert not outer.done
    event.set()
    assert not outer.done
    with pytest.raises(zmq.NotDone):
        outer.wait(timeout=0.01)
    del frame
    collect()
    outer.wait(timeout=5)
    assert outer.done
    assert inner.done


def test_waiting_for_an_event(zmq):
    event = threading.Event()
    tracker = zmq.MessageTracker(event)
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.01)
    timer = threading.Timer(0.02, event.set)
    timer.start()
    tracker.wait()
    assert tracker.done
    timer.join()


@pytest.mark.parametrize("what", [3, "x", None, object()])
def test_what_cannot_be_watched(zmq, what):
    with pytest.raises(TypeError, match="MessageTracker"):
        zmq.MessageTracker(what)


def test_an_untracked_frame_cannot_be_watched(zmq):
    with pytest.raises(ValueError, match="track"):
        zmq.MessageTracker(zmq.Frame(b"x"))


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="PyPy counts no references")
def test_a_frame_of_a_big_object_counts_no_references_twice(zmq):
    data = b"x" * BIG
    before = sys.getrefcount(data)
    for _ in range(10):
        zmq.Frame(data, copy=False)
    zmq.backend._counts()  # takes back what was returned meanwhile
    assert sys.getrefcount(data) == before
