"""ØMQ sockets on event loops: asyncio, tornado, gevent, trio.

One engine in ``zmq.backend`` waits for sockets; `zmq.asyncio`, `zmq.eventloop.future`,
`zmq.eventloop.zmqstream`, `zmq.green` and `zmq.trio` tell it which loop runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .ioloop import IOLoop as IOLoop


def __getattr__(name: str) -> Any:
    # tornado is loaded by those who use it
    if name == "IOLoop":
        from .ioloop import IOLoop

        return IOLoop
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ("IOLoop", "__version__")
