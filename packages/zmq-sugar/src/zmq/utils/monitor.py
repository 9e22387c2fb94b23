"""What a monitor's socket receives: see `Socket.get_monitor_socket`."""

from __future__ import annotations

import struct

from ..constants import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from typing import Any, TypedDict, overload

    from ..sugar.socket import Socket

    class MonitorMessage(TypedDict):
        """An event of a socket's connections."""

        event: Event
        value: int
        endpoint: bytes


_EVENT_AND_VALUE = struct.Struct("=hi")
# of the event below, the value is a number that has a name
_NAMED = {Event.HANDSHAKE_FAILED_PROTOCOL: Event}


def parse_monitor_message(msg: Sequence[bytes]) -> MonitorMessage:
    """Take a monitor's message apart.

    Parameters
    ----------
    msg : list of bytes
        The two parts that a monitor's socket received.

    Returns
    -------
    dict
        ``event`` (an `Event`), ``value`` (an int: a descriptor, an errno, milliseconds, or why the
        handshake failed, by the kind of event) and ``endpoint`` (bytes).

    Raises
    ------
    RuntimeError
        When `msg` is not a monitor's.

    Notes
    -----
    Source: zmq_socket_monitor(3).
    """
    if len(msg) != 2 or len(msg[0]) != _EVENT_AND_VALUE.size:
        raise RuntimeError(f"not a message of a monitor: {msg!r}")
    event, value = _EVENT_AND_VALUE.unpack(msg[0])
    event = Event(event & 0xFFFF)
    if event in _NAMED:
        value = _NAMED[event](value)
    return {"event": event, "value": value, "endpoint": msg[1]}


if TYPE_CHECKING:

    @overload
    def recv_monitor_message(socket: Socket[bytes], flags: int = 0) -> MonitorMessage: ...

    @overload
    def recv_monitor_message(socket: Socket[Any], flags: int = 0) -> Awaitable[MonitorMessage]: ...


def recv_monitor_message(socket: Any, flags: int = 0) -> Any:
    """Receive and take apart a monitor's message.

    Parameters
    ----------
    socket : Socket
        What `get_monitor_socket` returned.
    flags : Flag, default 0
        ``zmq.DONTWAIT`` to raise `Again` rather than wait.

    Returns
    -------
    dict
        As of `parse_monitor_message`; of an asynchronous socket, an awaitable of it.

    Raises
    ------
    Again
        When there is nothing, with DONTWAIT or at the end of RCVTIMEO.
    """
    received = socket.recv_multipart(flags)
    if isinstance(received, list):
        return parse_monitor_message(received)
    return _parse_later(received)


async def _parse_later(received: Awaitable[list[bytes]]) -> MonitorMessage:
    return parse_monitor_message(await received)


__all__ = ["parse_monitor_message", "recv_monitor_message"]
