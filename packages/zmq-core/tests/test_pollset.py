"""PollSet: what a Poller waits for. Small sets and sets that epoll watches behave the same."""

from __future__ import annotations

import os
import random
import socket
import tempfile
import threading
import time

import pytest

import zmq
from zmq import backend

MANY = 40  # more than a set asks one by one


@pytest.fixture(params=[0, MANY], ids=["few", "many"])
def pollset(request, sockets):
    """An empty set, or one with many silent sockets."""
    made = backend.PollSet()
    for _ in range(request.param):
        made.set(sockets(zmq.PULL), zmq.POLLIN)
    yield made
    made.close()


def test_readiness_is_told_until_it_is_used(pollset, pair):
    a, b = pair
    pollset.set(b, zmq.POLLIN)
    assert pollset.poll(0) == []
    a.send(b"1")
    a.send(b"2")
    for _ in range(3):
        assert pollset.poll(1000) == [(b, zmq.POLLIN)]
    b.recv()
    assert pollset.poll(0) == [(b, zmq.POLLIN)]
    b.recv()
    assert pollset.poll(0) == []


def test_timeout(pollset, pair):
    pollset.set(pair[1], zmq.POLLIN)
    started = time.monotonic()
    assert pollset.poll(60) == []
    assert 0.055 < time.monotonic() - started < 5
    with pytest.raises(ValueError, match="NaN"):
        pollset.poll(float("nan"))


@pytest.mark.parametrize("timeout", [None, -1])
def test_for_ever(pollset, pair, timeout):
    a, b = pair
    pollset.set(b, zmq.POLLIN)
    assert pollset.poll(0) == []
    timer = threading.Timer(0.05, a.send, [b"late"])
    timer.start()
    assert pollset.poll(timeout) == [(b, zmq.POLLIN)]
    timer.join()


def test_order_is_that_of_registration(pollset, sockets):
    pairs = [sockets.connect(zmq.PAIR, zmq.PAIR, f"inproc://{n}") for n in range(20)]
    for a, b in pairs:
        pollset.set(b, zmq.POLLIN)
        a.send(b"x")
    assert pollset.poll(1000) == [(b, zmq.POLLIN) for _, b in pairs]


def test_events_change(pollset, pair):
    a, b = pair
    pollset.set(b, zmq.POLLIN)
    assert pollset.poll(0) == []
    pollset.set(b, zmq.POLLIN | zmq.POLLOUT)
    assert pollset.poll(1000) == [(b, zmq.POLLOUT)]
    a.send(b"x")
    assert pollset.poll(1000) == [(b, zmq.POLLIN | zmq.POLLOUT)]
    pollset.set(b, zmq.POLLIN)
    assert pollset.poll(1000) == [(b, zmq.POLLIN)]
    pollset.remove(b)
    assert pollset.poll(0) == []
    with pytest.raises(KeyError):
        pollset.remove(b)


def test_room_to_send_is_told(pollset, sockets):
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.set(zmq.SNDHWM, 1)
    pull.set(zmq.RCVHWM, 1)
    pull.bind("inproc://narrow")
    push.connect("inproc://narrow")
    push.send_many([b"x"] * 100, zmq.DONTWAIT)
    pollset.set(push, zmq.POLLOUT)
    assert pollset.poll(0) == []
    timer = threading.Timer(0.05, pull.recv_many)
    timer.start()
    assert pollset.poll(5000) == [(push, zmq.POLLOUT)]
    timer.join()


def test_news_that_a_send_took_are_not_missed(pollset, sockets):
    """A send may take the edge that tells of a message; the set must look again."""
    server, client = sockets.connect(zmq.DEALER, zmq.DEALER, "inproc://edge")
    pollset.set(server, zmq.POLLIN)
    for n in range(200):
        client.send(b"%d" % n)
        server.send(b"takes the news")
        assert pollset.poll(5000) == [(server, zmq.POLLIN)]
        assert server.recv() == b"%d" % n
        assert pollset.poll(0) == []
        client.recv()


def test_random_traffic_is_never_missed(sockets):
    rng = random.Random(7)
    pairs = [sockets.connect(zmq.DEALER, zmq.DEALER, "tcp://127.0.0.1:*") for _ in range(15)]
    pollset = backend.PollSet()
    for _, b in pairs:
        pollset.set(b, zmq.POLLIN)
    expected = {b: [] for _, b in pairs}
    count = 3000

    def produce():
        for n in range(count):
            a, b = pairs[rng.randrange(len(pairs))]
            expected[b].append(b"%d" % n)
            a.send(b"%d" % n)

    producer = threading.Thread(target=produce)
    producer.start()
    received = {b: [] for _, b in pairs}
    while sum(map(len, received.values())) < count:
        ready = pollset.poll(5000)
        assert ready, "a message was missed"
        for b, _ in ready:
            if rng.random() < 0.3:
                b.get(zmq.EVENTS)
            received[b].append(b.recv())
    producer.join()
    pollset.close()
    assert received == expected


def test_descriptors(pollset, pair):
    a, b = pair
    one, other = socket.socketpair()
    with one, other, tempfile.TemporaryFile() as regular:
        pollset.set(one, zmq.POLLIN)
        pollset.set(b, zmq.POLLIN)
        assert pollset.poll(0) == []
        other.send(b"x")
        assert pollset.poll(5000) == [(one, zmq.POLLIN)]
        a.send(b"x")
        assert pollset.poll(5000) == [(one, zmq.POLLIN), (b, zmq.POLLIN)]
        one.recv(1)
        pollset.set(one.fileno(), zmq.POLLOUT)  # the same descriptor once more
        assert pollset.poll(5000) == [(b, zmq.POLLIN), (one.fileno(), zmq.POLLOUT)]
        pollset.remove(one.fileno())
        pollset.set(regular, zmq.POLLIN)  # epoll refuses it; it is always ready
        assert pollset.poll(5000) == [(b, zmq.POLLIN), (regular, zmq.POLLIN)]
        pollset.remove(regular)
        other.close()
        assert (one, zmq.POLLIN) in [(s, e & zmq.POLLIN) for s, e in pollset.poll(5000)]


@pytest.mark.parametrize("what", ["text", None, -1])
def test_what_cannot_be_waited_for(what):
    with pytest.raises((TypeError, ValueError), match=repr(what)):
        backend.PollSet().set(what, zmq.POLLIN)


def test_a_closed_socket_is_told(pollset, pair):
    pollset.set(pair[1], zmq.POLLIN)
    assert pollset.poll(0) == []
    pair[1].close()
    for timeout in (0, 1000):
        with pytest.raises(zmq.ZMQError, match="closed"):
            pollset.poll(timeout)


def call_for_ever(function, *arguments):
    while True:
        function(*arguments)


def test_a_second_thread_is_refused(pollset, pair):
    a, b = pair
    pollset.set(b, zmq.POLLIN)
    thread = threading.Thread(target=pollset.poll)
    thread.start()
    with pytest.raises(zmq.ConcurrentUseError, match="poll"):
        call_for_ever(b.get, zmq.TYPE)
    a.send(b"x")
    thread.join()


def test_the_end_of_the_context_is_told(pollset):
    context = backend.Context()
    pull = context.socket(zmq.PULL)
    pollset.set(pull, zmq.POLLIN)
    errors = []

    def poll():
        try:
            pollset.poll()
        except zmq.ContextTerminated:
            errors.append(True)
            pull.close()

    thread = threading.Thread(target=poll)
    thread.start()
    context.term()
    thread.join()
    assert errors == [True]


def test_a_child_waits_for_its_own(pollset, pair):
    pollset.set(pair[1], zmq.POLLIN)
    assert pollset.poll(0) == []
    one, other = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            with pytest.raises(zmq.ForkedError):
                pollset.poll(100)
            own = backend.PollSet()
            own.set(one, zmq.POLLIN)
            other.send(b"x")
            assert own.poll(5000) == [(one, zmq.POLLIN)]
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    one.close()
    other.close()
    pair[0].send(b"x")
    assert pollset.poll(5000) == [(pair[1], zmq.POLLIN)]
