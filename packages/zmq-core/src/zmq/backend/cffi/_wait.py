"""Deadlines: times of ``time.monotonic()`` in seconds.

Python runs signal handlers by itself between two steps, so a call that a signal interrupted is
simply made again.
"""

from __future__ import annotations

from errno import EINTR
from math import fsum
from time import monotonic

from ._cffi import ffi, lib
from ._errors import FAILED, REFUSED, failure, refusal, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._socket import Socket

BY_OPTION = -1.0  # whatever the socket's RCVTIMEO or SNDTIMEO says
NEVER = 1e300


def deadline_of(timeout: float | None) -> float:
    """From a ``timeout=`` argument: milliseconds; None is the option, negative is for ever."""
    if timeout is None:
        return BY_OPTION
    try:
        milliseconds = fsum((timeout,))  # as C takes a number: text is none
    except TypeError:
        raise TypeError(
            f"timeout is a number of milliseconds, or None, not {shorten(timeout)}"
        ) from None
    if milliseconds != milliseconds:
        raise ValueError("timeout is NaN: give milliseconds, None, or -1 to wait for ever")
    return NEVER if milliseconds < 0 else monotonic() + milliseconds / 1000


def poll_ms(deadline: float) -> int:
    """What is left until the deadline, as zmq_poll wants it, rounded up."""
    if deadline >= NEVER:
        return -1
    left = (deadline - monotonic()) * 1000
    return 0 if left <= 0 else min(-int(-left // 1), 2_000_000_000)


def option_deadline(socket: Socket, option: int, started: float) -> float:
    """The deadline that RCVTIMEO or SNDTIMEO set for a call that started then."""
    milliseconds = socket._int_option(option, "wait")
    return NEVER if milliseconds < 0 else started + milliseconds / 1000


def wait_ready(socket: Socket, events: int, deadline: float, op: str) -> int:
    """The events that are there, or 0 when the deadline came first."""
    item = ffi.new("zmq_pollitem_t[1]")
    item[0].events = events
    cores = ffi.new("zc_socket *[1]", [socket._state.core])
    refused = ffi.new("int *")
    while True:
        rc = lib.zc_poll(item, cores, 1, poll_ms(deadline), refused)
        if rc > 0:
            found: int = item[0].revents
            return found
        if FAILED < rc <= REFUSED:
            raise refusal(socket, REFUSED - rc, op, socket._state.core)
        if rc < 0 and rc != FAILED - EINTR:
            raise failure(rc)
        if poll_ms(deadline) == 0:
            return 0
