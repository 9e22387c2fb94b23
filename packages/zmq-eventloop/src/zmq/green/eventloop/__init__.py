"""tornado's loop and streams, in a program of gevent."""

from __future__ import annotations

from ...eventloop.ioloop import IOLoop

__all__ = ["IOLoop"]
