"""Awaited ØMQ sockets for tornado, whose loops are asyncio's: the same as ``zmq.asyncio``."""

from __future__ import annotations

import asyncio
import warnings
from asyncio import CancelledError
from typing import Any

from ..asyncio import Context as AsyncioContext, Poller, Socket as AsyncioSocket


class Socket(AsyncioSocket):
    """A socket for tornado."""

    __doc__ = AsyncioSocket.__doc__


class Context(AsyncioContext):
    """A context whose sockets are for tornado; see `zmq.Context`.

    Parameters
    ----------
    *args, **kwargs
        As for `zmq.Context`.
    io_loop : object, optional
        Not used: a socket belongs to the loop that waits for it.

        .. deprecated:: 17.0
    """

    _socket_class = Socket
    io_loop: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.pop("io_loop", None) is not None:
            warnings.warn(
                "zmq.eventloop.future.Context(io_loop=…) is not needed: a socket belongs to the "
                "loop that waits for it",
                DeprecationWarning,
                stacklevel=2,
            )
        super().__init__(*args, **kwargs)


Future = asyncio.Future

__all__ = ["CancelledError", "Context", "Future", "Poller", "Socket"]
