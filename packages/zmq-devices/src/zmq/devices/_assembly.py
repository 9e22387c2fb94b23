"""What a device consists of: its sockets and what is done with them, without a thread."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable

from ..backend import Relay
from ..constants import DeviceType
from ..sugar.context import Context
from ._port import Port, socket_type_of

if TYPE_CHECKING:
    from ..sugar.socket import Socket
    from ._steering import Helm

#: how long a process that ends waits for what it sent to go out, where LINGER says for ever
LAST_LINGER_MS = 1000


class Assembly:
    """The sockets of a device: what to bind, connect and set, once there is a thread for them.

    Parameters
    ----------
    device_type : int, default zmq.QUEUE
        Says nothing that the types of the sockets do not; it is kept for old programs.
    in_type, out_type : int
        The types of the two sockets, as ``zmq.ROUTER``.
    """

    #: Makes the context, in the thread or process where the device runs; without arguments.
    context_factory: Callable[[], Context[Any]] = Context.instance

    def __init__(
        self,
        device_type: int = DeviceType.QUEUE,
        in_type: int | None = None,
        out_type: int | None = None,
    ) -> None:
        self.device_type = device_type
        self.in_type = socket_type_of("in_type", in_type)
        self.out_type = socket_type_of("out_type", out_type)
        self._ports = {"in": Port("in", self.in_type), "out": Port("out", self.out_type)}
        self._own_context = False  # whether nobody else can terminate the context

    def bind_in(self, addr: str) -> None:
        """Bind the in socket to `addr`, when the device starts."""
        self._ports["in"].binds.append(addr)

    def bind_out(self, addr: str) -> None:
        """Bind the out socket to `addr`, when the device starts."""
        self._ports["out"].binds.append(addr)

    def bind_in_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Choose a free port for the in socket, and bind it when the device starts.

        Parameters
        ----------
        addr : str
            Without the port: ``tcp://127.0.0.1``.
        min_port, max_port, max_tries : int, optional
            As for ``Socket.bind_to_random_port``.

        Returns
        -------
        int
            The port. On Linux nobody else can take it meanwhile.

        Raises
        ------
        ZMQBindError
            When no free port was found.
        ValueError
            When `addr` is not ``tcp://``.
        """
        return self._ports["in"].bind_to_random_port(addr, *args, **kwargs)

    def bind_out_to_random_port(self, addr: str, *args: Any, **kwargs: Any) -> int:
        """Choose a free port for the out socket; as `bind_in_to_random_port`."""
        return self._ports["out"].bind_to_random_port(addr, *args, **kwargs)

    def connect_in(self, addr: str) -> None:
        """Connect the in socket to `addr`, when the device starts."""
        self._ports["in"].connects.append(addr)

    def connect_out(self, addr: str) -> None:
        """Connect the out socket to `addr`, when the device starts."""
        self._ports["out"].connects.append(addr)

    def setsockopt_in(self, opt: int, value: Any) -> None:
        """Set an option of the in socket, when the device starts and before anything is bound.

        Parameters
        ----------
        opt : SocketOption
        value : int or bytes
        """
        self._ports["in"].options.append((opt, value))

    def setsockopt_out(self, opt: int, value: Any) -> None:
        """Set an option of the out socket, when the device starts and before anything is bound.

        Parameters
        ----------
        opt : SocketOption
        value : int or bytes
        """
        self._ports["out"].options.append((opt, value))

    def _add_port(self, name: str, socket_type: int) -> None:
        self._ports[name] = Port(name, socket_type)

    def _make_relay(self, sockets: dict[str, Socket[Any]], wake: Any) -> Relay:
        return Relay(sockets["in"], sockets["out"], wake=wake)

    def _serve(self, helm: Helm) -> None:
        """Make the sockets, relay until somebody says stop, close the sockets."""
        with self._opened() as (sockets, endpoints):
            helm.ready(endpoints)
            helm.steer(self._make_relay(sockets, helm))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[dict[str, Socket[Any]], dict[str, list[str]]]]:
        sockets: dict[str, Socket[Any]] = {}
        endpoints: dict[str, list[str]] = {}
        context = self.context_factory()
        try:
            for name, port in self._ports.items():
                if name in ("in", "out") or port.binds or port.connects:
                    sockets[name], endpoints[name] = port.open(context)
            yield sockets, endpoints
        finally:
            for socket in sockets.values():
                for_ever = self._own_context and not socket.closed and socket.linger < 0
                socket.close(linger=LAST_LINGER_MS if for_ever else None)
            if self._own_context:  # nobody else can wait for what was sent and is on its way
                context.term()
