"""Asynchronous sockets and contexts, for whatever loop their driver knows.

There is no socket logic here: each method names an operation of the engine, and says how its result
is decoded. The decoder runs in the caller's own step, so that a cancelled receive loses nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Optional, overload

from ..constants import POLLIN
from ..error import ContextTerminated, ZMQError
from ..sugar._generic import SocketT_co
from ..sugar._serialize import need_pickle
from ..sugar.context import Context as SyncContext
from ..sugar.socket import Socket as SyncSocket
from ._batches import Sending, recv_many, recv_now
from ._ready import addressed, follow

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Awaitable, Sequence
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Self

    from ..backend import Frame, MessageTracker, Socket as SocketBase
    from ._driver import Driver

    Tracked = Future[Optional[MessageTracker]]


class AsyncSocket(SyncSocket[Any]):
    """A socket whose sends, receives and `poll` are awaited.

    They return at once an operation, which is awaited, or used as a future: ``done()``,
    ``cancel()``, ``add_done_callback()``, ``asyncio.wait``, ``asyncio.gather``. Whatever can be
    done without waiting is done before they return.

    Parameters
    ----------
    context : Context or Socket
        Where it lives; or another socket, to make a shadow of.
    socket_type, **kwargs
        As for `zmq.Socket`.
    io_loop : object, optional
        Not used: a socket belongs to the loop that waits for it.

    Notes
    -----
    *Cancelling a receive never loses a message*: one that arrived is the next receiver's, in its
    order. *A cancelled send* was sent wholly or not at all; the operation's ``cancelled()`` tells
    which. ``timeout=``, RCVTIMEO and SNDTIMEO are milliseconds, and raise `zmq.Again`. ``close()``
    wakes everybody who waits, with a ZMQError (ENOTSOCK). When a message cannot be decoded, the
    exception's ``received`` is the message.

    One loop at a time: a loop that waits first binds the socket; another can wait for it when
    nobody waits in the first, or the first is closed. Otherwise RuntimeError names both.

    ``async for message in socket`` gives whole messages, as lists of parts, until it is closed.
    ``async with socket:`` ends with `aclose`.
    """

    _driver: ClassVar[Driver]

    def __init__(
        self,
        context: Any = None,
        socket_type: int = -1,
        io_loop: object = None,
        _from_socket: SocketBase | None = None,
        **kwargs: Any,
    ) -> None:
        if context is not None:
            kwargs["ctx_or_socket"] = context
        if _from_socket is not None:
            kwargs["shadow"] = _from_socket
        super().__init__(socket_type=socket_type, **kwargs)
        follow(self, self._driver)

    @classmethod
    def from_socket(cls, socket: SocketBase, io_loop: object = None) -> Self:
        """An asynchronous shadow of a synchronous socket.

        Parameters
        ----------
        socket : Socket
            It goes on owning the libzmq socket. It may be used while somebody waits for the
            shadow, and receives what comes from libzmq, not what was given back to the shadow.
            Whichever of them is closed closes both.
        """
        return cls(shadow=socket)

    if not TYPE_CHECKING:  # checkers know the types of options from zmq.Socket

        def get(self, key: int) -> Any:
            """The value of a socket option; see `zmq.Socket.get`."""
            return super().get(key)

    # ---- life

    async def aclose(self, linger: int | None = None, *, timeout: float | None = None) -> None:
        """Close the socket when libzmq has every message that was given to `send`.

        Parameters
        ----------
        linger : int or None
            As for `close`: the context goes on sending for so long.
        timeout : float, optional
            Milliseconds to wait for libzmq to take them; without it SNDTIMEO decides.

        Raises
        ------
        Again
            When it did not take them in time. The socket is closed all the same.

        .. versionadded:: 28.0
        """
        try:
            if not self.closed:
                await self._flush(timeout)
        finally:
            self.close(linger)

    def _flush(self, timeout: float | None) -> Awaitable[None]:
        # over when libzmq has all that was given to send()
        return self._engine.flush(self, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[bytes]:
        try:
            return await self.recv_multipart()
        except ContextTerminated:
            raise StopAsyncIteration from None
        except ZMQError:
            if self.closed:
                raise StopAsyncIteration from None
            raise

    # ---- receiving

    @overload  # type: ignore[override]
    def recv(
        self,
        flags: int = 0,
        copy: Literal[True] = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[bytes]: ...

    @overload
    def recv(
        self,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: bool = False,
        timeout: float | None = None,
    ) -> Future[Frame]: ...

    @overload
    def recv(
        self,
        flags: int,
        copy: Literal[False],
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[Frame]: ...

    @overload
    def recv(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[bytes] | Future[Frame]: ...

    def recv(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[bytes] | Future[Frame]:
        """Receive one part of a message; see `zmq.Socket.recv`."""
        return self._engine.recv(self, flags, copy, track, timeout)

    @overload  # type: ignore[override]
    def recv_multipart(
        self,
        flags: int = 0,
        copy: Literal[True] = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[list[bytes]]: ...

    @overload
    def recv_multipart(
        self,
        flags: int = 0,
        *,
        copy: Literal[False],
        track: bool = False,
        timeout: float | None = None,
    ) -> Future[list[Frame]]: ...

    @overload
    def recv_multipart(
        self,
        flags: int,
        copy: Literal[False],
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[list[Frame]]: ...

    @overload
    def recv_multipart(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[list[bytes]] | Future[list[Frame]]: ...

    def recv_multipart(
        self,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
    ) -> Future[list[bytes]] | Future[list[Frame]]:
        """Receive a whole message; see `zmq.Socket.recv_multipart`."""
        return self._engine.recv_multipart(self, flags, copy, track, timeout)

    def recv_into(  # type: ignore[override]
        self, buffer: Any, /, *, nbytes: int = 0, flags: int = 0, timeout: float | None = None
    ) -> Future[int]:
        """Receive one part into memory of yours; see `zmq.Socket.recv_into`.

        The memory is written when the result is picked up, and not at all by a cancelled receive.
        """
        return self._engine.recv_into(self, buffer, nbytes, flags, timeout)

    def recv_string(  # type: ignore[override]
        self, flags: int = 0, encoding: str = "utf-8", *, timeout: float | None = None
    ) -> Future[str]:
        """Receive one part as text; see `zmq.Socket.recv_string`."""
        decode = _utf8 if encoding == "utf-8" else partial(str, encoding=encoding)
        return self._engine.recv(self, flags, True, False, timeout, decode)

    recv_unicode = recv_string  # type: ignore[assignment]

    def recv_json(
        self, flags: int = 0, *, timeout: float | None = None, **kwargs: Any
    ) -> Future[Any]:
        """Receive an object as JSON; see `zmq.Socket.recv_json`."""
        from ..utils import jsonapi

        decode = partial(jsonapi.loads, **kwargs) if kwargs else jsonapi.loads
        return self._engine.recv(self, flags, True, False, timeout, decode)

    def recv_pyobj(self, flags: int = 0, *, timeout: float | None = None) -> Future[Any]:
        """Receive a pickled object. Dangerous: see `zmq.Socket.recv_pyobj`."""
        import pickle

        need_pickle(self)
        return self._engine.recv(self, flags, True, False, timeout, pickle.loads)

    def recv_serialized(
        self,
        deserialize: Callable[[list[Any]], Any],
        flags: int = 0,
        copy: bool = True,
        *,
        timeout: float | None = None,
    ) -> Future[Any]:
        """Receive an object by a function of yours; see `zmq.Socket.recv_serialized`."""
        return self._engine.recv_multipart(self, flags, copy, False, timeout, deserialize)

    if TYPE_CHECKING:  # zmq.Socket's own, which go through the methods here

        def recv_array(
            self, flags: int = 0, *, writable: bool = False, timeout: float | None = None
        ) -> Future[Any]:
            """Receive an array; see `zmq.Socket.recv_array`."""

        def send_array(  # type: ignore[override]
            self,
            array: Any,
            flags: int = 0,
            copy: bool = True,
            track: bool = False,
            *,
            timeout: float | None = None,
            **kwargs: Any,
        ) -> Tracked:
            """Send an array; see `zmq.Socket.send_array`."""

        def send_string(  # type: ignore[override]
            self, u: str, flags: int = 0, copy: bool = True, encoding: str = "utf-8", **kwargs: Any
        ) -> Tracked:
            """Send text; see `zmq.Socket.send_string`."""

        send_unicode = send_string  # type: ignore[assignment]

        def send_json(  # type: ignore[override]
            self, obj: Any, flags: int = 0, **kwargs: Any
        ) -> Tracked:
            """Send an object as JSON; see `zmq.Socket.send_json`."""

        def send_pyobj(  # type: ignore[override]
            self, obj: Any, flags: int = 0, protocol: int = 0, **kwargs: Any
        ) -> Tracked:
            """Send an object as a pickle; see `zmq.Socket.send_pyobj`."""

        def send_serialized(  # type: ignore[override]
            self,
            msg: Any,
            serialize: Callable[[Any], Sequence[Any]],
            flags: int = 0,
            copy: bool = True,
            **kwargs: Any,
        ) -> Tracked:
            """Send an object by a function of yours; see `zmq.Socket.send_serialized`."""

    def recv_many(  # type: ignore[override]
        self,
        limit: int = 1000,
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> Future[list[Any]]:
        """Wait for a message, then receive what else is there; see `zmq.Socket.recv_many`.

        What else is there is received when the result is picked up: a cancelled call takes nothing.
        """
        begun: Future[list[Any]] = recv_many(self, limit, flags, copy, multipart, timeout)
        return begun

    def try_recv(self, copy: bool = True) -> Any:
        """Receive one part if it is there; not awaited, since it never waits.

        See `zmq.Socket.try_recv`.
        """
        return recv_now(self, copy)

    # ---- sending: the other senders of zmq.Socket go through these two

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
    ) -> Tracked:
        """Send one part of a message; see `zmq.Socket.send`."""
        return self._engine.send(self, data, flags, copy, track, routing_id, group, timeout)

    def send_multipart(  # type: ignore[override]
        self,
        msg_parts: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        *,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Tracked:
        """Send a whole message; see `zmq.Socket.send_multipart`."""
        if kwargs:
            msg_parts = addressed(msg_parts, copy, track, **kwargs)
        return self._engine.send_multipart(self, msg_parts, flags, copy, track, timeout)

    async def send_many(  # type: ignore[override]
        self,
        messages: Any,
        flags: int = 0,
        copy: bool = True,
        *,
        multipart: bool = False,
        timeout: float | None = None,
    ) -> int:
        """Send many messages; see `zmq.Socket.send_many`.

        A coroutine: nothing is sent before it is awaited. A cancelled one has sent the first
        ``error.sent`` messages, each wholly.
        """
        send: Callable[..., Any] = self.send_multipart if multipart else self.send
        sending = Sending(self, messages, flags, timeout)
        try:
            for message, left in sending:
                await send(message, flags, copy, timeout=left)
        except BaseException as error:  # noqa: BLE001  # failed() raises it
            sending.failed(error)
        return sending.sent

    # ---- waiting

    def poll(  # type: ignore[override]
        self, timeout: float | None = None, flags: int = POLLIN
    ) -> Future[int]:
        """Wait until the socket is ready; see `zmq.Socket.poll`."""
        return self._engine.poll(self, timeout, flags)


class AsyncContext(SyncContext[SocketT_co]):
    """A context whose sockets are asynchronous.

    ``async with`` it: at the end its sockets are closed, as `aclose` does it.
    """

    _socket_class: Callable[..., Any] = AsyncSocket

    async def aclose(self, linger: int | None = None) -> None:
        """Close the sockets with their `aclose`, then terminate, and let other tasks run meanwhile.

        Parameters
        ----------
        linger : int or None
            For the sockets, in milliseconds.

        .. versionadded:: 28.0
        """
        for socket in self._sockets():
            if isinstance(socket, AsyncSocket):
                await socket.aclose(linger)
            else:
                socket.close(linger)
        await self._in_thread(self.term)

    async def _in_thread(self, call: Callable[[], object]) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _utf8(data: bytes) -> str:
    return data.decode()


__all__ = ["AsyncContext", "AsyncSocket"]
