"""ØMQ sockets for asyncio: any loop of it (the default one, uvloop, Windows' Proactor loop).

::

    import zmq.asyncio

    async def main():
        async with zmq.asyncio.Context() as context:
            socket = context.socket(zmq.PULL)
            socket.connect("tcp://localhost:5555")
            async for message in socket:
                ...

Everything that waits is in ``zmq.backend``'s engine; this module tells it which loop runs.
"""

from __future__ import annotations

import asyncio
import warnings
from asyncio import CancelledError, Future, InvalidStateError
from typing import TYPE_CHECKING, Any, Callable

from .eventloop._poller import AsyncPoller
from .eventloop._readers import ThreadReaders
from .eventloop._sockets import AsyncContext, AsyncSocket

if TYPE_CHECKING:
    from .eventloop._driver import Loop


class AsyncioDriver:
    """Finds asyncio's loops for the engine."""

    Future = Future
    CancelledError = CancelledError
    InvalidStateError = InvalidStateError
    current = staticmethod(asyncio._get_running_loop)

    @staticmethod
    def default() -> asyncio.AbstractEventLoop:
        """The loop that will run here, where it was set before."""
        try:
            return asyncio.get_event_loop()
        except RuntimeError as error:
            raise RuntimeError(
                "a socket of zmq.asyncio waits in an event loop, and none runs in this thread: use "
                f"it in an async function, which asyncio.run() runs ({error})"
            ) from error

    @staticmethod
    def bind(loop: asyncio.AbstractEventLoop) -> Loop:
        """The loop; with a thread that watches descriptors, where the loop itself cannot."""
        if type(loop).add_reader is asyncio.AbstractEventLoop.add_reader:
            return ThreadReaders.of(loop)
        return loop


class Socket(AsyncSocket):
    """A socket for asyncio."""

    __doc__ = AsyncSocket.__doc__
    _driver = AsyncioDriver  # type: ignore[assignment]


class Context(AsyncContext[Socket]):
    """A context whose sockets are for asyncio; see `zmq.Context`."""

    _socket_class = Socket

    async def _in_thread(self, call: Callable[[], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(None, call)


class Poller(AsyncPoller):
    """A poller whose `poll` is awaited; see `zmq.Poller`."""

    _driver = AsyncioDriver  # type: ignore[assignment]


class ProactorSelectorThreadWarning(RuntimeWarning):
    """Never given any more: the Proactor loop works without tornado."""


class ZMQEventLoop(asyncio.SelectorEventLoop):
    """An event loop like any other.

    .. deprecated:: 17.0
        Every loop of asyncio works with the sockets of this module.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _deprecated("ZMQEventLoop")
        super().__init__(*args, **kwargs)


def install() -> None:
    """Do nothing.

    .. deprecated:: 17.0
        Every loop of asyncio works with the sockets of this module.
    """
    _deprecated("install()")


def _deprecated(name: str) -> None:
    warnings.warn(
        f"zmq.asyncio.{name} is not needed: every loop of asyncio works with zmq.asyncio",
        DeprecationWarning,
        stacklevel=3,
    )


__all__ = ["Context", "Poller", "Socket", "ZMQEventLoop", "install"]
