"""The same as ``zmq.eventloop.ioloop``."""

from __future__ import annotations

from ...eventloop.ioloop import IOLoop, PeriodicCallback, ZMQIOLoop, install

__all__ = ["IOLoop", "PeriodicCallback", "ZMQIOLoop", "install"]
