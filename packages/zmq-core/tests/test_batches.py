"""Many messages in one call mean what as many single calls mean."""

from __future__ import annotations

import threading
import time

import pytest

import zmq
from zmq import backend


@pytest.mark.parametrize("count", [0, 1, 127, 128, 129, 5000])
@pytest.mark.parametrize("copy", [True, False])
def test_all_arrive_in_order(pipe, count, copy):
    push, pull = pipe
    messages = [b"%d" % i * (i % 20) for i in range(count)]
    received = []

    def receive():
        while len(received) < count:
            batch = pull.recv_many(700, copy=copy)
            assert 1 <= len(batch) <= 700
            received.extend(map(bytes, batch))

    thread = threading.Thread(target=receive)
    thread.start()
    assert push.send_many(iter(messages), copy=copy) == count
    thread.join()
    assert received == messages


def test_multipart(pair):
    a, b = pair
    messages = [[b"%d" % i, b"x" * i] for i in range(300)]
    assert a.send_many(messages, multipart=True) == 300
    assert b.recv_many(100, multipart=True) == messages[:100]
    assert b.recv_many(multipart=True) == messages[100:]


def test_a_limit_never_parts_a_message(pair):
    a, b = pair
    a.send_multipart([b"%d" % i for i in range(500)])
    a.send(b"next")
    assert b.recv_many(3) == [b"%d" % i for i in range(500)]
    assert b.recv_many(3) == [b"next"]


def test_buffers(pair):
    a, b = pair
    assert a.send_many([b"1", bytearray(b"2"), memoryview(b"3"), backend.Frame(b"4")]) == 4
    assert b.recv_many() == [b"1", b"2", b"3", b"4"]


def test_no_room(sockets):
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    assert push.send_many([b"x"] * 5, zmq.DONTWAIT) == 0
    started = time.monotonic()
    assert push.send_many([b"x"] * 5, timeout=60) == 0
    assert 0.055 < time.monotonic() - started < 5
    push.set(zmq.SNDHWM, 10)
    pull.set(zmq.RCVHWM, 10)
    pull.bind("inproc://room")
    push.connect("inproc://room")
    sent = push.send_many([b"%d" % i for i in range(100)], zmq.DONTWAIT)
    assert 0 < sent < 100
    assert pull.recv_many() == [b"%d" % i for i in range(sent)]
    push.set(zmq.SNDTIMEO, 60)
    assert push.send_many([b"x"] * 1000) < 1000


def test_nothing_there(sockets):
    pull = sockets(zmq.PULL)
    with pytest.raises(zmq.Again):
        pull.recv_many(flags=zmq.DONTWAIT)
    started = time.monotonic()
    with pytest.raises(zmq.Again):
        pull.recv_many(timeout=60)
    assert 0.055 < time.monotonic() - started < 5


@pytest.mark.parametrize("multipart", [False, True])
def test_what_was_sent_before_a_failure_is_told(pair, multipart):
    a, b = pair
    good = [[b"good"]] * 200 if multipart else [b"good"] * 200
    with pytest.raises(TypeError, match="int") as caught:
        a.send_many([*good, [5] if multipart else 5], multipart=multipart)
    sent = caught.value.sent
    assert len(b.recv_many()) == sent if sent else b.try_recv() is None


@pytest.mark.parametrize("messages", [b"bytes", "text", bytearray(b"array")])
def test_a_sequence_of_messages(pair, messages):
    with pytest.raises(TypeError, match=r"sequence of messages.*send\(\)"):
        pair[0].send_many(messages)


def test_wrong_arguments(pair):
    with pytest.raises(ValueError, match="limit=0"):
        pair[0].recv_many(0)
    with pytest.raises(ValueError, match="SNDMORE"):
        pair[0].send_many([b""], zmq.SNDMORE)


def test_the_end_of_the_context_ends_it():
    context = backend.Context()
    push = context.socket(zmq.PUSH)
    push.connect("tcp://127.0.0.1:1")
    push.set(zmq.SNDHWM, 10)
    push.set(zmq.LINGER, 0)
    errors = []

    def send():
        try:
            push.send_many([b"x"] * 1000)
        except zmq.ContextTerminated as error:
            errors.append(error.sent)
            push.close()

    thread = threading.Thread(target=send)
    thread.start()
    context.term()
    thread.join()
    assert len(errors) == 1
    assert errors[0] < 1000
