"""Waiting: Socket.poll, Poller, select, zmq_poll; proxies, which wait for us."""

import os
import socket as sockets_of_python
import threading
import time

import pytest


@pytest.fixture
def pipe(zmq, bound_pair):
    pull, push = bound_pair(zmq.PULL, zmq.PUSH)
    return push, pull


# ---- one socket


def test_socket_poll(zmq, pipe):
    push, pull = pipe
    assert pull.poll(0) == 0
    assert push.poll(0, zmq.POLLOUT) == zmq.POLLOUT
    assert push.poll(0, zmq.POLLIN | zmq.POLLOUT) == zmq.POLLOUT
    push.send(b"x")
    assert pull.poll() == pull.poll(0) == pull.poll(-1) == zmq.POLLIN


def test_socket_poll_is_in_milliseconds(pipe):
    start = time.monotonic()
    assert pipe[1].poll(20) == 0
    assert 0.019 <= time.monotonic() - start < 5


@pytest.mark.parametrize("timeout", ["x", b"", []])
def test_timeouts_that_are_no_numbers(zmq, pipe, timeout):
    with pytest.raises(TypeError):
        pipe[1].poll(timeout)
    poller = zmq.Poller()
    poller.register(pipe[1])
    with pytest.raises(TypeError):
        poller.poll(timeout)


# ---- many


def test_poller(zmq, pipe):
    push, pull = pipe
    poller = zmq.Poller()
    poller.register(push)
    poller.register(pull, zmq.POLLIN)
    assert push in poller
    assert poller.sockets == [(push, zmq.POLLIN | zmq.POLLOUT), (pull, zmq.POLLIN)]
    assert poller.poll(0) == [(push, zmq.POLLOUT)]
    push.send(b"x")
    assert dict(poller.poll()) == {push: zmq.POLLOUT, pull: zmq.POLLIN}
    poller.modify(push, zmq.POLLIN)
    assert poller.poll() == [(pull, zmq.POLLIN)]
    poller.register(push, 0)
    assert push not in poller
    poller.register(push, 0)  # it was not there: nothing happens
    poller.unregister(pull)
    assert poller.sockets == []
    assert poller.poll(0) == []


def test_unregister_keeps_the_others_in_place(zmq, sockets):
    poller = zmq.Poller()
    four = [sockets(zmq.PAIR) for _ in range(4)]
    for socket in four:
        poller.register(socket, zmq.POLLIN)
    poller.unregister(four[1])
    poller.modify(four[3], zmq.POLLOUT)
    assert poller.sockets == [
        (four[0], zmq.POLLIN),
        (four[2], zmq.POLLIN),
        (four[3], zmq.POLLOUT),
    ]
    for socket in (four[3], four[0], four[2]):
        poller.unregister(socket)
    assert poller.sockets == []


def test_unregister_what_is_not_there(zmq, pipe):
    with pytest.raises(KeyError):
        zmq.Poller().unregister(pipe[0])


def test_poller_times_out(zmq, pipe):
    poller = zmq.Poller()
    poller.register(pipe[1], zmq.POLLIN)
    start = time.monotonic()
    assert poller.poll(20) == []
    assert 0.019 <= time.monotonic() - start < 5


def test_poller_waits_for_ever(zmq, pipe):
    push, pull = pipe
    for timeout in (None, -1):
        poller = zmq.Poller()
        poller.register(pull, zmq.POLLIN)
        timer = threading.Timer(0.02, push.send, [b"x"])
        timer.start()
        assert poller.poll(timeout) == [(pull, zmq.POLLIN)]
        timer.join()
        pull.recv()


def test_descriptors_and_objects_with_fileno(zmq, pipe):
    ours, theirs = sockets_of_python.socketpair()
    with ours, theirs:
        poller = zmq.Poller()
        poller.register(ours, zmq.POLLIN)
        poller.register(theirs.fileno(), zmq.POLLIN)
        poller.register(pipe[1], zmq.POLLIN)
        assert poller.poll(0) == []
        theirs.send(b"x")
        assert poller.poll(5000) == [(ours, zmq.POLLIN)]
        ours.send(b"y")
        assert set(poller.poll(5000)) == {(ours, zmq.POLLIN), (theirs.fileno(), zmq.POLLIN)}


@pytest.mark.parametrize("what", ["x", None, object(), 1.5])
def test_what_cannot_be_polled(zmq, what):
    poller = zmq.Poller()
    with pytest.raises(TypeError):
        poller.register(what, zmq.POLLIN)
    assert what not in poller
    with pytest.raises(TypeError):
        zmq.zmq_poll([(what, zmq.POLLIN)], 0)


def test_negative_descriptors(zmq):
    with pytest.raises(ValueError, match="-1"):
        zmq.zmq_poll([(-1, zmq.POLLIN)], 0)


def test_a_closed_socket_cannot_be_polled(zmq, pipe):
    poller = zmq.Poller()
    poller.register(pipe[1], zmq.POLLIN)
    pipe[1].close()
    with pytest.raises(zmq.ZMQError) as caught:
        poller.poll(0)
    assert caught.value.errno == zmq.ENOTSOCK


def test_select(zmq, pipe):
    push, pull = pipe
    assert zmq.select([pull], [push], [push, pull], 0) == ([], [push], [])
    push.send(b"x")
    assert zmq.select([pull], [pull], []) == ([pull], [], [])
    assert zmq.select([], [], [], 0) == ([], [], [])
    pull.recv()
    start = time.monotonic()
    assert zmq.select([pull], [], [], timeout=0.02) == ([], [], [])
    assert 0.019 <= time.monotonic() - start < 5


def test_select_a_pipe(zmq):
    reader, writer = os.pipe()
    try:
        os.write(writer, b"x")
        assert zmq.select([reader], [writer], [], 5) == ([reader], [writer], [])
    finally:
        os.close(reader)
        os.close(writer)


def test_zmq_poll(zmq, pipe):
    push, pull = pipe
    push.send(b"x")
    assert zmq.zmq_poll([(pull, zmq.POLLIN), (push, zmq.POLLIN)]) == [(pull, zmq.POLLIN)]
    assert zmq.zmq_poll([], 0) == []


# ---- proxies


@pytest.mark.parametrize("name", ["proxy", "device", "proxy_steerable"])
def test_proxies(zmq, context, sockets, name):
    """They pass messages on, both ways, copy them to the capture, and end with the context."""
    service = zmq.Context()  # of its own, so that its end ends the proxy alone
    front, back, capture = (service.socket(kind) for kind in (zmq.ROUTER, zmq.DEALER, zmq.PUSH))
    pull = sockets(zmq.PULL)
    pull.bind("tcp://127.0.0.1:*")
    front.bind("tcp://127.0.0.1:*")
    back.bind("tcp://127.0.0.1:*")
    capture.connect(pull.last_endpoint)
    req, rep = sockets(zmq.REQ), sockets(zmq.REP)
    req.connect(front.last_endpoint)
    rep.connect(back.last_endpoint)
    ended = []

    def run():
        try:
            if name == "device":
                zmq.device(zmq.QUEUE, front, back)
            else:
                getattr(zmq, name)(front, back, capture)
        except zmq.ContextTerminated:
            ended.append(True)
        for socket in (front, back, capture):
            socket.close(linger=0)

    thread = threading.Thread(target=run)
    thread.start()
    req.send(b"question")
    assert rep.recv() == b"question"
    rep.send(b"answer")
    assert req.recv() == b"answer"
    if name != "device":
        assert pull.recv_multipart()[-1] == b"question"
        assert pull.recv_multipart()[-1] == b"answer"
    service.term()
    thread.join()
    assert ended == [True]


def test_sockets_of_several_contexts(zmq, bound_pair, sockets):
    """One poll, and one proxy, may have sockets of any contexts."""
    pull, push = bound_pair(zmq.PULL, zmq.PUSH, "tcp")
    with zmq.Context() as other, other.socket(zmq.PULL) as theirs:
        theirs.bind("tcp://127.0.0.1:*")
        sender = sockets(zmq.PUSH)
        sender.connect(theirs.last_endpoint)
        poller = zmq.Poller()
        poller.register(pull, zmq.POLLIN)
        poller.register(theirs, zmq.POLLIN)
        push.send(b"ours")
        assert poller.poll(10_000) == [(pull, zmq.POLLIN)]
        assert pull.recv() == b"ours"
        sender.send(b"theirs")
        assert poller.poll(10_000) == [(theirs, zmq.POLLIN)]
        out = sockets(zmq.PUSH)
        sink, end = sockets(zmq.PULL), sockets(zmq.PAIR)
        sink.bind("inproc://sink")
        out.connect("inproc://sink")
        end.bind("inproc://end")
        control = sockets(zmq.PAIR)
        control.connect("inproc://end")
        thread = threading.Thread(target=zmq.proxy_steerable, args=(theirs, out, None, control))
        thread.start()
        assert sink.recv() == b"theirs"
        end.send(b"TERMINATE")
        thread.join()


@pytest.mark.parametrize("arguments", [(3, 4), (None, None)])
def test_proxies_of_no_sockets(zmq, arguments):
    for proxy in (zmq.proxy, zmq.proxy_steerable, lambda *args: zmq.device(zmq.QUEUE, *args)):
        with pytest.raises(TypeError):
            proxy(*arguments)
