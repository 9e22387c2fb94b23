"""How the watcher ends: on signals, at a moment that is safe, and with readers that do not read.

A signal raises `Interrupted`, but only between `Signals.arm` and the end: while sockets are made or
closed it is only noted, so that none is lost half-made and keeps its context from terminating.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from types import FrameType, TracebackType
from typing import Any, TextIO

__all__ = ("Interrupted", "Signals", "let_go")


class Interrupted(BaseException):
    """SIGINT or SIGTERM came; no Exception, so that nobody catches it by accident."""


class Signals:
    """Catches SIGINT and SIGTERM while it is entered.

    ``socket`` becomes readable with each signal. A poller needs it: a signal that arrives between
    Python's last look and the system's poll would else lie there until the next message. In a
    thread other than the main one nothing is caught, and ``socket`` stays silent.
    """

    def __init__(self) -> None:
        self.socket, self._writer = socket.socketpair()
        self.socket.setblocking(False)
        self._writer.setblocking(False)
        self._armed = self._came = False
        self._previous: dict[int, Any] = {}
        self._wakeup = -1

    def __enter__(self) -> Signals:
        with contextlib.suppress(ValueError):  # not the main thread
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._catch)
            self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._armed = False
        if self._previous:
            signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self.socket.close()
        self._writer.close()

    def _catch(self, number: int, frame: FrameType | None) -> None:
        self._came = True
        if self._armed:
            self._armed = False  # the next one finds us closing
            raise Interrupted

    def arm(self) -> None:
        """From now on raise `Interrupted`; at once, if a signal came already."""
        self._armed = True
        if self._came:
            self._armed = False
            raise Interrupted


def let_go(output: TextIO) -> None:
    """Write what is buffered as far as the reader takes it now, and never wait for it again.

    The rest, and the flush at Python's own end, go to the null device: a reader that left or paused
    neither keeps the process nor makes it complain.
    """
    try:
        fd = output.fileno()
        spare = os.dup(fd)
    except (OSError, ValueError):  # no file at all, as under a test runner
        return
    blocking = os.get_blocking(spare)
    try:
        os.set_blocking(spare, False)  # of the open file, which other processes may share
        output.flush()
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, fd)
        os.close(null)
    finally:
        os.set_blocking(spare, blocking)
        os.close(spare)
