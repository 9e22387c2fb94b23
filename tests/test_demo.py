"""The demo (examples/wordcount), run the way a user runs it: a program with real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

TEXT = "".join(f"alpha beta_{line % 7} gamma2 Ünïcode line\n" for line in range(400))
#: Makes some thirty chunks of TEXT, which is more than the credit of two workers.
CHUNK = ("--chunk", "500")

INTERRUPTED = 130
END_SECONDS = 10


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.py"
    path.write_text(TEXT, encoding="utf-8")
    return path


@contextmanager
def demo(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start the demo in a process group of its own, and leave nothing of it behind."""
    process = subprocess.Popen(
        [sys.executable, "-m", "examples.wordcount", *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise


def read_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read the demo's output up to a line that matches."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if match := re.search(pattern, line):
            return match
    raise AssertionError(f"no line matches {pattern!r} in: {''.join(seen)}")


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the demo and all its processes; return exit status, output and errors.

    Every process of the demo holds the other end of the output pipe, so the pipe ends when the last
    of them has: a left over worker is a TimeoutExpired here.
    """
    output, errors = process.communicate(timeout=END_SECONDS)
    return process.returncode, output, errors


def test_counts_and_agrees_with_the_plain_count(text: Path) -> None:
    with demo(text, *CHUNK, "--workers", 3) as process:
        status, output, errors = end(process)
    assert (status, errors) == (0, "")
    assert "2,400 words, 12 different" in output  # the words of Ünïcode are "n" and "code"
    assert "a plain count of the same files agrees" in output
    assert len(re.findall(r"^worker-\d is process \d+$", output, re.MULTILINE)) == 3
    assert "100%" in output


def test_default_input_is_the_standard_library() -> None:
    with demo() as process:
        assert int(read_until(process, r"words of ([\d,]+) files")[1].replace(",", "")) > 100
        process.send_signal(signal.SIGINT)
        status, _, _ = end(process)
    assert status == INTERRUPTED


def test_nothing_to_count(tmp_path: Path) -> None:
    empty = tmp_path / "empty.py"
    empty.touch()
    with demo(empty) as process:
        status, output, errors = end(process)
    assert (status, errors) == (0, "")
    assert "0 words, 0 different" in output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["missing.py"], "no such file: missing.py"), (["--workers", "0"], "--workers must be more")],
)
def test_wrong_usage_is_refused(arguments: list[str], complaint: str) -> None:
    with demo(*arguments) as process:
        status, _, errors = end(process)
    assert status == 2
    assert complaint in errors


def test_wrong_count_is_noticed(text: Path) -> None:
    with demo(text, *CHUNK, "--workers", 2, "--fault", "miscount") as process:
        status, output, errors = end(process)
    assert status == 1
    assert "WRONG: 1 words differ" in errors
    assert "'miscounted' counted" in errors
    assert "agrees" not in output


def test_chunks_of_a_killed_worker_are_counted_by_the_others(text: Path) -> None:
    with demo(text, *CHUNK, "--workers", 2, "--fault", "hang") as process:
        victim = int(read_until(process, r"worker-0 is process (\d+)")[1])
        read_until(process, "worker-0 hangs")  # so it holds chunks
        os.kill(victim, signal.SIGKILL)
        status, output, errors = end(process)
    assert (status, errors) == (0, "")
    lost = re.search(r"worker-0 is gone; (\d+) chunks go to the others", output)
    assert lost is not None
    assert int(lost[1]) >= 1
    assert "2,400 words, 12 different" in output


def test_no_worker_left(text: Path) -> None:
    with demo(text, *CHUNK, "--workers", 1, "--fault", "hang") as process:
        victim = int(read_until(process, r"worker-0 is process (\d+)")[1])
        read_until(process, "worker-0 hangs")
        os.kill(victim, signal.SIGKILL)
        status, _, errors = end(process)
    assert (status, errors) == (1, "failed: no worker is left\n")


def test_no_answer_ends_the_run(text: Path) -> None:
    with demo(text, *CHUNK, "--workers", 2, "--fault", "hang", "--patience", 0.5) as process:
        status, _, errors = end(process)
    assert (status, errors) == (1, "failed: no answer from any worker for 0.5 seconds\n")


@pytest.mark.parametrize("to_all", [False, True], ids=["program", "terminal"])
def test_interrupt_ends_everything(text: Path, to_all: bool) -> None:
    """In mid-run: one worker hangs, so the run cannot have ended by itself."""
    with demo(text, *CHUNK, "--workers", 2, "--fault", "hang") as process:
        read_until(process, "worker-0 hangs")
        send = os.killpg if to_all else os.kill
        send(process.pid, signal.SIGINT)
        status, output, errors = end(process)
    assert (status, errors) == (INTERRUPTED, "interrupted; the workers are stopped\n")
    assert "agrees" not in output


def test_workers_do_not_outlive_a_killed_parent(text: Path) -> None:
    with demo(text, *CHUNK, "--workers", 2, "--fault", "hang") as process:
        read_until(process, "worker-0 hangs")
        process.kill()
        status, _, _ = end(process)
    assert status == -signal.SIGKILL


def test_terminal_gets_a_bar(text: Path) -> None:
    screen, terminal = os.openpty()
    command = [sys.executable, "-m", "examples.wordcount", str(text), *CHUNK]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        shown = b""
        with suppress(OSError):  # how Linux says that the other side of a terminal is closed
            while part := os.read(screen, 4096):
                shown += part
    os.close(screen)
    assert process.returncode == 0
    assert b"\r[########################################] 100%" in shown
    assert shown.count(b"MB/s") < 10  # bars are redrawn in place, not once per message
