"""Being called in an asyncio loop when a plain socket may have something to read.

Contract
--------
``ZMQ_FD`` is edge-triggered: the callback must read until `Again`, and call for another look after
it sent something on the same socket. A callback may come in vain. Where the loop cannot watch
descriptors (Windows' proactor loop) the callback comes every 20 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    import asyncio

    from ..sugar.socket import Socket

__all__ = ("Reader",)

_POLL_SECONDS = 0.02


class Reader:
    """Calls `look` in `loop` from `start` to `stop`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, socket: Socket[Any], look: Callable[[], object]
    ) -> None:
        self._loop = loop
        self._fd = socket.fileno()
        self._look = look
        self._watched = False
        self._next: asyncio.Handle | None = None

    def start(self) -> None:
        """Begin; the first look comes soon, for what had its edge before."""
        try:
            self._loop.add_reader(self._fd, self._look)
            self._watched = True
        except NotImplementedError:
            self._poll()
        self.look_soon()

    def stop(self) -> None:
        """End: no look comes any more. Idempotent; before the socket is closed."""
        if self._watched:
            self._loop.remove_reader(self._fd)
            self._watched = False
        if self._next is not None:
            self._next.cancel()

    def look_soon(self) -> None:
        """Ask for a look in the loop's next round."""
        if self._watched and (self._next is None or self._next.cancelled()):
            self._next = self._loop.call_soon(self._look_now)

    def _look_now(self) -> None:
        self._next = None
        self._look()

    def _poll(self) -> None:
        self._next = self._loop.call_later(_POLL_SECONDS, self._poll)
        self._look()
