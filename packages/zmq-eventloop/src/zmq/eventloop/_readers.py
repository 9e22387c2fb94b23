"""Descriptors watched by a thread, for loops that cannot do it (Windows' Proactor loop).

The thread waits in ``select``. When a descriptor is readable, it stops watching it, has the loop
call the reader, and watches on when that was called: the engine has made it silent by then. It ends
with the last reader, or its loop.
"""

from __future__ import annotations

import asyncio
import select
import socket
import threading
from typing import Callable

LOOK_S = 1.0  # how often the thread looks whether its loop was closed without a word


class ThreadReaders:
    """A loop of asyncio, with `add_reader` and `remove_reader` of its own.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        What everything else is asked of.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.call_soon = loop.call_soon
        self.call_soon_threadsafe = loop.call_soon_threadsafe
        self.call_later = loop.call_later
        self.call_exception_handler = loop.call_exception_handler
        self.is_closed = loop.is_closed
        self.is_running = loop.is_running
        self._lock = threading.Lock()
        self._readers: dict[int, Callable[[], object]] = {}
        self._watched: set[int] = set()
        self._thread: threading.Thread | None = None
        self._wake: socket.socket | None = None

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> ThreadReaders:
        """The one of that loop, kept on the loop itself."""
        try:
            return loop._zmq_readers  # type: ignore[attr-defined, no-any-return]
        except AttributeError:
            readers = loop._zmq_readers = cls(loop)  # type: ignore[attr-defined]
            return readers

    def add_reader(self, fd: int, callback: Callable[[], object]) -> None:
        """Call again and again while the descriptor is readable."""
        with self._lock:
            self._readers[fd] = callback
            self._watched.add(fd)
            if self._thread is None:
                mine, self._wake = socket.socketpair()
                mine.setblocking(False)
                self._thread = threading.Thread(
                    target=self._watch, args=(mine, self._wake), name="zmq-readers", daemon=True
                )
                self._thread.start()
            else:
                self._nudge()

    def remove_reader(self, fd: int) -> bool:
        """Do that no longer; when this returns, the thread does not touch the descriptor."""
        with self._lock:
            self._watched.discard(fd)
            found = self._readers.pop(fd, None) is not None
            self._nudge()
        return found

    def _nudge(self) -> None:
        if self._wake is not None:
            self._wake.send(b"\0")

    def _call(self, fd: int) -> None:
        # in the loop
        callback = self._readers.get(fd)
        if callback is None:
            return
        callback()
        with self._lock:
            if fd in self._readers:
                self._watched.add(fd)
                self._nudge()

    def _watch(self, mine: socket.socket, wake: socket.socket) -> None:
        try:
            while self._look(mine):
                pass
        finally:
            mine.close()
            wake.close()

    def _look(self, mine: socket.socket) -> bool:
        # one round of the thread; False is its end
        with self._lock:
            if not self._readers or self.loop.is_closed():
                self._thread = self._wake = None
                return False
            watched = [*self._watched, mine.fileno()]
        try:
            readable = select.select(watched, [], [], LOOK_S)[0]
        except (OSError, ValueError):  # a descriptor was closed under us: it is removed by now
            return True
        for fd in readable:
            if fd == mine.fileno():
                mine.recv(4096)
                continue
            with self._lock:
                known = fd in self._watched
                self._watched.discard(fd)
            if known:
                try:
                    self.loop.call_soon_threadsafe(self._call, fd)
                except RuntimeError:  # the loop was closed
                    return True
        return True


__all__ = ["ThreadReaders"]
