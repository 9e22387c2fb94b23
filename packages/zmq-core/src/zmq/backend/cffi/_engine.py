"""The readiness engine: not in this back end yet, so there are no asynchronous sockets over it."""

from __future__ import annotations

from errno import ENOTSUP

from ...error import ZMQError


class Operation:
    """A send, receive or poll of an asynchronous socket; there are none here."""


class Engine:
    """Waits for a socket in an event loop; refused here."""

    def __init__(self, socket: object, driver: object) -> None:
        raise ZMQError(
            ENOTSUP,
            "the CFFI back end has no engine for event loops: use zmq.Poller, or threads with "
            "sockets of their own",
        )


__all__ = ["Engine", "Operation"]
