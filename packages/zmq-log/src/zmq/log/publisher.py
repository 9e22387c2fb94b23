"""The sending end: one socket, used by any number of threads and by forked children.

Invariants:

1. The socket is touched only under ``_lock``, and never by a process that did not open it: after a
   fork the inherited one is kept aside, untouched and unclosed, and the child opens its own.
2. ``publish`` does not wait for subscribers. Unbounded (the default), a subscriber that is too slow
   loses records on its own and nobody notices, as with every PUB socket. Bounded, a record that
   does not fit is dropped for all, and counted.
3. Every record handed to ``publish`` was given to libzmq or is counted in ``dropped``.
4. A record logged while another is being sent by the same thread (from a signal handler, or an
   object's ``__del__``) follows it; the frames of two records never mix.
5. A socket and a context opened here are closed here, once, and ``close`` waits up to ``linger_ms``
   for what is still on its way.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Union, cast

from ..constants import Flag, PollEvent, SocketOption, SocketType
from ..error import Again
from ..sugar.context import Context

if TYPE_CHECKING:
    from ..sugar.socket import Socket

__all__ = ("Publisher", "Target", "last_endpoint")

Target = Union[str, "Socket[Any]", "Callable[[Context[Any]], Socket[Any]]"]
"""An endpoint, a socket that is ready for use, or a function that makes one from a context."""

_SLICE_S = 0.05  # how long a waiting thread may overlook a subscription that another thread read


class Publisher:
    """Publishes frames on a socket that it makes, or is given.

    Parameters
    ----------
    target : str or Socket or callable
        An endpoint: a socket of its own is bound there (connected, with ``connect=True``). A
        `Socket`: used as it is, left open by `close`. A function of a `Context`: called for the
        socket, again in each forked child; whatever it returns is this object's own.
    context : Context, optional
        Where to make the socket. Default: one of its own, terminated by `close`.
    connect : bool
        Connect to the endpoint instead of binding it.
    queue_size : int, optional
        Bounded mode: how many records may wait for the slowest subscriber (the socket's
        ``SNDHWM``) before further ones are dropped and counted. Default: as PUB does it.
    linger_ms : int
        How long `close` may wait for records on their way; -1 is for ever. Default 1000.

    .. versionadded:: 1.0
    """

    def __init__(
        self,
        target: Target,
        context: Context[Any] | None = None,
        *,
        connect: bool = False,
        queue_size: int | None = None,
        linger_ms: int = 1000,
    ) -> None:
        if queue_size is not None and queue_size < 1:
            raise ValueError(
                f"queue_size must be at least 1, or None for no bound; got {queue_size}"
            )
        made_here = isinstance(target, str) or callable(target)
        if not made_here and not hasattr(target, "send_multipart"):
            raise TypeError(
                f"expected an endpoint (str), a Socket or a function that makes one, got {target!r}"
            )
        self._given = None if made_here else cast("Socket[Any]", target)
        self._target = target
        self._connect = connect
        self._queue_size = queue_size
        self._linger_ms = linger_ms
        self._inherited: list[object] = []
        self._closed = False
        self._lost_by_fork = False
        self.dropped = 0
        self._own_context = self._given is None and context is None
        if self._given is not None:
            context = cast("Context[Any]", self._given.context)
        self._open(Context() if context is None else context)

    # -- life -----------------------------------------------------------------------------------

    def _open(self, context: Context[Any]) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()  # a new one in a child: any thread may have held the old
        self._pending: deque[Sequence[bytes]] = deque()
        self._sending = False
        self._subscriptions = 0
        self.context = context
        try:
            self.socket = self._given if self._given is not None else self._make(context)
            self._kind = self.socket.getsockopt(SocketOption.TYPE)
            self._fd = self.socket.getsockopt(SocketOption.FD)
            if self._queue_size is not None and self._kind in (SocketType.PUB, SocketType.XPUB):
                self.socket.setsockopt(SocketOption.XPUB_NODROP, 1)
        except BaseException:
            if self._own_context:
                context.term()
            raise
        _close_with_child_process(self)

    def _make(self, context: Context[Any]) -> Socket[Any]:
        if callable(self._target):
            return self._target(context)
        assert isinstance(self._target, str)
        # XPUB sends exactly as PUB does, and tells who subscribes.
        socket: Socket[Any] = context.socket(SocketType.XPUB)
        try:
            socket.setsockopt(SocketOption.XPUB_VERBOSER, 1)
            socket.setsockopt(SocketOption.LINGER, self._linger_ms)
            if self._queue_size is not None:
                socket.setsockopt(SocketOption.SNDHWM, self._queue_size)
            if self._connect:
                socket.connect(self._target)
            else:
                socket.bind(self._target)
        except BaseException:
            socket.close(0)
            raise
        return socket

    def close(self) -> None:
        """Send what is waiting, for at most ``linger_ms``, and close what was opened here."""
        if self._pid != os.getpid():  # the parent's socket, and perhaps a lock that nobody frees
            self._closed = True
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._given is not None:
                return
            self.socket.close(self._linger_ms)
            if self._own_context:
                self.context.term()

    @property
    def endpoint(self) -> str:
        """Where the socket was bound or connected last."""
        self._enter_process()
        with self._lock:
            return last_endpoint(self.socket)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    # -- fork -----------------------------------------------------------------------------------

    def _enter_process(self) -> None:
        """In a forked child, the first time: replace what belongs to the parent."""
        parent, here = self._pid, os.getpid()
        if parent == here:
            return
        self._inherited += [self.socket, self.context]
        self._pid = here
        self._lock = threading.RLock()
        self.dropped = 0
        if self._closed:
            return
        self._lost_by_fork = True
        if self._given is not None or not (callable(self._target) or self._reusable()):
            what = "a socket" if self._given is not None else repr(self._target)
            raise RuntimeError(
                f"log handler: {what} belongs to process {parent}, and a forked child (this is "
                f"{here}) can neither use it nor bind it again. Give the handler an endpoint "
                "and connect=True (the collector binds), a wildcard endpoint, or a function that "
                "makes the socket. This process's records are dropped"
            )
        self._own_context = True
        self._open(Context())
        self._lost_by_fork = False

    def _reusable(self) -> bool:
        """Tell whether a child may open the endpoint while the parent has it."""
        endpoint = str(self._target)
        return self._connect or endpoint.endswith((":*", "://*"))

    # -- sending --------------------------------------------------------------------------------

    def publish(self, frames: Sequence[bytes]) -> bool:
        """Hand a record to libzmq; False if it was dropped.

        Raises
        ------
        RuntimeError
            In a forked child that cannot publish: once, from then on records are just counted.
        ZMQError
            The socket is closed, or its context terminated.
        """
        try:
            self._enter_process()
        except BaseException:
            self.dropped += 1
            raise
        with self._lock:
            if self._closed or self._lost_by_fork:
                self.dropped += 1
                return False
            self._pending.append(frames)
            if self._sending:  # this thread is inside the loop below, further up
                return True
            self._sending = True
            try:
                sent = True
                while self._pending:
                    sent = self._send(self._pending.popleft())
                return sent
            finally:
                self._sending = False

    def _send(self, frames: Sequence[bytes]) -> bool:
        try:
            if self._given is None:
                self._read_subscriptions()
            self.socket.send_multipart(frames, 0 if self._queue_size is None else Flag.DONTWAIT)
        except Again:
            self.dropped += 1
            return False
        except BaseException:
            self.dropped += 1
            raise
        return True

    # -- subscribers ----------------------------------------------------------------------------

    @property
    def subscriptions(self) -> int:
        """How many subscriptions are alive: one for each topic of each connected subscriber."""
        if self._closed or self._lost_by_fork or self._pid != os.getpid():
            return 0
        with self._lock:
            self._read_subscriptions()
            return self._subscriptions

    def _read_subscriptions(self) -> None:
        if self._kind != SocketType.XPUB:
            return
        while self.socket.getsockopt(SocketOption.EVENTS) & PollEvent.POLLIN:
            message = self.socket.recv_multipart(Flag.DONTWAIT)
            if message[0][:1] == b"\x01":
                self._subscriptions += 1
            elif message[0][:1] == b"\x00":
                self._subscriptions -= 1

    def wait_for_subscribers(self, count: int = 1, timeout_ms: int | None = None) -> bool:
        """Wait until `count` subscriptions are alive; False if the time is over first.

        Parameters
        ----------
        count : int, default 1
        timeout_ms : int, optional
            Milliseconds to wait at most; by default for ever.

        Raises
        ------
        RuntimeError
            The socket was given and is no XPUB: nothing else tells who subscribes.
        """
        self._enter_process()
        if self._kind != SocketType.XPUB:
            raise RuntimeError(
                "only an XPUB socket tells who subscribes: give the handler one, or an endpoint"
            )
        import selectors

        deadline = None if timeout_ms is None else time.monotonic() + timeout_ms / 1000
        with selectors.DefaultSelector() as selector:
            # ZMQ_FD only says "look again"; waiting on it leaves the socket to the senders.
            selector.register(self._fd, selectors.EVENT_READ)
            while self.subscriptions < count:
                left = _SLICE_S if deadline is None else min(_SLICE_S, deadline - time.monotonic())
                if self._closed or self._lost_by_fork or left <= 0:
                    return False
                selector.select(left)
        return True


def last_endpoint(socket: Socket[Any]) -> str:
    """Return where a socket was bound or connected last, the real port for a wildcard."""
    return socket.getsockopt(SocketOption.LAST_ENDPOINT).rstrip(b"\0").decode()


def _close_with_child_process(publisher: Publisher) -> None:
    """Have a child of multiprocessing close the publisher: it ends without `logging.shutdown`."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is None or process is None or process.parent_process() is None:
        return
    # a negative priority: after the program's own finalizers, which may log
    util.Finalize(publisher, _close, (weakref.ref(publisher),), exitpriority=-100)


def _close(reference: weakref.ref[Publisher]) -> None:
    publisher = reference()
    if publisher is not None:
        publisher.close()
