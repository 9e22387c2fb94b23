"""Private names of pyzmq that programs import all the same, for annotations and isinstance().

.. deprecated:: 28.0
    The sockets and pollers are those of ``zmq.asyncio``.
"""

from __future__ import annotations

import warnings
from typing import Any

from .eventloop._poller import AsyncPoller
from .eventloop._sockets import AsyncSocket


def __getattr__(name: str) -> Any:
    found = {"_AsyncPoller": AsyncPoller, "_AsyncSocket": AsyncSocket}.get(name)
    if found is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"zmq._future.{name} is private: use zmq.asyncio.{name[len('_Async') :]}",
        DeprecationWarning,
        stacklevel=2,
    )
    return found


__all__: list[str] = []
