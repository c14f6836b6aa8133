"""The picture: time a variant of everybody, and how it grows. Scales are logarithmic."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.runner import Report
from benchmarks.timing import Spread

THEIRS, OURS = "#7a8ba3", "#d1495b"
COLOURS = ("#7a8ba3", "#4d7ea8", "#d1495b", "#edae49")


def draw(report: Report, file: Path) -> None:
    """Write the chart, as the file's suffix says; the same report gives the same bytes."""
    with mpl.rc_context({"svg.hashsalt": "benchmarks", "font.size": 9}):
        figure = Figure(figsize=(10, 7), layout="constrained")
        above, below = figure.subfigures(2, 1, squeeze=False)[:, 0]
        _speeds(above.subplots(), report)
        for axes, axis in zip(below.subplots(1, 2), ("variants", "sessions"), strict=True):
            _curves(axes, report, axis)
        undated = {"Date": None} if file.suffix == ".svg" else {}
        figure.savefig(file, metadata=undated)


def _speeds(axes: Axes, report: Report) -> None:
    speeds = sorted(report.speeds.values(), key=lambda speed: Spread.of(speed.seconds).median, reverse=True)
    for place, speed in enumerate(speeds):
        result = Spread.of(speed.seconds).times(1e6)
        around = [[result.median - result.least], [result.most - result.median]]
        colour = OURS if speed.name.startswith("our ") else THEIRS
        axes.errorbar([result.median], [place], xerr=around, fmt="o", ms=5, capsize=3, color=colour)
    axes.set_yticks(range(len(speeds)), [speed.name for speed in speeds])
    axes.set_xscale("log")
    axes.grid(axis="x", alpha=0.3)
    axes.set_title("µs a variant: median, smallest and largest")


def _curves(axes: Axes, report: Report, axis: str) -> None:
    for colour, curve in zip(COLOURS, (c for c in report.curves if c.axis == axis), strict=False):
        medians = [spread.median for spread in curve.seconds]
        axes.plot(curve.sizes, medians, "o-", ms=3, color=colour, label=f"{curve.name}: {curve.exponent:.2f}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(alpha=0.3)
    axes.set_xlabel(axis)
    axes.set_ylabel("seconds")
    axes.set_title(f"growth in {axis}, and its exponent")
    axes.legend(fontsize=7, loc="upper left")
