"""How a device is told what to do, from another thread or process.

A pair of connected stream sockets: the device holds one end (`Helm`), whose readability wakes its
loop, and whoever started it the other (`Pilot`). It is the same for threads and processes, and on
every system: libzmq can poll it, and multiprocessing can hand it over.

Commands are single bytes, so that any thread and any signal handler may send one without a lock:

=====  ===========================================================
``P``  pause; answered with the statistics, after which nothing is taken
``R``  resume; answered the same way
``S``  the statistics
``T``  end
=====  ===========================================================

The device answers with records: a byte that tells the kind, the length (4 bytes, big-endian), and
the content as `marshal` writes it, for both ends are the same Python:

=====  ===========================================================
``E``  it is ready: ``{name of the socket: [where it is bound]}``
``S``  the numbers of `Statistics`
``F``  the last ones, when it ends
``X``  the exception that ended it, pickled, and its traceback as text (processes only)
=====  ===========================================================

The end of the stream means that the other side is gone: a device whose starter is gone ends.
"""

from __future__ import annotations

import contextlib
import marshal
import socket
import struct
import threading
import time
from typing import Any, Protocol

from ._statistics import Statistics

_HEAD = struct.Struct(">cI")
_FAILURE_MAX = 32_768  # bytes; has to fit the socket's buffer when nobody reads


class Steerable(Protocol):
    """What a relay offers."""

    paused: bool

    def run(self) -> bool:
        """Work until there is a command (True) or the end (False)."""

    def statistics(self) -> tuple[int, ...]:
        """Its numbers."""

    @property
    def held(self) -> int:
        """Messages that it took and could not pass on yet."""


class RemoteTraceback(Exception):
    """The traceback of the process where an exception came from, as text: its ``__cause__``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f"\n\n{self.text}"


def steering() -> tuple[Pilot, Helm]:
    """Make the two ends."""
    mine, theirs = socket.socketpair()
    return Pilot(mine), Helm(theirs)


class Helm:
    """The end of the device's own thread."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end

    def fileno(self) -> int:
        """What wakes the loop."""
        return self.end.fileno()

    def ready(self, endpoints: dict[str, list[str]]) -> None:
        """Tell where the sockets are bound."""
        self._tell(b"E", endpoints)

    def steer(self, relay: Steerable) -> None:
        """Run the relay and obey, until the end."""
        try:
            while relay.run():
                commands = self.end.recv(64)
                if not commands or b"T" in commands:
                    return
                for command in commands:
                    if command != ord("S"):
                        relay.paused = command == ord("P")
                    self._tell(b"S", (relay.statistics(), 0))
        finally:
            self._tell(b"F", (relay.statistics(), relay.held))

    def failed(self, failure: BaseException) -> None:
        """Hand an exception over to another process."""
        import pickle
        import traceback

        text = "".join(traceback.format_exception(type(failure), failure, failure.__traceback__))
        try:
            pickled = pickle.dumps(failure)
            pickle.loads(pickled)
        except Exception:  # noqa: BLE001 - whatever its class does when pickled
            pickled = b""
        if not pickled or len(pickled) > _FAILURE_MAX:
            summary = f"{type(failure).__name__}: {str(failure)[:1000]}"
            pickled = pickle.dumps(RuntimeError(summary))
        self._tell(b"X", (pickled, text[-_FAILURE_MAX:]))

    def close(self) -> None:
        """Nobody can be told any more."""
        self.end.close()

    def _tell(self, kind: bytes, what: Any) -> None:
        body = marshal.dumps(what)
        with contextlib.suppress(OSError):  # nobody is there to listen
            self.end.sendall(_HEAD.pack(kind, len(body)) + body)


class Pilot:
    """The end of whoever started the device. Safe in any thread."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._lock = threading.Lock()  # guards what follows
        self._buffer = b""
        self._ended = False
        self._answers = 0
        self._asked = 0
        self._records: dict[bytes, Any] = {}

    def stop(self) -> None:
        """Tell it to end; does not wait, takes no lock, and does no harm when it has ended."""
        with contextlib.suppress(OSError):
            self.end.send(b"T")

    def ask(self, command: bytes, timeout: float | None) -> Statistics | None:
        """Give a command and wait for the answer; None when the device has ended before."""
        with self._lock:
            try:
                self.end.send(command)
            except OSError:
                self._ended = True
            self._asked += 1
            # `_asked` also counts those whose answer came too late for them
            self._receive(lambda: self._answers >= self._asked, timeout, "answer")
            if self._answers < self._asked:
                return None
            return Statistics.from_counts(*self._records[b"S"])

    def wait_ready(self, timeout: float | None) -> dict[str, list[str]] | None:
        """Where its sockets are bound; None when it has ended before it was ready."""
        with self._lock:
            self._receive(lambda: b"E" in self._records, timeout, "get ready")
            return self._records.get(b"E")

    def final(self) -> tuple[Statistics, BaseException | None]:
        """The last statistics and the exception; to be called when it has ended."""
        with self._lock:
            self._receive(lambda: False, None, "end")
            last = self._records.get(b"F")
            statistics = Statistics() if last is None else Statistics.from_counts(*last)
            if b"X" not in self._records:
                return statistics, None
            import pickle

            pickled, text = self._records[b"X"]
            failure: BaseException = pickle.loads(pickled)
            failure.__cause__ = RemoteTraceback(text)
            return statistics, failure

    def close(self) -> None:
        """Give the end up."""
        with self._lock:
            self._ended = True
            self.end.close()

    def _receive(self, enough: Any, timeout: float | None, what: str) -> None:
        """Read records until it is enough, or the device has ended."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not enough() and not self._ended:
            left = None if deadline is None else max(0.001, deadline - time.monotonic())
            try:
                self.end.settimeout(left)
                received = self.end.recv(65536)
            except socket.timeout:
                raise TimeoutError(f"the device did not {what} within {timeout} seconds") from None
            except OSError:
                received = b""
            self._ended = not received
            self._buffer += received
            self._parse()

    def _parse(self) -> None:
        while len(self._buffer) >= _HEAD.size:
            kind, size = _HEAD.unpack_from(self._buffer)
            if len(self._buffer) < _HEAD.size + size:
                return
            self._records[kind] = marshal.loads(self._buffer[_HEAD.size : _HEAD.size + size])
            self._buffer = self._buffer[_HEAD.size + size :]
            self._answers += kind == b"S"
