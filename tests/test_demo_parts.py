"""The parts of the demo that need no process: its bookkeeping and its progress bar."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from examples.wordcount.counting import chunks, count, count_files
from examples.wordcount.ledger import Ledger
from examples.wordcount.progress import Progress


def test_ledger_gives_no_worker_more_than_its_credit() -> None:
    ledger = Ledger(iter([b"text"] * 10), credit=2)
    ledger.join(b"a")
    ledger.join(b"b")
    assert [(worker, number) for worker, number, _ in ledger.assign()] == [
        (b"a", 0),
        (b"b", 1),
        (b"a", 2),
        (b"b", 3),
    ]
    assert ledger.settle(b"a", 2) == 4
    assert [(worker, number) for worker, number, _ in ledger.assign()] == [(b"a", 4)]


def test_ledger_hands_out_again_what_a_lost_worker_held() -> None:
    ledger = Ledger(iter([b"x", b"yy"]), credit=2)
    ledger.join(b"a")
    list(ledger.assign())
    assert ledger.leave(b"a") == 2
    ledger.join(b"b")
    assert list(ledger.assign()) == [(b"b", 0, b"x"), (b"b", 1, b"yy")]
    assert not ledger.finished


def test_ledger_counts_the_first_result_only() -> None:
    ledger = Ledger(iter([b"x"]), credit=1)
    ledger.join(b"a")
    list(ledger.assign())
    ledger.leave(b"a")
    ledger.join(b"b")
    list(ledger.assign())
    assert ledger.settle(b"a", 0) == 1  # it had left the worker before that died
    assert ledger.settle(b"b", 0) is None
    assert list(ledger.assign()) == []
    assert ledger.finished


def test_ledger_forgets_a_waiting_chunk_whose_result_came_late() -> None:
    ledger = Ledger(iter([b"x", b"yy"]), credit=2)
    ledger.join(b"a")
    list(ledger.assign())
    ledger.leave(b"a")
    assert ledger.settle(b"a", 0) == 1
    ledger.join(b"b")
    assert list(ledger.assign()) == [(b"b", 1, b"yy")]


def test_ledger_refuses_to_hand_out_nothing() -> None:
    with pytest.raises(ValueError, match="credit must be at least 1, not 0"):
        Ledger(iter([]), credit=0)


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_chunks_add_up_to_the_whole(tmp_path: Path, size: int) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    files[0].write_bytes(b"one two\r\n\n  three_4 5five \xc3\xa9t\xc3\xa9\nno newline at the end")
    files[1].write_bytes(b"\none\n")
    parts = list(chunks(files, size))
    assert b"".join(parts) == files[0].read_bytes() + files[1].read_bytes()
    assert sum(map(count, parts), start=count(b"")) == count_files(files)
    assert count_files(files)["one"] == 2


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal() -> None:
    stream = Terminal()
    progress = Progress(100, stream)
    progress.advance(50)
    progress.advance(50)
    progress.clear()
    first, last = stream.getvalue().lstrip("\r").split("\r")
    assert first.startswith("[####################....................]  50%")
    assert last.startswith("[########################################] 100%")
    assert last.endswith("\n")


def test_progress_is_a_line_per_tenth_elsewhere() -> None:
    stream = io.StringIO()
    progress = Progress(1000, stream)
    for _ in range(1000):
        progress.advance(1)
    assert [line.split("%")[0].strip() for line in stream.getvalue().splitlines()] == [
        str(tenth) for tenth in range(10, 101, 10)
    ]


def test_progress_never_passes_the_end() -> None:
    stream = io.StringIO()
    progress = Progress(10, stream)
    progress.advance(25)
    Progress(0, stream).advance(0)
    assert [line.split("%")[0] for line in stream.getvalue().splitlines()] == ["100", "100"]
