"""The window of a publisher: the latest messages of all its topics. Knows no sockets.

Invariant: of each topic it holds a run of consecutive numbers that ends with the latest one; what
leaves first is the oldest message of all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

OVERHEAD_BYTES = 100  # what a message costs here besides its contents, roughly


class Record(NamedTuple):
    """One message."""

    sequence: int
    parts: tuple[bytes, ...]
    size: int


class _Topic:
    __slots__ = ("latest", "records")

    def __init__(self) -> None:
        self.latest = 0
        self.records: deque[Record] = deque()

    @property
    def floor(self) -> int:
        return self.latest + 1 - len(self.records)


class Ring:
    """Messages by topic and number, bounded in number, bytes and topics.

    Parameters
    ----------
    messages, size : int
        How many messages, and how many bytes, may stay.
    max_topics : int
    """

    def __init__(self, messages: int, size: int, max_topics: int) -> None:
        self.messages = messages
        self.size = size
        self.max_topics = max_topics
        self.held_bytes = 0
        self._topics: dict[bytes, _Topic] = {}
        self._order: deque[_Topic] = deque()  # one entry for each message, oldest first

    def __len__(self) -> int:
        """How many messages it holds."""
        return len(self._order)

    def append(self, topic: bytes, parts: Sequence[bytes]) -> int:
        """Keep a message, and give it its number.

        Raises
        ------
        ValueError
            When it would be one topic too many.
        """
        entry = self._topics.get(topic)
        if entry is None:
            if len(self._topics) >= self.max_topics:
                raise ValueError(
                    f"topic {topic!r} would be one more than the {self.max_topics} that this "
                    "publisher was made for: raise max_topics, or put what varies into the message"
                )
            entry = self._topics[topic] = _Topic()
        entry.latest += 1
        size = OVERHEAD_BYTES + sum(map(len, parts))
        entry.records.append(Record(entry.latest, tuple(parts), size))
        self._order.append(entry)
        self.held_bytes += size
        while len(self._order) > self.messages or self.held_bytes > self.size:
            self.held_bytes -= self._order.popleft().records.popleft().size
        return entry.latest

    def latest(self, topic: bytes) -> int:
        """Number of the topic's latest message; 0 before the first."""
        entry = self._topics.get(topic)
        return entry.latest if entry else 0

    def floor(self, topic: bytes) -> int:
        """Number of the oldest message that is still there; one more than the latest if none is."""
        entry = self._topics.get(topic)
        return entry.floor if entry else 1

    def topics(self) -> list[tuple[bytes, int]]:
        """Every topic, and the number of its latest message."""
        return [(topic, entry.latest) for topic, entry in self._topics.items()]

    def slice(self, topic: bytes, first: int, last: int, messages: int, size: int) -> list[Record]:
        """What is there from `first` to `last`, within the limits; at least one message."""
        entry = self._topics.get(topic)
        if entry is None:
            return []
        start = min(max(0, first - entry.floor), len(entry.records))
        end = min(last + 1 - entry.floor, len(entry.records), start + messages)
        taken: list[Record] = []
        total = 0
        for record in islice(entry.records, start, max(start, end)):
            total += record.size
            if taken and total > size:
                break
            taken.append(record)
        return taken
