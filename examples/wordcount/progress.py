"""How far a run has come: a bar on a terminal, a plain line for each tenth anywhere else."""

from __future__ import annotations

import time
from typing import TextIO

BAR_WIDTH = 40
REDRAW_SECONDS = 0.1


class Progress:
    """Show the way from 0 to `total` bytes on `stream`."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._stream = stream
        self._terminal = stream.isatty()
        self._done = 0
        self._tenths = 0
        self._started: float | None = None
        self._drawn = 0.0

    def advance(self, count: int) -> None:
        """Go `count` bytes further."""
        now = time.monotonic()
        if self._started is None:
            self._started = now
        self._done += count
        # The input may grow while it is read, and an empty one is complete from the start.
        share = min(1.0, self._done / self._total) if self._total else 1.0
        speed = self._done / 1e6 / max(now - self._started, 1e-3)
        if self._terminal:
            if now - self._drawn >= REDRAW_SECONDS or share == 1:
                self._drawn = now
                bar = "#" * int(share * BAR_WIDTH)
                text = f"\r[{bar:.<{BAR_WIDTH}}] {share:4.0%} {speed:7.1f} MB/s "
                self._stream.write(text)
                self._stream.flush()
        elif int(share * 10) > self._tenths:
            self._tenths = int(share * 10)
            print(f"{share:4.0%} {speed:7.1f} MB/s", file=self._stream, flush=True)

    def clear(self) -> None:
        """Go to a fresh line, if the bar stands on this one."""
        if self._terminal and self._drawn:
            self._stream.write("\n")
            self._stream.flush()
            self._drawn = 0.0
