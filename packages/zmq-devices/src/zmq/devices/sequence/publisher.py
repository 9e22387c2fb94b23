"""The publishing side: see `zmq.devices.sequence`."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...backend import zmq_poll
from ...constants import Flag, PollEvent, SocketOption, SocketType
from ...error import Again, ContextTerminated, ZMQError
from ...sugar.context import Context
from . import _wire
from ._ring import Ring

if TYPE_CHECKING:
    from types import TracebackType

    from ...sugar.socket import Socket

ANSWER_MESSAGES = 256
ANSWER_BYTES = 4 * 1024 * 1024
LINGER_MS = 1000

_log = logging.getLogger(__name__)


class Publisher:
    """Publishes numbered messages, keeps the last ones, and sends them again when asked.

    `send` may be called from any thread; a thread of its own answers, and sends the heartbeats.

    Parameters
    ----------
    window : int, default 10_000
        How many messages are kept, over all topics.
    window_bytes : int, default 64 MiB
        How many bytes of them at most.
    max_topics : int, default 1024
        Each topic has a count of its own.
    heartbeat_ms : float, default 1000
        Between two announcements of the latest numbers: the longest time in which the loss of a
        topic's last message stays unseen.
    epoch : int, optional
        What tells this publisher from its predecessors; by default the time in nanoseconds.
    options : mapping of option to value, optional
        Set on both sockets before they are bound: CURVE keys, SNDHWM.
    context : Context, optional
        By default ``Context.instance()``.

    Raises
    ------
    ValueError
        When a bound makes no sense.

    Notes
    -----
    .. versionadded:: 1.0
    """

    def __init__(
        self,
        *,
        window: int = 10_000,
        window_bytes: int = 64 * 1024 * 1024,
        max_topics: int = 1024,
        heartbeat_ms: float = 1000,
        epoch: int | None = None,
        options: Mapping[int, Any] | None = None,
        context: Context[Any] | None = None,
    ) -> None:
        limits = {"window": window, "window_bytes": window_bytes, "max_topics": max_topics}
        for name, value in {**limits, "heartbeat_ms": heartbeat_ms}.items():
            if value <= 0:
                raise ValueError(f"{name} must be more than 0, not {value!r}")
        self.epoch = time.time_ns() if epoch is None else epoch
        if not 0 < self.epoch <= _wire.MAX_NUMBER:
            raise ValueError(f"an epoch is from 1 to 2**64 - 1, not {epoch!r}")
        self._ring = Ring(window, window_bytes, max_topics)
        self._heartbeat_s = heartbeat_ms / 1000
        self._lock = threading.Lock()  # guards the ring and the PUB socket
        context = context or Context.instance()
        self._pub: Socket[Any] = context.socket(SocketType.PUB)
        self._router: Socket[Any] = context.socket(SocketType.ROUTER)
        for end in (self._pub, self._router):
            end.linger = LINGER_MS
            for option, setting in (options or {}).items():
                end.setsockopt(option, setting)
        self._router.router_mandatory = True  # a peer that is gone or full is to be seen
        room = self._router.sndhwm
        # so that an answer fits, with the WINDOW at its end
        self._answer_messages = min(ANSWER_MESSAGES, max(1, room - 1)) if room else ANSWER_MESSAGES
        self._thread: threading.Thread | None = None
        self._wake: socket.socket | None = None
        self._closed = False

    def bind(self, data: str, replay: str) -> tuple[str, str]:
        """Bind both sockets, and begin to serve.

        Parameters
        ----------
        data, replay : str
            Where the PUB and the ROUTER are bound: ``tcp://127.0.0.1:*``.

        Returns
        -------
        (str, str)
            Where they are bound.

        Raises
        ------
        RuntimeError
            When they are bound already, or closed.
        """
        if self._thread is not None or self._closed:
            raise RuntimeError("a Publisher is bound once: make another one")
        bound = []
        for end, addr in ((self._pub, data), (self._router, replay)):
            end.bind(addr)
            bound.append(end.get_string(SocketOption.LAST_ENDPOINT).rstrip("\0"))
        self._wake, theirs = socket.socketpair()
        self._thread = threading.Thread(
            target=self._serve, args=(theirs,), name="zmq-publisher", daemon=True
        )
        self._thread.start()
        return bound[0], bound[1]

    def send(self, topic: bytes, *parts: bytes) -> int:
        """Publish a message.

        Parameters
        ----------
        topic : bytes
        *parts : bytes-like
            The message; copied.

        Returns
        -------
        int
            Its number.

        Raises
        ------
        ValueError
            When it would be one topic too many.
        """
        message = [bytes(part) if not isinstance(part, int) else _refuse(part) for part in parts]
        with self._lock:
            sequence = self._ring.append(topic, message)
            self._pub.send_multipart(_wire.data(topic, self.epoch, sequence, message))
        return sequence

    def close(self) -> None:
        """Send what is on its way (for a second at most), and end; again and again does no harm."""
        if self._closed:
            return
        self._closed = True
        if self._wake is not None and self._thread is not None:
            with contextlib.suppress(OSError):  # it has ended with the context
                self._wake.send(b"x")
            self._thread.join()
            self._wake.close()
        with self._lock:
            self._pub.close()
        self._router.close()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _serve(self, wake: socket.socket) -> None:
        items = [(self._router, PollEvent.POLLIN), (wake, PollEvent.POLLIN)]
        beat = time.monotonic()
        try:
            while True:
                if time.monotonic() >= beat:
                    self._send_heartbeats()
                    beat = time.monotonic() + self._heartbeat_s
                left_ms = max(0.0, beat - time.monotonic()) * 1000
                ready = [what for what, _ in zmq_poll(items, left_ms)]
                if wake in ready:
                    return
                if self._router in ready:
                    self._answer(self._router.recv_multipart())
        except ContextTerminated:
            pass
        except Exception:  # noqa: BLE001 - no thread dies in silence
            _log.exception("the publisher answers no more")
        finally:
            wake.close()

    def _send_heartbeats(self) -> None:
        with self._lock:
            for topic, latest in self._ring.topics():
                self._pub.send_multipart(_wire.heartbeat(topic, self.epoch, latest))

    def _answer(self, request: list[bytes]) -> None:
        peer, *message = request
        packet = _wire.parse(message)
        if packet is None or packet.kind != _wire.FETCH:
            return
        topic, first, last = packet.topic, packet.sequence, packet.numbers[0]
        with self._lock:
            records = []
            if packet.epoch == self.epoch:
                limits = self._answer_messages, ANSWER_BYTES
                records = self._ring.slice(topic, first, last, *limits)
            floor, latest = self._ring.floor(topic), self._ring.latest(topic)
        answered = records[-1].sequence if records else 0
        # a peer that is gone, or does not read: it asks again
        with contextlib.suppress(Again, ZMQError):
            for record in records:
                parts = _wire.data(topic, self.epoch, record.sequence, record.parts)
                self._router.send_multipart([peer, *parts], flags=Flag.DONTWAIT)
            end = _wire.window(topic, self.epoch, answered, floor, latest)
            self._router.send_multipart([peer, *end], flags=Flag.DONTWAIT)


def _refuse(part: int) -> bytes:
    raise TypeError(f"the parts of a message are bytes, not {part!r}")
