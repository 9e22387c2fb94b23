"""The function behind monitored queues; compiled, in zmq-core."""

from __future__ import annotations

from ..backend import monitored_queue

__all__ = ["monitored_queue"]
