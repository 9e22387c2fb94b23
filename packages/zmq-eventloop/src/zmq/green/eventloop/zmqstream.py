"""Streams over the sockets of ``zmq.green``: callbacks are called in the hub's greenlets."""

from __future__ import annotations

from ...eventloop import zmqstream


class ZMQStream(zmqstream.ZMQStream):
    """The same as ``zmq.eventloop.zmqstream.ZMQStream``."""


__all__ = ["ZMQStream"]
