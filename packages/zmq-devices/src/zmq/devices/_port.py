"""A socket of a device, before it exists: sockets are made in the thread that uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..constants import SocketOption, SocketType
from ._reservation import Reservation

if TYPE_CHECKING:
    from ..sugar.context import Context
    from ..sugar.socket import Socket


class Port:
    """What is to be done with a socket when the device starts.

    Parameters
    ----------
    name : str
        What the device calls it: ``in``, ``out``, ``mon`` or ``ctrl``.
    socket_type : int
    """

    def __init__(self, name: str, socket_type: int) -> None:
        self.name = name
        self.socket_type = socket_type
        self.binds: list[str] = []
        self.connects: list[str] = []
        self.options: list[tuple[int, Any]] = []
        self._reservations: list[Reservation] = []

    def __getstate__(self) -> dict[str, Any]:
        # a port that is reserved stays so in the process that reserved it
        return {**self.__dict__, "_reservations": []}

    def bind_to_random_port(
        self, addr: str, min_port: int = 49152, max_port: int = 65536, max_tries: int = 100
    ) -> int:
        """Choose a free port and bind it later."""
        reservation = Reservation(addr, min_port, max_port, max_tries)
        self._reservations.append(reservation)
        self.binds.append(f"{addr.rstrip(':')}:{reservation.port}")
        return reservation.port

    def release(self) -> None:
        """Give up the reserved ports: they are bound, or never will be."""
        for reservation in self._reservations:
            reservation.release()
        self._reservations.clear()

    def open(self, context: Context[Any]) -> tuple[Socket[Any], list[str]]:
        """Make the socket; also tells where it is bound."""
        socket: Socket[Any] = context.socket(self.socket_type)
        bound = []
        try:
            for option, value in self.options:  # first of all, as some count from then on only
                socket.setsockopt(option, value)
            for addr in self.binds:
                socket.bind(addr)
                bound.append(socket.get_string(SocketOption.LAST_ENDPOINT).rstrip("\0"))
            for addr in self.connects:
                socket.connect(addr)
        except BaseException:
            socket.close(linger=0)
            raise
        self.release()
        return socket, bound


def socket_type_of(name: str, socket_type: int | None) -> int:
    """The type, or an error that names the argument that is missing."""
    if socket_type is None:
        raise TypeError(
            f"{name} must be specified: the type of the socket, as zmq.{SocketType.ROUTER.name}"
        )
    return socket_type
