"""The benchmarks' harness: statistics, interleaving, workers, verdicts, and the goals."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks import __main__ as command, instructions, measure, report
from benchmarks.figures import BELOW, MISSING, OK, WITHIN, Ratio, passes, quartiles, ratio, verdict
from benchmarks.suite import CASES, OURS, Case, Side
from benchmarks.workers import Worker, WorkerError

WORKER = [sys.executable, "-m", "benchmarks.worker"]


class Scripted:
    """A runner whose operations take a fixed time; it writes down what it was asked."""

    def __init__(self, seconds: Mapping[str, float], calls: list[tuple[str, int]]) -> None:
        self.seconds = seconds
        self.calls = calls

    def close(self) -> None:
        raise AssertionError("a round does not close its runner")

    def run(self, function: str, arguments: Mapping[str, object]) -> float:
        count = arguments["count"]
        assert isinstance(count, int)
        self.calls.append((function, count))
        if function not in self.seconds:
            raise WorkerError("no such case")
        return self.seconds[function] * count


# --- figures


def test_quartiles() -> None:
    assert quartiles([5.0, 1.0, 4.0, 2.0, 3.0]) == (2.0, 3.0, 4.0)
    assert quartiles([7.0]) == (7.0, 7.0, 7.0)
    with pytest.raises(ValueError, match="no rounds"):
        quartiles([])


def test_a_ratio_compares_round_by_round() -> None:
    # every turn is twice as slow as the one before it, for both: the ratio does not notice
    slower = [1.0, 2.0, 4.0, 8.0]
    measured = ratio(slower, [3 * value for value in slower])
    assert measured == Ratio(3.0, 3.0, 3.0)
    assert measured.spread == 0
    with pytest.raises(ValueError, match="4 rounds cannot be compared with 3"):
        ratio(slower, slower[1:])


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (Ratio(3.5, 3.4, 3.6), OK),
        (Ratio(3.4, 3.3, 3.5), WITHIN),  # 0.1 below, spread 0.2
        (Ratio(3.2, 3.1, 3.3), BELOW),  # 0.3 below, spread 0.2
        (None, MISSING),
    ],
)
def test_verdict(measured: Ratio | None, expected: str) -> None:
    assert verdict(measured, 3.5) == expected


def test_check_fails_on_what_is_below_and_on_what_is_missing() -> None:
    assert passes([OK, WITHIN])
    assert not passes([OK, BELOW])
    assert not passes([OK, MISSING])


# --- rounds


def test_sides_take_turns() -> None:
    calls: list[tuple[str, int]] = []
    seconds = {"benchmarks.cases.m:f": 1e-6, "c-case": 5e-7}
    runner = Scripted(seconds, calls)
    rounds = {
        "zmq": measure.bound(runner, Side("zmq", "m:f")),
        "c": measure.bound(runner, Side("c", "c-case")),
    }
    results = measure.interleave(rounds, turns=3, seconds=0.01)
    assert [function for function, _ in calls[-6:]] == ["benchmarks.cases.m:f", "c-case"] * 3
    assert results["zmq"].samples == pytest.approx([1e-6] * 3)
    assert results["c"].samples == pytest.approx([5e-7] * 3)
    assert results["zmq"].count == pytest.approx(10_000, rel=0.01)
    assert results["c"].count == pytest.approx(20_000, rel=0.01)


def test_a_side_that_fails_is_left_out_and_says_why() -> None:
    calls: list[tuple[str, int]] = []
    runner = Scripted({"benchmarks.cases.m:f": 1e-6}, calls)
    rounds = {
        "zmq": measure.bound(runner, Side("zmq", "m:f")),
        "pyomq": measure.bound(runner, Side("pyomq", "m:absent")),
    }
    results = measure.interleave(rounds, turns=2, seconds=0.001)
    assert results["pyomq"] == measure.Result(error="no such case")
    assert len(results["zmq"].samples) == 2
    assert [function for function, _ in calls].count("benchmarks.cases.m:absent") == 1


def test_calibration_respects_the_limit() -> None:
    counts: list[int] = []

    def run(count: int) -> float:
        counts.append(count)
        return count * 1e-9

    assert measure.calibrate(run, seconds=1.0, most=300) == 300
    assert max(counts) == 300
    assert measure.calibrate(lambda count: count * 10.0, seconds=1.0) == 1  # never none


# --- workers


def test_worker_stays_alive_and_reports_errors() -> None:
    worker = Worker(WORKER, timeout=20.0)
    try:
        assert worker.run("benchmarks.figures:passes", {"verdicts": ["ok"]}) == 1.0
        with pytest.raises(WorkerError, match=r"AttributeError.*absent"):
            worker.run("benchmarks.figures:absent", {})
        with pytest.raises(WorkerError, match="ValueError: no rounds"):
            worker.run("benchmarks.figures:quartiles", {"values": []})
        assert worker.run("benchmarks.cases.single:send_recv", {"count": 10, "size": 4}) > 0
    finally:
        worker.close()


def test_worker_that_hangs_or_dies_is_replaced() -> None:
    worker = Worker(WORKER, timeout=1.0)
    try:
        with pytest.raises(WorkerError, match="no answer within 1 s"):
            worker.run("signal:pause", {})
        with pytest.raises(WorkerError, match="died with status 3"):
            worker.run("os:_exit", {"status": 3})
        assert worker.run("benchmarks.figures:passes", {"verdicts": ["below"]}) == 0.0
    finally:
        worker.close()


def test_a_case_between_two_processes() -> None:
    worker = Worker(WORKER, timeout=20.0)
    try:
        case = "benchmarks.cases.throughput:processes"
        for transport in ("ipc", "tcp"):  # the second round is for the same companion
            arguments = {"count": 50, "size": 8, "transport": transport, "parts": 2}
            assert worker.run(case, arguments) > 0
    finally:
        worker.close()


# --- the suite

GOALS = {  # written down here as well, so that none is lowered unnoticed
    "pair-1": 3.5,
    "pair-32": 3.5,
    "pair-1k": 2.5,
    "multipart-2": 12,
    "multipart-3": 12,
    "multipart-5": 12,
    "string": 4,
    "zerocopy-64k": 10,
    "zerocopy-64k-tracked": 10,
    "make-tracker": 10,
    "make-frame": 20,
    "make-frame-tracked": 30,
    "getsockopt": 5,
    "setsockopt": 5,
    "attribute-get": 5,
    "attribute-set": 5,
    "again": 2.2,
    "try-recv": 15,
    "tcp-1": 2.2,
    "tcp-32": 2.2,
    "ipc-1": 2.2,
    "ipc-32": 2.2,
    "tcp-3x32": 8,
    "ipc-3x32": 8,
    "tcp-1k": 1.1,
    "ipc-1k": 1.1,
    "threads-32": 3,
    "threads-64k": 1.1,
    "batches": 0.8,
    "asyncio-send": 4,
    "asyncio-recv": 12,
    "asyncio-pull": 10,
    "uvloop-pull": 10,
    "asyncio-round-trip": 3,
    "asyncio-processes": 1.4,
    "gevent": 8,
    "zmqstream": 10,
    "poll-1": 2.5,
    "poll-100": 20,
    "poll-1000": 100,
    "proxy": 0.95,
    "monitored-queue": 0.95,
    "curve-32": 1,
    "curve-1k": 1,
    "curve-64k": 1,
    "latency": 0.98,
    "import-core": 2.5,
    "import-all": 1.5,
}
TUNED = {"tcp-1": 3, "tcp-32": 3, "ipc-1": 3, "ipc-32": 3, "tcp-1k": 1.6, "ipc-1k": 1.6}


def test_every_goal_is_measured() -> None:
    have = {case.name: case for case in CASES}
    assert len(have) == len(CASES)
    assert {name: have[name].goal for name in GOALS} == GOALS
    assert {case.name: case.tuned for case in CASES if case.tuned is not None} == TUNED
    assert have["tcp-1"].goal_on(tuned=True) == 3
    assert have["tcp-1"].goal_on(tuned=False) == 2.2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases_can_be_called(case: Case) -> None:
    assert OURS in case.sides
    assert case.baseline in case.sides
    for side in case.sides.values():
        if side.peer == "c":
            continue
        module, _, name = side.function.partition(":")
        function = getattr(importlib.import_module(f"benchmarks.cases.{module}"), name)
        inspect.signature(function).bind(count=1, **side.arguments)


# --- the command and its output


def results(ours: float, theirs: float) -> dict[str, measure.Result]:
    return {
        "zmq": measure.Result(10, [ours] * 3),
        "pyzmq": measure.Result(10, [theirs] * 3),
        "pyomq": measure.Result(error="TypeError: not there\nand more"),
    }


def test_report() -> None:
    data = {
        "when": "today",
        "machine": {"system": "Linux", "processors": 2, "python": "3.11"},
        "settings": {"turns": 3, "seconds": 0.1},
        "load": [[1.0], [2.0]],
        "peers": {"zmq": {"zmq-core": "28", "libzmq": "4.3.5", "build": {"lto": False}}},
        "cases": report.as_data({"string": results(1e-7, 5e-7), "tcp-1": results(1e-6, 2e-6)}),
    }
    data = json.loads(json.dumps(data))
    fast, slow = sorted(report.rows(data), key=lambda row: row.case.name)
    assert (slow.case.name, slow.verdict) == ("tcp-1", BELOW)
    assert (fast.case.name, fast.verdict) == ("string", OK)
    assert fast.ratio == Ratio(*[pytest.approx(5.0)] * 3)
    assert fast.pyomq is None
    assert "zmq 28 (libzmq 4.3.5)" in report.conditions(data)
    text = report.table([fast])
    assert "100 ns" in text
    assert "5.00×" in text
    page = report.inserted(f"top\n{report.BEGIN}\nold\n{report.END}\nbottom\n", "new")
    assert page == f"top\n{report.BEGIN}\nnew\n{report.END}\nbottom\n"
    assert "pyomq: TypeError: not there" in report.markdown(data)
    with pytest.raises(ValueError, match="has lost"):
        report.inserted("no marks", "new")


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.5, "2.5 s"), (1.5e-3, "1.5 ms"), (2e-6, "2 µs"), (3.21e-8, "32.1 ns")]
)
def test_durations(seconds: float, text: str) -> None:
    assert report.duration(seconds) == text


def test_page_shows_its_data() -> None:
    data = json.loads(report.DATA.read_text(encoding="utf-8"))
    page = report.PAGE.read_text(encoding="utf-8")
    assert report.inserted(page, report.markdown(data)) == page


def test_only() -> None:
    names = [case.name for case in command.arguments(["--only", "string", "poll-"]).cases]
    assert names == ["string", "poll-1", "poll-100", "poll-1000"]
    with pytest.raises(SystemExit):
        command.arguments(["--only", "nonsense"])


def test_quick_rounds_are_short() -> None:
    quick, full = command.arguments(["--quick"]), command.arguments([])
    assert (quick.turns, full.turns) == (5, 9)
    assert quick.seconds < full.seconds


# --- instructions


def test_instructions_of_an_operation_are_without_its_loop() -> None:
    # before it, its warm-up, its loop; the first operation is the empty one
    counts = [9_000, 50, 10 * instructions.TIMES, 9_000, 900, 110 * instructions.TIMES]
    assert instructions.per_operation(["loop", "send"], counts) == {"send": 100}
    with pytest.raises(ValueError, match="5 dumps do not belong to 2"):
        instructions.per_operation(["loop", "send"], counts[:5])


def test_callgrind_dumps_are_read_in_their_order(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        text = f"version: 1\nevents: Ir\nfn=(1) x\n1 7\ntotals: {number * 100}\n"
        (tmp_path / f"count.{number}").write_text(text, encoding="utf-8")
    (tmp_path / "count").write_text("totals: 1\n", encoding="utf-8")
    assert instructions.totals(tmp_path, "count") == [100, 200, 1000]


def test_more_instructions_than_the_tolerance_are_a_regression() -> None:
    baseline = {"send": 1000, "recv": 1000}
    assert instructions.regressions({"send": 1030, "recv": 500}, baseline) == []
    assert instructions.regressions({"send": 1031}, baseline) == [
        "send: 1031 instructions, the baseline has 1000",
        "recv: no longer counted",
    ]
