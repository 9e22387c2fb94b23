"""The command line, which ``hatch run demo`` runs.

Exit status: 0 the count is right; 1 it differs from the plain one, or the run failed;
2 wrong usage; 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import zmq

from .coordinator import Coordinator, Outcome, RunFailed
from .counting import chunks, count_files, standard_library
from .progress import Progress
from .worker import FAULTS

CHUNK_BYTES = 64 * 1024
PATIENCE_SECONDS = 60.0
INTERRUPTED = 130


class Report:
    """Tell on standard output how the run goes."""

    def __init__(self, total: int) -> None:
        self._progress = Progress(total, sys.stdout)

    def started(self, endpoint: str, workers: list[BaseProcess]) -> None:
        """Name the processes, so that one can be watched, or killed."""
        print(f"ventilator at {endpoint}, CURVE")
        for worker in workers:
            print(f"{worker.name} is process {worker.pid}")
        sys.stdout.flush()

    def advanced(self, counted: int) -> None:
        """Move the progress."""
        self._progress.advance(counted)

    def lost(self, worker: str, requeued: int) -> None:
        """Say which worker is gone."""
        self._progress.clear()
        print(f"{worker} is gone; {requeued} chunks go to the others", flush=True)

    def finished(self, outcome: Outcome) -> None:
        """Print the figures."""
        self._progress.clear()
        seconds = max(outcome.seconds, 1e-6)
        print(
            f"{outcome.messages:,} messages, {outcome.wire_bytes:,} bytes in {seconds:.2f} s: "
            f"{outcome.messages / seconds:,.0f} messages/s, "
            f"{outcome.wire_bytes / 1e6 / seconds:.1f} MB/s"
        )
        print(f"{sum(outcome.words.values()):,} words, {len(outcome.words):,} different")


def compare(words: Counter[str], expected: Counter[str]) -> list[str]:
    """Return one line for each word with a wrong count."""
    return [
        f"{word!r} counted {words[word]} times, is there {expected[word]} times"
        for word in sorted(words.keys() | expected.keys())
        if words[word] != expected[word]
    ]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line; leave with status 2 when it is wrong."""
    parser = argparse.ArgumentParser(
        prog="hatch run demo",
        description="Count the words of files with worker processes, over tcp with CURVE, "
        "and check the result against a plain count.",
    )
    parser.add_argument(
        "files", nargs="*", type=Path, help="default: the sources of Python's standard library"
    )
    parser.add_argument(
        "--workers", type=int, default=max(2, os.cpu_count() or 1), help="processes (%(default)s)"
    )
    parser.add_argument(
        "--chunk", type=int, default=CHUNK_BYTES, help="bytes per message (%(default)s)"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=PATIENCE_SECONDS,
        help="give up after so many seconds without an answer (%(default)s)",
    )
    parser.add_argument(
        "--fault", choices=FAULTS, help="let the first worker do wrong, to see it noticed"
    )
    options = parser.parse_args(arguments)
    for name in ("workers", "chunk", "patience"):
        if getattr(options, name) <= 0:
            parser.error(f"--{name} must be more than 0, not {getattr(options, name)}")
    for file in options.files:
        if not file.is_file():
            parser.error(f"no such file: {file}")
    return options


def main(arguments: list[str] | None = None) -> int:
    """Count, check, report; return the exit status."""
    options = parse(arguments)
    try:
        return demonstrate(options)
    except RunFailed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the workers are stopped", file=sys.stderr)
        return INTERRUPTED


def demonstrate(options: argparse.Namespace) -> int:
    """Count with workers, then count plainly; return 0 when the two agree."""
    files: list[Path] = options.files or standard_library()
    total = sum(file.stat().st_size for file in files)
    print(
        f"counting the words of {len(files):,} files, {total:,} bytes, with {options.workers} "
        f"workers; zmq {zmq.__version__}, libzmq {zmq.zmq_version()}"
    )
    report = Report(total)
    texts = chunks(files, options.chunk)
    outcome = Coordinator(
        texts, options.workers, report, patience=options.patience, fault=options.fault
    ).run()
    report.finished(outcome)
    started = time.monotonic()
    wrong = compare(outcome.words, count_files(files))
    if wrong:
        print(f"WRONG: {len(wrong)} words differ from the plain count", file=sys.stderr)
        print("\n".join(wrong[:10]), file=sys.stderr)
        return 1
    print(f"a plain count of the same files agrees ({time.monotonic() - started:.2f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
