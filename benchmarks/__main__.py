"""``hatch run bench``: make the peers, measure, print, write.

Results go to ``build/bench/results.json`` and ``results.svg``; ``--publish`` puts them into docs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from . import measure, peers, report
from .figures import passes
from .suite import CASES, OURS, Case
from .workers import Program, Worker

RESULTS = peers.HOME / "results.json"


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="hatch run bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short rounds; at most three minutes")
    parser.add_argument(
        "--check", action="store_true", help="fail where a goal is missed by more than the spread"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="CASE", help="cases by name; tcp- means all that begin so"
    )
    parser.add_argument("--rounds", type=int, help="turns; 9, or 5 with --quick")
    parser.add_argument("--seconds", type=float, help="of one round; 0.25, or 0.04 with --quick")
    parser.add_argument("--list", action="store_true", help="print the cases and stop")
    parser.add_argument("--publish", action="store_true", help="write docs/performance.*, too")
    parser.add_argument(
        "--render", action="store_true", help="measure nothing, use the last results"
    )
    parser.add_argument(
        "--instructions",
        action="store_true",
        help="count instructions instead, see instructions.py",
    )
    parser.add_argument(
        "--update", action="store_true", help="with --instructions: the new baseline"
    )
    options = parser.parse_args(words)
    options.turns = options.rounds or (5 if options.quick else 9)
    options.seconds = options.seconds or (0.04 if options.quick else 0.25)
    options.timeout = 10.0 if options.quick else 30.0
    options.cases = chosen(options.only) if options.only else list(CASES)
    if not options.cases:
        parser.error(f"no case is called {' or '.join(options.only)}; --list prints them")
    return options


def chosen(names: Sequence[str]) -> list[Case]:
    """The cases of these names, or whose names begin so where one ends with a hyphen."""
    return [
        case
        for case in CASES
        if any(
            case.name == name or (name[-1:] == "-" and case.name.startswith(name)) for name in names
        )
    ]


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure; the content of a result file."""
    wanted = {OURS} | {side.peer for case in options.cases for side in case.sides.values()}
    failed = peers.make([name for name in (*peers.PEERS, "c") if name in wanted])
    runners: dict[str, measure.Runner] = {
        name: Program(peers.reference(), options.timeout)
        if name == "c"
        else Worker(peers.PEERS[name].command(), options.timeout)
        for name in sorted(wanted - set(failed))
    }
    load = [measure.load()]
    results = {}
    try:
        for number, case in enumerate(options.cases, 1):
            print(
                f"{number}/{len(options.cases)} {case.name} ", end="", file=sys.stderr, flush=True
            )
            started = time.monotonic()
            results[case.name] = measure.measure(case, runners, options.turns, options.seconds)
            print(f"({time.monotonic() - started:.1f} s)", file=sys.stderr, flush=True)
    finally:
        for runner in runners.values():
            runner.close()
    load.append(measure.load())
    return {
        "when": dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processors": os.cpu_count(),
            "python": platform.python_version(),
        },
        "settings": {"turns": options.turns, "seconds": options.seconds},
        "load": load,
        "peers": {
            name: peers.versions(peer) for name, peer in peers.PEERS.items() if name in runners
        },
        "not made": failed,
        "cases": report.as_data(results),
    }


def instructions(words: Sequence[str]) -> int:
    """Run the guard with our wheels."""
    if failed := peers.make([OURS]):
        print(failed[OURS], file=sys.stderr)
        return 2
    command = [str(peers.PEERS[OURS].python), "-m", "benchmarks.instructions", *words]
    return subprocess.run(command, cwd=peers.ROOT, check=False).returncode


def main(words: Sequence[str]) -> int:
    """Run the command; the exit status."""
    options = arguments(words)
    if options.list:
        for case in options.cases:
            print(f"{case.name:20} {case.goal:g}×  {case.work}")
        return 0
    if options.instructions:
        return instructions(["--update"] if options.update else [])
    if options.render:
        data = json.loads(RESULTS.read_text(encoding="utf-8"))
    else:
        data = run(options)
        RESULTS.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    lines = report.rows(data)
    print(report.conditions(data))
    print(report.table(lines))
    for line in lines:
        for label, error in line.errors.items():
            print(f"{line.case.name}, {label}: {error}")
    try:
        from .plot import draw

        draw(lines, RESULTS.with_suffix(".svg"))
    except ModuleNotFoundError as error:
        print(f"no plot: {error}; the dependency group `bench` has it", file=sys.stderr)
    if options.publish:
        report.publish(data)
    if options.check and not passes([line.verdict for line in lines]):
        print("FAILED: below its goal by more than the spread, or not measured:")
        for line in lines:
            if not passes([line.verdict]):
                print(f"  {line.case.name}: {line.verdict}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
