"""From results to what is read: the table, the JSON file, docs/performance.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .figures import Ratio, quartiles, ratio, verdict
from .measure import Result
from .peers import ROOT
from .suite import CASES, OURS, Case

PAGE = ROOT / "docs" / "performance.md"
DATA = ROOT / "docs" / "performance.json"
PLOT = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- generated from performance.json: begin -->", "<!-- end -->"


@dataclass(frozen=True)
class Row:
    """One line of the table, derived from the samples."""

    case: Case
    goal: float
    seconds: float | None  # of ours, per operation
    baseline: float | None
    ratio: Ratio | None
    pyomq: Ratio | None
    c: Ratio | None
    errors: Mapping[str, str]

    @property
    def verdict(self) -> str:
        """See `figures.verdict`."""
        return verdict(self.ratio, self.goal)


def row(case: Case, results: Mapping[str, Result], tuned: bool) -> Row:
    """What a case's results come to."""

    def against(label: str) -> Ratio | None:
        ours, theirs = results.get(OURS), results.get(label)
        if ours is None or theirs is None or not ours.samples or not theirs.samples:
            return None
        return ratio(ours.samples, theirs.samples)

    def seconds(label: str) -> float | None:
        result = results.get(label)
        return quartiles(result.samples)[1] if result and result.samples else None

    return Row(
        case,
        case.goal_on(tuned),
        seconds(OURS),
        seconds(case.baseline),
        against(case.baseline),
        against("pyomq"),
        against("c"),
        {label: result.error for label, result in results.items() if result.error},
    )


def is_tuned(data: Mapping[str, Any]) -> bool:
    """Whether our wheel's libzmq was built for speed, as its own build_info tells."""
    build = data["peers"].get(OURS, {}).get("build", {})
    return bool(build.get("tuned", False))


def rows(data: Mapping[str, Any]) -> list[Row]:
    """The rows of a result file, in the order of the suite; cases it does not have are left out."""
    tuned = is_tuned(data)
    found = []
    for case in CASES:
        sides = data["cases"].get(case.name)
        if sides is not None:
            results = {label: Result(**side) for label, side in sides.items()}
            found.append(row(case, results, tuned))
    return found


def duration(seconds: float | None) -> str:
    """Three digits and a unit."""
    if seconds is None:
        return "–"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def times(value: Ratio | None, spread: bool = False) -> str:
    """A ratio, with its quartiles if wanted."""
    if value is None:
        return "–"
    text = f"{value.median:.2f}×" if value.median < 10 else f"{value.median:.1f}×"
    return f"{text} ({value.low:.2f}–{value.high:.2f})" if spread else text


HEAD = ("work", "baseline", "ours", "ratio (quartiles)", "goal", "", "to pyomq", "to C")


def cells(line: Row) -> tuple[str, ...]:
    """A row as text."""
    return (
        line.case.work,
        duration(line.baseline),
        duration(line.seconds),
        times(line.ratio, spread=True),
        f"{line.goal:g}×",
        line.verdict,
        times(line.pyomq),
        times(line.c),
    )


def table(lines: Iterable[Row]) -> str:
    """The table for a terminal."""
    body = [HEAD, *(cells(line) for line in lines)]
    widths = [max(len(line[i]) for line in body) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in body
    )


def markdown(data: Mapping[str, Any]) -> str:
    """The generated part of docs/performance.md."""
    lines = rows(data)
    head = [name or "verdict" for name in HEAD]
    text = [conditions(data), "", f"![ratios]({PLOT.name})", ""]
    text += ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    text += ["| " + " | ".join(cells(line)) + " |" for line in lines]
    missing = [
        f"- {line.case.name}, {label}: {error.splitlines()[0]}"
        for line in lines
        for label, error in line.errors.items()
    ]
    if missing:
        text += ["", "Not measured:", "", *missing]
    return "\n".join(text)


def conditions(data: Mapping[str, Any]) -> str:
    """When, where, how, and how quiet the machine was."""
    machine, settings, load = data["machine"], data["settings"], data["load"]
    peers = ", ".join(
        f"{name} {found.get('zmq-core') or found[name]} (libzmq {found['libzmq']}"
        f"{', LTO' if found.get('build', {}).get('lto') else ''})"
        for name, found in data["peers"].items()
        if name != "zmq-core"
    )
    return (
        f"{data['when']}; {machine['system']}, {machine['processors']} processors, Python "
        f"{machine['python']}; {peers}. {settings['turns']} rounds of "
        f"{settings['seconds']:g} s for each side, in turns. Load average "
        f"{load[0][0] if load[0] else '?'} before, {load[1][0] if load[1] else '?'} after."
    )


def publish(data: Mapping[str, Any]) -> None:
    """Write a result file into docs, and what is generated from it."""
    from .plot import draw

    DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(inserted(page, markdown(data)), encoding="utf-8")
    draw(rows(data), PLOT)


def inserted(page: str, text: str) -> str:
    """`page` with `text` in its generated part.

    Raises
    ------
    ValueError
        The page has no such part.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has lost its lines {BEGIN!r} and {END!r}")
    return f"{before}{begin}\n{text}\n{end}{after}"


def as_data(results: Mapping[str, Mapping[str, Result]]) -> dict[str, Any]:
    """The cases' part of a result file."""
    return {
        name: {label: asdict(result) for label, result in sides.items()}
        for name, sides in results.items()
    }
