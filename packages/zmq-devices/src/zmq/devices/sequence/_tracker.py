"""What a subscriber knows of one topic: what to deliver, what is missing.

Knows no sockets and no time. It is *new* until it has an epoch; then `expected` is the number of
the next message to deliver. Messages after a gap wait in `pending` until it is filled or given up,
so that everything leaves in order.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import NamedTuple, Union


class Message(NamedTuple):
    """A message.

    Attributes
    ----------
    topic : bytes
        What it was published under.
    epoch : int
        The life of the publisher that sent it.
    sequence : int
        Its number in the topic, from 1 on.
    parts : tuple of bytes
        What was sent.
    fetched : bool
        Whether it had to be fetched.
    """

    topic: bytes
    epoch: int
    sequence: int
    parts: tuple[bytes, ...]
    fetched: bool = False


class Lost(NamedTuple):
    """Messages that were sent and cannot be had: the numbers from `first` to `last`."""

    topic: bytes
    epoch: int
    first: int
    last: int


class Restarted(NamedTuple):
    """A new publisher took the place of the one whose message `last_sequence` was the last known.

    What it sent after that, if anything, is lost.
    """

    topic: bytes
    last_epoch: int
    last_sequence: int
    epoch: int


Event = Union[Message, Lost, Restarted]


class Tracker:
    """One topic.

    Parameters
    ----------
    topic : bytes
    events : deque
        Where the events go, in the order in which they are to be delivered.
    buffer : int
        How many messages may wait for a gap to be filled; what comes on top is fetched later.
    oldest : bool
        Begin with the oldest message in the publisher's window, not with the next one.
    after : (int, int), optional
        Epoch and number of the last message that was seen in an earlier life.
    """

    def __init__(
        self,
        topic: bytes,
        events: deque[Event],
        buffer: int,
        oldest: bool = False,
        after: tuple[int, int] | None = None,
    ) -> None:
        self.topic = topic
        self.epoch, last = after or (0, 0)
        self.expected = last + 1
        self.latest = last
        self.pending: dict[int, Message] = {}
        self._waiting: list[int] = []  # a heap of the numbers in `pending`, and of some before them
        self._events = events
        self._buffer = buffer
        self._oldest = oldest
        self._no_claim = oldest and not after  # what left the window before we came is not lost
        self._retired: deque[int] = deque(maxlen=8)

    def on_data(self, epoch: int, sequence: int, parts: tuple[bytes, ...]) -> None:
        """A message was published."""
        if self._enter(epoch, sequence):
            self.latest = max(self.latest, sequence)
            self._keep(Message(self.topic, epoch, sequence, parts))

    def on_heartbeat(self, epoch: int, latest: int) -> None:
        """The publisher told the number of its latest message."""
        if self._enter(epoch, latest + 1):
            self.latest = max(self.latest, latest)

    def on_fetched(self, epoch: int, sequence: int, parts: tuple[bytes, ...]) -> None:
        """A message came that was asked for.

        What comes this way begins no new epoch: messages of the old one may still be on theirs.
        """
        if epoch == self.epoch:
            self._keep(Message(self.topic, epoch, sequence, parts, fetched=True))

    def on_window(self, epoch: int, floor: int) -> None:
        """All that there is of what was asked for has come; what is below `floor` has left.

        That is lost only where there is a gap: the rest may be on its way.
        """
        if epoch != self.epoch:
            return
        gap = self.missing()
        while gap and gap[0] < floor:
            self._advance(min(floor, gap[1] + 1))
            gap = self.missing()
        self._no_claim = False

    def missing(self) -> tuple[int, int] | None:
        """First and last number of the first gap, or None."""
        if not self.epoch or self.expected > self.latest:
            self._waiting.clear()
            return None
        while self._waiting and self._waiting[0] < self.expected:
            heapq.heappop(self._waiting)
        return self.expected, (self._waiting[0] - 1 if self._waiting else self.latest)

    def give_up(self) -> None:
        """The first gap is not going to be filled."""
        gap = self.missing()
        if gap:
            self._advance(gap[1] + 1)

    def _enter(self, epoch: int, first: int) -> bool:
        """Whether this is of the epoch that counts; `first` is where a newcomer begins."""
        if epoch == self.epoch:
            return True
        if epoch in self._retired:
            return False
        if self.epoch:
            self._advance(self.latest + 1)
            self._retired.append(self.epoch)
            self._events.append(Restarted(self.topic, self.epoch, self.expected - 1, epoch))
            self.expected = 1
            self._no_claim = False
            self._waiting.clear()
        else:
            self.expected = 1 if self._oldest else first
        self.epoch = epoch
        self.latest = self.expected - 1
        return True

    def _keep(self, message: Message) -> None:
        sequence = message.sequence
        if sequence < self.expected or sequence in self.pending:
            return
        if sequence == self.expected:
            self._deliver(message)
            self._drain()
        elif len(self.pending) < self._buffer:
            self.pending[sequence] = message
            heapq.heappush(self._waiting, sequence)

    def _advance(self, target: int) -> None:
        """Deliver what is there below `target`; what is not is lost."""
        while self.expected < target:
            gap = self.missing()
            assert gap, "nothing is missing above the latest number"
            end = min(target, gap[1] + 1)
            if not self._no_claim:
                self._events.append(Lost(self.topic, self.epoch, self.expected, end - 1))
            self.expected = end
            self._drain()

    def _drain(self) -> None:
        while self.expected in self.pending:
            self._deliver(self.pending.pop(self.expected))

    def _deliver(self, message: Message) -> None:
        self._events.append(message)
        self.expected += 1
        self._no_claim = False
