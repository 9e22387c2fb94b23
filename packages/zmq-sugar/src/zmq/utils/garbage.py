"""The collector of lent buffers, as pyzmq had it.

Here the core itself gives buffers back, without a thread and without a socket, so nothing has to be
started. The names stay for programs that import them: `store` keeps an object until it is taken
out of `refs`, and the thread has nothing to do.
"""

from __future__ import annotations

import os
import threading
from collections import namedtuple

from ..backend import _counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..sugar.context import Context

gcref = namedtuple("gcref", ["obj", "event"])


class GarbageCollectorThread(threading.Thread):
    """A thread that ends at once; kept for its name.

    Parameters
    ----------
    gc : GarbageCollector
    """

    def __init__(self, gc: GarbageCollector) -> None:
        super().__init__(daemon=True)
        self.gc = gc
        self.pid = os.getpid()
        self.ready = threading.Event()

    def run(self) -> None:
        """Say that it is ready, and end."""
        self.ready.set()


class GarbageCollector:
    """Keeps objects alive by a number.

    Parameters
    ----------
    context : Context, optional
        Not needed any more.

    Attributes
    ----------
    refs : dict of int to gcref
        What is kept.
    url : str
        Not used any more.
    """

    refs: dict[int, gcref]
    url = "inproc://pyzmq.gc.01"

    def __init__(self, context: Context[Any] | None = None) -> None:
        self.refs = {}
        self._context = context
        self._alive = False

    @property
    def context(self) -> Context[Any]:
        """Context: the one given, or one of its own."""
        if self._context is None:
            from ..sugar.context import Context

            self._context = Context()
        return self._context

    @context.setter
    def context(self, context: Context[Any]) -> None:
        self._context = context

    def start(self) -> None:
        """Nothing has to be started."""
        self._alive = True

    def stop(self) -> None:
        """Nothing has to be stopped."""
        self._alive = False

    def is_alive(self) -> bool:
        """Whether it was started, or the core has lent buffers to libzmq."""
        return self._alive or _counts()["loans"] > 0

    def store(self, obj: Any, event: Any = None) -> int:
        """Keep an object.

        Parameters
        ----------
        obj : object
        event : threading.Event, optional

        Returns
        -------
        int
            Its key in `refs`.
        """
        reference = gcref(obj, event)
        key = id(reference)
        self.refs[key] = reference
        return key

    def __del__(self) -> None:
        self.stop()


gc = GarbageCollector()

__all__ = ["GarbageCollector", "GarbageCollectorThread", "gc", "gcref"]
