"""Connecting so that a failed handshake is heard: `connect` and `aconnect` raise `HandshakeError`.

libzmq retries a connection for ever and says nothing when the other side refuses it: a client with
a wrong key or password looks like one that waits. Only the socket's monitor hears of it.

Contract
--------
- `HandshakeWatch` is the judge, without sockets: it is fed the frames of monitor events, survives
  any frames whatsoever, and says whether the handshake succeeded, failed for good (and why), or is
  still open. A failure without a detail is forgiven once: the server may just have restarted.
- `connect` and `aconnect` use the socket's monitor while they wait, and leave it disabled: a
  monitor that the socket had before hears nothing any more.
- When they raise, the socket is disconnected from the endpoint again.

Source: zmq_socket_monitor(3)
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
from typing import TYPE_CHECKING, Any

from ..constants import Event, Flag, PollEvent, SocketType
from ..error import Again, HandshakeError, ZMQError
from ..sugar.socket import Socket
from .reader import Reader

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Sequence

__all__ = ("HandshakeError", "HandshakeWatch", "aconnect", "connect")

_JUDGED = {
    int(event): event
    for event in (
        Event.CONNECTED,
        Event.HANDSHAKE_SUCCEEDED,
        Event.HANDSHAKE_FAILED_NO_DETAIL,
        Event.HANDSHAKE_FAILED_PROTOCOL,
        Event.HANDSHAKE_FAILED_AUTH,
    )
}
_PROTOCOL_ERRORS = {
    int(event): name.replace("PROTOCOL_ERROR_", "").replace("_", " ").lower()
    for name, event in Event.__members__.items()
    if name.startswith("PROTOCOL_ERROR_")
}
_HEADER = struct.Struct("=HI")  # event, value
_FORGIVEN = 1  # failures without a detail: the first may be a server that just restarts

_REFUSED = {
    400: "the server's authenticator refused this client (400): wrong credentials, an unknown or"
    " revoked key, or an address or mechanism that is not allowed",
    500: "the server's authenticator failed (500)",
}
_NO_DETAIL = (
    "the server broke the handshake off without a reason, as it does when the client's"
    " curve_serverkey is not the server's key, or when one side has CURVE or PLAIN and the other"
    " has not"
)


class HandshakeWatch:
    """Judges the monitor events of one connection.

    Parameters
    ----------
    endpoint
        What is connected to; events of other endpoints are ignored.

    Attributes
    ----------
    succeeded : bool
        The handshake is done.
    failure : str or None
        Why it has failed for good.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.succeeded = False
        self.failure: str | None = None
        self._seen = "nothing accepts connections there"
        self._no_detail = 0

    @property
    def done(self) -> bool:
        """True when there is nothing to wait for any more."""
        return self.succeeded or self.failure is not None

    def feed(self, frames: Sequence[bytes]) -> None:
        """Take one message of the monitor."""
        if len(frames) != 2 or len(frames[0]) != _HEADER.size or self.done:
            return
        # not zmq.utils.monitor's parser: it makes enum members, and the enum keeps each for ever
        number, value = _HEADER.unpack(frames[0])
        event = _JUDGED.get(number)
        if event is not None and _same_endpoint(
            self.endpoint, frames[1].decode("utf-8", "replace")
        ):
            self._judge(event, value)

    def _judge(self, event: Event, value: int) -> None:
        if event == Event.HANDSHAKE_SUCCEEDED:
            self.succeeded = True
        elif event == Event.CONNECTED:
            self._seen = "it accepted the connection, but not the handshake; is it a ZeroMQ socket?"
        elif event == Event.HANDSHAKE_FAILED_NO_DETAIL:
            self._seen = _NO_DETAIL
            self._no_detail += 1
            if self._no_detail > _FORGIVEN:
                self.failure = _NO_DETAIL
        elif event == Event.HANDSHAKE_FAILED_PROTOCOL:
            self.failure = f"the peers do not understand each other: {_protocol_error(value)}"
        elif event == Event.HANDSHAKE_FAILED_AUTH:
            other = f"the server's authenticator answered {value}"
            self.failure = _REFUSED.get(value, other)

    def error(self, seconds: float) -> HandshakeError:
        """Return the error to raise after `seconds` without success."""
        cause = self.failure or f"no success after {seconds:g} s: {self._seen}"
        return HandshakeError(f"no connection to {self.endpoint}: {cause}")


def _protocol_error(value: int) -> str:
    plain = _PROTOCOL_ERRORS.get(value, hex(value))
    if "mechanism mismatch" in plain:
        plain += " (one side has CURVE, PLAIN or GSSAPI set, and the other has not)"
    return plain


def _same_endpoint(asked: str, told: str) -> bool:
    """Return whether an event of `told` may belong to a connection to `asked`.

    libzmq tells the resolved address: a host name matches any address with its port, so does an
    address that the event writes in another way.
    """
    if asked == told:
        return True
    scheme, _, rest = asked.partition("://")
    told_scheme, _, told_rest = told.partition("://")
    if scheme != "tcp" or told_scheme != "tcp":
        return False
    host, _, port = rest.rpartition(";")[2].rpartition(":")
    numeric = host.replace(".", "").isdigit()
    told_host, _, told_port = told_rest.rpartition(":")
    return port == told_port and (not numeric or host == told_host)


@contextlib.contextmanager
def _monitored(socket: Socket[Any]) -> Iterator[Socket[Any]]:
    """Yield a plain socket that receives the events of `socket`."""
    address = f"inproc://zmq.auth.handshake-{os.urandom(16).hex()}"
    context: Any = socket.context  # sugar's, whose socket() takes a class
    events: Socket[Any] = context.socket(SocketType.PAIR, socket_class=Socket)
    try:
        events.linger = 0
        socket.monitor(address, sum(_JUDGED))
        try:
            events.connect(address)
            yield events
        finally:
            with contextlib.suppress(ZMQError):  # the context may be terminating
                socket.monitor(None, 0)
    finally:
        events.close()


def _drain(events: Socket[Any], watch: HandshakeWatch) -> None:
    with contextlib.suppress(Again):
        while not watch.done:
            watch.feed(events.recv_multipart(Flag.DONTWAIT))


def _has_handshake(endpoint: str) -> bool:
    return not endpoint.startswith("inproc://")  # a pipe in this process: nothing to fail


def connect(socket: Socket[Any], endpoint: str, timeout: float = 10.0) -> Any:
    """Connect, and wait until the handshake has succeeded.

    Parameters
    ----------
    socket
        Any socket that speaks ZMTP (not STREAM), with its keys or password set.
    endpoint
        Where to connect. At an ``inproc`` endpoint there is no handshake, and no waiting.
    timeout
        Seconds until it is given up.

    Returns
    -------
    What ``socket.connect`` returns: a context manager that disconnects.

    Raises
    ------
    HandshakeError
        When the peer refuses, does not understand or does not answer, with the cause. The socket
        is not connected to `endpoint` then, and goes on working with its other connections.

    .. versionadded:: 28.0
    """
    if not _has_handshake(endpoint):
        return socket.connect(endpoint)
    watch = HandshakeWatch(endpoint)
    with _monitored(socket) as events:
        connection = socket.connect(endpoint)
        try:
            deadline = time.monotonic() + timeout
            while not watch.done:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                if events.poll(max(1, round(left * 1000)), PollEvent.POLLIN):
                    _drain(events, watch)
        finally:
            _disconnect_unless(watch, socket, endpoint)
    if not watch.succeeded:
        raise watch.error(timeout)
    return connection


async def aconnect(socket: Socket[Any], endpoint: str, timeout: float = 10.0) -> Any:
    """Do what `connect` does, without blocking the running asyncio loop.

    Cancelling it disconnects the socket from the endpoint.

    Parameters
    ----------
    socket
        A plain socket or one of zmq.asyncio.
    endpoint, timeout
        As for `connect`.

    Raises
    ------
    HandshakeError
        As `connect`.

    .. versionadded:: 28.0
    """
    if not _has_handshake(endpoint):
        return socket.connect(endpoint)
    import asyncio

    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    watch = HandshakeWatch(endpoint)

    def look() -> None:
        _drain(events, watch)
        if watch.done and not done.done():
            done.set_result(None)

    with _monitored(socket) as events:
        reader = Reader(loop, events, look)
        connection = socket.connect(endpoint)
        try:
            reader.start()
            await asyncio.wait({done}, timeout=timeout)
        finally:
            reader.stop()
            _disconnect_unless(watch, socket, endpoint)
    if not watch.succeeded:
        raise watch.error(timeout)
    return connection


def _disconnect_unless(watch: HandshakeWatch, socket: Socket[Any], endpoint: str) -> None:
    if not watch.succeeded:
        with contextlib.suppress(ZMQError):  # it may have been closed or disconnected meanwhile
            socket.disconnect(endpoint)
