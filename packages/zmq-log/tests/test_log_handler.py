"""PUBHandler and TopicLogger over real sockets: pyzmq's wire format, without its faults."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import textwrap
import threading

import pytest

import zmq
from zmq.log.handlers import PUBHandler, TopicLogger
from zmq.log.records import decode_message


def receive(socket, count):
    return [tuple(socket.recv_multipart()) for _ in range(count)]


def test_the_five_levels(make_handler, make_logger, subscribe):
    handler = make_handler()
    logger, sub = make_logger(handler), subscribe(handler)
    logger.debug("d")
    logger.info("i %s", 3)
    logger.warning("w")
    logger.error("e")
    logger.critical("c")
    lines = receive(sub, 5)
    assert [topic for topic, _ in lines] == [b"DEBUG", b"INFO", b"WARNING", b"ERROR", b"CRITICAL"]
    assert lines[1] == (b"INFO", b"i 3\n")
    for (topic, body), text in zip(lines, "d-wec"):
        if text != "-":
            start = topic + b" test_log_handler.py:"
            assert body.startswith(start)
            assert body.endswith(b" - " + text.encode() + b"\n"), "nothing after the message"


@pytest.mark.parametrize(
    ("message", "topic", "body"),
    [
        ("plain", b"root.INFO", b"plain\n"),
        ("sub::msg", b"root.INFO.sub", b"msg\n"),
        ("a.b::msg::x", b"root.INFO.a.b", b"msg::x\n"),
        ("::msg", b"root.INFO", b"msg\n"),
        ({"a": 1}, b"root.INFO", b"{'a': 1}\n"),
        (5, b"root.INFO", b"5\n"),
        ("x\n", b"root.INFO", b"x\n\n"),
        ("", b"root.INFO", b"\n"),
        ("sürface ✓", b"root.INFO", "sürface ✓\n".encode()),
        ("\ud800", b"root.INFO", b"\\ud800\n"),
    ],
)
def test_topics_and_bodies(make_handler, make_logger, subscribe, message, topic, body):
    handler = make_handler(root_topic="root")
    sub = subscribe(handler)
    make_logger(handler).info(message)
    assert receive(sub, 1) == [(topic, body)]


def test_subtopic_leaves_the_record_alone(make_handler, make_logger):
    handler, seen = make_handler(), []

    class Second(logging.Handler):
        def emit(self, record):
            seen.append(record.getMessage())

    logger = make_logger(handler)
    logger.addHandler(Second())
    logger.info("sub::msg %d", 1)
    assert seen == ["sub::msg 1"]


def test_subscriber_of_one_level_sees_nothing_else(make_handler, make_logger, subscribe):
    handler = make_handler()
    sub = subscribe(handler, b"INFO")
    logger = make_logger(handler)
    for level in (10, 20, 25, 30, 40, 50):
        logger.log(level, "x")
    logger.info("last")
    assert receive(sub, 2) == [(b"INFO", b"x\n"), (b"INFO", b"last\n")]


def test_custom_levels_are_published(make_handler, make_logger, subscribe, capsys):
    handler = make_handler()
    sub = subscribe(handler)
    logger = make_logger(handler)
    logger.log(25, "one")
    handler.setFormatter(logging.Formatter("[%(levelno)d] %(message)s"), 25)
    logger.log(25, "two")
    handler.setFormatter(logging.Formatter("all %(message)s"))
    logger.log(35, "three")
    (first, second, third) = receive(sub, 3)
    assert first[0] == b"Level 25"
    assert first[1].endswith(b" - one\n")
    assert second == (b"Level 25", b"[25] two")
    assert third == (b"Level 35", b"all three")
    assert capsys.readouterr().err == ""


def test_exception_is_printed_once(make_handler, make_logger, subscribe):
    handler = make_handler()
    sub = subscribe(handler)
    logger = make_logger(handler)
    try:
        raise ValueError("boom")
    except ValueError:
        logger.exception("it broke")
    logger.error("no exception", exc_info=False)
    (_, body), (_, plain) = receive(sub, 2)
    assert body.count(b"Traceback") == 1
    assert body.count(b"boom") == 2, "in the traceback's source line and its last line"
    assert body.endswith(b"ValueError: boom\n")
    assert plain.endswith(b" - no exception\n")


def test_formatters_by_level(make_handler, make_logger, subscribe):
    handler = make_handler()
    sub = subscribe(handler)
    logger = make_logger(handler)
    handler.setFormatter(logging.Formatter("I %(message)s"), logging.INFO)
    handler.setFormatter(logging.Formatter("W %(message)s"), "WARNING")
    logger.info("x")
    logger.warning("x")
    logger.debug("x")
    handler.setFormatter(logging.Formatter("A %(message)s"))
    logger.info("x")
    logger.debug("x")
    handler.setFormatter(None)
    logger.info("x")
    bodies = [body for _, body in receive(sub, 6)]
    assert bodies[:2] == [b"I x", b"W x"]
    assert bodies[2].startswith(b"DEBUG test_log_handler.py:")
    assert bodies[3:] == [b"A x", b"A x", b"x\n"]
    assert set(handler.formatters) == {10, 20, 30, 40, 50}
    with pytest.raises(ValueError, match="NOSUCH"):
        handler.setFormatter(logging.Formatter(), "NOSUCH")


def test_root_topic_changes(make_handler, make_logger, subscribe):
    handler = make_handler(root_topic=b"one")
    sub = subscribe(handler)
    logger = make_logger(handler)
    logger.info("x")
    handler.root_topic = "two"
    logger.info("x")
    handler.setRootTopic(b"three.four")
    logger.info("x")
    assert handler.root_topic == "three.four"
    handler.setRootTopic("")
    logger.info("x")
    topics = [topic for topic, _ in receive(sub, 4)]
    assert topics == [b"one.INFO", b"two.INFO", b"three.four.INFO", b"INFO"]
    with pytest.raises(TypeError, match="5"):
        handler.root_topic = 5


def test_subclass_may_compute_its_root_topic(make_logger, context):
    class Engine(PUBHandler):
        number = None

        @property
        def root_topic(self):
            return f"engine.{self.number}"

    handler = Engine("inproc://engine", context)
    sub = context.socket(zmq.SUB)
    sub.connect("inproc://engine")
    sub.subscribe(b"")
    assert handler.wait_for_subscribers(timeout_ms=5000)
    handler.number = 7
    make_logger(handler).info("x")
    assert receive(sub, 1) == [(b"engine.7.INFO", b"x\n")]
    handler.close()
    sub.close()


def test_given_socket_stays_open(context, make_logger):
    pub, sub = context.socket(zmq.XPUB), context.socket(zmq.SUB)
    pub.bind("tcp://127.0.0.1:*")
    sub.subscribe(b"")
    sub.connect(pub.last_endpoint)
    handler = PUBHandler(pub)
    assert handler.ctx is context
    assert handler.socket is pub
    assert handler.wait_for_subscribers(timeout_ms=5000)
    make_logger(handler).info("x")
    handler.close()
    assert not pub.closed
    pub.send(b"mine")
    assert sub.recv_multipart() == [b"INFO", b"x\n"]
    assert sub.recv() == b"mine"
    pub.close()
    sub.close()


def test_pub_socket_cannot_tell_its_subscribers(context):
    with context.socket(zmq.PUB) as pub:
        handler = PUBHandler(pub)
        with pytest.raises(RuntimeError, match="XPUB"):
            handler.wait_for_subscribers(timeout_ms=1)
        handler.close()


def test_own_socket_and_given_context_are_closed_by_whom_they_belong_to(context):
    handler = PUBHandler("inproc://here", context, root_topic="r")
    assert handler.ctx is context
    handler.close()
    handler.close()
    assert handler.socket.closed
    assert not context.closed
    own = PUBHandler("inproc://here")
    assert own.ctx is not context
    own.close()
    assert own.ctx.closed


def test_function_makes_the_socket(make_logger, context):
    def make(ctx):
        socket = ctx.socket(zmq.XPUB)
        socket.setsockopt(zmq.SNDHWM, 17)
        socket.bind("inproc://made")
        return socket

    handler = PUBHandler(make, context)
    assert handler.socket.getsockopt(zmq.SNDHWM) == 17
    handler.close()
    assert handler.socket.closed


@pytest.mark.parametrize("target", [5, None, b"inproc://bytes"])
def test_wrong_target(target):
    with pytest.raises(TypeError, match="expected an endpoint"):
        PUBHandler(target)


def test_address_in_use_leaves_nothing_behind(make_handler):
    handler = make_handler()
    with pytest.raises(zmq.ZMQError):
        PUBHandler(handler.endpoint)
    gc.collect()
    left = [known() for known in logging._handlerList if isinstance(known(), PUBHandler)]
    assert left == [handler]


def test_errors_are_reported_not_raised(make_handler, make_logger, subscribe, capsys):
    handler = make_handler()
    sub = subscribe(handler)
    logger = make_logger(handler)
    logger.info("%d", "no number")
    logger.info("next")
    assert receive(sub, 1) == [(b"INFO", b"next\n")]
    assert "TypeError" in capsys.readouterr().err


def test_closed_handler_counts_and_keeps_silent(make_handler, make_logger, capsys):
    handler = make_handler()
    handler.close()
    make_logger(handler).info("late")
    assert handler.dropped == 1
    assert capsys.readouterr().err == ""


# -- structured, bounded, waiting -------------------------------------------------------------


def test_structured_records(make_handler, make_logger, subscribe):
    handler = make_handler(root_topic="app", structured=True)
    sub = subscribe(handler)
    try:
        raise ValueError("boom")
    except ValueError:
        make_logger(handler).exception("db::lost %s", "it", extra={"user": "ann"})
    record = decode_message(sub.recv_multipart())
    assert record.zmq_topic == "app.ERROR.db"
    assert (record.getMessage(), record.user, record.levelno) == ("lost it", "ann", 40)
    assert record.filename == "test_log_handler.py"
    assert record.exc_text.endswith("ValueError: boom")


def test_bounded_mode_never_waits_and_counts(make_handler, make_logger, subscribe):
    handler = make_handler(queue_size=10)
    sub = subscribe(handler, hwm=10)  # and never reads while the handler writes
    logger = make_logger(handler)
    total, text = 3000, "x" * 10_000  # far more than both queues and the kernel's buffers hold
    for number in range(total):
        logger.info("%d %s", number, text)
    dropped = handler.dropped
    assert 0 < dropped < total
    got = [int(body.split()[0]) for _, body in receive(sub, total - dropped)]
    assert got == sorted(set(got))
    with pytest.raises(zmq.Again):
        sub.recv(zmq.DONTWAIT)


def test_bounded_mode_counts_for_a_given_push_socket(context, make_logger):
    with context.socket(zmq.PUSH) as push:
        handler = PUBHandler(push, queue_size=1)
        make_logger(handler).info("nobody pulls: this must not block")
        assert handler.dropped == 1
        handler.close()


def test_bound_must_be_positive():
    with pytest.raises(ValueError, match="queue_size"):
        PUBHandler("inproc://x", queue_size=0)


def test_waiting_for_subscribers(make_handler, context):
    handler = make_handler()
    assert not handler.wait_for_subscribers(timeout_ms=1)
    assert not handler.wait_for_subscribers(timeout_ms=-1)
    assert handler.wait_for_subscribers(0)
    done = []
    waiter = threading.Thread(target=lambda: done.append(handler.wait_for_subscribers(3, 10_000)))
    waiter.start()
    subs = [context.socket(zmq.SUB) for _ in range(2)]
    for sub, topics in zip(subs, ([b"a"], [b"a", b"b"])):
        for topic in topics:
            sub.subscribe(topic)
        sub.connect(handler.endpoint)
    waiter.join()
    assert done == [True]
    subs[1].close()
    for _ in range(1000):  # its subscriptions end with it
        if handler._publisher.subscriptions == 1:
            break
        subs[0].poll(10)
    assert handler._publisher.subscriptions == 1
    subs[0].close()


def test_connecting_handler_meets_a_collector(context, make_handler, make_logger):
    with context.socket(zmq.SUB) as sub:
        sub.setsockopt(zmq.RCVTIMEO, 10_000)
        sub.bind("tcp://127.0.0.1:*")
        sub.subscribe(b"")
        endpoint = sub.last_endpoint.decode()
        handlers = [make_handler(endpoint, connect=True, root_topic=f"m{n}") for n in range(3)]
        for handler in handlers:
            for _ in range(1000):  # a bound SUB greets newcomers only when its owner calls it
                if handler.wait_for_subscribers(timeout_ms=10):
                    break
                sub.poll(0)
            make_logger(handler).info("x")
        assert {topic for topic, _ in receive(sub, 3)} == {b"m0.INFO", b"m1.INFO", b"m2.INFO"}


def test_nothing_is_lost_at_the_end_of_the_program(context):
    script = textwrap.dedent(
        """
        import logging, sys
        from zmq.log.handlers import PUBHandler
        handler = PUBHandler(sys.argv[1], connect=True)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        assert handler.wait_for_subscribers(timeout_ms=10_000)
        for number in range(900):
            logging.info("%d %s", number, "x" * 5000)
        """
    )
    with context.socket(zmq.SUB) as sub:
        sub.setsockopt(zmq.RCVTIMEO, 10_000)
        sub.subscribe(b"")
        sub.bind("tcp://127.0.0.1:*")
        process = subprocess.Popen([sys.executable, "-c", script, sub.last_endpoint.decode()])
        got = [int(body.split()[0]) for _, body in receive(sub, 900)]
        assert process.wait(10) == 0
    assert got == list(range(900))


def test_basic_config_keeps_a_format_that_was_set(make_handler, monkeypatch):
    root = logging.RootLogger(logging.WARNING)
    monkeypatch.setattr(logging, "root", root)
    handler = make_handler(structured=True)
    logging.basicConfig(handlers=[handler])
    assert root.handlers == [handler]
    record = root.makeRecord("n", 20, "f", 1, "x", (), None)
    assert handler.format(record).startswith('{"zmq.log":1')


def test_dict_config(subscribe, request):
    from logging.config import dictConfig

    request.addfinalizer(lambda: dictConfig({"version": 1, "disable_existing_loggers": False}))
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"short": {"format": "<%(message)s>"}},
            "handlers": {
                "pub": {
                    "class": "zmq.log.handlers.PUBHandler",
                    "interface_or_socket": "tcp://127.0.0.1:*",
                    "root_topic": "cfg",
                    "formatter": "short",
                }
            },
            "loggers": {"zmq-log-test": {"handlers": ["pub"], "level": "INFO", "propagate": False}},
        }
    )
    logger = logging.getLogger("zmq-log-test")
    sub = subscribe(logger.handlers[0])
    logger.info("a::x")
    assert receive(sub, 1) == [(b"cfg.INFO.a", b"<x>")]


# -- TopicLogger ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("debug", b"DEBUG"),
        ("info", b"INFO"),
        ("warning", b"WARNING"),
        ("error", b"ERROR"),
        ("critical", b"CRITICAL"),
        ("fatal", b"CRITICAL"),
    ],
)
def test_topic_logger(make_handler, make_logger, subscribe, method, level):
    handler = make_handler(root_topic="r")
    handler.setFormatter(logging.Formatter("%(filename)s %(funcName)s %(message)s"))
    sub = subscribe(handler)
    logger = make_logger(handler, cls=TopicLogger)
    getattr(logger, method)("top.sub", "msg %s", 1)
    getattr(logger, method)("", "none")
    (first, second) = receive(sub, 2)
    assert first == (b"r." + level + b".top.sub", b"test_log_handler.py test_topic_logger msg 1")
    assert second[0] == b"r." + level


def test_topic_logger_log_exception_and_warn(make_handler, make_logger, subscribe):
    handler = make_handler()
    sub = subscribe(handler)
    topical = make_logger(handler, cls=TopicLogger)
    topical.log(25, "t", {"a": 1})
    try:
        raise ValueError("boom")
    except ValueError:
        topical.exception("t", "broke %s", "it", extra={"user": 1})
    with pytest.warns(DeprecationWarning, match="warning"):
        topical.warn("t", "old")
    custom, broke, old = receive(sub, 3)
    assert custom[0] == b"Level 25.t"
    assert custom[1].endswith(b" - {'a': 1}\n")
    assert broke[0] == b"ERROR.t"
    assert b" - broke it\nTraceback" in broke[1]
    assert old[0] == b"WARNING.t"


def test_topic_logger_levels(make_handler, make_logger, subscribe):
    handler = make_handler()
    sub = subscribe(handler)
    topical = make_logger(handler, cls=TopicLogger)
    topical.info("t", "before")
    topical.setLevel(logging.ERROR)
    topical.info("t", "hidden")
    topical.disabled = True
    topical.error("t", "hidden")
    topical.disabled = False
    topical.error("t", "after")
    assert [topic for topic, _ in receive(sub, 2)] == [b"INFO.t", b"ERROR.t"]
    with pytest.raises(TypeError):
        topical.log("INFO", "t", "x")
