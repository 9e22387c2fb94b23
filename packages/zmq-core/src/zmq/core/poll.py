"""Poller and select, as the manual of pyzmq 2.2 laid it out."""

from __future__ import annotations

from .. import Poller, select, zmq_poll
from . import _moved

_moved("poll")

__all__ = ["Poller", "select", "zmq_poll"]
