"""Sockets whose calls let other greenlets run while they wait.

There is no socket logic here: each method is an operation of the engine, finished at once or when a
hub says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ..constants import POLLIN, RCVTIMEO, SNDTIMEO
from ..eventloop._batches import Sending, recv_many, recv_now
from ..eventloop._ready import addressed, follow
from ..sugar.context import Context as SyncContext
from ..sugar.socket import Socket as SyncSocket
from ._driver import GeventDriver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..backend import Frame, MessageTracker

#: what pyzmq's sockets for gevent look up; these do not need it
TIMEOS = (RCVTIMEO, SNDTIMEO)


class _Socket(SyncSocket[bytes]):
    """A socket for gevent: `zmq.Socket`, whose blocking calls block only their greenlet.

    Timeouts are those of `zmq.Socket`: ``timeout=``, RCVTIMEO and SNDTIMEO, in milliseconds.
    ``gevent.Timeout`` and ``greenlet.kill()`` work, too, and lose no message.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        follow(self, GeventDriver)

    if not TYPE_CHECKING:  # checkers know the types of options from zmq.Socket

        def get(self, opt: int) -> Any:
            """The value of a socket option; see `zmq.Socket.get`."""
            return super().get(opt)

        def set(self, opt: int, val: Any) -> None:
            """Set a socket option; see `zmq.Socket.set`."""
            super().set(opt, val)

    def recv(  # type: ignore[override]
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> bytes | Frame:
        """Receive one part of a message; see `zmq.Socket.recv`."""
        data: bytes | Frame = self._engine.recv_blocking(self, flags, copy, track, timeout)
        return data

    def recv_multipart(  # type: ignore[override]
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> list[bytes] | list[Frame]:
        """Receive a whole message; see `zmq.Socket.recv_multipart`."""
        return self._engine.recv_multipart_blocking(self, flags, copy, track, timeout)

    def recv_into(
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: float | None = None
    ) -> int:
        """Receive one part into memory of yours; see `zmq.Socket.recv_into`."""
        engine = self._engine
        return engine.finish(engine.recv_into(self, buffer, nbytes, flags, timeout))

    def recv_string(
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: float | None = None
    ) -> str:
        """Receive one part as text; see `zmq.Socket.recv_string`."""
        data: bytes = self._engine.recv_blocking(self, flags, True, False, timeout)
        return data.decode(encoding)

    def send(  # type: ignore[override]
        self,
        data: Any,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        routing_id: int | None = None,
        group: str | bytes | None = None,
        *,
        timeout: float | None = None,
    ) -> MessageTracker | None:
        """Send one part of a message; see `zmq.Socket.send`."""
        engine = self._engine
        return engine.finish(
            engine.send(self, data, flags, copy, track, routing_id, group, timeout)
        )

    def send_multipart(  # type: ignore[override]
        self,
        msg_parts: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> MessageTracker | None:
        """Send a whole message; see `zmq.Socket.send_multipart`."""
        if kwargs:
            msg_parts = addressed(msg_parts, copy, track, **kwargs)
        engine = self._engine
        return engine.finish(engine.send_multipart(self, msg_parts, flags, copy, track, timeout))

    def recv_many(
        self,
        limit: int = 1000,
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> list[Any]:
        """Wait for a message, then receive what else is there; see `zmq.Socket.recv_many`."""
        found: list[Any] = self._engine.finish(
            recv_many(self, limit, flags, copy, multipart, timeout)
        )
        return found

    def try_recv(self, copy: bool = True) -> Any:
        """Receive one part if it is there; see `zmq.Socket.try_recv`."""
        return recv_now(self, copy)

    def send_many(
        self,
        messages: Any,
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Send many messages; see `zmq.Socket.send_many`."""
        send: Callable[..., Any] = self.send_multipart if multipart else self.send
        sending = Sending(self, messages, flags, timeout)
        try:
            for message, left in sending:
                send(message, flags, copy, timeout=left)
        except BaseException as error:  # noqa: BLE001  # failed() raises it
            sending.failed(error)
        return sending.sent

    def poll(self, timeout: float | None = None, flags: int = POLLIN) -> int:
        """Wait until the socket is ready; see `zmq.Socket.poll`."""
        return self._engine.finish(self._engine.poll(self, timeout, flags))


class _Context(SyncContext[_Socket]):
    """A context whose sockets are for gevent; see `zmq.Context`."""

    _socket_class = _Socket

    def term(self, *args: Any, **kwargs: Any) -> None:
        """Terminate, and let other greenlets run meanwhile; see `zmq.Context.term`."""
        import gevent  # type: ignore[import-untyped]

        if self.closed:
            return
        gevent.get_hub().threadpool.apply(super().term, args, kwargs)


__all__ = ["TIMEOS", "_Context", "_Socket"]
