"""zmq_poll: many sockets and file descriptors at once."""

from __future__ import annotations

from errno import EINTR

from ._cffi import ffi, lib
from ._errors import FAILED, REFUSED, failure, refusal, shorten
from ._socket import Socket
from ._wait import NEVER, deadline_of, poll_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def zmq_poll(sockets: Iterable[tuple[Any, int]], timeout: float | None = -1) -> list[Any]:
    """Wait until one of several sockets or file descriptors is ready."""
    wanted = list(sockets)
    deadline = NEVER if timeout is None else deadline_of(timeout)
    # a socket that stands there twice is entered, and polled, once
    rows: dict[Socket | tuple[int], int] = {}
    places = []
    for what, _ in wanted:
        key = what if isinstance(what, Socket) else (descriptor(what),)
        places.append(rows.setdefault(key, len(rows)))
    items = ffi.new("zmq_pollitem_t[]", max(len(rows), 1))
    cores = ffi.new("zc_socket *[]", max(len(rows), 1))
    for key, row in rows.items():
        if isinstance(key, Socket):
            cores[row] = key._state.core
        else:
            items[row].fd = key[0]
    for (_, events), row in zip(wanted, places):
        items[row].events |= events
    if not poll_items(list(rows), items, cores, deadline):
        return []
    found = [
        (what, items[row].revents & (events | 4)) for (what, events), row in zip(wanted, places)
    ]
    return [(what, events) for what, events in found if events]


def descriptor(what: Any) -> int:
    """The file descriptor of something that is no Socket."""
    if not isinstance(what, int):
        fileno = getattr(what, "fileno", None)
        if fileno is None:
            raise TypeError(
                "only Sockets, file descriptors and objects with fileno() can be polled, not "
                f"{shorten(what)}"
            )
        what = fileno()
    if what < 0:
        raise ValueError(f"a file descriptor is not negative: {what!r}")
    number: int = what
    return number


def poll_items(keys: list[Any], items: Any, cores: Any, deadline: float) -> int:
    """How many are ready; 0 when the deadline came first."""
    refused = ffi.new("int *")
    while True:
        rc: int = lib.zc_poll(items, cores, len(keys), poll_ms(deadline), refused)
        for key in keys:
            if (
                isinstance(key, Socket)
                and key._state.engine is not None
                and not FAILED < rc <= REFUSED
            ):
                key._state.engine._touched(key)
        if rc > 0:
            return rc
        if FAILED < rc <= REFUSED:
            socket = keys[refused[0]]
            raise refusal(socket, REFUSED - rc, "poll", socket._state.core)
        if rc < 0 and rc != FAILED - EINTR:
            raise failure(rc)
        if poll_ms(deadline) == 0:
            return 0


class PollSet:
    """Sockets and descriptors to wait for: the working half of `zmq.Poller`."""

    def __init__(self) -> None:
        self._wanted: dict[Any, int] = {}

    def set(self, what: Any, events: int) -> None:
        """Register, or change the events of what is registered."""
        if not isinstance(what, Socket):
            descriptor(what)
        self._wanted[what] = events

    def remove(self, what: Any) -> None:
        """Unregister; KeyError when it is not registered."""
        del self._wanted[what]

    def poll(self, timeout: float | None = None) -> list[Any]:
        """As `zmq_poll`, for what is registered."""
        return zmq_poll(self._wanted.items(), timeout)

    def close(self) -> None:
        """There is nothing to give back."""


__all__ = ["PollSet", "zmq_poll"]
