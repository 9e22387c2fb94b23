"""The receiving end: published records, from any number of machines, into the local `logging`.

Invariants:

1. The subscribing socket is used by the listener's thread alone once `SUBListener.start` returned.
2. The thread ends only with `SUBListener.stop` or its context: what cannot be decoded is counted,
   an error in a filter is reported as `logging` reports its own, and the next record is taken.
3. ``stop`` returns after every message that had arrived was handled.
4. A forked child has no part in it: there, ``stop`` does nothing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Union, cast

from ..backend import curve_keypair
from ..constants import Flag, PollEvent, SocketOption, SocketType
from ..error import Again, ContextTerminated, ZMQError
from ..sugar.context import Context
from ..sugar.poll import Poller
from .publisher import last_endpoint
from .records import decode_message

if TYPE_CHECKING:
    from ..sugar.socket import Socket

__all__ = ("GapCounter", "SUBListener", "subscriber")

Source = Union[str, Iterable[str], "Socket[Any]", "Callable[[Context[Any]], Socket[Any]]"]


def subscriber(
    context: Context[Any],
    endpoints: Iterable[str],
    topics: Iterable[str],
    *,
    bind: bool = False,
    server_key: bytes | None = None,
) -> Socket[Any]:
    """Make a SUB socket on the endpoints that reconnects by itself, 0.1 to 5 s after a loss.

    `server_key`, in Z85, turns on CURVE: all publishers must have it, and anybody may subscribe.
    """
    socket: Socket[Any] = context.socket(SocketType.SUB)
    try:
        socket.setsockopt(SocketOption.LINGER, 0)
        socket.setsockopt(SocketOption.RECONNECT_IVL, 100)
        socket.setsockopt(SocketOption.RECONNECT_IVL_MAX, 5000)
        if server_key is not None:
            public, secret = curve_keypair()
            socket.setsockopt(SocketOption.CURVE_SERVERKEY, server_key)
            socket.setsockopt(SocketOption.CURVE_PUBLICKEY, public)
            socket.setsockopt(SocketOption.CURVE_SECRETKEY, secret)
        for topic in topics:
            socket.setsockopt(SocketOption.SUBSCRIBE, topic.encode("utf-8"))
        for endpoint in endpoints:
            if bind:
                socket.bind(endpoint)
            else:
                socket.connect(endpoint)
    except BaseException:
        socket.close(0)
        raise
    return socket


class GapCounter:
    """Counts the records of structured publishers that did not arrive.

    Each publishing process numbers its records. The first one seen of a process is its baseline.
    Only meaningful for a subscriber of every topic: what others filter looks like loss.
    """

    def __init__(self) -> None:
        self._next: dict[str, int] = {}
        self.missed = 0

    def see(self, record: logging.LogRecord) -> int:
        """Take note of a decoded record; return how many are missing directly before it."""
        source, seq = getattr(record, "zmq_source", ""), getattr(record, "zmq_seq", -1)
        if not source or seq < 0:
            return 0
        expected = self._next.pop(source, seq)
        if len(self._next) >= 10_000:  # forget the process that has been silent longest
            del self._next[next(iter(self._next))]
        self._next[source] = max(expected, seq + 1)
        gap = max(0, seq - expected)
        self.missed += gap
        return gap


class SUBListener:
    """Feed published records to local handlers, or to the local loggers of the same names.

    Parameters
    ----------
    source : str or iterable of str or Socket or callable
        Endpoints of publishers; or a socket, subscribed and ready, that stays yours (use it no more
        while the listener runs); or a function ``f(context)`` that makes one.
    *handlers : logging.Handler
        Where records go. None given: each goes to ``logging.getLogger(record.name)``, with that
        logger's level, filters and handlers. (Loggers are never freed: take only records from
        publishers that you trust to keep the number of names small, or give handlers.)
    context : Context, optional
        Default: one of the listener's own.
    topics : iterable of str
        Subscribe to topics with these beginnings. Default: to all.
    bind : bool
        Bind the endpoints: a collector, to which handlers with ``connect=True`` come.
    respect_handler_level : bool
        Whether a handler's level counts, as in `logging.handlers.QueueListener`. Default True.

    Examples
    --------
    >>> with SUBListener("tcp://10.0.0.1:9999", logging.FileHandler("all.log")):
    ...     ...

    Notes
    -----
    A record from the wire has the attribute ``zmq_topic``, and if structured ``zmq_host``: use them
    in formats, ``%(zmq_topic)s``. Do not publish what is received to where it is received from.

    .. versionadded:: 1.0
    """

    def __init__(
        self,
        source: Source,
        *handlers: logging.Handler,
        context: Context[Any] | None = None,
        topics: Iterable[str] = ("",),
        bind: bool = False,
        respect_handler_level: bool = True,
    ) -> None:
        self.handlers = handlers
        self.respect_handler_level = respect_handler_level
        self._pid = os.getpid()
        self.malformed = 0
        self.errors = 0
        self._gaps = GapCounter()
        self._thread: threading.Thread | None = None
        self._owns_socket = isinstance(source, str) or callable(source) or _iterable(source)
        self._own_context = self._owns_socket and context is None
        if not self._owns_socket:
            context = cast("Context[Any]", cast("Socket[Any]", source).context)
        self._context: Context[Any] = Context() if context is None else context
        try:
            self.socket = self._make(source, topics, bind)
            self.endpoint = last_endpoint(self.socket)
        except BaseException:
            if self._own_context:
                self._context.term()
            raise

    def _make(self, source: Any, topics: Iterable[str], bind: bool) -> Socket[Any]:
        if callable(source):
            made: Socket[Any] = source(self._context)
            return made
        if isinstance(source, str):
            source = (source,)
        if _iterable(source):
            if isinstance(topics, str):
                raise TypeError(f"topics must be a list of str, got the str {topics!r}")
            return subscriber(self._context, source, topics, bind=bind)
        given: Socket[Any] = source
        return given

    @property
    def missed(self) -> int:
        """How many structured records were published and did not arrive, judged by their numbers.

        Meaningless when ``topics`` leave any out.
        """
        return self._gaps.missed

    # -- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread. RuntimeError if it runs, or the listener was stopped."""
        if self._thread is not None or self.socket.closed:
            raise RuntimeError("this SUBListener was started already; make a new one")
        address = f"inproc://zmq-log-listener-{id(self):x}"
        stopper = self._context.socket(SocketType.PAIR)
        self._stop = self._context.socket(SocketType.PAIR)
        stopper.bind(address)
        self._stop.connect(address)
        self._thread = threading.Thread(
            target=self._run, args=(stopper,), name="zmq-log-listener", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Handle what has arrived, end the thread, and close what the listener opened."""
        if self._pid != os.getpid():
            return
        thread = self._thread
        if thread is threading.current_thread():
            raise RuntimeError("a SUBListener cannot be stopped from one of its own handlers")
        if thread is not None and not self._stop.closed:
            with contextlib.suppress(ZMQError):  # the context's end may have ended the thread
                self._stop.send(b"", Flag.DONTWAIT)
            thread.join()
            self._stop.close(0)
        if self._owns_socket and not self.socket.closed:
            self.socket.close(0)
            if self._own_context:
                self._context.term()

    def __enter__(self) -> SUBListener:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- the thread -----------------------------------------------------------------------------

    def _run(self, stopper: Socket[Any]) -> None:
        poller = Poller()
        poller.register(self.socket, PollEvent.POLLIN)
        poller.register(stopper, PollEvent.POLLIN)
        try:
            stopping = False
            while not stopping:
                stopping = any(ready is stopper for ready, _ in poller.poll())
                self._drain()
        except ContextTerminated:  # whoever gave the context waits for our sockets
            self._stop.close(0)
            if self._owns_socket:
                self.socket.close(0)
        finally:
            stopper.close(0)

    def _drain(self) -> None:
        while True:
            try:
                frames = self.socket.recv_multipart(Flag.DONTWAIT)
            except Again:
                return
            try:
                record = decode_message(frames)
            except ValueError:
                self.malformed += 1
                continue
            self._gaps.see(record)
            try:
                self.handle(record)
            except Exception:  # noqa: BLE001 - one bad filter must not end the listening
                self.errors += 1
                if logging.raiseExceptions and sys.stderr:
                    traceback.print_exc(file=sys.stderr)

    def handle(self, record: logging.LogRecord) -> None:
        """Give a record to the handlers, or to its logger. For subclasses to extend."""
        if not self.handlers:
            logger = logging.getLogger(record.name)
            if logger.isEnabledFor(record.levelno):
                logger.handle(record)
            return
        for handler in self.handlers:
            if not self.respect_handler_level or record.levelno >= handler.level:
                handler.handle(record)


def _iterable(source: object) -> bool:
    return isinstance(source, (list, tuple, set, frozenset))
