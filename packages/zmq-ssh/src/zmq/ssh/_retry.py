"""When to try again after a tunnel broke. Pure: no I/O, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sugar._record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Reconnect",)


class Reconnect(Record):
    """A reconnection policy: pauses that double from `first_s` to `max_s`.

    Parameters
    ----------
    first_s : float
        Seconds before the first attempt, 0.2 by default.
    max_s : float
        The longest pause in seconds, 30 by default.
    attempts : int, optional
        Attempts after one loss before the tunnel is given up; None, the default, never gives up.

    Raises
    ------
    ValueError
        A pause is not positive or `first_s` exceeds `max_s`, or `attempts` is below 1.


    .. versionadded:: 28.0
    """

    first_s: float
    max_s: float
    attempts: int | None

    def __init__(
        self, first_s: float = 0.2, max_s: float = 30.0, attempts: int | None = None
    ) -> None:
        if not 0 < first_s <= max_s:
            raise ValueError(f"a Reconnect has 0 < first_s <= max_s, not {first_s} and {max_s}")
        if attempts is not None and attempts < 1:
            raise ValueError(f"attempts must be at least 1 or None, not {attempts}")
        super().__init__(first_s=first_s, max_s=max_s, attempts=attempts)

    def pauses_s(self) -> Iterator[float]:
        """Yield the pause before each attempt after one loss."""
        pause_s, made = self.first_s, 0
        while self.attempts is None or made < self.attempts:
            yield pause_s
            made += 1
            pause_s = min(self.max_s, pause_s * 2)
