"""A poller that lets other greenlets run."""

from __future__ import annotations

from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.event import Event  # type: ignore[import-untyped]

from ..backend import Socket as SocketBase
from ..constants import POLLIN, POLLOUT
from ..eventloop._ready import engine_of, poll_now
from ..sugar.poll import Poller
from ._driver import GeventDriver

READ, WRITE = 1, 2


class _Poller(Poller):
    """A poller whose `poll` blocks only its greenlet."""

    def poll(self, timeout: float | None = -1) -> list[tuple[Any, int]]:
        """Wait until something is ready; see `zmq.Poller.poll`."""
        forever = timeout is None or timeout < 0
        gevent.sleep(0)  # a loop around poll() lets the others run, too
        with gevent.Timeout(None if forever else timeout / 1000, False):  # type: ignore[operator]
            while True:
                found = poll_now(self.sockets)
                if found or timeout == 0:
                    return found
                self._any_change()
        return poll_now(self.sockets)

    def _any_change(self) -> None:
        # until one of them may be ready
        changed = Event()

        def change(*args: object) -> None:
            changed.set()

        operations, watchers = [], []
        try:
            for what, flags in self.sockets:
                if isinstance(what, SocketBase):
                    engine = engine_of(what, GeventDriver)
                    operation = engine.poll(what, None, flags)
                    operations.append(operation)
                    if operation.done():
                        return
                    operation._resume_with(change)
                    continue
                fd = what if isinstance(what, int) else what.fileno()
                wanted = (READ if flags & POLLIN else 0) | (WRITE if flags & POLLOUT else 0)
                watcher = gevent.get_hub().loop.io(fd, wanted)
                watchers.append(watcher)
                watcher.start(change)
            changed.wait()
        finally:
            for operation in operations:
                operation._resume_with(None)
                operation.cancel()
            for watcher in watchers:
                watcher.stop()
                watcher.close()


__all__ = ["_Poller"]
