"""Devices that also show every message to a monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backend import Relay
from ..constants import DeviceType, SocketType
from ._assembly import Assembly
from .basedevice import Device, ProcessDevice, ThreadDevice

if TYPE_CHECKING:
    from ..sugar.socket import Socket

__all__ = ["ProcessProxy", "Proxy", "ThreadProxy"]


class ProxyBase(Assembly):
    """Adds a monitor socket to a device; messages are copied to it as they are.

    Parameters
    ----------
    in_type, out_type : int
        The types of the two sockets, as ``zmq.ROUTER``.
    mon_type : int, default zmq.PUB
        The type of the monitor socket. Where it is neither bound nor connected there is none. With
        another type than PUB nothing is relayed while it has no room.
    """

    #: The type of the monitor socket.
    mon_type: int

    def __init__(self, in_type: int, out_type: int, mon_type: int = SocketType.PUB) -> None:
        super().__init__(DeviceType.QUEUE, in_type, out_type)
        self.mon_type = mon_type
        self._add_port("mon", mon_type)

    def bind_mon(self, addr: str) -> None:
        """Bind the monitor socket to `addr`, when the device starts."""
        self._ports["mon"].binds.append(addr)

    def bind_mon_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Choose a free port for the monitor socket; as `bind_in_to_random_port`."""
        return self._ports["mon"].bind_to_random_port(addr, *args, **kwargs)

    def connect_mon(self, addr: str) -> None:
        """Connect the monitor socket to `addr`, when the device starts."""
        self._ports["mon"].connects.append(addr)

    def setsockopt_mon(self, opt: int, value: Any) -> None:
        """Set an option of the monitor socket, when the device starts.

        Parameters
        ----------
        opt : SocketOption
        value : int or bytes
        """
        self._ports["mon"].options.append((opt, value))

    def _make_relay(self, sockets: dict[str, Socket[Any]], wake: Any) -> Relay:
        return Relay(sockets["in"], sockets["out"], sockets.get("mon"), wake=wake)


class Proxy(ProxyBase, Device):
    """A proxy in the thread that starts it; see `Device` and `ProxyBase`."""


class ThreadProxy(ProxyBase, ThreadDevice):
    """A proxy in a thread of its own; see `ThreadDevice` and `ProxyBase`."""


class ProcessProxy(ProxyBase, ProcessDevice):
    """A proxy in a process of its own; see `ProcessDevice` and `ProxyBase`."""
