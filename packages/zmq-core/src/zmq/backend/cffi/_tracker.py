"""Memory lent to libzmq, how it comes home, and MessageTracker.

libzmq is given a pointer into a Python object; its free function, on one of libzmq's threads, only
puts the loan on a list in C. A daemon thread of ours, or the next call that looks, lets go of the
object.
"""

from __future__ import annotations

import os
from _thread import start_new_thread
from time import monotonic

from ...error import NotDone
from ._cffi import ffi, lib
from ._errors import no_pickle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event
    from typing import Any

    from ._frame import Frame

SLICE_MS = 50  # how long a wait may go without looking for signals
HOUR_MS = 3_600_000

_lent: dict[int, object] = {}  # address of a loan -> what keeps its memory
_collecting: list[int] = []  # the process in which the thread runs


def lend(message: Any, data: object) -> Any:
    """Make `message` of the object's own memory; returns the loan, or None where it was copied."""
    memory = ffi.from_buffer(data)
    drain()
    loan = lib.zc_loan_new()
    if loan == ffi.NULL:
        raise MemoryError("no memory to lend a buffer")
    # the view of it is kept, too: who exports memory must not resize it
    _lent[int(ffi.cast("uintptr_t", loan))] = (memory, data)
    if _collecting != [os.getpid()]:
        _collecting[:] = [os.getpid()]
        start_new_thread(_collect, ())
    if lib.zc_message_lend(message, memory, len(memory), loan) < 0:
        drain()
        raise MemoryError("libzmq could not allocate memory")
    return loan


def drain() -> None:
    """Let go of all that came home."""
    if not lib.zc_loans_waiting():
        return
    loan = lib.zc_loans_take()
    while loan != ffi.NULL:
        following = lib.zc_loan_next(loan)
        del _lent[int(ffi.cast("uintptr_t", loan))]
        lib.zc_loan_taken(loan)
        loan = following


def _collect() -> None:
    while True:
        lib.zc_loan_wait(ffi.NULL, HOUR_MS)
        drain()


class MessageTracker:
    """Tells when libzmq no longer needs the memory of one or more messages."""

    __slots__ = ("__weakref__", "_loan", "events", "peers")
    _loan: Any
    events: set[Event] | None
    peers: set[MessageTracker] | None

    def __init__(self, *towatch: MessageTracker | Frame | Event) -> None:
        self._loan = self.events = self.peers = None
        if not towatch:
            return
        from ._frame import Frame  # which stands on this module

        for given in towatch:
            item = given.tracker if isinstance(given, Frame) else given
            if item is None and isinstance(given, Frame):
                raise ValueError(f"{given!r} is not tracked: make it with track=True")
            if isinstance(item, MessageTracker):
                self.peers = self.peers or set()
                self.peers.add(item)
            elif hasattr(item, "is_set") and hasattr(item, "wait"):
                event: Any = item
                self.events = self.events or set()
                self.events.add(event)
            else:
                raise TypeError(
                    "MessageTracker watches MessageTracker, Frame and threading.Event objects, "
                    f"not {item!r}"
                )

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise no_pickle(self)

    @property
    def done(self) -> bool:
        """Whether libzmq is done with everything watched."""
        return (
            (self._loan is None or bool(lib.zc_loan_done(self._loan)))
            and all(event.is_set() for event in self.events or ())
            and all(peer.done for peer in self.peers or ())
        )

    def wait(self, timeout: float | None = -1) -> None:
        """Wait until libzmq is done, or raise NotDone after `timeout` seconds."""
        deadline = None
        if timeout is not None and timeout is not False and timeout >= 0:
            deadline = monotonic() + timeout
        self._wait(deadline)

    def _wait(self, deadline: float | None) -> None:
        while self._loan is not None and not lib.zc_loan_done(self._loan):
            slice_ms = SLICE_MS
            if deadline is not None:
                left = deadline - monotonic()
                if left <= 0:
                    raise NotDone
                slice_ms = min(slice_ms, int(left * 1000) + 1)
            lib.zc_loan_wait(self._loan, slice_ms)
        drain()
        for event in self.events or ():
            if not event.wait(None if deadline is None else max(0.0, deadline - monotonic())):
                raise NotDone
        for peer in self.peers or ():
            peer._wait(deadline)


def tracker_of(loan: Any) -> MessageTracker:
    """A tracker of one loan."""
    tracker = MessageTracker()
    lib.zc_loan_ref(loan)
    tracker._loan = ffi.gc(loan, lib.zc_loan_unref)
    return tracker


_FINISHED_TRACKER = FINISHED = MessageTracker()

__all__ = ["MessageTracker"]
