"""tornado's event loop under the names it had here.

.. deprecated:: 17.0
    Every loop of tornado works with ØMQ sockets: use ``tornado.ioloop``.
"""

from __future__ import annotations

import warnings
from typing import Any, Callable

from tornado.ioloop import IOLoop, PeriodicCallback

from ..sugar.poll import Poller as ZMQPoller

ZMQIOLoop = IOLoop


class DelayedCallback(PeriodicCallback):
    """Call once, after a delay.

    Parameters
    ----------
    callback : callable
    callback_time : float
        Milliseconds.
    io_loop : object, optional
        Not used.

    .. deprecated:: 15.0
        Use ``IOLoop.call_later``.
    """

    def __init__(
        self, callback: Callable[[], Any], callback_time: float, io_loop: object = None
    ) -> None:
        warnings.warn(
            "DelayedCallback is deprecated: use IOLoop.call_later",
            DeprecationWarning,
            stacklevel=2,
        )
        super().__init__(self._once(callback), callback_time)

    def _once(self, callback: Callable[[], Any]) -> Callable[[], Any]:
        def once() -> Any:
            self.stop()
            return callback()

        return once


def install() -> None:
    """Do nothing.

    .. deprecated:: 17.0
        Every loop of tornado works with ØMQ sockets.
    """
    warnings.warn(
        "zmq.eventloop.ioloop.install() is not needed: every loop of tornado works with zmq",
        DeprecationWarning,
        stacklevel=2,
    )


__all__ = ["DelayedCallback", "IOLoop", "PeriodicCallback", "ZMQIOLoop", "ZMQPoller", "install"]
