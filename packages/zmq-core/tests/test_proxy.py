"""Proxies: whole messages, both ways, until they are told to end."""

from __future__ import annotations

import _thread
import signal
import struct
import subprocess
import sys
import threading
import time
from socket import socketpair

import pytest

import zmq
from zmq import backend


@pytest.fixture
def ends(sockets):
    """(client, server) and the sockets of a ROUTER-DEALER proxy between them."""
    front, client = sockets.connect(zmq.ROUTER, zmq.REQ, "inproc://front")
    back, server = sockets.connect(zmq.DEALER, zmq.REP, "inproc://back")
    return client, server, front, back


def ask(client, server, question):
    client.send_multipart(question)
    assert server.recv_multipart() == question
    server.send_multipart([*question, b"answer"])
    assert client.recv_multipart() == [*question, b"answer"]


def running(function, *arguments):
    """Run in a thread; the exception it ended with is in the list."""
    ended = []

    def run():
        try:
            ended.append(function(*arguments))
        except zmq.ZMQError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ended


@pytest.mark.parametrize("proxy", [backend.proxy, backend.proxy_steerable])
def test_until_the_context_ends(proxy, context, sockets, ends):
    client, server, front, back = ends
    capture, seen = sockets.connect(zmq.PUSH, zmq.PULL, "inproc://capture")
    thread, ended = running(proxy, front, back, capture)
    for n in range(20):
        ask(client, server, [b"%d" % n, b"x" * 10_000 * n])
    for n in range(20):
        for tail in ([], [b"answer"]):
            assert seen.recv_multipart()[2:] == [b"%d" % n, b"x" * 10_000 * n, *tail]
    ender = threading.Thread(target=context.term)
    ender.start()
    thread.join()
    assert isinstance(ended[0], zmq.ContextTerminated)
    for socket in sockets.made:
        socket.close()
    ender.join()


def test_device_is_a_proxy(context, sockets, ends):
    client, server, front, back = ends
    thread, ended = running(backend.device, zmq.QUEUE, front, back)
    ask(client, server, [b"question"])
    ender = threading.Thread(target=context.term)
    ender.start()
    thread.join()
    assert isinstance(ended[0], zmq.ContextTerminated)
    for socket in sockets.made:
        socket.close()
    ender.join()


@pytest.mark.parametrize("kind", [zmq.PAIR, zmq.REP])
def test_steering(sockets, ends, kind):
    client, server, front, back = ends
    control, pilot = sockets.connect(kind, zmq.PAIR if kind == zmq.PAIR else zmq.REQ, "inproc://c")
    thread, ended = running(backend.proxy_steerable, front, back, None, control)

    def steer(command):
        pilot.send(command)
        return pilot.recv_multipart() if kind == zmq.REP or command == b"STATISTICS" else None

    ask(client, server, [b"question"])
    steer(b"PAUSE")
    if kind == zmq.PAIR:
        steer(b"STATISTICS")  # it obeyed before it answered
    client.send(b"held back")
    assert server.poll(100) == 0
    steer(b"RESUME")
    assert server.recv() == b"held back"
    server.send(b"late")
    assert client.recv() == b"late"
    numbers = [struct.unpack("=Q", part)[0] for part in steer(b"STATISTICS")]
    overhead = 5  # the client's routing id
    question, answers = len(b"question" + b"held back"), len(b"questionanswer" + b"late")
    assert numbers == [
        *(2, question + 2 * overhead, 2, answers + 2 * overhead),
        *(2, answers + 2 * overhead, 2, question + 2 * overhead),
    ]
    steer(b"nonsense")
    steer(b"TERMINATE")
    thread.join()
    assert ended == [None]


def test_one_direction_waits_for_room_alone(sockets):
    """What one end cannot take does not stop what goes the other way, nor the control."""
    front, left = sockets.connect(zmq.PAIR, zmq.PAIR, "inproc://left")
    back = sockets(zmq.PAIR)
    right = sockets(zmq.PAIR)
    right.set(zmq.RCVHWM, 1)
    back.set(zmq.SNDHWM, 1)
    back.bind("inproc://right")
    right.connect("inproc://right")
    control, pilot = sockets.connect(zmq.PAIR, zmq.PAIR, "inproc://c")
    thread, ended = running(backend.proxy_steerable, front, back, None, control)
    for n in range(100):
        left.send(b"%d" % n)
    right.send(b"other way")
    assert left.recv() == b"other way"
    assert [right.recv() for _ in range(100)] == [b"%d" % n for n in range(100)]
    pilot.send(b"TERMINATE")
    thread.join()
    assert ended == [None]


@pytest.fixture
def queue(sockets):
    """(client, server, seen, ends): around the sockets of a monitored queue, which come last."""
    front, client = sockets.connect(zmq.ROUTER, zmq.DEALER, "inproc://front")
    back, server = sockets.connect(zmq.DEALER, zmq.PAIR, "inproc://back")
    monitor, seen = sockets.connect(zmq.PUSH, zmq.PULL, "inproc://monitor")
    return client, server, seen, (front, back, monitor)


@pytest.fixture
def until_end(context, sockets):
    """Run a function in a thread that the end of the context ends."""
    threads = []

    def start(function, *arguments):
        threads.append(running(function, *arguments))

    yield start
    ender = threading.Thread(target=context.term)
    ender.start()
    for thread, ended in threads:
        thread.join()
        assert isinstance(ended[0], zmq.ContextTerminated)
    for socket in sockets.made:
        socket.close(linger=0)
    ender.join()


@pytest.mark.parametrize(
    ("prefixes", "expected"), [((), [b"in", b"out"]), ((b"\0to", b""), [b"\0to", b""])]
)
def test_monitored_queue_tells_the_direction(queue, until_end, prefixes, expected):
    client, server, seen, ends = queue
    client.set(zmq.RCVTIMEO, 20_000)
    until_end(backend.monitored_queue, *ends, *prefixes)
    client.send_multipart([b"many", *(b"%d" % n for n in range(40)), b"x" * 100_000])
    routing_id, *question = server.recv_multipart()
    assert len(question) == 42
    server.send_multipart([routing_id, b"answer"])
    assert client.recv_multipart() == [b"answer"]
    assert seen.recv_multipart() == [expected[0], routing_id, *question]
    assert seen.recv_multipart() == [expected[1], routing_id, b"answer"]


def test_monitored_queue_between_routers_swaps_the_routing_ids(sockets, until_end):
    peers = {}
    ends = []
    for name, side in [(b"alice", "left"), (b"bob", "right")]:
        ends.append(sockets(zmq.ROUTER))
        ends[-1].bind(f"inproc://{side}")
        peers[name] = sockets(zmq.DEALER)
        peers[name].set(zmq.ROUTING_ID, name)
        peers[name].connect(f"inproc://{side}")
    monitor, seen = sockets.connect(zmq.PUSH, zmq.PULL, "inproc://monitor")
    until_end(backend.monitored_queue, *ends, monitor)
    peers[b"alice"].send_multipart([b"bob", b"hello", b"there"])
    assert peers[b"bob"].recv_multipart() == [b"alice", b"hello", b"there"]
    peers[b"alice"].send_multipart([b"nobody", b"lost"])
    peers[b"alice"].send(b"bob")  # two parts in all: only ids, no contents
    assert peers[b"bob"].recv_multipart() == [b"alice"]
    peers[b"bob"].send_multipart([b"alice", b"", b"back"])
    assert peers[b"alice"].recv_multipart() == [b"bob", b"", b"back"]
    assert [seen.recv_multipart() for _ in range(4)] == [
        [b"in", b"bob", b"alice", b"hello", b"there"],
        [b"in", b"nobody", b"alice", b"lost"],
        [b"in", b"bob", b"alice"],
        [b"out", b"alice", b"bob", b"", b"back"],
    ]


@pytest.mark.parametrize("prefix", ["in", None, 3])
def test_a_prefix_is_bytes(queue, prefix):
    with pytest.raises(TypeError, match="in_prefix"):
        backend.monitored_queue(*queue[3], prefix)


@pytest.fixture
def woken():
    """The two ends of a descriptor that stops a relay."""
    ends = socketpair()
    yield ends
    for end in ends:
        end.close()


def test_the_descriptor_wakes_a_relay_that_goes_on_later(sockets, woken):
    front, source = sockets.connect(zmq.PULL, zmq.PUSH, "inproc://front")
    back, sink = sockets.connect(zmq.PUSH, zmq.PULL, "inproc://back")
    relay = backend.Relay(front, back, wake=woken[0])
    thread, ended = running(relay.run)
    source.send(b"one")
    assert sink.recv() == b"one"
    woken[1].send(b"x")
    thread.join()
    assert ended == [True]
    woken[0].recv(1)
    relay.paused = True
    thread, ended = running(relay.run)
    source.send(b"two")
    assert sink.poll(100) == 0
    woken[1].send(b"x")
    thread.join()
    woken[0].recv(1)
    relay.paused = False
    thread, ended = running(relay.run)
    assert sink.recv() == b"two"
    woken[1].send(b"x")
    thread.join()
    assert relay.statistics() == (2, 6, 0, 0, 0, 0, 2, 6, 0)


@pytest.mark.parametrize("full", ["target", "capture"])
def test_what_has_no_room_is_held_and_comes_first_later(sockets, woken, full):
    """Nothing is lost, doubled or out of order, and the relay never waits in a send."""
    front, source = sockets.connect(zmq.PULL, zmq.PUSH, "inproc://front")
    back, capture = sockets(zmq.PUSH), sockets(zmq.PUSH)
    sinks = {}
    for name, end in [("target", back), ("capture", capture)]:
        sinks[name] = sockets(zmq.PULL)
        if name == full:
            end.set(zmq.SNDHWM, 2)
            sinks[name].set(zmq.RCVHWM, 2)
        end.bind(f"inproc://{name}")
        sinks[name].connect(f"inproc://{name}")
    relay = backend.Relay(front, back, capture, wake=woken[0])
    for n in range(100):
        source.send_multipart([b"%d" % n, b"tail"])
    thread, _ = running(relay.run)
    assert sinks[full].poll()
    woken[1].send(b"x")
    thread.join(10)  # as nobody reads, it would never come back from a send that waits
    assert not thread.is_alive()
    woken[0].recv(1)
    taken = relay.statistics()[0]
    assert taken - relay.held == relay.statistics()[6] < 100
    thread, _ = running(relay.run)
    for name in (full, "target" if full == "capture" else "capture"):
        got = [sinks[name].recv_multipart() for _ in range(100)]
        assert got == [[b"%d" % n, b"tail"] for n in range(100)]
    woken[1].send(b"x")
    thread.join()
    assert (relay.held, relay.statistics()[6]) == (0, 100)


def test_a_peer_that_is_gone_stops_no_other(sockets, woken):
    front, source = sockets.connect(zmq.PULL, zmq.PUSH, "inproc://front")
    back = sockets(zmq.ROUTER)
    back.set(zmq.ROUTER_MANDATORY, 1)
    back.bind("inproc://back")
    sink = sockets(zmq.DEALER)
    sink.set(zmq.ROUTING_ID, b"here")
    sink.connect("inproc://back")
    relay = backend.Relay(front, back, wake=woken[0])
    thread, ended = running(relay.run)
    source.send_multipart([b"gone", b"lost"])
    source.send_multipart([b"here", b"kept"])
    assert sink.recv_multipart() == [b"kept"]
    woken[1].send(b"x")
    thread.join()
    assert ended == [True]
    assert relay.statistics()[8] == 1


def test_one_socket_gets_back_what_it_receives(sockets, woken):
    echo, client = sockets.connect(zmq.ROUTER, zmq.DEALER, "inproc://echo")
    thread, _ = running(backend.Relay(echo, echo, wake=woken[0]).run)
    client.send_multipart([b"is", b"anybody", b"there"])
    assert client.recv_multipart() == [b"is", b"anybody", b"there"]
    woken[1].send(b"x")
    thread.join()


def test_held_messages_are_freed_with_the_relay(sockets, woken, collect):
    front, source = sockets.connect(zmq.PULL, zmq.PUSH, "inproc://front")
    back, sink = sockets(zmq.PUSH), sockets(zmq.PULL)
    back.set(zmq.SNDHWM, 1)
    sink.set(zmq.RCVHWM, 1)
    back.bind("inproc://back")
    sink.connect("inproc://back")
    loans = backend._counts()["loans"]
    for _ in range(10):
        source.send(bytearray(100_000), copy=False)
    relay = backend.Relay(front, back, wake=woken[0])
    thread, _ = running(relay.run)
    assert sink.poll()
    woken[1].send(b"x")
    thread.join()
    assert relay.held == 1
    del relay, thread
    collect()
    for end in (front, back, source, sink):
        end.close(linger=0)
    deadline = time.monotonic() + 10
    while backend._counts()["loans"] > loans:
        assert time.monotonic() < deadline


def test_a_relay_is_set_up_once(sockets):
    one, other = sockets(zmq.PULL), sockets(zmq.PUSH)
    relay = backend.Relay(one, other)
    with pytest.raises(RuntimeError, match="another one"):
        relay.__init__(one, other)
    with pytest.raises(RuntimeError, match="__init__"):
        backend.Relay.__new__(backend.Relay).run()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to a thread")
def test_a_signal_that_comes_while_messages_pass_is_heard(sockets, woken):
    """No other message comes, which would end the wait that follows."""
    front, source = sockets.connect(zmq.PULL, zmq.PUSH, "inproc://front")
    back, sink = sockets.connect(zmq.PUSH, zmq.PULL, "inproc://back")
    for socket in (front, source, back, sink):
        socket.set(zmq.RCVHWM, 0)
        socket.set(zmq.SNDHWM, 0)
    relay = backend.Relay(front, back, wake=woken[0])
    main = threading.get_ident()
    heard = threading.Event()
    unheard = []

    def disturb():
        sink.recv()  # the first of many
        signal.pthread_kill(main, signal.SIGUSR1)
        if not heard.wait(10):
            unheard.append(True)
        woken[1].send(b"x")

    before = signal.signal(signal.SIGUSR1, lambda *_: heard.set())
    try:
        for _ in range(20):
            for _ in range(5000):
                source.send(b"x")
            heard.clear()
            thread = threading.Thread(target=disturb)
            thread.start()
            assert relay.run()
            thread.join()
            woken[0].recv(1)
            while sink.poll(0):  # those that were passed on before it ended
                sink.recv()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not unheard


def test_a_signal_that_interrupts_no_wait_is_heard(sockets, woken):
    """As one that comes between the last look for signals and the wait."""
    front, source = sockets.connect(zmq.PULL, zmq.PUSH, "inproc://front")
    back, sink = sockets.connect(zmq.PUSH, zmq.PULL, "inproc://back")
    relay = backend.Relay(front, back, wake=woken[0])
    heard = threading.Event()
    unheard = []

    def disturb():
        source.send(b"x")
        sink.recv()
        for _ in range(5):  # after the first it waits: who runs this has what it held, the GIL
            heard.clear()
            _thread.interrupt_main()  # sets the flag, and interrupts no system call
            if not heard.wait(10):
                unheard.append(True)
                break
        woken[1].send(b"x")

    before = signal.signal(signal.SIGINT, lambda *_: heard.set())
    try:
        thread = threading.Thread(target=disturb)
        thread.start()
        assert relay.run()
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert not unheard


# Both ends of one pair: what goes out of one comes in at the other, in the same thread.
BUSY = """
import os, threading, time, zmq
from zmq import backend
context = backend.Context()
ends = [backend.Socket(context, zmq.PAIR) for _ in range(2)]
ends[0].bind("inproc://round")
ends[1].connect("inproc://round")
for _ in range(50):
    ends[0].send(b"round and round")
relay = backend.Relay(*ends)

def tell():
    while relay.statistics()[4] < 1000:  # else the signal could come before it began
        time.sleep(0.001)
    print("busy", flush=True)

threading.Thread(target=tell).start()
try:
    relay.run()
except KeyboardInterrupt:
    print("interrupted", flush=True)
    os._exit(0)
"""


def test_ctrl_c_ends_a_proxy_that_is_never_idle():
    child = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "busy\n"
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=20)[0] == "interrupted\n"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
