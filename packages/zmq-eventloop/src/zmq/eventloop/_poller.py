"""A poller for asyncio's loops: sockets of any kind, and native descriptors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from ..backend import Socket as SocketBase
from ..constants import POLLIN, POLLOUT
from ..sugar.poll import Poller
from ._ready import engine_of, poll_now

if TYPE_CHECKING:
    from asyncio import Future

    from ._driver import Driver


class AsyncPoller(Poller):
    """A poller whose `poll` is awaited."""

    _driver: ClassVar[Driver]

    def poll(  # type: ignore[override]
        self, timeout: float | None = -1
    ) -> Future[list[tuple[Any, int]]]:
        """Wait until something is ready; see `zmq.Poller.poll`.

        Parameters
        ----------
        timeout : float or None
            Milliseconds; None and negative numbers wait for ever.

        Returns
        -------
        future of list of (object, int)
        """
        return asyncio.ensure_future(self._poll(timeout))

    async def _poll(self, timeout: float | None) -> list[tuple[Any, int]]:
        loop = asyncio.get_running_loop()
        forever = timeout is None or timeout < 0
        deadline = loop.time() + (0 if forever else timeout / 1000)  # type: ignore[operator]
        while True:
            found = poll_now(self.sockets)
            left = None if forever else deadline - loop.time()
            if found or (left is not None and left <= 0):
                return found
            await self._any_change(loop, left)

    async def _any_change(self, loop: asyncio.AbstractEventLoop, seconds: float | None) -> None:
        # until one of them may be ready
        changed = loop.create_future()

        def change(operation: object = None) -> None:
            if not changed.done():
                changed.set_result(None)

        watcher = self._driver.bind(loop)
        operations = []
        readers, writers = [], []
        try:
            for what, flags in self.sockets:
                if isinstance(what, SocketBase):
                    engine = engine_of(what, self._driver)
                    operation = engine.poll(what, None, flags)
                    operation.add_done_callback(change)
                    operations.append(operation)
                    continue
                fd = what if isinstance(what, int) else what.fileno()
                if flags & POLLIN:
                    watcher.add_reader(fd, change)
                    readers.append(fd)
                if flags & POLLOUT:
                    loop.add_writer(fd, change)
                    writers.append(fd)
            await asyncio.wait({changed}, timeout=seconds)
        finally:
            for operation in operations:
                operation.cancel()
            for fd in readers:
                watcher.remove_reader(fd)
            for fd in writers:
                loop.remove_writer(fd)


__all__ = ["AsyncPoller"]
