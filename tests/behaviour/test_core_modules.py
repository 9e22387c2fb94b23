"""zmq.core.*: one module for each object, as the manual of pyzmq 2.2 has them."""

import importlib
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("context", ["Context"]),
        ("socket", ["Socket"]),
        ("message", ["Frame", "Message", "MessageTracker"]),
        ("poll", ["Poller", "select", "zmq_poll"]),
        ("constants", ["SUBSCRIBE", "REQ", "POLLIN"]),
        ("device", ["device"]),
        ("error", ["ZMQError", "ZMQBindError", "Again", "strerror", "zmq_errno"]),
        ("stopwatch", ["Stopwatch"]),
        ("version", ["zmq_version", "pyzmq_version"]),
    ],
)
def test_names(zmq, module, names):
    full_name = f"{zmq.__name__}.core.{module}"
    sys.modules.pop(full_name, None)
    with pytest.warns(DeprecationWarning, match=f"import {zmq.__name__}"):
        found = importlib.import_module(full_name)
    for name in names:
        assert getattr(found, name) is getattr(zmq, name)
        assert name in found.__all__
