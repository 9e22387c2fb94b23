"""Forwarding of local TCP connections over a paramiko transport.

Contract: one listening socket; each connection becomes a ``direct-tcpip`` channel; bytes go both
ways at once, an end in one direction ends only that direction, and a peer that does not read slows
only its own connection down.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import paramiko  # type: ignore[import-untyped, import-not-found, unused-ignore]

__all__ = ("ForwardServer", "Handler", "forward_tunnel")

logger = logging.getLogger(__name__)

_CHUNK = 65536


class ForwardServer(socketserver.ThreadingTCPServer):
    """A TCP server with one thread a connection, none of which keeps the process alive."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False  # a connection may outlast the listening socket

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a connection that failed instead of printing it."""
        logger.warning("connection from %s failed: %r", client_address, sys.exc_info()[1])


class Handler(socketserver.BaseRequestHandler):
    """Forwards one connection; a subclass says where to.

    Attributes
    ----------
    chain_host : str
        The host to reach, as the ssh server sees it.
    chain_port : int
        Its port.
    ssh_transport : paramiko.Transport
        The connection to the ssh server.
    """

    chain_host: str
    chain_port: int
    ssh_transport: paramiko.Transport

    def handle(self) -> None:
        """Open a channel and copy both ways until both are at their end."""
        import paramiko

        connection: socket.socket = self.request
        target = (self.chain_host, self.chain_port)
        try:
            channel = self.ssh_transport.open_channel(
                "direct-tcpip", target, connection.getpeername()[:2]
            )
        except (paramiko.SSHException, OSError, EOFError) as error:
            logger.warning("the ssh server could not reach %s:%d: %s", *target, error)
            return
        with suppress(
            OSError
        ):  # ZMTP sends small frames; waiting to fill packets would cost 40 ms each
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inward = threading.Thread(
            target=_copy, args=(channel, connection), name="zmq-ssh inward", daemon=True
        )
        inward.start()
        _copy(connection, channel)
        inward.join()
        channel.close()


def _copy(source: Any, sink: Any) -> None:
    """Copy until `source` ends, and pass the end on. Sockets and channels have the same methods."""
    try:
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    except OSError:  # paramiko's are OSErrors, too: one side is gone, so nobody needs the other
        with suppress(OSError, EOFError):
            source.shutdown(socket.SHUT_RDWR)
    with suppress(OSError, EOFError):
        sink.shutdown(socket.SHUT_WR)


def forward_tunnel(
    local_port: int, remote_host: str, remote_port: int, transport: paramiko.Transport
) -> None:
    """Forward `local_port` of 127.0.0.1 over `transport`, for ever.

    Parameters
    ----------
    local_port : int
        The port to listen on.
    remote_host, remote_port : str, int
        The address to reach, as the ssh server sees it.
    transport : paramiko.Transport
        An authenticated transport.

    Raises
    ------
    OSError
        The port is taken.
    """
    with ForwardServer(
        ("127.0.0.1", local_port), handler(remote_host, remote_port, transport)
    ) as server:
        server.serve_forever()


def handler(host: str, number: int, transport: paramiko.Transport) -> type[Handler]:
    """Return a `Handler` for one target."""

    class Bound(Handler):
        chain_host = host
        chain_port = number
        ssh_transport = transport

    return Bound
