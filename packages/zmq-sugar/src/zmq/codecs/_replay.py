"""Which signed messages were received before: no socket, no key, no clock.

A sender numbers its messages with its clock, in nanoseconds since 1970, and each number is greater
than the one before. So a number is an age, too, and what a receiver has forgotten it can still
refuse. Invariants, for messages whose signature is good:

1. A number of a sender is admitted once.
2. Of each sender that is remembered, the greatest `window` numbers are known; what is not greater
   than those it dropped is refused. Messages may overtake each other that far.
3. A sender is forgotten when age refuses all it has sent, or when there are more than
   `max_senders`; from then on nothing is admitted from an unknown sender that is not younger than
   all that was forgotten, nor from that sender when it is known again.

So memory is bounded, and forgetting never admits a message twice. (A receiver that starts anew has
forgotten everything: there, age is what bounds a replay.)
"""

from __future__ import annotations

import heapq

from ._base import ReplayError

NS = 1_000_000_000


class Seen:
    """The numbers of one sender.

    Parameters
    ----------
    floor : int
        What is not greater is refused.

    Attributes
    ----------
    newest : int
        The greatest one.
    """

    __slots__ = ("_floor", "_heap", "_numbers", "newest")

    def __init__(self, floor: int) -> None:
        self.newest = self._floor = floor
        self._heap: list[int] = []
        self._numbers: set[int] = set()

    def add(self, number: int, window: int) -> None:
        """Note a number, or raise ReplayError."""
        if number in self._numbers:
            raise ReplayError("the message was received before")
        if number <= self._floor:
            raise ReplayError(f"the message is older than the last {window} of its sender")
        self._numbers.add(number)
        heapq.heappush(self._heap, number)
        self.newest = max(self.newest, number)
        if len(self._heap) > window:
            self._floor = heapq.heappop(self._heap)
            self._numbers.remove(self._floor)


class ReplayGuard:
    """The numbers of all senders.

    Parameters
    ----------
    window : int
        How many numbers are remembered of each sender.
    max_senders : int
        How many senders are remembered.
    max_age_ns : int or None
        How old a message may be, and how far its clock may be ahead; None is without limit.
    """

    def __init__(self, window: int, max_senders: int, max_age_ns: int | None) -> None:
        self._window = window
        self._max_senders = max_senders
        self._max_age_ns = max_age_ns
        self._senders: dict[bytes, Seen] = {}  # in the order of their last message
        self._forgotten = -1

    def __len__(self) -> int:
        return len(self._senders)

    def admit(self, sender: bytes, number: int, now_ns: int) -> None:
        """Admit a message.

        Raises
        ------
        ReplayError
            When it was admitted before, or may have been.
        """
        if self._max_age_ns is not None:
            self._check_age(number, now_ns, self._max_age_ns)
            self._forget_old(now_ns - self._max_age_ns)
        seen = self._senders.pop(sender, None)
        if seen is None:
            if number <= self._forgotten:
                raise ReplayError(
                    f"the message is older than what was forgotten of more than "
                    f"{self._max_senders} senders: it may have been received before"
                )
            seen = Seen(self._forgotten)
        self._senders[sender] = seen
        seen.add(number, self._window)
        if len(self._senders) > self._max_senders:
            self._forget_first()

    def _check_age(self, number: int, now_ns: int, max_age_ns: int) -> None:
        age_ns = now_ns - number
        if abs(age_ns) > max_age_ns:
            told = "ago" if age_ns > 0 else "ahead of this machine's clock"
            raise ReplayError(
                f"the message was signed {abs(age_ns) / NS:.1f} s {told}, more than "
                f"max_age_s={max_age_ns / NS:g}; if it is no replay, the clocks differ or it "
                "waited for long"
            )

    def _forget_old(self, before_ns: int) -> None:
        while self._senders and next(iter(self._senders.values())).newest < before_ns:
            self._forget_first()

    def _forget_first(self) -> None:
        first = next(iter(self._senders))
        self._forgotten = max(self._forgotten, self._senders.pop(first).newest)


__all__ = ["ReplayError", "ReplayGuard"]
