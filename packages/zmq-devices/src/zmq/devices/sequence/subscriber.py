"""The subscribing side: see `zmq.devices.sequence`."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...backend import zmq_poll
from ...constants import Flag, PollEvent, SocketOption, SocketType
from ...error import Again
from ...sugar.context import Context
from . import _wire
from ._tracker import Event, Message, Restarted, Tracker

if TYPE_CHECKING:
    from types import TracebackType

    from ...sugar.socket import Socket


NEVER = float("-inf")


class _Fetch:
    """How it stands with filling the first gap of a topic."""

    __slots__ = ("asked_at", "expected", "expected_then", "since")

    def __init__(self, now: float, expected: int) -> None:
        self.expected = expected  # the first number that is missing
        self.since = now  # since when it is
        self.asked_at = NEVER
        self.expected_then = 0

    def asked(self, now: float) -> None:
        """Remember a question, to see whether the answer is of use."""
        self.asked_at = now
        self.expected_then = self.expected

    def progress(self, now: float, expected: int) -> None:
        """Note that the gap begins later now."""
        self.expected = expected
        self.since = now

    def answered(self) -> None:
        """Ask on at once after an answer that was of use; else when it is time."""
        if self.expected != self.expected_then:
            self.asked_at = NEVER


class Subscriber:
    """Receives numbered messages in order, and fetches those that are missing.

    It works while `recv` is called, in one thread; there is no other.

    Parameters
    ----------
    buffer : int, default 10_000
        How many messages of a topic may wait for a gap before them to be filled.
    retry_ms : float, default 1000
        When no answer comes for so long, it asks again.
    patience_ms : float, default 10_000
        When a gap cannot be filled for so long, what is missing is given up as `Lost`.
    options : mapping of option to value, optional
        Set on both sockets before they are connected: CURVE keys, RCVHWM.
    context : Context, optional
        By default ``Context.instance()``.

    Raises
    ------
    ValueError
        When a bound makes no sense.

    Examples
    --------
    >>> with Subscriber() as subscriber:
    ...     subscriber.connect("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5557")
    ...     subscriber.subscribe(b"prices")
    ...     for event in subscriber:
    ...         if isinstance(event, Message):
    ...             use(event.parts)
    ...         else:
    ...             start_over(event)  # Lost or Restarted

    Notes
    -----
    .. versionadded:: 1.0
    """

    def __init__(
        self,
        *,
        buffer: int = 10_000,
        retry_ms: float = 1000,
        patience_ms: float = 10_000,
        options: Mapping[int, Any] | None = None,
        context: Context[Any] | None = None,
    ) -> None:
        for name, value in {
            "buffer": buffer,
            "retry_ms": retry_ms,
            "patience_ms": patience_ms,
        }.items():
            if value <= 0:
                raise ValueError(f"{name} must be more than 0, not {value!r}")
        self._buffer = buffer
        self._retry_s = retry_ms / 1000
        self._patience_s = patience_ms / 1000
        context = context or Context.instance()
        self._sub: Socket[Any] = context.socket(SocketType.SUB)
        self._dealer: Socket[Any] = context.socket(SocketType.DEALER)
        for end in (self._sub, self._dealer):
            end.linger = 0
            for option, setting in (options or {}).items():
                end.setsockopt(option, setting)
        self._dealer.immediate = True  # questions to nobody do not pile up
        self._events: deque[Event] = deque()
        self._trackers: dict[bytes, Tracker] = {}
        self._fetches: dict[bytes, _Fetch] = {}  # of the topics that have a gap
        self._positions: dict[bytes, tuple[int, int]] = {}

    def connect(self, data: str, replay: str) -> None:
        """Connect to a publisher. One subscriber has one publisher.

        Parameters
        ----------
        data, replay : str
            The two endpoints, as `Publisher.bind` returns them.
        """
        self._sub.connect(data)
        self._dealer.connect(replay)

    def subscribe(
        self, topic: bytes, *, oldest: bool = False, after: tuple[int, int] | None = None
    ) -> None:
        """Follow a topic; this one exactly, not those that begin with it.

        Parameters
        ----------
        topic : bytes
        oldest : bool, default False
            Begin with the oldest message that the publisher still has, not with the next one.
        after : (int, int), optional
            Go on after this `position`, of an earlier subscriber.

        Raises
        ------
        ValueError
            When it is subscribed already.
        """
        if topic in self._trackers:
            raise ValueError(f"topic {topic!r} is subscribed already")
        self._trackers[topic] = Tracker(topic, self._events, self._buffer, oldest, after)
        if after is not None:
            self._positions[topic] = after
        self._sub.setsockopt(SocketOption.SUBSCRIBE, topic)

    def position(self, topic: bytes) -> tuple[int, int] | None:
        """Epoch and number of the last message of a topic that `recv` returned, or said was lost.

        To be kept with what was made of the messages, and given to `subscribe` in the next life.
        """
        return self._positions.get(topic)

    def recv(self, timeout: float | None = None) -> Event:
        """Wait for what comes next.

        Parameters
        ----------
        timeout : float, optional
            Milliseconds; None is for ever.

        Returns
        -------
        Message, Lost or Restarted

        Raises
        ------
        Again
            When nothing came in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout / 1000
        while not self._events:
            progress = self._take(self._sub)
            if self._fetches:
                progress = self._take(self._dealer) or progress
            if not progress or (deadline is not None and time.monotonic() >= deadline):
                self._wait(deadline)
            self._fill_gaps()
        event = self._events.popleft()
        if isinstance(event, Restarted):
            self._positions[event.topic] = (event.epoch, 0)
        else:
            last = event.sequence if isinstance(event, Message) else event.last
            self._positions[event.topic] = (event.epoch, last)
        return event

    def __iter__(self) -> Iterator[Event]:
        """Whatever comes, for ever."""
        while True:
            yield self.recv()

    def close(self) -> None:
        """Close the sockets; again and again does no harm."""
        self._sub.close()
        self._dealer.close()

    def __enter__(self) -> Subscriber:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _take(self, end: Socket[Any]) -> bool:
        """One message from a socket, if there is one, to the tracker that it concerns."""
        try:
            message = end.recv_multipart(Flag.DONTWAIT)
        except Again:
            return False
        packet = _wire.parse(message)
        tracker = self._trackers.get(packet.topic) if packet else None
        if packet is None or tracker is None:
            return True
        if end is self._sub:
            if packet.kind == _wire.DATA:
                tracker.on_data(packet.epoch, packet.sequence, packet.parts)
            elif packet.kind == _wire.HEARTBEAT:
                tracker.on_heartbeat(packet.epoch, packet.sequence)
            self._look_at(tracker)
        elif packet.kind == _wire.DATA:
            tracker.on_fetched(packet.epoch, packet.sequence, packet.parts)
            self._look_at(tracker)
        elif packet.kind == _wire.WINDOW:
            tracker.on_window(packet.epoch, packet.numbers[0])
            self._look_at(tracker)
            if packet.topic in self._fetches:
                self._fetches[packet.topic].answered()
        return True

    def _look_at(self, tracker: Tracker) -> None:
        """Note a gap, progress in filling it, or its end."""
        gap = tracker.missing()
        fetch = self._fetches.get(tracker.topic)
        if gap is None:
            self._fetches.pop(tracker.topic, None)
        elif fetch is None:
            self._fetches[tracker.topic] = _Fetch(time.monotonic(), gap[0])
        elif fetch.expected != gap[0]:
            fetch.progress(time.monotonic(), gap[0])

    def _fill_gaps(self) -> None:
        if not self._fetches:
            return
        now = time.monotonic()
        for topic, fetch in list(self._fetches.items()):
            tracker = self._trackers[topic]
            if now - fetch.since >= self._patience_s:
                tracker.give_up()
                self._fetches.pop(topic)
                self._look_at(tracker)
            elif now - fetch.asked_at >= self._retry_s:
                self._ask(tracker, fetch, now)

    def _ask(self, tracker: Tracker, fetch: _Fetch, now: float) -> None:
        gap = tracker.missing()
        if gap is None:
            return
        fetch.asked(now)
        question = _wire.fetch(tracker.topic, tracker.epoch, *gap)
        with contextlib.suppress(Again):  # not connected; tried again when it is time
            self._dealer.send_multipart(question, flags=Flag.DONTWAIT)

    def _wait(self, deadline: float | None) -> None:
        """Until something comes, or something is to be done."""
        now = time.monotonic()
        if deadline is not None and now >= deadline:
            raise Again
        times = [] if deadline is None else [deadline]
        for fetch in self._fetches.values():
            times += [fetch.since + self._patience_s, fetch.asked_at + self._retry_s]
        left_ms = max(0.0, min(times) - now) * 1000 if times else -1
        ends = [(self._sub, PollEvent.POLLIN), (self._dealer, PollEvent.POLLIN)]
        for end, _ in zmq_poll(ends, left_ms):
            self._take(end)
