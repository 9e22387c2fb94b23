"""Every name that the manuals of pyzmq 2.2 and 15.2 promised of the areas is there.

As tests/behaviour/test_manuals.py does it for the synchronous API; ``promises.json`` has them
with the signatures printed there. What became of `GONE` stands in docs/compatibility.md.
"""

import importlib
import inspect
import json
from pathlib import Path

import pytest

import zmq
from tests.behaviour.test_manuals import accepts, find

PROMISES = json.loads(Path(__file__).with_name("promises.json").read_text(encoding="utf-8"))
GONE = {
    "zmq.eventloop.minitornado",
    "zmq.eventloop.minitornado.ioloop.IOLoop",
    "zmq.eventloop.zmqstream.ZMQStream.poller",
    # what tornado's own loop no longer has
    "zmq.eventloop.ioloop.ZMQIOLoop.handle_callback_exception",
    "zmq.eventloop.ioloop.ZMQIOLoop.initialized",
    "zmq.eventloop.ioloop.ZMQIOLoop.log_stack",
    "zmq.eventloop.ioloop.ZMQIOLoop.set_blocking_log_threshold",
    "zmq.eventloop.ioloop.ZMQIOLoop.set_blocking_signal_threshold",
    "zmq.eventloop.ioloop.ZMQPoller.close",
}
# called by position: pyzmq 27.3 has other names for their arguments, too
RENAMED = {
    "zmq.eventloop.ioloop.ZMQPoller.modify",
    "zmq.eventloop.ioloop.ZMQPoller.register",
    "zmq.eventloop.ioloop.ZMQPoller.unregister",
    "zmq.asyncio.Socket.send",
    "zmq.asyncio.Socket.send_multipart",
    "zmq.eventloop.future.Socket.send",
    "zmq.eventloop.future.Socket.send_multipart",
    "zmq.log.handlers.TopicLogger.exception",  # 27.3 takes the topic before the message
    "zmq.log.handlers.TopicLogger.info",
}


@pytest.mark.parametrize(
    "promise", [p for p in PROMISES if p["name"] not in GONE], ids=lambda promise: promise["name"]
)
def test_promise(promise):
    name, kind = promise["name"], promise["kind"]
    owner, found = find(zmq, name)
    if kind == "module":
        assert inspect.ismodule(found)
    elif kind == "class":
        assert inspect.isclass(found)
    elif kind in ("function", "method", "classmethod"):
        assert callable(found)
    if "signature" in promise and name not in RENAMED:
        bound = inspect.isclass(owner) and inspect.isfunction(found)
        accepts(found, promise["signature"], bound=bound)


@pytest.mark.parametrize("name", sorted(GONE))
def test_what_is_gone_is_gone(name):
    """So that the list stays true."""
    with pytest.raises((ImportError, AttributeError)):
        find(zmq, name)


def test_minitornado_names_its_successor():
    with pytest.raises(ImportError, match="pip install tornado"):
        importlib.import_module("zmq.eventloop.minitornado.ioloop")
