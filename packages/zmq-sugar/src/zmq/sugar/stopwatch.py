"""Stopwatch: microseconds between two calls. Kept for old programs."""

from __future__ import annotations

import time
import warnings


class Stopwatch:
    """Measures microseconds.

    .. deprecated:: 28.0
        ``time.perf_counter()`` does the same.
    """

    def __init__(self) -> None:
        warnings.warn(
            "zmq.Stopwatch is deprecated: use time.perf_counter()", DeprecationWarning, stacklevel=2
        )
        self._started: int = time.perf_counter_ns()

    def start(self) -> None:
        """Start anew."""
        self._started = time.perf_counter_ns()

    def stop(self) -> int:
        """Microseconds since `start`."""
        return (time.perf_counter_ns() - self._started) // 1000

    def sleep(self, seconds: float) -> None:
        """Wait.

        Parameters
        ----------
        seconds : float
        """
        time.sleep(seconds)


__all__ = ["Stopwatch"]
