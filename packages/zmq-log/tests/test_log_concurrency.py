"""Threads, reentrance and forks: one socket, never used by two at once, never by a child."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import sys
import threading

import pytest

import zmq
from zmq.log.handlers import PUBHandler
from zmq.log.records import decode_message

fork_only = pytest.mark.usefixtures("may_fork")


@pytest.fixture
def may_fork(recwarn):
    """Python 3.12+ warns of forking with threads, which is what is tested here."""
    import warnings

    warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)


@pytest.fixture
def collector(context):
    """A bound SUB socket, where handlers connect to."""
    with context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.RCVTIMEO, 10_000)
        socket.subscribe(b"")
        socket.bind("tcp://127.0.0.1:*")
        yield socket


def test_many_threads(make_handler, make_logger, subscribe):
    handler = make_handler(structured=True)
    sub = subscribe(handler)
    logger = make_logger(handler)
    threads, each = 8, 100  # fewer than a queue holds

    def work(thread):
        for number in range(each):
            logger.info("%d %d", thread, number)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    records = [decode_message(sub.recv_multipart()) for _ in range(threads * each)]
    assert [record.zmq_seq for record in records] == list(range(threads * each))
    for thread in range(threads):
        own = [r.getMessage() for r in records if r.getMessage().startswith(f"{thread} ")]
        assert own == [f"{thread} {number}" for number in range(each)]


def test_emit_without_handle_is_safe_too(make_handler, make_logger, subscribe):
    handler = make_handler()
    sub = subscribe(handler)
    record = logging.makeLogRecord({"msg": "x", "levelno": 20, "levelname": "INFO"})
    workers = [
        threading.Thread(target=lambda: [handler.emit(record) for _ in range(100)])
        for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [sub.recv_multipart() for _ in range(600)] == [[b"INFO", b"x\n"]] * 600


def test_the_lock_is_held_while_sending(context):
    class Socket:
        free = None

        def __init__(self):
            self.context = context

        def getsockopt(self, option):
            return zmq.PUB if option == zmq.TYPE else 0

        def send_multipart(self, frames, flags=0):
            other = threading.Thread(target=self.try_lock)
            other.start()
            other.join()

        def try_lock(self):
            self.free = handler._publisher._lock.acquire(blocking=False)

    socket = Socket()
    handler = PUBHandler(socket)
    handler.emit(logging.makeLogRecord({"msg": "x"}))
    assert socket.free is False
    handler.close()


def test_a_record_logged_while_another_is_sent_follows_it(context, make_logger):
    """As a signal handler or a __del__ does, in the middle of a send by the same thread."""

    class Socket:
        def __init__(self):
            self.sent = []
            self.context = context

        def getsockopt(self, option):
            return zmq.PUB if option == zmq.TYPE else 0

        def send_multipart(self, frames, flags=0):
            for number, frame in enumerate(frames):
                self.sent.append(frame)
                if number == 0 and frame == b"INFO.outer":
                    logger.info("inner::x")

    socket = Socket()
    handler = PUBHandler(socket)
    logger = make_logger(handler)
    logger.info("outer::x")
    assert socket.sent == [b"INFO.outer", b"x\n", b"INFO.inner", b"x\n"]
    handler.close()


def in_child(work):
    """Run work in a forked child; return what it wrote, after its end."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)
        try:
            os.close(reader)
            os.write(writer, json.dumps(work()).encode())
            os._exit(0)
        finally:  # not back into pytest, whatever happened
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    assert os.waitpid(pid, 0)[1] == 0
    return json.loads(text)


@fork_only
def test_child_of_a_connected_handler_reconnects(collector, make_handler, make_logger):
    handler = make_handler(collector.last_endpoint.decode(), connect=True, structured=True)
    logger = make_logger(handler)
    pump(handler, collector)
    logger.info("parent")

    def work():
        assert handler._publisher.subscriptions == 0, "the parent's are not the child's"
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        logger.info("child")
        handler.close()
        return [os.getpid(), handler.dropped]

    result = []
    waiter = threading.Thread(target=lambda: result.extend(in_child(work)))
    waiter.start()
    records = [decode_message(collector.recv_multipart()) for _ in range(2)]
    waiter.join()
    logger.info("parent again")
    records.append(decode_message(collector.recv_multipart()))
    assert [record.getMessage() for record in records] == ["parent", "child", "parent again"]
    assert [record.process for record in records] == [os.getpid(), result[0], os.getpid()]
    assert [record.zmq_seq for record in records] == [0, 0, 1]
    assert records[0].zmq_source == records[2].zmq_source != records[1].zmq_source
    assert result[1] == 0


@fork_only
def test_child_of_a_wildcard_handler_binds_anew(make_handler, make_logger, subscribe):
    handler = make_handler("tcp://127.0.0.1:*")
    logger = make_logger(handler)
    sub = subscribe(handler)
    parent_endpoint = handler.endpoint

    def work():
        logger.info("child")
        return handler.endpoint

    assert in_child(work) != parent_endpoint
    logger.info("parent")
    assert sub.recv_multipart() == [b"INFO", b"parent\n"]


@fork_only
@pytest.mark.parametrize("kind", ["bound", "ipc", "socket"])
def test_child_that_cannot_publish_says_so_once(kind, context, make_logger, tmp_path, subscribe):
    given = context.socket(zmq.XPUB)
    if kind == "bound":
        with zmq.Context() as other, other.socket(zmq.PUB) as probe:
            probe.bind("tcp://127.0.0.1:*")
            fixed = probe.last_endpoint.decode()
        handler = PUBHandler(fixed)
    elif kind == "ipc":
        handler = PUBHandler(f"ipc://{tmp_path}/log")
    else:
        given.bind("tcp://127.0.0.1:*")
        handler = PUBHandler(given)
    logger = make_logger(handler)
    sub = subscribe(handler)

    def work():
        from io import StringIO

        sys.stderr = StringIO()
        logger.info("one")
        said = sys.stderr.getvalue()
        logger.info("two")
        handler.close()
        return [said, sys.stderr.getvalue(), handler.dropped]

    said, later, dropped = in_child(work)
    assert "connect=True" in said
    assert later == said
    assert dropped == 2
    logger.info("parent")
    assert sub.recv_multipart() == [b"INFO", b"parent\n"]
    handler.close()
    given.close()


@fork_only
@pytest.mark.parametrize("given", [True, False])
def test_fork_while_another_thread_sends(given, context, make_logger):
    """The child must not wait for a lock that the other thread holds at that moment."""
    socket = context.socket(zmq.XPUB)
    handler = PUBHandler(socket if given else "tcp://127.0.0.1:*")
    logger = make_logger(handler)
    held, release = threading.Event(), threading.Event()

    def hold():
        with handler._publisher._lock:
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)

    def work():
        sys.stderr = None
        logger.info("child")
        logger.info("child again")
        handler.close()
        return handler.dropped

    try:
        assert in_child(work) == (2 if given else 0)
    finally:
        release.set()
        thread.join()
    handler.close()
    socket.close()


def child_of_multiprocessing(logger, handler):
    assert handler.wait_for_subscribers(timeout_ms=10_000)
    for number in range(200):
        logger.info("%d %s", number, "x" * 5000)


@fork_only
def test_multiprocessing_child_loses_nothing_at_its_end(collector, make_handler, make_logger):
    handler = make_handler(collector.last_endpoint.decode(), connect=True)
    logger = make_logger(handler)
    process = multiprocessing.get_context("fork").Process(
        target=child_of_multiprocessing, args=(logger, handler)
    )
    process.start()
    got = [int(collector.recv_multipart()[1].split()[0]) for _ in range(200)]
    process.join()
    assert got == list(range(200))
    assert process.exitcode == 0


def pump(handler, collector):
    for _ in range(1000):
        if handler.wait_for_subscribers(timeout_ms=10):
            return
        collector.poll(0)
    raise AssertionError("no subscriber")
