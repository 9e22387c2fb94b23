"""Awaited ØMQ sockets for tornado, whose loops are asyncio's: the same as ``zmq.asyncio``."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError

from ..asyncio import Context as AsyncioContext, Poller, Socket as AsyncioSocket


class Socket(AsyncioSocket):
    """A socket for tornado."""

    __doc__ = AsyncioSocket.__doc__


class Context(AsyncioContext):
    """A context whose sockets are for tornado; see `zmq.Context`."""

    _socket_class = Socket


Future = asyncio.Future

__all__ = ["CancelledError", "Context", "Future", "Poller", "Socket"]
