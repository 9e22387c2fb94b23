"""Proxies that obey a control socket as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backend import Relay
from ..constants import SocketType
from .proxydevice import ProcessProxy, Proxy, ProxyBase, ThreadProxy

if TYPE_CHECKING:
    from ..sugar.socket import Socket

__all__ = ["ProcessProxySteerable", "ProxySteerable", "ThreadProxySteerable"]


class ProxySteerableBase(ProxyBase):
    """Adds a control socket to a proxy, which obeys as ``zmq.proxy_steerable`` does.

    Parameters
    ----------
    in_type, out_type : int
        The types of the two sockets, as ``zmq.ROUTER``.
    mon_type : int, default zmq.PUB
        The type of the monitor socket.
    ctrl_type : int, default zmq.PAIR
        The type of the control socket: PAIR, PULL, SUB or REP. Where it is neither bound nor
        connected there is none.

    Notes
    -----
    A device of this program needs no control socket: it has methods to stop, pause and ask it.
    """

    def __init__(
        self,
        in_type: int,
        out_type: int,
        mon_type: int = SocketType.PUB,
        ctrl_type: int | None = None,
    ) -> None:
        super().__init__(in_type, out_type, mon_type)
        self.ctrl_type = SocketType.PAIR if ctrl_type is None else ctrl_type
        self._add_port("ctrl", self.ctrl_type)

    def bind_ctrl(self, addr: str) -> None:
        """Bind the control socket to `addr`, when the device starts."""
        self._ports["ctrl"].binds.append(addr)

    def bind_ctrl_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Choose a free port for the control socket; as `bind_in_to_random_port`."""
        return self._ports["ctrl"].bind_to_random_port(addr, *args, **kwargs)

    def connect_ctrl(self, addr: str) -> None:
        """Connect the control socket to `addr`, when the device starts."""
        self._ports["ctrl"].connects.append(addr)

    def setsockopt_ctrl(self, opt: int, value: Any) -> None:
        """Set an option of the control socket, when the device starts.

        Parameters
        ----------
        opt : SocketOption
        value : int or bytes
        """
        self._ports["ctrl"].options.append((opt, value))

    def _make_relay(self, sockets: dict[str, Socket[Any]], wake: Any) -> Relay:
        return Relay(
            sockets["in"], sockets["out"], sockets.get("mon"), sockets.get("ctrl"), wake=wake
        )


class ProxySteerable(ProxySteerableBase, Proxy):
    """A steerable proxy in the thread that starts it; see `Device` and `ProxySteerableBase`."""


class ThreadProxySteerable(ProxySteerableBase, ThreadProxy):
    """A steerable proxy in a thread of its own; see `ThreadDevice` and `ProxySteerableBase`."""


class ProcessProxySteerable(ProxySteerableBase, ProcessProxy):
    """A steerable proxy in a process of its own; see `ProcessDevice` and `ProxySteerableBase`."""
