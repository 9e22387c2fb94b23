"""A device in a greenlet."""

from __future__ import annotations

from typing import Any, NoReturn

from ..constants import POLLIN
from .poll import _Poller


def device(device_type: int, isocket: Any, osocket: Any) -> NoReturn:
    """Pass messages between two sockets for ever, in this greenlet.

    Parameters
    ----------
    device_type : int
        Not used, kept for `zmq.device`'s signature.
    isocket, osocket : zmq.green.Socket
        Where messages come from and go to; where both are the same, it sends them back.
    """
    poller = _Poller()
    if osocket == -1:
        osocket = isocket
    poller.register(isocket, POLLIN)
    poller.register(osocket, POLLIN)
    while True:
        for ready, _ in poller.poll():
            other = osocket if ready is isocket else isocket
            other.send_multipart(ready.recv_multipart(copy=False), copy=False)


__all__ = ["device"]
