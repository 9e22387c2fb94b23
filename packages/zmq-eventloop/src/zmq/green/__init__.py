"""ØMQ for gevent: the names of `zmq`, with sockets that let other greenlets run.

::

    import zmq.green as zmq

Nothing is monkey-patched, and nothing has to be.
"""

from __future__ import annotations

from .. import *  # noqa: F403  # zmq.green is all of zmq, and three names are its own
from .core import _Context as Context, _Socket as Socket  # type: ignore[assignment]
from .device import device  # type: ignore[assignment]
from .poll import _Poller as Poller

__all__ = ["Context", "Poller", "Socket", "device"]
