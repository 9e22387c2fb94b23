"""Connections within the process whose address nobody has bound yet ("pending").

What libzmq asserts, loses or waits for there, libzmq/cmake/InprocRepairs.cmake takes out. What it
asserts runs in a process of its own; tests/reliability/pending.py has the races between threads.
"""

from __future__ import annotations

import pytest

import zmq

from .conftest import run

ADDRESS = "inproc://later"


DISCONNECTED = """
    import zmq
    from zmq import backend
    context = backend.Context()
    connected, bound = context.socket(zmq.{kind}), context.socket(zmq.DEALER)
    connected.connect("inproc://later")
    connected.disconnect("inproc://later")
    connected.get(zmq.EVENTS)
    bound.bind("inproc://later")
    connected.connect("inproc://later")
    bound.send_multipart([b"", b"hello"])
    print(connected.recv_multipart(timeout=5000)[-1].decode())
    connected.close()
    bound.close()
    context.term(timeout=20_000)
"""
CONFLATE = """
    import zmq
    from zmq import backend
    context = backend.Context()
    for kind in (zmq.PUSH, zmq.PULL, zmq.PUB, zmq.SUB, zmq.DEALER):
        socket = context.socket(kind)
        socket.set(zmq.CONFLATE, 1)
        socket.connect("inproc://later")
        socket.close()
    with context.socket(zmq.PAIR) as bound:
        bound.bind("inproc://later")
    with context.socket(zmq.DEALER) as socket:
        socket.set(zmq.CONFLATE, 1)
        socket.connect("inproc://nobody")
    context.term(timeout=20_000)
    print(context.closed)
"""


@pytest.mark.parametrize("kind", ["ROUTER", "REP"])
def test_disconnected_before_it_is_bound(kind):
    """The binder has no pipe to write its routing id into."""
    assert run(DISCONNECTED.format(kind=kind)) == "hello\n"


def test_conflate_closed_before_it_is_bound():
    """The end of the pipe has taken the place of the routing id."""
    assert run(CONFLATE) == "True\n"


def test_conflate_keeps_the_newest_message(sockets):
    push, pull = sockets(zmq.PUSH), sockets(zmq.PULL)
    push.set(zmq.CONFLATE, 1)
    push.connect(ADDRESS)
    for number in range(3):
        push.send(b"%d" % number)
    pull.bind(ADDRESS)
    assert pull.recv(timeout=5000) == b"2"
    push.send(b"next")
    assert pull.recv(timeout=5000) == b"next"


def test_conflate_keeps_the_subscription(sockets):
    sub, pub = sockets(zmq.SUB), sockets(zmq.PUB)
    sub.set(zmq.CONFLATE, 1)
    sub.set(zmq.SUBSCRIBE, b"")
    sub.connect(ADDRESS)
    pub.bind(ADDRESS)
    pub.send(b"news")
    assert sub.recv(timeout=5000) == b"news"


def test_messages_wait_for_who_binds(sockets):
    """Of an open socket, of one that has disconnected, and of one that is closed."""
    kept, gone, closed = (sockets(zmq.PUSH) for _ in range(3))
    for socket in (kept, gone, closed):
        socket.connect(ADDRESS)
        socket.send(b"a")
        socket.send(b"b")
    gone.disconnect(ADDRESS)
    closed.close()
    pull = sockets(zmq.PULL)
    pull.bind(ADDRESS)
    assert sorted(pull.recv(timeout=5000) for _ in range(6)) == [b"a"] * 3 + [b"b"] * 3


def test_the_routing_id_comes_first(sockets):
    """Who binds with PROBE_ROUTER writes at once, but not before its name."""
    router, dealer = sockets(zmq.ROUTER), sockets(zmq.DEALER)
    router.connect(ADDRESS)
    dealer.set(zmq.ROUTING_ID, b"me")
    dealer.set(zmq.PROBE_ROUTER, 1)
    dealer.bind(ADDRESS)
    assert router.recv_multipart(timeout=5000) == [b"me", b""]
