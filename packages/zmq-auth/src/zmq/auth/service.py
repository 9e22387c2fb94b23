"""The driver of an `Authenticator` in an asyncio loop: reads its ZAP socket, and ticks.

Contract
--------
- All of it runs in the loop's thread; only that thread touches the ZAP socket.
- The socket is a plain ROUTER, read with DONTWAIT until it is empty. ``ZMQ_FD`` is edge-triggered
  and a send may eat the edge, so the socket is looked at again after every reply. That is the
  whole of the readiness logic that one socket with one user needs, and why neither zmq.asyncio
  nor another package is needed here.
- Watched files are looked at in the loop's executor: thousands of them take a while.
- One task per request: a provider that waits keeps its own peer waiting and nobody else. There are
  at most `MAX_PENDING` of them; more requests wait in libzmq.
- Nothing a request causes ends the service. The end of the context does, quietly: it calls
  `on_end`, where the driver closes the socket, so that `Context.term` does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from ..constants import Flag
from ..error import Again, ContextTerminated, ZMQError
from .reader import Reader

if TYPE_CHECKING:
    import asyncio

    from .base import Authenticator

__all__ = ("MAX_PENDING", "Request", "Service")

MAX_PENDING = 1000
_BATCH = 100  # requests per look, so that a storm leaves the loop to others


class Request(list[bytes]):
    """The frames of a request, without the envelope that leads the reply back to the peer."""

    envelope: list[bytes]

    def __init__(self, frames: list[bytes]) -> None:
        """Split `frames`, as a ROUTER receives them: routing id, empty delimiter, request."""
        whole = frames[1:2] == [b""]  # no libzmq sends it otherwise; then there is no request
        self.envelope = frames[:2] if whole else frames[:1]
        super().__init__(frames[2:] if whole else ())


class Service:
    """Serves `authenticator`, whose ZAP socket is bound, in `loop`.

    Parameters
    ----------
    authenticator
        Its `handle_zap_message` gets a `Request` for each request.
    loop
        Where to run. `start` and `stop` are called in its thread.
    on_end
        Called once, when the service has ended by itself: the context was terminated.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        loop: asyncio.AbstractEventLoop,
        on_end: Callable[[], object],
    ) -> None:
        socket = authenticator.zap_socket
        if socket is None:
            raise RuntimeError("the authenticator has no ZAP socket yet; call its start()")
        self._authenticator = authenticator
        self._loop = loop
        self._on_end = on_end
        self._socket = socket
        self._reader = Reader(loop, socket, self._look)
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Future[None] | None = None
        self._running = False

    def start(self) -> None:
        """Begin."""
        self._running = True
        self._reader.start()
        self._tick()

    def stop(self) -> None:
        """End: no callback of this service runs any more, its tasks are cancelled. Idempotent.

        The socket is the authenticator's to close, after this.
        """
        if not self._running:
            return
        self._running = False
        self._reader.stop()
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()

    # -- the loop's callbacks -----------------------------------------------------------------

    def _tick(self) -> None:
        looked = self._looking is None or self._looking.done()
        if looked and self._authenticator.watches_files:
            self._looking = self._loop.run_in_executor(None, self._authenticator.refresh)
        interval = max(self._authenticator.reload_interval, 0.01)
        self._timer = self._loop.call_later(interval, self._tick)

    def _look(self) -> None:
        """Take what is there, a batch at most."""
        for _ in range(_BATCH):
            if not self._running or len(self._tasks) >= MAX_PENDING:
                return  # a task that ends looks again
            try:
                frames = self._socket.recv_multipart(Flag.DONTWAIT)
            except Again:
                return
            except ZMQError as error:  # ContextTerminated, or the socket was closed under us
                self._end(error)
                return
            task = self._loop.create_task(self._answer(Request(frames)))
            self._tasks.add(task)
            task.add_done_callback(self._answered)
        self._reader.look_soon()

    async def _answer(self, request: Request) -> None:
        try:
            await self._authenticator.handle_zap_message(request)
        except ContextTerminated as error:
            self._end(error)
        except Exception:
            self._authenticator.log.exception("a request could not be answered")

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._running:
            self._reader.look_soon()  # the reply may have eaten an edge

    def _end(self, error: ZMQError) -> None:
        self._authenticator.log.debug("the ZAP socket is gone, the service ends: %s", error)
        self.stop()
        self._on_end()
