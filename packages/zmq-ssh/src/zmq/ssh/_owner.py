"""The socket a tunnel serves, and when it no longer needs it.

A closed socket may still be sending: libzmq keeps its connections until its messages are gone or
LINGER has passed, and a tunnel that ended before would lose them, or hang ``Context.term()``. So
the tunnel ends when the socket is closed
*and* this process has held no connection to the tunnel's local end for a second. The connections
are found among this process's own descriptors; asking libzmq would take the socket's only monitor,
or a lock no other thread may take.
"""

from __future__ import annotations

import os
import socket as stdlib_socket
import stat
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from ._targets import IpcTarget, Target

__all__ = ("Connectable", "Owner", "holds_connection")

#: Seconds between two looks, and without a connection before the tunnel ends.
LOOK_S = 0.5
QUIET_S = 1.0


class Connectable(Protocol):
    """What `tunnel_connection` asks of a socket."""

    def connect(self, addr: str) -> Any:
        """Connect to `addr`."""


class Owner:
    """Remembers a socket weakly.

    Parameters
    ----------
    socket : Connectable
        The socket; one without an attribute ``closed`` counts as open while it exists.
    local : Target
        The local end of the tunnel it connected to.
    """

    def __init__(self, socket: Connectable, local: Target) -> None:
        try:
            self._socket: Callable[[], Connectable | None] = weakref.ref(socket)
        except TypeError:  # a class without weak references; then only `closed` counts
            self._socket = lambda: socket
        self._local = local
        self._quiet_since_s = 0.0

    def is_done(self, now_s: float) -> bool:
        """Return whether socket and connections are gone; `now_s` is time.monotonic()."""
        socket = self._socket()
        gone = socket is None or bool(getattr(socket, "closed", False))
        if not gone or holds_connection(self._local):
            self._quiet_since_s = 0.0
            return False
        self._quiet_since_s = self._quiet_since_s or now_s
        return now_s - self._quiet_since_s >= QUIET_S


def holds_connection(local: Target) -> bool:
    """Return whether a socket of this process is connected to `local`."""
    peer: object = local.path if isinstance(local, IpcTarget) else (local.host, local.port)
    try:
        descriptors = [
            int(name)
            for name in os.listdir("/dev/fd")  # noqa: PTH208 - names, not paths
        ]
    except OSError:  # no such folder: only the pause of a second is left
        return False
    return any(_peer(descriptor) == peer for descriptor in descriptors)


def _peer(descriptor: int) -> object:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return None
        with stdlib_socket.socket(fileno=os.dup(descriptor)) as copy:
            name = copy.getpeername()
    except OSError:
        return None
    return name[:2] if isinstance(name, tuple) else name
