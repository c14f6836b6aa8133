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
    """Write the chart as SVG; the same report gives the same bytes."""
    with mpl.rc_context({"svg.hashsalt": "benchmarks", "font.size": 9}):
        figure = Figure(figsize=(11, 4.2), layout="constrained")
        bars, variants, sessions = figure.subplots(1, 3, width_ratios=(1.5, 1, 1))
        _bars(bars, report)
        for axes, axis in ((variants, "variants"), (sessions, "sessions")):
            _curves(axes, report, axis)
        figure.savefig(file, format="svg", metadata={"Date": None})


def _bars(axes: Axes, report: Report) -> None:
    speeds = sorted(report.speeds.values(), key=lambda speed: Spread.of(speed.seconds).median)
    found = [Spread.of(speed.seconds).times(1e6) for speed in speeds]
    medians = [spread.median for spread in found]
    errors = [[s.median - s.least for s in found], [s.most - s.median for s in found]]
    colours = [OURS if speed.name.startswith("our ") else THEIRS for speed in speeds]
    axes.barh([speed.name for speed in speeds], medians, xerr=errors, color=colours, error_kw={"lw": 1})
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_title("µs a variant")


def _curves(axes: Axes, report: Report, axis: str) -> None:
    for colour, curve in zip(COLOURS, (c for c in report.curves if c.axis == axis), strict=False):
        medians = [spread.median for spread in curve.seconds]
        axes.plot(curve.sizes, medians, "o-", ms=3, color=colour, label=f"{curve.name}: {curve.exponent:.2f}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(axis)
    axes.set_title(f"seconds, and the exponent in {axis}")
    axes.legend(fontsize=7)
