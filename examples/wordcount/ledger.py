"""Who holds which chunk: the bookkeeping behind "no chunk is lost, none is counted twice".

Invariants
----------
1. A chunk that was read is open until its first result arrives; then it is counted, for good.
2. An open chunk is held by one living worker, or waits to be handed out (again).
3. A worker holds `credit` chunks at most, and one that is gone holds none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class Ledger:
    """Hand out chunks to workers and take note of what became of them.

    Parameters
    ----------
    chunks
        The texts, read one by one as workers have room for them.
    credit
        How many chunks a worker may hold, at least 1.
    """

    def __init__(self, chunks: Iterator[bytes], credit: int) -> None:
        if credit < 1:
            raise ValueError(f"credit must be at least 1, not {credit}")
        self._unread = enumerate(chunks)
        self._exhausted = False
        self._credit = credit
        self._open: dict[int, bytes] = {}
        self._waiting: deque[int] = deque()
        self._held: dict[bytes, set[int]] = {}

    @property
    def finished(self) -> bool:
        """True when every chunk there is has been counted."""
        return self._exhausted and not self._open

    def join(self, worker: bytes) -> None:
        """Let `worker` take part."""
        self._held.setdefault(worker, set())

    def leave(self, worker: bytes) -> int:
        """Take `worker` out; what it held waits for another. Return how many chunks that was."""
        held = self._held.pop(worker, set())
        self._waiting.extend(sorted(held))
        return len(held)

    def assign(self) -> Iterator[tuple[bytes, int, bytes]]:
        """Yield (worker, chunk number, text) while there is work and room, one each in turn."""
        while True:
            room = [name for name, held in self._held.items() if len(held) < self._credit]
            if not room:
                return
            for worker in room:
                number = self._next()
                if number is None:
                    return
                self._held[worker].add(number)
                yield worker, number, self._open[number]

    def settle(self, worker: bytes, number: int) -> int | None:
        """Note a result; return the size of its text in bytes, or None when it must not count.

        It must not when the chunk was counted before: its first worker was given up for dead after
        the result had left it.
        """
        self._held.get(worker, set()).discard(number)
        text = self._open.pop(number, None)
        if text is None:
            return None
        return len(text)

    def _next(self) -> int | None:
        while self._waiting:
            number = self._waiting.popleft()
            if number in self._open:
                return number
        for number, text in self._unread:
            self._open[number] = text
            return number
        self._exhausted = True
        return None
