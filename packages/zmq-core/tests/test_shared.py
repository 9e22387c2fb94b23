"""Shared sockets: many threads, whole messages, nobody waits for ever."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter

import pytest

import zmq
from zmq import backend

THREADS = 4


class Threads:
    """Starts functions in threads of their own, and at the end raises what one of them raised."""

    def __init__(self):
        self.running = []
        self.errors = []

    def __call__(self, function, *args):
        def work():
            try:
                function(*args)
            except BaseException as error:  # noqa: BLE001 - it is raised in join()
                self.errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        self.running.append(thread)
        return thread

    def join(self):
        for thread in self.running:
            thread.join(30)
            assert not thread.is_alive(), "a thread waits for ever"
        for error in self.errors:
            raise error


@pytest.fixture
def threads():
    threads = Threads()
    yield threads
    threads.join()


@pytest.fixture
def connect(context, tmp_path_factory):
    """``connect(type, type, transport)``: a shared socket, and another one connected to it."""
    made = []

    def connect(one, other, transport="tcp", *, both=False):
        endpoint = {
            "inproc": "inproc://shared",
            "tcp": "tcp://127.0.0.1:*",
            "ipc": f"ipc://{tmp_path_factory.mktemp('ipc')}/s",
        }[transport]
        shared = context.socket(one, shared=True)
        peer = context.socket(other, shared=both)
        made.extend([shared, peer])
        shared.bind(endpoint)
        peer.connect(shared.get(zmq.LAST_ENDPOINT))
        return shared, peer

    yield connect
    for socket in made:
        socket.close(linger=0)


def wait_for_waiters(number):
    """Return as soon as so many other threads of this process are asleep."""
    me = str(threading.get_native_id())
    idle = {}
    while len([t for t, n in idle.items() if n > 20]) < number:
        for task in os.listdir("/proc/self/task"):  # noqa: PTH208
            if task == me:
                continue
            with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/stat") as file:  # noqa: PTH123
                sleeps = file.read().rpartition(")")[2].split()[0] == "S"
                idle[task] = idle.get(task, 0) + 1 if sleeps else 0


def test_it_is_opt_in(context):
    with context.socket(zmq.PUB) as plain, context.socket(zmq.PUB, shared=True) as shared:
        assert not plain.shared
        assert shared.shared
    with pytest.raises(AttributeError):
        shared.shared = False


@pytest.mark.parametrize("transport", ["inproc", "tcp", "ipc"])
def test_many_threads_send_and_receive_whole_messages(connect, threads, transport):
    """Four threads send on one shared socket, four receive on another, all of them waiting."""
    each = 1500
    pull, push = connect(zmq.PULL, zmq.PUSH, transport, both=True)
    pull.set(zmq.RCVHWM, 10)
    push.set(zmq.SNDHWM, 10)  # senders must wait, too
    got = [[] for _ in range(THREADS)]

    def produce(n):
        for i in range(each):
            push.send_multipart([b"%d" % n, b"x" * (i % 50), b"%d" % i])

    def consume(n):
        while True:
            parts = pull.recv_multipart()
            if len(parts) == 1:
                return
            got[n].append(parts)

    consumers = [threads(consume, n) for n in range(THREADS)]
    producers = [threads(produce, n) for n in range(THREADS)]
    for thread in producers:
        thread.join()
    for _ in consumers:
        push.send(b"")
    threads.join()
    received = [tuple(message) for messages in got for message in messages]
    expected = [
        (b"%d" % n, b"x" * (i % 50), b"%d" % i) for n in range(THREADS) for i in range(each)
    ]
    assert Counter(received) == Counter(expected)
    for parts in got:  # one sender's messages keep their order
        for n in range(THREADS):
            numbers = [int(i) for sender, _, i in parts if sender == b"%d" % n]
            assert numbers == sorted(numbers)


@pytest.mark.parametrize("transport", ["inproc", "tcp"])
def test_a_waiting_receiver_lets_senders_in(connect, threads, transport):
    """Both ways on one socket at once: what a lock around each call cannot do."""
    shared, peer = connect(zmq.DEALER, zmq.DEALER, transport)
    got = []

    def echo():
        for _ in range(3 * 200):
            peer.send(b"re " + peer.recv())

    for _ in range(3):
        threads(lambda: got.extend(shared.recv() for _ in range(200)))
    wait_for_waiters(3)
    threads(echo)
    for n in range(3):
        threads(lambda n=n: [shared.send(b"%d %d" % (n, i)) for i in range(200)])
    threads.join()
    assert Counter(got) == Counter(b"re %d %d" % (n, i) for n in range(3) for i in range(200))


def test_parts_are_of_the_thread_that_handles_them(connect, threads):
    shared, peer = connect(zmq.DEALER, zmq.DEALER, both=True)
    together = threading.Barrier(3)
    got = []

    def send(n):
        for i in range(100):
            together.wait()
            shared.send(b"%d" % n, zmq.SNDMORE)
            together.wait()
            shared.send(b"%d" % i, zmq.SNDMORE, copy=False)
            together.wait()
            shared.send(b"end")

    def receive():
        for _ in range(100):
            parts = [peer.recv()]
            while peer.get(zmq.RCVMORE):
                assert peer.get(zmq.EVENTS) & zmq.POLLIN
                assert peer.poll(0) == zmq.POLLIN
                parts.append(peer.recv(copy=False).bytes)
            got.append(parts)

    for n in range(3):
        threads(send, n)
        threads(receive)
    threads.join()
    expected = [[b"%d" % n, b"%d" % i, b"end"] for n in range(3) for i in range(100)]
    assert sorted(got) == sorted(expected)


def test_the_rest_of_a_message(connect):
    shared, peer = connect(zmq.PULL, zmq.PUSH)
    for _ in range(2):
        peer.send_multipart([b"a", b"b", b"c"])
    assert shared.recv() == b"a"
    assert shared.recv_multipart() == [b"b", b"c"]
    assert not shared.get(zmq.RCVMORE)
    assert shared.recv_string() == "a"
    room = bytearray(1)
    assert shared.recv_into(room) == 1
    assert room == b"b"
    assert shared.try_recv() == b"c"
    assert shared.try_recv() is None


def test_a_part_that_finds_no_room_may_be_tried_again(connect):
    shared, peer = connect(zmq.PUSH, zmq.PULL)
    peer.close()
    shared.set(zmq.SNDTIMEO, 10)
    shared.send(b"a", zmq.SNDMORE)

    def fill():
        while True:
            shared.send(b"b")
            shared.send(b"a", zmq.SNDMORE)

    for _ in range(2):
        with pytest.raises(zmq.Again):
            fill()
    with shared.context.socket(zmq.PULL) as late:
        late.connect(shared.get(zmq.LAST_ENDPOINT))
        shared.send(b"b", timeout=5000)
        assert late.recv_multipart() == [b"a", b"b"]


def test_trackers(connect):
    shared, peer = connect(zmq.PUSH, zmq.PULL)
    big = bytes(200_000)
    first = shared.send(big, zmq.SNDMORE, copy=False, track=True)
    second = shared.send(b"small", track=True)
    assert peer.recv_multipart() == [big, b"small"]
    first.wait(5)
    second.wait(5)
    shared.send_multipart([big, big], copy=False, track=True).wait(5)
    assert peer.recv_multipart(timeout=5000) == [big, big]


@pytest.mark.parametrize("call", ["recv", "send", "poll", "zmq_poll"])
def test_close_wakes_all(connect, threads, call):
    shared, peer = connect(zmq.PUSH if call == "send" else zmq.PULL, zmq.PAIR)
    ended = []
    calls = {
        "recv": shared.recv,
        "send": lambda: shared.send(b""),
        "poll": shared.poll,
        "zmq_poll": lambda: backend.zmq_poll([(shared, zmq.POLLIN), (other, zmq.POLLIN)]),
    }

    def work():
        with pytest.raises(zmq.ZMQError, match="closed") as caught:
            calls[call]()
        ended.append(caught.value.errno)

    peer.close()
    with shared.context.socket(zmq.PULL, shared=True) as other:
        for _ in range(THREADS):
            threads(work)
        wait_for_waiters(THREADS)
        shared.close()
        threads.join()
    assert ended == [zmq.ENOTSOCK] * THREADS


@pytest.mark.parametrize("wake", ["destroy", "term"])
def test_the_end_of_the_context_wakes_all(threads, wake):
    context = backend.Context()
    shared = context.socket(zmq.DEALER, shared=True)
    shared.set(zmq.IMMEDIATE, 1)
    left = threading.Semaphore(0)

    def work(call):
        with pytest.raises(zmq.ContextTerminated):
            call()
        left.release()

    calls = [shared.recv, shared.recv_multipart, lambda: shared.send(b""), shared.poll]
    for call in calls:
        threads(work, call)
    wait_for_waiters(len(calls))

    def close():
        for _ in calls:
            left.acquire()
        shared.close()

    if wake == "term":
        threads(close)
    getattr(context, wake)()
    threads.join()
    assert context.closed
    assert shared.closed


def test_times_hold(connect):
    shared, _ = connect(zmq.DEALER, zmq.PULL)
    for call in (
        lambda: shared.recv(timeout=60),
        lambda: shared.recv_multipart(timeout=60),
        lambda: shared.poll(60),
    ):
        started = time.monotonic()
        with contextlib.suppress(zmq.Again):
            call()
        assert 0.055 < time.monotonic() - started < 5
    shared.set(zmq.RCVTIMEO, 60)
    started = time.monotonic()
    with pytest.raises(zmq.Again):
        shared.recv()
    assert 0.055 < time.monotonic() - started < 5
    assert backend.zmq_poll([(shared, zmq.POLLIN)], 0) == []
    assert backend.zmq_poll([(shared, zmq.POLLIN | zmq.POLLOUT)], 0) == []


def test_poll_with_others(connect, context, threads):
    """zmq_poll() of shared sockets, others and descriptors, by several threads."""
    shared, peer = connect(zmq.PULL, zmq.PUSH)
    ends = os.pipe()
    plain = context.socket(zmq.PULL)
    try:
        assert backend.zmq_poll([(shared, zmq.POLLIN), (plain, zmq.POLLIN)], 20) == []
        got = []

        def work():
            with context.socket(zmq.PULL) as own:
                while True:
                    ready = backend.zmq_poll(
                        [(shared, zmq.POLLIN), (own, zmq.POLLIN), (ends[0], zmq.POLLIN)]
                    )
                    if (shared, zmq.POLLIN) in ready:
                        with contextlib.suppress(zmq.Again):
                            got.append(shared.recv(zmq.DONTWAIT))
                    elif ready:
                        assert ready == [(ends[0], zmq.POLLIN)]
                        return

        for _ in range(3):
            threads(work)
        for i in range(300):
            peer.send(b"%d" % i)
            if i % 100 == 0:
                wait_for_waiters(3)
        while len(got) < 300 and not threads.errors:
            wait_for_waiters(3)
        os.write(ends[1], b"end")
        threads.join()
        assert sorted(map(int, got)) == list(range(300))
    finally:
        plain.close()
        os.close(ends[0])
        os.close(ends[1])


def test_bind_and_connect_let_nobody_be_refused(connect, threads):
    shared, _ = connect(zmq.DEALER, zmq.DEALER)

    def work():
        for _ in range(50):
            shared.bind("tcp://127.0.0.1:*")
            shared.get(zmq.LAST_ENDPOINT)
            shared.set(zmq.LINGER, 0)
            shared.connect("tcp://127.0.0.1:1")
            with contextlib.suppress(zmq.Again):
                shared.send(b"", zmq.DONTWAIT)

    for _ in range(THREADS):
        threads(work)
    threads.join()


def test_a_signal_handler_ends_a_wait(connect):
    shared, _ = connect(zmq.PULL, zmq.PUSH)

    class Interruption(Exception):
        pass

    def interrupt(*_):
        raise Interruption

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for call in (shared.recv, shared.recv_multipart, shared.poll):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(Interruption):
                call()
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("use", ["proxy", "engine"])
def test_who_needs_it_alone_says_so(context, use):
    with context.socket(zmq.PULL, shared=True) as shared, context.socket(zmq.PUSH) as plain:
        calls = {
            "proxy": lambda: backend.proxy(shared, plain),
            "engine": lambda: backend.Engine(shared, threading),
        }
        with pytest.raises(ValueError, match="shared by threads"):
            calls[use]()


def test_overridden_methods_are_called(context):
    class Loud(backend.Socket):
        def send(self, data, flags=0, **kwargs):
            return super().send(data.upper(), flags, **kwargs)

        def recv(self, flags=0, **kwargs):
            return super().recv(flags, **kwargs) + b"!"

    with Loud(context, zmq.PAIR, shared=True) as a, Loud(context, zmq.PAIR, shared=True) as b:
        a.bind("inproc://loud")
        b.connect("inproc://loud")
        a.send_multipart([b"a", b"b"])
        assert b.recv_multipart() == [b"A!", b"B!"]


@pytest.mark.parametrize("others", [0, 20])
def test_a_poll_set_of_shared_sockets(connect, context, threads, others):
    """Few sockets and many: the second is served by epoll, which a shared socket must not be."""
    shared, peer = connect(zmq.PULL, zmq.PUSH)
    made = [context.socket(zmq.PULL, shared=True) for _ in range(others)]
    got = []

    def work():
        polls = backend.PollSet()
        for socket in [shared, *made]:
            polls.set(socket, zmq.POLLIN)
        while True:
            if polls.poll(5000) != [(shared, zmq.POLLIN)]:
                raise TimeoutError
            message = shared.try_recv()
            if message == b"end":
                return
            if message is not None:
                got.append(message)

    for _ in range(3):
        threads(work)
    for i in range(100):
        peer.send(b"%d" % i)
    for _ in range(3):
        peer.send(b"end")
    threads.join()
    for socket in made:
        socket.close()
    assert Counter(got) == Counter(b"%d" % i for i in range(100))


def test_many_messages_in_one_call(connect):
    shared, peer = connect(zmq.DEALER, zmq.DEALER, both=True)
    assert shared.send_many([b"a", b"b"]) == 2
    assert shared.send_many([[b"c", b"d"], [b"e"]], multipart=True) == 2
    got = []
    while len(got) < 5:
        got += peer.recv_many(timeout=5000)
    assert got == [b"a", b"b", b"c", b"d", b"e"]
