"""ØMQ for gevent: the names of `zmq`, with sockets that let other greenlets run.

::

    import zmq.green as zmq

Nothing is monkey-patched, and nothing has to be.
"""

from __future__ import annotations

# zmq.green is all of zmq, and four names are its own
from .. import *  # noqa: F403
from .. import __all__ as _names
from ..sugar.tracker import _FINISHED_TRACKER as _FINISHED_TRACKER
from .core import _Context as Context, _Socket as Socket
from .device import device
from .poll import _Poller as Poller

__all__ = ["Context", "Poller", "Socket", "device"]
__all__ += [name for name in _names if name not in __all__]
