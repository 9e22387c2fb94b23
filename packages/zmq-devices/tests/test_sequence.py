"""Sequenced publishing over real sockets and processes."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

import zmq
from zmq.devices import sequence
from zmq.devices.sequence import Lost, Message, Publisher, Restarted, Subscriber, _wire

ANY = "tcp://127.0.0.1:*"
FAST = {"heartbeat_ms": 20}


@pytest.fixture
def publish():
    """``publish(**options)``: a publisher that is bound, and its endpoints."""
    made = []

    def make(**options):
        made.append(Publisher(**{**FAST, **options}))
        return made[-1], made[-1].bind(ANY, ANY)

    yield make
    for publisher in made:
        publisher.close()


@pytest.fixture
def subscribe():
    """``subscribe(endpoints, *topics, **options)``: a subscriber that is connected."""
    made = []

    def make(endpoints, *topics, **options):
        limits = {name: options.pop(name) for name in ("oldest", "after") if name in options}
        made.append(Subscriber(**{"retry_ms": 100, **options}))
        made[-1].connect(*endpoints)
        for topic in topics or (b"t",):
            made[-1].subscribe(topic, **limits)
        return made[-1]

    yield make
    for subscriber in made:
        subscriber.close()


def test_from_the_oldest_on(publish, subscribe):
    publisher, endpoints = publish()
    assert [publisher.send(b"t", b"%d" % n, b"tail") for n in range(5)] == [1, 2, 3, 4, 5]
    subscriber = subscribe(endpoints, oldest=True)
    got = [subscriber.recv(20_000) for _ in range(5)]
    assert got == [
        Message(b"t", publisher.epoch, n + 1, (b"%d" % n, b"tail"), fetched=True) for n in range(5)
    ]
    publisher.send(b"t", bytearray(b"more"), memoryview(b"kinds"))
    assert subscriber.recv(20_000).parts == (b"more", b"kinds")
    assert subscriber.position(b"t") == (publisher.epoch, 6)
    with pytest.raises(zmq.Again):
        subscriber.recv(60)
    with pytest.raises(zmq.Again):
        subscriber.recv(0)


def test_going_on_after_a_position(publish, subscribe):
    publisher, endpoints = publish(window=3)
    for n in range(6):
        publisher.send(b"t", b"%d" % n)
    subscriber = subscribe(endpoints, after=(publisher.epoch, 2))
    assert subscriber.recv(20_000) == Lost(b"t", publisher.epoch, 3, 3)
    assert subscriber.position(b"t") == (publisher.epoch, 3)
    assert [subscriber.recv(20_000).sequence for _ in range(3)] == [4, 5, 6]
    stranger = subscribe(endpoints, after=(7, 2))
    assert stranger.recv(20_000) == Restarted(b"t", 7, 2, publisher.epoch)
    assert stranger.position(b"t") == (publisher.epoch, 0)
    assert stranger.recv(20_000) == Lost(b"t", publisher.epoch, 1, 3)


def test_topics_are_counted_apart_and_matched_exactly(publish, subscribe):
    publisher, endpoints = publish(max_topics=3)
    subscriber = subscribe(endpoints, b"a", b"b", oldest=True)
    for topic in (b"a", b"ab", b"b", b"a", b"ab"):
        publisher.send(topic, topic)
    got = [subscriber.recv(20_000) for _ in range(3)]
    assert sorted((m.topic, m.sequence, m.parts) for m in got) == [
        (b"a", 1, (b"a",)),
        (b"a", 2, (b"a",)),
        (b"b", 1, (b"b",)),
    ]
    with pytest.raises(ValueError, match="subscribed already"):
        subscriber.subscribe(b"a")
    with pytest.raises(ValueError, match="max_topics"):
        publisher.send(b"d")


def test_plain_subscribers_can_read_along(publish, connect):
    publisher, endpoints = publish()
    plain = connect(zmq.SUB, endpoints[0])
    plain.subscribe(b"t")
    message = [b"t", b""]
    while message[1][3:4] != b"\1":  # until it is no heartbeat
        publisher.send(b"t", b"payload")
        message = plain.recv_multipart()
    assert message[2:] == [b"payload"]


def test_a_publisher_that_cannot_be_asked_costs_the_gap_alone(publish, subscribe, connect):
    publisher, endpoints = publish()
    dead = connect.make(zmq.ROUTER)
    dead.bind(ANY)
    subscriber = subscribe((endpoints[0], dead.last_endpoint.decode()), patience_ms=200)
    publisher.send(b"t", b"first")
    first = None
    while first is None:
        publisher.send(b"t", b"until it is connected")
        with contextlib.suppress(zmq.Again):
            first = subscriber.recv(20)
    # two numbers that never go over the wire
    with publisher._lock:
        publisher._ring.append(b"t", [])
        publisher._ring.append(b"t", [])
    last = publisher.send(b"t", b"after the gap")
    events = [subscriber.recv(20_000)]
    while not isinstance(events[-1], Lost):
        events.append(subscriber.recv(20_000))
    assert events[-1] == Lost(b"t", publisher.epoch, last - 2, last - 1)
    assert subscriber.recv(20_000).parts == (b"after the gap",)


def test_an_answer_longer_than_one_batch(publish, subscribe):
    publisher, endpoints = publish(window=3000)
    for n in range(4000):
        publisher.send(b"t", b"%d" % n)
    subscriber = subscribe(endpoints, oldest=True)
    assert [subscriber.recv(20_000).sequence for _ in range(3000)] == list(range(1001, 4001))


def test_strangers_do_no_harm(publish, subscribe, connect):
    publisher, endpoints = publish()
    publisher.send(b"t", b"one")
    stranger = connect(zmq.DEALER, endpoints[1])
    for message in (
        [b""],
        [b"t", os.urandom(20)],
        _wire.fetch(b"t", publisher.epoch, 2**64 - 1, 0),
        _wire.fetch(b"t", publisher.epoch, 0, 2**64 - 1),
        _wire.window(b"t", publisher.epoch, 1, 2, 3),
        _wire.fetch(b"unknown", publisher.epoch, 1, 2),
        _wire.fetch(b"t", 99, 1, 1),
    ):
        stranger.send_multipart(message)
    answers = []
    while not answers or answers[-1].epoch != publisher.epoch or answers[-1].topic != b"unknown":
        answers.append(_wire.parse(stranger.recv_multipart()))
    assert [(a.kind, a.sequence) for a in answers] == [
        *((_wire.WINDOW, 0), (_wire.DATA, 1), (_wire.WINDOW, 1), (_wire.WINDOW, 0)),
    ]
    last = _wire.parse(stranger.recv_multipart())
    assert (last.kind, last.sequence, last.numbers) == (_wire.WINDOW, 0, (1, 1))
    assert subscribe(endpoints, oldest=True).recv(20_000).parts == (b"one",)


def test_sending_from_many_threads(publish, subscribe):
    publisher, endpoints = publish(window=5000)

    def run():
        for _ in range(500):
            publisher.send(b"t", b"x" * 10)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    subscriber = subscribe(endpoints, oldest=True)
    got = [subscriber.recv(20_000).sequence for _ in range(2000)]
    for thread in threads:
        thread.join()
    assert got == list(range(1, 2001))


def test_curve(publish, subscribe):
    public, secret = zmq.curve_keypair()
    mine, my_secret = zmq.curve_keypair()
    publisher, endpoints = publish(
        options={zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: secret, zmq.LINGER: 0}
    )
    publisher.send(b"t", b"secret")
    keys = {zmq.CURVE_SERVERKEY: public, zmq.CURVE_PUBLICKEY: mine, zmq.CURVE_SECRETKEY: my_secret}
    assert subscribe(endpoints, oldest=True, options=keys).recv(20_000).parts == (b"secret",)
    with pytest.raises(zmq.Again):
        subscribe(endpoints, oldest=True).recv(200)


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (Publisher, {"window": 0}),
        (Publisher, {"window_bytes": -1}),
        (Publisher, {"heartbeat_ms": 0}),
        (Publisher, {"max_topics": 0}),
        (Publisher, {"epoch": 2**64}),
        (Publisher, {"epoch": 0}),
        (Subscriber, {"buffer": 0}),
        (Subscriber, {"retry_ms": 0}),
        (Subscriber, {"patience_ms": -1}),
    ],
)
def test_bounds_that_make_no_sense(cls, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        cls(**options)


def test_misuse(publish):
    publisher, endpoints = publish()
    with pytest.raises(RuntimeError, match="make another"):
        publisher.bind(*endpoints)
    with pytest.raises(TypeError, match="bytes"):
        publisher.send(b"t", 3)
    publisher.close()
    publisher.close()
    with pytest.raises(zmq.ZMQError):
        publisher.send(b"t", b"too late")


def test_a_terminated_context_is_a_regular_end(caplog):
    context = zmq.Context()
    publisher = Publisher(context=context, **FAST)
    publisher.bind(ANY, ANY)
    ender = threading.Thread(target=context.term)
    ender.start()
    publisher._thread.join(10)
    assert not publisher._thread.is_alive()
    publisher.close()
    ender.join()
    assert caplog.text == ""


# --- the gap test: a slow subscriber, a publisher that is killed and comes back -------------------

WINDOW = 2000
PUBLISHING = """
import sys, time, zmq
from zmq.devices.sequence import Publisher
data, replay, first, count, window = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
publisher = Publisher(window=window, heartbeat_ms=20, options={zmq.SNDHWM: 50})
for attempt in range(1000):
    try:
        publisher.bind(data, replay)
        break
    except zmq.ZMQError:  # the ports of the one that was killed
        time.sleep(0.01)
print(publisher.epoch, flush=True)
sys.stdin.readline()
for n in range(first, first + count):
    publisher.send(b"t", b"%d" % n, b"x" * 1000)
    if n % 100 == 0:
        time.sleep(0.001)
print("sent", flush=True)
sys.stdin.readline()
"""


def start_publisher(endpoints, first, count):
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISHING, *endpoints, str(first), str(count), str(WINDOW)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go(publisher):
    publisher.stdin.write("go\n")
    publisher.stdin.flush()


def end(publisher):
    publisher.kill()
    publisher.wait()
    publisher.stdin.close()
    publisher.stdout.close()


def free_endpoints():
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [f"tcp://127.0.0.1:{each.getsockname()[1]}" for each in (one, other)]


def is_message(event, epoch, sequence):
    return isinstance(event, Message) and (event.epoch, event.sequence) == (epoch, sequence)


def test_a_publisher_that_is_killed_and_a_subscriber_that_is_slow(subscribe):
    """Three publishers, one after the other, killed in the middle; 0 undetected, 0 unrecovered."""
    endpoints = free_endpoints()
    subscriber = subscribe(
        endpoints, oldest=True, options={zmq.RCVHWM: 50, zmq.RECONNECT_IVL: 10, zmq.RCVBUF: 16_384}
    )
    events = []
    per_life = 1500  # less than the window: everything can be had while the publisher lives
    epochs = []
    for life in range(3):
        publisher = start_publisher(endpoints, life * per_life, per_life)
        try:
            epochs.append(int(publisher.stdout.readline()))
            go(publisher)
            assert publisher.stdout.readline() == "sent\n"  # and nobody read meanwhile
            wanted = per_life // 2 if life < 2 else per_life  # killed in the middle of catching up
            while not (events and is_message(events[-1], epochs[-1], wanted)):
                events.append(subscriber.recv(20_000))
        finally:
            end(publisher)
    check(events, epochs, per_life)


def check(events, epochs, per_life):
    fetched = undetected = unrecovered = 0
    position = {}
    for event in events:
        if isinstance(event, Restarted):
            assert event.last_epoch == epochs[epochs.index(event.epoch) - 1]
            assert event.last_sequence == position[event.last_epoch]
            position[event.epoch] = 0
            continue
        expected = position.get(event.epoch, 0) + 1
        if isinstance(event, Lost):
            assert event.first == expected
            position[event.epoch] = event.last
            # the window held everything: only the death of its publisher can cost a message
            unrecovered += event.epoch == epochs[-1]
            continue
        undetected += event.sequence != expected
        life = epochs.index(event.epoch)
        assert event.parts[0] == b"%d" % (life * per_life + event.sequence - 1)
        position[event.epoch] = event.sequence
        fetched += event.fetched
    assert (undetected, unrecovered) == (0, 0)
    assert fetched > 0  # it was slow enough to lose something
    assert position[epochs[-1]] == per_life
    assert sum(isinstance(event, Restarted) for event in events) == 2
    for epoch in epochs[:-1]:
        assert position[epoch] >= per_life // 2


def test_beyond_the_window_losses_are_named(publish, subscribe):
    publisher, endpoints = publish(window=100, options={zmq.SNDHWM: 10})
    subscriber = subscribe(endpoints, oldest=True, options={zmq.RCVHWM: 10, zmq.RCVBUF: 16_384})
    publisher.send(b"t", b"0")
    assert subscriber.recv(20_000).sequence == 1
    total = 5000
    for n in range(1, total):
        publisher.send(b"t", b"%d" % n, b"x" * 2000)
    expected = 2
    lost = 0
    deadline = time.monotonic() + 30
    while expected <= total:
        event = subscriber.recv(20_000)
        if isinstance(event, Lost):
            assert event.first == expected
            lost += event.last - event.first + 1
            expected = event.last + 1
        else:
            assert event.sequence == expected
            assert event.parts[0] == b"%d" % (expected - 1)
            expected += 1
        assert time.monotonic() < deadline
    assert 0 < lost <= total - 100  # and what is in the window came


def test_what_it_offers():
    assert set(sequence.__all__) == {"Lost", "Message", "Publisher", "Restarted", "Subscriber"}
