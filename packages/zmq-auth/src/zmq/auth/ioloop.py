"""`IOLoopAuthenticator`: deprecated. tornado's loops are asyncio's, so `.asyncio` does the work."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any

from .asyncio import AsyncioAuthenticator

if TYPE_CHECKING:
    from ..sugar.context import Context

__all__ = ("IOLoopAuthenticator",)


class IOLoopAuthenticator(AsyncioAuthenticator):
    """An `Authenticator` in tornado's loop.

    Parameters
    ----------
    context, encoding, log
        As for `zmq.auth.Authenticator`.
    io_loop
        A tornado ``IOLoop`` to start in; the running or current one by default.

    .. deprecated:: 25.0
        Use `zmq.auth.asyncio.AsyncioAuthenticator`.
    """

    def __init__(
        self,
        context: Context[Any] | None = None,
        encoding: str = "utf-8",
        log: Any = None,
        io_loop: Any = None,
    ) -> None:
        warnings.warn(
            "zmq.auth.ioloop.IOLoopAuthenticator is deprecated."
            " Use zmq.auth.asyncio.AsyncioAuthenticator",
            DeprecationWarning,
            stacklevel=2,
        )
        super().__init__(context=context, encoding=encoding, log=log)
        self._io_loop = io_loop

    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = getattr(self._io_loop, "asyncio_loop", None)
        return loop if isinstance(loop, asyncio.AbstractEventLoop) else super()._loop()
