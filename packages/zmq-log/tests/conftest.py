"""What the tests of zmq.log share: subscribers that are known to be subscribed."""

from __future__ import annotations

import logging
import threading

import pytest

import zmq
from zmq.log.handlers import PUBHandler

TIMEOUT_MS = 10_000


@pytest.fixture
def context():
    threads = threading.active_count()
    with zmq.Context() as context:
        yield context
        context.destroy(0)
    assert threading.active_count() == threads


@pytest.fixture
def subscribe(context):
    """Make SUB sockets that the handler already knows, and close them."""
    made = []

    def subscribe(handler, topic=b"", hwm=None):
        before = handler._publisher.subscriptions
        socket = context.socket(zmq.SUB)
        made.append(socket)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, TIMEOUT_MS)
        if hwm is not None:
            socket.setsockopt(zmq.RCVHWM, hwm)
        socket.setsockopt(zmq.SUBSCRIBE, topic)
        socket.connect(handler.endpoint)
        assert handler.wait_for_subscribers(before + 1, TIMEOUT_MS)
        return socket

    yield subscribe
    for socket in made:
        socket.close()


@pytest.fixture
def make_handler():
    """Make handlers on loopback, and close them."""
    made = []

    def make_handler(*args, **kwargs):
        handler = PUBHandler(*(args or ("tcp://127.0.0.1:*",)), **kwargs)
        made.append(handler)
        return handler

    yield make_handler
    for handler in made:
        handler.close()


@pytest.fixture
def make_logger():
    """Make loggers outside of logging's table, so that no test leaves one behind."""

    def make_logger(handler, level=1, cls=logging.Logger):
        logger = cls("test", level)
        logger.addHandler(handler)
        return logger

    return make_logger
