"""A free TCP port, chosen now and bound later by somebody else.

The port is bound here first without SO_REUSEADDR, so that it is nobody else's, and then made
shareable; it is never listened on. Linux lets libzmq, which sets SO_REUSEADDR, bind it all the
same; other systems do not, and there the port is given free at once, with the small risk that
somebody takes it before the device does.
"""

from __future__ import annotations

import errno
import socket
import sys

from ..error import ZMQBindError


class Reservation:
    """One reserved port; `release` when the real owner has bound it."""

    def __init__(self, addr: str, min_port: int, max_port: int, max_tries: int) -> None:
        if not addr.startswith("tcp://"):
            raise ValueError(f"only tcp:// addresses have ports, not {addr!r}")
        host = addr[len("tcp://") :].rstrip(":")
        family, sockaddr = _resolve(host)
        self._socket: socket.socket | None = None
        from random import randrange

        for _ in range(max_tries):
            self.port = randrange(min_port, max_port)
            if self._try(family, (sockaddr[0], self.port, *sockaddr[2:])):
                break
        else:
            raise ZMQBindError(
                f"no free port at {addr!r} between {min_port} and {max_port} in {max_tries} tries"
            )
        if not sys.platform.startswith("linux"):
            self.release()

    def _try(self, family: int, sockaddr: tuple[object, ...]) -> bool:
        end = socket.socket(family, socket.SOCK_STREAM)
        try:
            end.bind(sockaddr)
        except OSError as error:
            end.close()
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket = end
        return True

    def release(self) -> None:
        """Let the port go; again and again does no harm."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _resolve(host: str) -> tuple[int, tuple[object, ...]]:
    if host in ("", "*"):
        return socket.AF_INET, ("", 0)
    try:
        found = socket.getaddrinfo(host.strip("[]"), 0, type=socket.SOCK_STREAM)
    except socket.gaierror:  # libzmq takes names of interfaces, too
        return socket.AF_INET, ("", 0)
    return found[0][0], found[0][4]
