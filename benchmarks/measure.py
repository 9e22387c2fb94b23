"""Rounds that alternate between the peers.

Before its first round each side is calibrated: the number of operations grows until a round takes
about as long as it should. Then every turn runs each side once, A B C, A B C, …
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Callable, Protocol

from .suite import Case, Side
from .workers import WorkerError

Round = Callable[[int], float]  # number of operations -> seconds


class Runner(Protocol):
    """What runs a peer's cases: `workers.Worker` or `workers.Program`."""

    def run(self, function: str, arguments: Mapping[str, object]) -> float:
        """The seconds of one round."""

    def close(self) -> None:
        """No more rounds."""


@dataclass
class Result:
    """One side of a case.

    Parameters
    ----------
    count : int
        Operations in a round.
    samples : list of float
        Seconds per operation, one for each turn.
    error : str
        Why there are no samples, or empty.
    """

    count: int = 0
    samples: list[float] = field(default_factory=list)
    error: str = ""


def calibrate(run: Round, seconds: float, most: int | None = None) -> int:
    """The number of operations that takes about `seconds`; never over `most`."""
    limit = most or 100_000_000
    count = 1
    while True:
        spent = run(count)
        wanted = int(count * seconds / max(spent, 1e-9))
        if count >= limit or spent >= seconds / 4:
            return max(1, min(wanted, limit))
        count = min(limit, max(2 * count, min(wanted // 2, 50 * count)))


def bound(runner: Runner, side: Side) -> Round:
    """A side's round."""
    is_case = side.peer != "c"
    function = f"benchmarks.cases.{side.function}" if is_case else side.function

    def run(count: int) -> float:
        return runner.run(function, {"count": count, **side.arguments})

    return run


def interleave(
    rounds: Mapping[str, Round], turns: int, seconds: float, most: int | None = None
) -> dict[str, Result]:
    """Calibrate every side, then measure them in turns. One that fails is left out from there."""
    results = {label: Result() for label in rounds}
    for label, run in rounds.items():
        try:
            results[label].count = calibrate(run, seconds, most)
        except WorkerError as error:
            results[label].error = str(error)
    for _ in range(turns):
        for label, run in rounds.items():
            result = results[label]
            if result.error:
                continue
            try:
                result.samples.append(run(result.count) / result.count)
            except WorkerError as error:
                results[label] = Result(error=str(error))
    return results


def measure(
    case: Case, runners: Mapping[str, Runner], turns: int, seconds: float
) -> dict[str, Result]:
    """Every side of a case. A peer without a runner could not be made."""
    rounds = {
        label: bound(runners[side.peer], side)
        for label, side in case.sides.items()
        if side.peer in runners
    }
    results = interleave(rounds, turns, seconds, case.most)
    missing = Result(error="this peer could not be made")
    return {label: results.get(label, missing) for label in case.sides}


def load() -> list[float]:
    """The machine's load averages, over 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else []
