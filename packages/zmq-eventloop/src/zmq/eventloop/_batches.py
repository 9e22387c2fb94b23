"""Many messages in one call, on loops: what `send_many` and `recv_many` of every adapter share.

They mean what `zmq.Socket`'s mean.  Receiving waits only for the first message, so that it is one
operation: a cancelled one has taken nothing.  Sending waits again and again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable

from ..backend import Frame
from ..constants import DONTWAIT, SNDMORE
from ..error import Again, ZMQError

if TYPE_CHECKING:
    from collections.abc import Iterator


def recv_now(socket: Any, copy: bool) -> Any:
    """One part, or None when nothing is there."""
    operation = socket._engine.recv(socket, DONTWAIT, copy)
    if isinstance(operation.exception(), Again):
        return None
    return operation.result()


def recv_many(
    socket: Any, limit: int, flags: int, copy: bool, multipart: bool, timeout: float | None
) -> Any:
    """Wait for a message; picking it up receives what else is there."""
    if limit < 1:
        raise ValueError(f"limit={limit}: recv_many() receives at least one message")
    engine = socket._engine
    receive: Callable[..., Any] = engine.recv_multipart if multipart else engine.recv

    def with_the_rest(first: Any) -> list[Any]:
        found = [first]
        try:
            while len(found) < limit or (not multipart and socket.rcvmore):
                operation = receive(socket, DONTWAIT, copy)
                if operation.exception() is not None:
                    break
                found.append(operation.result())
        except ZMQError:  # the next call will tell: what was received is not lost
            pass
        return found

    return receive(socket, flags, copy, False, timeout, with_the_rest)


class Sending:
    """One call of `send_many`: the messages, each with the time that is left for it.

    Attributes
    ----------
    sent : int
        How many were sent; an iteration counts a message when the next one is asked for.
    """

    def __init__(self, socket: Any, messages: Any, flags: int, timeout: float | None) -> None:
        if isinstance(messages, (str, bytes, bytearray, Frame)):
            raise TypeError(
                f"send_many() takes a sequence of messages, not {type(messages).__name__}; send() "
                "sends a single one"
            )
        if flags & SNDMORE:
            raise ValueError("send_many() sends whole messages: SNDMORE has no meaning for it")
        self._messages = list(messages)
        milliseconds = socket.sndtimeo if timeout is None else timeout
        self._end = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000
        self.sent = 0

    def __iter__(self) -> Iterator[tuple[Any, float]]:
        for message in self._messages:
            left = -1 if self._end is None else max(0, self._end - time.monotonic()) * 1000
            yield message, left
            self.sent += 1

    def failed(self, error: BaseException) -> None:
        """Tell how many were sent before; `Again` only ends the call."""
        if not isinstance(error, Again):
            error.sent = self.sent  # type: ignore[attr-defined]
            raise error


__all__ = ["Sending", "recv_many", "recv_now"]
