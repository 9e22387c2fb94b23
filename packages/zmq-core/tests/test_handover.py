"""Large bytes objects between sockets of one process: the object itself arrives (handover.h)."""

from __future__ import annotations

import threading

import pytest

import zmq

LARGE = 70_000
ENDPOINT = "inproc://handover"


@pytest.fixture
def pair(sockets):
    one, other = sockets(zmq.PAIR), sockets(zmq.PAIR)
    one.bind(ENDPOINT)
    other.connect(ENDPOINT)
    return one, other


def of(byte):
    return bytes([byte]) * LARGE


def test_the_object_itself_arrives(pair):
    one, other = pair
    data, parts = of(1), [of(2), b"small", of(3)]
    one.send(data)
    one.send_multipart(parts)
    assert other.recv() is data
    received = other.recv_multipart()
    assert received == parts
    assert received[0] is parts[0]
    assert received[2] is parts[2]


def test_what_is_lent_on_purpose_or_can_change_is_copied(pair):
    one, other = pair
    data, array = of(1), bytearray(of(2))
    one.send(data, copy=False)
    one.send(array)
    array[0] = 9
    received = other.recv()
    assert received == data
    assert received is not data
    assert other.recv() == of(2)


@pytest.mark.parametrize("multipart", [False, True])
def test_a_frame_never_writes_into_the_senders_bytes(pair, multipart):
    one, other = pair
    data = of(1)
    if multipart:
        one.send_multipart([data])
        (frame,) = other.recv_multipart(copy=False)
    else:
        one.send(data)
        frame = other.recv(copy=False)
    assert frame.bytes is data
    frame.buffer[0] = 9
    assert frame.bytes[:2] == b"\x09\x01"
    assert data == of(1)


def test_recv_into_is_a_copy(pair):
    one, other = pair
    data, room = of(1), bytearray(LARGE)
    one.send(data)
    assert other.recv_into(room) == LARGE
    room[0] = 9
    assert data == of(1)


def test_a_socket_with_an_end_outside_copies(pair):
    one, other = pair
    one.bind("tcp://127.0.0.1:*")
    data = of(1)
    one.send(data)
    received = other.recv()
    assert received == data
    assert received is not data


def test_all_subscribers_get_it(sockets):
    publisher, subscribers = sockets(zmq.XPUB), [sockets(zmq.SUB) for _ in range(3)]
    publisher.set(zmq.XPUB_VERBOSE, 1)  # says when each of them is there
    publisher.bind(ENDPOINT)
    for subscriber in subscribers:
        subscriber.set(zmq.SUBSCRIBE, b"")
        subscriber.connect(ENDPOINT)
        publisher.recv()
    data = of(1)
    publisher.send(data)
    assert all(subscriber.recv() is data for subscriber in subscribers)


def test_what_nobody_receives_is_released(context):
    """And what is forwarded as a frame. The fixture of all tests counts what stays lent."""
    with context.socket(zmq.PAIR) as one, context.socket(zmq.PAIR) as other:
        one.bind(ENDPOINT)
        other.connect(ENDPOINT)
        for n in range(20):
            one.send(of(n))
        frame = other.recv(copy=False)
        other.send(frame)
        assert one.recv() == of(0)
        one.close(linger=0)
        other.close(linger=0)


def test_threads_hand_the_same_and_other_objects_to_each_other(context):
    rounds = 2000
    objects = [of(n) for n in range(8)]
    failures = []

    def sink(ready):
        with context.socket(zmq.PULL) as pull:
            pull.bind(ENDPOINT)
            ready.set()
            received = [pull.recv() for _ in range(rounds)]
        failures.extend(n for n, each in enumerate(received) if each is not objects[n % 8])

    ready = threading.Event()
    thread = threading.Thread(target=sink, args=(ready,))
    thread.start()
    assert ready.wait(10)
    with context.socket(zmq.PUSH) as push:
        push.connect(ENDPOINT)
        for n in range(rounds):
            push.send(objects[n % len(objects)])
        thread.join(30)
    assert not thread.is_alive()
    assert not failures
