"""ZMQStream: a socket with callbacks, on an event loop of asyncio or tornado.

There is no socket logic here: the engine calls the receiver with every message, sends what is
queued, and says of each message what became of it.
"""

from __future__ import annotations

import asyncio
import inspect
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Optional

from ..asyncio import AsyncioDriver, Socket as AsyncioSocket
from ..constants import POLLIN, POLLOUT
from ..error import ZMQError
from ..sugar._serialize import need_pickle
from ._ready import addressed, engine_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..backend import Socket as SocketBase
    from ._driver import Loop

    Receiver = Callable[[list[Any]], Any]
    Sent = Callable[[Sequence[Any], Optional[object]], Any]


class StreamDriver:
    """The engine's driver of one stream: its loop was chosen when it was made.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    """

    Future = AsyncioDriver.Future
    CancelledError = AsyncioDriver.CancelledError
    InvalidStateError = AsyncioDriver.InvalidStateError

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._tasks: set[asyncio.Future[Any]] = set()

    def current(self) -> asyncio.AbstractEventLoop:
        """The stream's loop, wherever it is asked for."""
        return self.loop

    default = current

    def bind(self, loop: asyncio.AbstractEventLoop) -> Loop:
        """The loop itself."""
        return AsyncioDriver.bind(loop)

    def started(self, result: object) -> None:
        """Run what a callback returned, when it is a coroutine."""
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(result, loop=self.loop)
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.loop.call_exception_handler(
                {"message": "a callback of a stream failed", "exception": task.exception()}
            )


class ZMQStream:
    """Messages as they come, and sending that never waits.

    Parameters
    ----------
    socket : Socket
        What is received from and sent on.
    io_loop : tornado.ioloop.IOLoop or asyncio loop, optional
        By default the one that runs; tornado's current one when tornado is loaded and none runs.

    Attributes
    ----------
    socket : Socket
        As given.
    io_loop : object
        The loop in use.
    bind : callable
        The socket's own method, as the following.
    bind_to_random_port : callable
    connect : callable
    getsockopt : callable
    getsockopt_string : callable
    getsockopt_unicode : callable
    setsockopt : callable
    setsockopt_string : callable
    setsockopt_unicode : callable

    Notes
    -----
    Callbacks may be coroutine functions. One message is one list of parts, bytes or frames.
    """

    socket: Any
    io_loop: Any
    bind: Callable[..., Any]
    bind_to_random_port: Callable[..., int]
    connect: Callable[..., Any]
    getsockopt: Callable[..., Any]
    getsockopt_string: Callable[..., str]
    getsockopt_unicode: Callable[..., str]
    setsockopt: Callable[..., None]
    setsockopt_string: Callable[..., None]
    setsockopt_unicode: Callable[..., None]

    def __init__(self, socket: SocketBase, io_loop: Any = None) -> None:
        if isinstance(socket, AsyncioSocket):
            warnings.warn(
                "ZMQStream calls back, and asynchronous sockets are awaited: make its socket with "
                "zmq.Context, or use the asynchronous socket without a stream",
                RuntimeWarning,
                stacklevel=2,
            )
        self.socket = socket
        self.io_loop = _default_loop() if io_loop is None else io_loop
        self._driver = StreamDriver(getattr(self.io_loop, "asyncio_loop", self.io_loop))
        self._engine = engine_of(socket, self._driver)
        self._receiver: Callable[..., Any] | None = None
        self._on_send: Sent | None = None
        self._on_close: Callable[[], Any] | None = None
        for name in _OF_THE_SOCKET:
            setattr(self, name, getattr(socket, name, None))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.socket!r}>"

    # ---- receiving

    def on_recv(self, callback: Receiver | None, copy: bool = True) -> None:
        """Have ``callback(message)`` called with every message.

        Parameters
        ----------
        callback : callable or None
            Takes the list of parts; None stops receiving.
        copy : bool, default True
            Whether parts are bytes; False makes them frames.
        """
        if self.closed():
            raise _closed(self)
        self._receiver = callback
        self._engine.listen(self.socket, callback, copy)

    def on_recv_stream(
        self, callback: Callable[[ZMQStream, list[Any]], Any] | None, copy: bool = True
    ) -> None:
        """Have ``callback(stream, message)`` called with every message; see `on_recv`."""
        self.on_recv(None if callback is None else partial(callback, self), copy)

    def stop_on_recv(self) -> None:
        """Receive no more; what comes stays in the socket."""
        if not self.closed():
            self.on_recv(None)

    def receiving(self) -> bool:
        """Whether messages are received."""
        return self._receiver is not None

    # ---- sending

    def on_send(self, callback: Sent | None) -> None:
        """Have ``callback(message, status)`` called for each message that is sent from now on.

        Parameters
        ----------
        callback : callable or None
            `message` is what was given to `send_multipart`; `status` its MessageTracker, None
            without ``track=True``, or the ZMQError why it could not be sent.
        """
        self._on_send = callback

    def on_send_stream(
        self, callback: Callable[[ZMQStream, Sequence[Any], object | None], Any] | None
    ) -> None:
        """Have ``callback(stream, message, status)`` called; see `on_send`."""
        self.on_send(None if callback is None else partial(callback, self))

    def stop_on_send(self) -> None:
        """Call nobody when a message is sent."""
        self._on_send = None

    def sending(self) -> bool:
        """Whether messages are queued that libzmq has not taken yet."""
        return bool(self._engine.waiting[1])

    def send(
        self,
        msg: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: Sent | None = None,
        **kwargs: Any,
    ) -> None:
        """Send a message of one part; see `send_multipart`."""
        self.send_multipart([msg], flags, copy, track, callback, **kwargs)

    def send_multipart(
        self,
        msg: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        callback: Sent | None = None,
        **kwargs: Any,
    ) -> None:
        """Send a message as soon as there is room, in the order of the calls.

        Parameters
        ----------
        msg, flags, copy, track
            As for `zmq.Socket.send_multipart`.
        callback : callable, optional
            Becomes the callback of `on_send`.
        **kwargs
            ``routing_id`` and ``group``, of draft sockets; see `zmq.Socket.send`.
        """
        parts = addressed(msg, copy, track, **kwargs) if kwargs else msg
        if callback is not None:
            self.on_send(callback)
        tell = partial(self._sent, msg, self._on_send)
        self._engine.send_later(self.socket, parts, flags, copy, track, tell)

    def _sent(self, msg: Sequence[Any], callback: Sent | None, operation: Any) -> None:
        status = operation.exception()
        if status is None:
            status = operation.result()
        if callback is None:
            return
        try:
            result = callback(msg, status)
        except Exception as error:  # noqa: BLE001  # it is the loop's to report
            self._driver.loop.call_exception_handler(
                {"message": f"a callback of {self!r} failed", "exception": error}
            )
        else:
            self._driver.started(result)

    def send_string(
        self,
        u: str,
        flags: int = 0,
        encoding: str = "utf-8",
        callback: Sent | None = None,
        **kwargs: Any,
    ) -> None:
        """Send text; see `send_multipart`."""
        if not isinstance(u, str):
            raise TypeError(f"send_string() sends str, not {type(u).__name__}: {u!r}")
        self.send(u.encode(encoding), flags, callback=callback, **kwargs)

    send_unicode = send_string

    def send_json(
        self, obj: Any, flags: int = 0, callback: Sent | None = None, **kwargs: Any
    ) -> None:
        """Send an object as JSON.

        Parameters
        ----------
        obj : object
        flags, callback
            As for `send`.
        **kwargs
            Further arguments of ``json.dumps``.
        """
        from ..utils import jsonapi

        self.send(jsonapi.dumps(obj, **kwargs), flags, callback=callback)

    def send_pyobj(
        self,
        obj: Any,
        flags: int = 0,
        protocol: int = -1,
        callback: Sent | None = None,
        **kwargs: Any,
    ) -> None:
        """Send a pickle, to peers that trust you; see `zmq.Socket.send_pyobj`.

        Parameters
        ----------
        obj : object
        flags, callback, **kwargs
            As for `send`.
        protocol : int, default -1
            Pickle's protocol; -1 is the highest one of this Python.
        """
        import pickle

        need_pickle(self.socket)
        self.send(pickle.dumps(obj, protocol), flags, callback=callback, **kwargs)

    # ---- both

    def flush(self, flag: int = POLLIN | POLLOUT, limit: int | None = None) -> int:
        """Receive and send now what can be, without going through the loop.

        Parameters
        ----------
        flag : PollEvent, default POLLIN | POLLOUT
            POLLIN calls the receiver for what is there; POLLOUT sends what is queued.
        limit : int, optional
            How many messages at most, in all.

        Returns
        -------
        int
            How many it were.
        """
        if self.closed():
            raise _closed(self)
        return self._engine.pump(  # type: ignore[no-any-return]
            self.socket, flag, -1 if limit is None else limit
        )

    def on_err(self, callback: Callable[..., Any]) -> None:
        """Not supported by libzmq any more: does nothing.

        .. deprecated:: 2.1
        """

    def stop_on_err(self) -> None:
        """Not supported by libzmq any more: does nothing.

        .. deprecated:: 2.1
        """

    # ---- life

    def set_close_callback(self, callback: Callable[[], Any] | None) -> None:
        """Have ``callback()`` called when the stream is closed.

        Parameters
        ----------
        callback : callable or None
            Takes nothing; None takes the last one back.
        """
        self._on_close = callback

    def close(self, linger: int | None = None) -> None:
        """Close the socket, and call what `set_close_callback` was given.

        Parameters
        ----------
        linger : int, optional
            As for `zmq.Socket.close`. What is queued and not yet sent is dropped, and `on_send` is
            told so.
        """
        if self._receiver is None and self.closed():
            callback, self._on_close = self._on_close, None
        else:
            self._receiver = None
            self.socket.close(linger)
            callback, self._on_close = self._on_close, None
        if callback is not None:
            self._driver.started(callback())

    def closed(self) -> bool:
        """Whether the socket is closed."""
        return bool(self.socket.closed)


# these are the socket's own methods, and so attributes of each stream
_OF_THE_SOCKET = (
    "bind",
    "bind_to_random_port",
    "connect",
    "getsockopt",
    "getsockopt_string",
    "getsockopt_unicode",
    "setsockopt",
    "setsockopt_string",
    "setsockopt_unicode",
)


def _closed(stream: ZMQStream) -> ZMQError:
    from ..constants import Errno

    return ZMQError(Errno.ENOTSOCK, f"{stream!r} is closed")


def _default_loop() -> Any:
    import sys

    loop = asyncio._get_running_loop()
    if "tornado.ioloop" in sys.modules:
        from tornado.ioloop import IOLoop

        return IOLoop.current()
    return asyncio.get_event_loop() if loop is None else loop


__all__ = ["ZMQStream"]
