"""Endpoints as context managers, and ports that are free."""

from __future__ import annotations

import errno
import os

from ..constants import LAST_ENDPOINT
from ..error import ZMQBindError, ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Generic

    from typing_extensions import TypeVar

    from .socket import Socket

    OwnerT = TypeVar("OwnerT", bound=Socket[Any])
else:
    from ._generic import Generic

    OwnerT = object

PORT_TAKEN = (errno.EADDRINUSE, errno.EACCES) if os.name == "nt" else (errno.EADDRINUSE,)


class _SocketContext(Generic[OwnerT]):
    """What `bind` and `connect` return: at the end of its ``with`` block the endpoint is undone."""

    __slots__ = ("addr", "kind", "socket")

    def __init__(self, socket: OwnerT, kind: str, addr: str | bytes) -> None:
        self.socket = socket
        self.kind = kind
        self.addr = addr

    def __repr__(self) -> str:
        addr = self.addr.decode("utf-8", "replace") if isinstance(self.addr, bytes) else self.addr
        return f"<SocketContext({self.kind}={addr!r})>"

    def __enter__(self) -> OwnerT:
        return self.socket

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.socket.closed:
            return
        if self.kind == "bind":
            self.socket.unbind(self.addr)
        else:
            self.socket.disconnect(self.addr)


def bind_to_random_port(
    socket: Socket[Any], addr: str, min_port: int, max_port: int, max_tries: int
) -> int:
    """What `Socket.bind_to_random_port` does."""
    if not addr.startswith(("tcp://", "udp://", "ws://", "wss://", "tipc://", "vmci://")):
        raise ValueError(f"only endpoints with ports have free ones, such as tcp://*: not {addr!r}")
    if (min_port, max_port) == (49152, 65536):
        # the default range: the system knows a free port, at the first try
        socket.bind(f"{addr}:*")
        return int(socket.get_string(LAST_ENDPOINT).rpartition(":")[2])
    from random import randrange

    if min_port >= max_port:
        raise ValueError(f"the range of ports is empty: min_port={min_port}, max_port={max_port}")
    for _ in range(max_tries):
        port = randrange(min_port, max_port)
        try:
            socket.bind(f"{addr}:{port}")
        except ZMQError as error:
            if error.errno not in PORT_TAKEN:
                raise
        else:
            return port
    raise ZMQBindError(
        f"no free port at {addr} from {min_port} to {max_port - 1} in {max_tries} tries"
    )


__all__ = ["bind_to_random_port"]
