"""The plot: how many times faster than the baseline, with quartiles and goals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .figures import BELOW, OK, WITHIN
from .report import Row

COLOURS = {OK: "#1f6f8b", WITHIN: "#d9a441", BELOW: "#c4472f"}
INK, GREY = "#222222", "#b8b8b8"


def draw(lines: Sequence[Row], path: Path) -> None:
    """Write the plot; the suffix of `path` decides the format."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "zmq"  # the same data give the same file
    mpl.rcParams["svg.fonttype"] = "none"  # text stays text: a third of the size, and searchable
    shown = [line for line in lines if line.ratio is not None]
    figure = Figure(figsize=(9, 1.2 + 0.27 * len(shown)), layout="constrained")
    axes = figure.subplots()
    for place, line in enumerate(shown):
        value = line.ratio
        assert value is not None
        right = max(value.high, line.goal)
        axes.barh(place, value.median - 1, left=1, color=COLOURS[line.verdict], height=0.62)
        axes.plot([value.low, value.high], [place, place], color="#0008", linewidth=1.4)
        axes.plot([line.goal] * 2, [place - 0.42, place + 0.42], color=INK, linewidth=1.6)
        if line.pyomq is not None:  # where pyomq stands on the same scale
            theirs = value.median / line.pyomq.median
            axes.plot(theirs, place, "D", color=GREY, markersize=4, markeredgecolor=INK)
            right = max(right, theirs)
        axes.annotate(
            f"{value.median:.3g}×",
            (right, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    axes.set_yticks(range(len(shown)), [line.case.work for line in shown], fontsize=8)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.margins(x=0.06)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axes.axvline(1, color="#888", linewidth=0.8)
    axes.grid(axis="x", color="#ddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.suptitle(
        "Times faster than pyzmq 27.3.0, or than the baseline that is named. Bar: zmq; red is "
        "below its goal,\nyellow within the spread of it. Black mark: goal. Thin line: quartiles. "
        "Diamond: pyomq.",
        fontsize=9,
        x=0.01,
        horizontalalignment="left",
    )
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
