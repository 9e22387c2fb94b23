"""Proxies that tell their monitor which way each message goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backend import Relay
from ..constants import SocketType
from .proxydevice import ProcessProxy, Proxy, ProxyBase, ThreadProxy

if TYPE_CHECKING:
    from ..sugar.socket import Socket

__all__ = ["MonitoredQueue", "ProcessMonitoredQueue", "ThreadMonitoredQueue"]


class MonitoredQueueBase(ProxyBase):
    """Puts a prefix before what the monitor gets; between two ROUTERs it swaps the routing ids.

    Parameters
    ----------
    in_type, out_type : int
        The types of the two sockets, as ``zmq.ROUTER``.
    mon_type : int, default zmq.PUB
        The type of the monitor socket.
    in_prefix, out_prefix : bytes, default b"in" and b"out"
        The part that goes before what arrives at the in and at the out socket.

    Raises
    ------
    TypeError
        When a prefix is not bytes.
    """

    def __init__(
        self,
        in_type: int,
        out_type: int,
        mon_type: int = SocketType.PUB,
        in_prefix: bytes = b"in",
        out_prefix: bytes = b"out",
    ) -> None:
        for prefix in (in_prefix, out_prefix):
            if not isinstance(prefix, bytes):
                raise TypeError(f"a prefix is bytes, not {prefix!r}")
        super().__init__(in_type, out_type, mon_type)
        self._in_prefix = in_prefix
        self._out_prefix = out_prefix

    def _make_relay(self, sockets: dict[str, Socket[Any]], wake: Any) -> Relay:
        return Relay(
            sockets["in"],
            sockets["out"],
            sockets.get("mon"),
            wake=wake,
            in_prefix=self._in_prefix,
            out_prefix=self._out_prefix,
            swap=self.in_type == self.out_type == SocketType.ROUTER,
        )


class MonitoredQueue(MonitoredQueueBase, Proxy):
    """A monitored queue in the thread that starts it; see `Device` and `MonitoredQueueBase`."""


class ThreadMonitoredQueue(MonitoredQueueBase, ThreadProxy):
    """A monitored queue in a thread of its own; see `ThreadDevice` and `MonitoredQueueBase`."""


class ProcessMonitoredQueue(MonitoredQueueBase, ProcessProxy):
    """A monitored queue in a process; see `ProcessDevice` and `MonitoredQueueBase`."""
