"""ØMQ sockets for trio; with anyio, for programs that run on its trio back end.

::

    import trio
    import zmq.trio

    async def main():
        async with zmq.trio.Context() as context:
            socket = context.socket(zmq.PULL)
            socket.connect("tcp://localhost:5555")
            async for message in socket:
                ...

Every call is a checkpoint, and cancelling one loses no message: what arrived goes to the next
receiver. A cancelled send was not sent.
"""

from __future__ import annotations

import math
from typing import Any, Callable, cast

import trio

from .backend import Socket as SocketBase
from .constants import POLLIN, POLLOUT
from .eventloop._ready import engine_of, poll_now
from .eventloop._sockets import AsyncContext, AsyncSocket
from .sugar.poll import Poller as SyncPoller


class TrioLoop:
    """A run of trio, under asyncio's names.

    Parameters
    ----------
    token : trio.lowlevel.TrioToken
        It stands for the run.
    """

    def __init__(self, token: trio.lowlevel.TrioToken) -> None:
        self._token = token
        self._readers: dict[int, trio.CancelScope] = {}
        self._closed = False

    def add_reader(self, fd: int, callback: Callable[[], object]) -> None:
        """Call again and again while the descriptor is readable."""
        scope = self._readers[fd] = trio.CancelScope()
        trio.lowlevel.spawn_system_task(self._read, fd, callback, scope)

    async def _read(self, fd: int, callback: Callable[[], object], scope: trio.CancelScope) -> None:
        try:
            with scope:
                while not scope.cancel_called:  # which the callback may do
                    await trio.lowlevel.wait_readable(fd)
                    callback()
        except trio.ClosedResourceError:  # remove_reader was faster
            pass
        finally:
            # a system task is cancelled only with the run
            self._closed = self._closed or not scope.cancel_called

    def remove_reader(self, fd: int) -> None:
        """Do that no longer."""
        scope = self._readers.pop(fd, None)
        if scope is not None:
            scope.cancel()
            trio.lowlevel.notify_closing(fd)

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> None:
        """Call in the loop's next round."""
        try:
            self._token.run_sync_soon(callback, *args)
        except trio.RunFinishedError:
            self._closed = True

    call_soon_threadsafe = call_soon

    def call_later(self, delay: float, callback: Callable[[], object]) -> trio.CancelScope:
        """Call after that many seconds."""
        scope = trio.CancelScope()

        async def later() -> None:
            with scope:
                await trio.sleep(delay)
                callback()

        trio.lowlevel.spawn_system_task(later)
        return scope

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Raise: trio loses no exception."""
        raise cast(BaseException, context["exception"])

    def is_closed(self) -> bool:
        """Whether it never runs again."""
        return self._closed

    def is_running(self) -> bool:
        """A run that is not over is running."""
        return not self._closed


class TrioDriver:
    """Finds runs of trio for the engine."""

    Future = None
    CancelledError = trio.Cancelled
    InvalidStateError = RuntimeError
    bind = TrioLoop

    @staticmethod
    def current() -> trio.lowlevel.TrioToken | None:
        """The token of the run in this thread, or None."""
        try:
            return trio.lowlevel.current_trio_token()
        except RuntimeError:
            return None

    @staticmethod
    def default() -> object:
        """There is none to choose."""
        raise RuntimeError("zmq.trio's sockets wait inside of trio.run() only")


class Socket(AsyncSocket):
    """A socket for trio: sends, receives and `poll` are ``async`` methods.

    Their arguments are those of `zmq.Socket`; ``timeout=``, RCVTIMEO and SNDTIMEO are milliseconds,
    and raise `zmq.Again`. A cancelled receive loses no message, and a cancelled send was not sent.

    .. versionadded:: 28.0
    """

    _driver = TrioDriver  # type: ignore[assignment]

    async def recv(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Receive one part of a message; see `zmq.Socket.recv`."""
        return await finish(super().recv, args, kwargs)

    async def recv_multipart(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Receive a whole message; see `zmq.Socket.recv_multipart`."""
        return await finish(super().recv_multipart, args, kwargs)

    async def recv_into(self, *args: Any, **kwargs: Any) -> int:  # type: ignore[override]
        """Receive one part into memory of yours; see `zmq.Socket.recv_into`."""
        return cast(int, await finish(super().recv_into, args, kwargs))

    async def recv_string(self, *args: Any, **kwargs: Any) -> str:  # type: ignore[override]
        """Receive one part as text; see `zmq.Socket.recv_string`."""
        return cast(str, await finish(super().recv_string, args, kwargs))

    recv_unicode = recv_string  # type: ignore[assignment]

    async def recv_json(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Receive an object as JSON; see `zmq.Socket.recv_json`."""
        return await finish(super().recv_json, args, kwargs)

    async def recv_pyobj(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Receive a pickled object. Dangerous: see `zmq.Socket.recv_pyobj`."""
        return await finish(super().recv_pyobj, args, kwargs)

    async def recv_serialized(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Receive an object by a function of yours; see `zmq.Socket.recv_serialized`."""
        return await finish(super().recv_serialized, args, kwargs)

    async def recv_many(self, *args: Any, **kwargs: Any) -> list[Any]:  # type: ignore[override]
        """Wait for a message, then receive what else is there; see `zmq.Socket.recv_many`."""
        return cast("list[Any]", await finish(super().recv_many, args, kwargs))

    async def send(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send one part of a message; see `zmq.Socket.send`."""
        return await finish(super().send, args, kwargs)

    async def send_multipart(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send a whole message; see `zmq.Socket.send_multipart`."""
        return await finish(super().send_multipart, args, kwargs)

    async def poll(self, *args: Any, **kwargs: Any) -> int:  # type: ignore[override]
        """Wait until the socket is ready; see `zmq.Socket.poll`."""
        return cast(int, await finish(super().poll, args, kwargs))

    async def _flush(self, timeout: float | None) -> None:  # noqa: ASYNC109  # milliseconds
        await finish(super()._flush, (timeout,), {})


class Context(AsyncContext[Socket]):
    """A context whose sockets are for trio; see `zmq.Context`.

    .. versionadded:: 28.0
    """

    _socket_class = Socket

    async def _in_thread(self, call: Callable[[], object]) -> None:
        await trio.to_thread.run_sync(call)


class Poller(SyncPoller):
    """A poller whose `poll` is an ``async`` method; see `zmq.Poller`.

    .. versionadded:: 28.0
    """

    async def poll(  # type: ignore[override]
        self,
        timeout: float | None = -1,  # noqa: ASYNC109  # milliseconds, as everywhere
    ) -> list[tuple[Any, int]]:
        """Wait until something is ready; see `zmq.Poller.poll`."""
        await trio.lowlevel.checkpoint()
        forever = timeout is None or timeout < 0
        with trio.move_on_after(math.inf if forever else timeout / 1000):  # type: ignore[operator]
            while True:
                found = poll_now(self.sockets)
                if found or timeout == 0:
                    return found
                await self._any_change()
        return poll_now(self.sockets)

    async def _any_change(self) -> None:
        # until one of them may be ready
        operations = []
        async with trio.open_nursery() as nursery:

            def change(_: object = None) -> None:
                nursery.cancel_scope.cancel()

            async def watch(wait: Callable[[Any], Any], what: Any) -> None:
                await wait(what)
                change()

            try:
                for what, flags in self.sockets:
                    if isinstance(what, SocketBase):
                        engine = engine_of(what, TrioDriver)
                        operation = engine.poll(what, None, flags)
                        operations.append(operation)
                        if operation.done():
                            change()
                        else:
                            operation._resume_with(change)
                        continue
                    if flags & POLLIN:
                        nursery.start_soon(watch, trio.lowlevel.wait_readable, what)
                    if flags & POLLOUT:
                        nursery.start_soon(watch, trio.lowlevel.wait_writable, what)
                await trio.sleep_forever()
            finally:
                for operation in operations:
                    operation._resume_with(None)
                    operation.cancel()


async def finish(begin: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Begin an operation, wait for it, and return its result: one checkpoint."""
    await trio.lowlevel.checkpoint_if_cancelled()
    operation = begin(*args, **kwargs)
    if operation.done():
        await trio.lowlevel.cancel_shielded_checkpoint()
        return operation.result()
    task = trio.lowlevel.current_task()

    def resume(_: object) -> None:
        trio.lowlevel.reschedule(task)

    def abort(_: object) -> trio.lowlevel.Abort:
        # only while it is pending: what is over has resumed the task, and is not cancelled any more
        operation._resume_with(None)
        operation.cancel()
        return trio.lowlevel.Abort.SUCCEEDED

    operation._resume_with(resume)
    await trio.lowlevel.wait_task_rescheduled(abort)
    return operation.result()


__all__ = ["Context", "Poller", "Socket"]
