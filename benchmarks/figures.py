"""What rounds come to: medians, spreads and verdicts. No process, no clock, no file.

A sample is the seconds that one operation took in one round. Rounds of two peers that were measured
in the same turn are compared with each other, so a slow moment of the machine counts for both; the
ratio is the median of these, its spread the distance between their quartiles.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

OK, WITHIN, BELOW, MISSING = "ok", "within spread", "below", "not measured"


@dataclass(frozen=True)
class Ratio:
    """How many times faster; `low` and `high` are the quartiles."""

    median: float
    low: float
    high: float

    @property
    def spread(self) -> float:
        """The interquartile range."""
        return self.high - self.low


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The lower quartile, the median and the upper quartile.

    Raises
    ------
    ValueError
        There are no values.
    """
    if not values:
        raise ValueError("no rounds were measured, so there is no median")
    if len(values) == 1:
        return (values[0],) * 3
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """How many times faster `ours` is than `theirs`, round by round.

    Raises
    ------
    ValueError
        The two have not the same number of rounds, or none.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} rounds cannot be compared with {len(theirs)}")
    low, median, high = quartiles([their / our for our, their in zip(ours, theirs)])
    return Ratio(median, low, high)


def verdict(measured: Ratio | None, goal: float) -> str:
    """Say how a ratio stands to its goal.

    It is "below" only when it misses the goal by more than its spread.
    """
    if measured is None:
        return MISSING
    if measured.median >= goal:
        return OK
    return WITHIN if measured.median + measured.spread >= goal else BELOW


def passes(verdicts: Sequence[str]) -> bool:
    """What ``--check`` asks: nothing is below its goal, and nothing was left out."""
    return not {BELOW, MISSING} & set(verdicts)
