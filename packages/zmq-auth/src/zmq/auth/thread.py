"""`ThreadAuthenticator`: an authenticator that works in a thread of its own.

Contract
--------
- `start` returns when requests are being answered; an error (another authenticator holds the
  context) is raised there, in the caller's thread.
- The thread runs an asyncio loop of its own, for async providers. From `start` to `stop` the ZAP
  socket belongs to that thread alone.
- `stop` returns when the thread is gone and the socket closed. Terminating the context ends the
  thread as well.
"""

from __future__ import annotations

import asyncio
import contextlib
from threading import Event, Thread, current_thread
from typing import TYPE_CHECKING, Any, ClassVar

from ..constants import SocketType
from .base import Authenticator
from .service import Service

if TYPE_CHECKING:
    from ..sugar.context import Context

__all__ = ("AuthenticationThread", "ThreadAuthenticator")


class AuthenticationThread(Thread):
    """The thread of a `ThreadAuthenticator`, which makes it; of no use by itself.

    Parameters
    ----------
    authenticator
        Bound already.
    pipe
        Unused, like `poller`: pyzmq's thread polled a pipe; this one is stopped through its loop.
    """

    authenticator: Authenticator
    loop: asyncio.AbstractEventLoop
    pipe: Any
    poller: Any = None

    def __init__(self, authenticator: Authenticator, pipe: Any = None) -> None:
        super().__init__(name="zmq.auth", daemon=True)
        self.authenticator = authenticator
        self.pipe = pipe
        self.started = Event()

    def run(self) -> None:
        """Serve until the loop is stopped."""
        # by its class, as policies may make loops that cannot watch descriptors (Windows)
        self.loop = asyncio.SelectorEventLoop()
        try:
            service = Service(self.authenticator, self.loop, self.loop.stop)
            service.start()
            self.loop.call_soon(self.started.set)
            self.loop.run_forever()
            service.stop()
            self._end_tasks()
        finally:
            self.loop.close()
            Authenticator.stop(self.authenticator)
            self.started.set()  # whoever waits for a thread that failed must not wait for ever

    def _end_tasks(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())

    def end(self) -> None:
        """Ask the thread to end; any thread may."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended
            self.loop.call_soon_threadsafe(self.loop.stop)


class ThreadAuthenticator(Authenticator):
    """An `Authenticator` in a background thread: start it, and forget about it.

    Parameters
    ----------
    context, encoding, log
        As for `zmq.auth.Authenticator`.

    Examples
    --------
    >>> with ThreadAuthenticator() as auth:
    ...     auth.allow("127.0.0.1")
    ...     auth.configure_plain("*", {"alice": "secret"})

    .. versionadded:: 14.1
    .. versionchanged:: 28.0
        A context manager. Slow async providers no longer hold up other peers.
    """

    _zap_socket_type: ClassVar[SocketType] = SocketType.ROUTER
    _refreshes_itself: ClassVar[bool] = False

    pipe: Any
    pipe_endpoint: str
    thread: AuthenticationThread | None

    def __init__(
        self,
        context: Context[Any] | None = None,
        encoding: str = "utf-8",
        log: Any = None,
    ) -> None:
        super().__init__(context=context, encoding=encoding, log=log)
        self.pipe = None  # unused, see AuthenticationThread
        self.pipe_endpoint = ""
        self.thread = None

    def start(self) -> None:
        """Start the thread.

        Raises
        ------
        RuntimeError
            When it is started already.
        ZMQError
            ``EADDRINUSE`` when the context has another authenticator.
        """
        if self.is_alive():
            raise RuntimeError(f"{self!r} is started already; stop it first")
        super().start()
        self.thread = AuthenticationThread(self, self.pipe)
        self.thread.start()
        self.thread.started.wait()

    def stop(self) -> None:
        """Stop the thread and wait for it; idempotent."""
        thread, self.thread = self.thread, None
        if thread is None:
            return
        thread.end()
        if thread is not current_thread():
            thread.join()

    def is_alive(self) -> bool:
        """Return whether the thread is working."""
        return self.thread is not None and self.thread.is_alive()

    def __enter__(self) -> ThreadAuthenticator:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def __del__(self) -> None:
        # only reached when it was never started or has stopped: the thread holds a reference
        if getattr(self, "thread", None) is not None:
            self.stop()
