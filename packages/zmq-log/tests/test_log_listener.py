"""SUBListener: records of other programs, in the local logging."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
import threading

import pytest

import zmq
from zmq.log import SUBListener
from zmq.log.listener import GapCounter


class Collect(logging.Handler):
    """Keeps records, and lets a test wait for a number of them."""

    def __init__(self, level=0):
        super().__init__(level)
        self.records = []
        self._changed = threading.Condition()

    def emit(self, record):
        with self._changed:
            self.records.append(record)
            self._changed.notify_all()

    def wait_for(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.records) >= count, 10), self.records
            return self.records

    @property
    def messages(self):
        return [record.getMessage() for record in self.records]


def test_structured_records_reach_handlers(make_handler, make_logger):
    handler, collect = make_handler(structured=True, root_topic="app"), Collect()
    with SUBListener(handler.endpoint, collect):
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        make_logger(handler).warning("db::slow %d", 5, extra={"user": "ann"})
        (record,) = collect.wait_for(1)
    assert (record.getMessage(), record.levelno, record.user) == ("slow 5", 30, "ann")
    assert (record.zmq_topic, record.name) == ("app.WARNING.db", "test")
    assert record.process == os.getpid()


def test_text_records_reach_handlers(make_handler, make_logger):
    handler, collect = make_handler(root_topic="app"), Collect()
    with SUBListener(handler.endpoint, collect):
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        make_logger(handler).info("hello")
        (record,) = collect.wait_for(1)
    assert (record.name, record.levelno, record.getMessage()) == ("app", 20, "hello")


def test_handler_levels(make_handler, make_logger):
    handler = make_handler()
    strict, lax = Collect(logging.ERROR), Collect()
    with SUBListener(handler.endpoint, strict, lax):
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        make_logger(handler).info("x")
        lax.wait_for(1)
    assert strict.records == []
    handler, strict = make_handler(), Collect(logging.ERROR)
    with SUBListener(handler.endpoint, strict, respect_handler_level=False):
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        make_logger(handler).info("x")
        strict.wait_for(1)


def test_without_handlers_the_local_loggers_decide(make_handler, request):
    collect = Collect()
    local = logging.getLogger("zmqlogtest.db")
    local.addHandler(collect)
    local.setLevel(logging.WARNING)
    local.propagate = False
    request.addfinalizer(lambda: local.removeHandler(collect))
    handler = make_handler(structured=True)
    remote = logging.Logger("zmqlogtest.db", 1)  # noqa: LOG001 - plays the other program
    remote.addHandler(handler)
    with SUBListener(handler.endpoint):
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        remote.info("too low")
        remote.warning("enough")
        collect.wait_for(1)
    assert collect.messages == ["enough"]


def test_collector_of_many_processes(context):
    collect = Collect()
    listener = SUBListener("tcp://127.0.0.1:*", collect, bind=True)
    script = textwrap.dedent(
        """
        import logging, sys
        from zmq.log import PUBHandler
        handler = PUBHandler(sys.argv[1], connect=True, structured=True)
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        for number in range(300):
            logging.info("%d", number)
        """
    )
    with listener:
        command = [sys.executable, "-c", script, listener.endpoint]
        processes = [subprocess.Popen(command) for _ in range(3)]
        collect.wait_for(900)
        assert [process.wait(10) for process in processes] == [0, 0, 0]
    for process in processes:
        own = [int(r.getMessage()) for r in collect.records if r.process == process.pid]
        assert own == list(range(300))
    assert listener.missed == listener.malformed == listener.errors == 0


def test_topics_and_several_endpoints(make_handler, make_logger):
    one, two, collect = make_handler(root_topic="one"), make_handler(root_topic="two"), Collect()
    with SUBListener([one.endpoint, two.endpoint], collect, topics=["one.ERROR", "two"]):
        assert one.wait_for_subscribers(2, 10_000)
        assert two.wait_for_subscribers(2, 10_000)
        make_logger(one).info("no")
        make_logger(one).error("1 yes")
        make_logger(two).info("2 yes")
        collect.wait_for(2)
    assert sorted(message[-5:] for message in collect.messages) == ["1 yes", "2 yes"]


def test_nonsense_and_errors_do_not_end_it(context, capsys):
    collect = Collect()

    def refuse(record):
        if record.getMessage() == "explode":
            raise RuntimeError("bad filter")
        return True

    collect.addFilter(refuse)
    with context.socket(zmq.XPUB) as pub:
        pub.bind("tcp://127.0.0.1:*")
        listener = SUBListener(pub.last_endpoint.decode(), collect)
        with listener:
            assert pub.recv() == b"\x01"
            pub.send(b"one frame")
            pub.send_multipart([b"t", b'{"zmq.log":1}'])
            pub.send_multipart([b"INFO", b"explode"])
            pub.send_multipart([b"INFO", b"fine"])
            collect.wait_for(1)
        assert collect.messages == ["fine"]
        assert (listener.malformed, listener.errors) == (2, 1)
        assert "bad filter" in capsys.readouterr().err


def test_stop_handles_what_has_arrived(context):
    """The messages are in the socket before the thread starts."""
    collect = Collect()
    with context.socket(zmq.PUB) as pub, context.socket(zmq.SUB) as sub:
        sub.subscribe(b"")
        pub.bind("inproc://ready")
        sub.connect("inproc://ready")
        pub.send_multipart([b"INFO", b"warm"])
        assert sub.poll(10_000)
        for number in range(500):
            pub.send_multipart([b"INFO", b"%d" % number])
        listener = SUBListener(sub, collect)
        listener.start()
        listener.stop()
        assert not sub.closed, "it was given, and stays open"
    assert collect.messages == ["warm", *map(str, range(500))]


def test_stop_without_start_twice_and_from_a_handler(context):
    listener = SUBListener("inproc://nobody", context=context)
    listener.stop()
    listener.stop()
    assert listener.socket.closed
    with pytest.raises(RuntimeError, match="make a new one"):
        listener.start()

    said = []

    class Stopper(logging.Handler):
        def emit(self, record):
            try:
                listener.stop()
            except RuntimeError as error:
                said.append(str(error))

    with context.socket(zmq.XPUB) as pub:
        pub.bind("inproc://stopper")
        listener = SUBListener("inproc://stopper", Stopper(), context=context)
        with listener:
            assert pub.recv() == b"\x01"
            pub.send_multipart([b"INFO", b"x"])
            with pytest.raises(RuntimeError, match="started already"):
                listener.start()
        assert said == ["a SUBListener cannot be stopped from one of its own handlers"]


def test_end_of_the_context_ends_the_thread():
    own = zmq.Context()
    listener = SUBListener("inproc://nobody", context=own)
    listener.start()
    terminator = threading.Thread(target=own.term, daemon=True)
    terminator.start()
    terminator.join(10)
    assert not terminator.is_alive()
    listener.stop()
    assert not listener._thread.is_alive()


def test_wrong_endpoints_and_topics(context):
    with pytest.raises(zmq.ZMQError):
        SUBListener("nonsense://x")
    with pytest.raises(TypeError, match="list of str"):
        SUBListener("inproc://x", topics="app", context=context)


def test_function_makes_the_socket_with_curve(make_logger, make_handler):
    public, secret = zmq.curve_keypair()
    mine = zmq.curve_keypair()

    def serve(context):
        socket = context.socket(zmq.XPUB)
        socket.curve_server = 1
        socket.curve_publickey, socket.curve_secretkey = public, secret
        socket.bind("tcp://127.0.0.1:*")
        return socket

    def connect(context):
        socket = context.socket(zmq.SUB)
        socket.curve_serverkey = public
        socket.curve_publickey, socket.curve_secretkey = mine
        socket.subscribe(b"")
        socket.connect(handler.endpoint)
        return socket

    handler, collect = make_handler(serve), Collect()
    with SUBListener(connect, collect):
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        make_logger(handler).info("secret")
        collect.wait_for(1)
    assert collect.messages == ["secret"]


def test_reconnects(context, make_logger, make_handler):
    collect = Collect()
    first = make_handler()
    endpoint = first.endpoint
    with SUBListener(endpoint, collect):
        assert first.wait_for_subscribers(timeout_ms=10_000)
        make_logger(first).info("one")
        collect.wait_for(1)
        first.close()
        second = make_handler(endpoint)
        assert second.wait_for_subscribers(timeout_ms=10_000)
        make_logger(second).info("two")
        collect.wait_for(2)
    assert collect.messages == ["one", "two"]


def numbered(source, seq):
    return logging.makeLogRecord({"zmq_source": source, "zmq_seq": seq})


def test_gaps_are_counted_for_each_source():
    gaps = GapCounter()
    assert [gaps.see(numbered("a", n)) for n in (5, 6, 9, 10)] == [0, 0, 2, 0]
    assert [gaps.see(numbered("b", n)) for n in (0, 2)] == [0, 1]
    assert gaps.see(numbered("a", 11)) == 0
    assert gaps.see(logging.makeLogRecord({})) == 0
    assert gaps.missed == 3


def test_gap_memory_is_bounded():
    gaps = GapCounter()
    for number in range(10_500):
        gaps.see(numbered(f"s{number}", 0))
        gaps.see(numbered("steady", number))
    assert len(gaps._next) == 10_000
    assert gaps.missed == 0


def test_listener_counts_what_a_slow_link_lost(make_handler, make_logger):
    """Not bounded, the publisher drops without a word; the numbers tell."""
    handler = make_handler(structured=True)
    handler.socket.setsockopt(zmq.SNDHWM, 10)
    gate = threading.Event()

    class Slow(Collect):
        def emit(self, record):
            assert gate.wait(20)
            super().emit(record)

    collect = Slow()

    def connect(context):
        socket = context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, 10)
        socket.subscribe(b"")
        socket.connect(handler.endpoint)
        return socket

    listener = SUBListener(connect, collect)
    with listener:
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        logger = make_logger(handler)
        for number in range(3000):
            logger.info("%d %s", number, "x" * 10_000)
        gate.set()
        for _ in range(1000):  # until a record after the flood is through
            logger.info("end")
            seen = len(collect.records)
            collect.wait_for(seen)
            if collect.records and collect.messages[-1] == "end":
                break
            handler.wait_for_subscribers(99, 10)
    last = collect.records[-1].zmq_seq
    assert listener.missed == last + 1 - len(collect.records) > 0
