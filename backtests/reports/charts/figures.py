"""Charts: plotly figures as plain dicts, which is many times faster to make than validated ones.

Colours are names ("@ink") that the page turns into those of its theme; the horizontal axis of a line is the name of one
list of dates ("#returns"), which the page holds once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import numpy as np
import pandas as pd

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.text.format import NBSP, Number, is_missing, percent, ratio
from unlockstep.backtests.reports.text.wording import SYNTHETIC

Plotly = dict[str, Any]
"""A trace, an axis, a layout or a part of one, in plotly's own keys."""

Band = tuple[str, str]


class Look(TypedDict, total=False):
    """How a line looks, in the chart and in its key; mark: the sign of points without a line."""

    color: str
    dash: str
    width: float
    mark: str


class LegendEntry(Look):
    """A key of the chart, which shows and hides its traces.

    group: the heading that it stands under.  variant: the row of the table that it belongs to.  listed: whether it
    stands there before it is shown.
    """

    name: str
    group: str
    traces: list[int]
    shown: bool
    variant: NotRequired[str]
    listed: NotRequired[bool]


class Figure(TypedDict):
    """A chart as the page's script draws it."""

    data: list[Plotly]
    layout: Plotly
    series: list[LegendEntry]


PERCENT = f"{NBSP}%"
PERCENT_HOVER = f"%{{y:.1f}}{PERCENT}"
"""Of values that are percent already: plotly's own format writes "9%"."""

CYCLE = ("@orange", "@sky", "@pink", "@green", "@crypto", "@equity")
DASHES = ("solid", "dash", "dot", "dashdot")
MAX_POINTS, ROW = 800_000, 400
"""Points of all account paths of one page, and how many fewer a listed variant leaves: what keeps the file small."""


@dataclass(frozen=True, eq=False)
class Path:
    """One account: its net returns, and how its line looks.

    name: in the key, under `group`.  full: where the line is hovered over.  axis: the name of its list of dates.
    variant: key of the table's row that it belongs to.  listed: whether its key stands there before it is shown.
    """

    name: str
    full: str
    group: str
    returns: np.ndarray
    axis: str
    color: str
    dash: str = "solid"
    width: float = 1.5
    shown: bool = False
    variant: str = ""
    listed: bool = True


def room(sessions: int, listed: int) -> int:
    """How many accounts of so many sessions a page can draw that lists so many variants."""
    return max(MAX_POINTS - ROW * listed, MAX_POINTS // 5) // max(sessions, 1)


def safe(text: str) -> str:
    """Text as plotly shows it, which reads some tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def axis(title: str, **more: Any) -> Plotly:
    """An axis of the house style."""
    return {
        "title": {"text": title, "standoff": 6, "font": {"size": 12, "color": "@muted"}},
        "gridcolor": "@grid",
        "zerolinecolor": "@zero",
        "linecolor": "@zero",
        "tickcolor": "@zero",
        "tickfont": {"size": 12, "color": "@muted"},
        "automargin": True,
        **more,
    }


def layout(*, synthetic: bool, bands: Sequence[Band | tuple[float, float]] = (), **more: Any) -> Plotly:
    """A layout of the house style; bands shade the sessions between two dates over the whole height."""
    shapes = [
        {"type": "rect", "xref": "x", "yref": "paper", "x0": a, "x1": b, "y0": 0, "y1": 1, "layer": "below",
         "line": {"width": 0}, "fillcolor": "@band"}
        for a, b in bands
    ]  # fmt: skip
    stamp = {
        "text": SYNTHETIC, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False,
        "font": {"size": 30, "color": "@stamp"}, "opacity": 0.5,
    }  # fmt: skip
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "@ink"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "@paper", "bordercolor": "@zero", "font": {"size": 12, "color": "@ink"}},
        "showlegend": False,
        "uirevision": "kept",
        "shapes": shapes + more.pop("shapes", []),
        "annotations": ([stamp] if synthetic else []) + more.pop("annotations", []),
        **more,
    }


def performance(paths: Sequence[Path], bands: Sequence[Band], *, synthetic: bool, onsets: Sequence[str] = ()) -> Figure:
    """Growth of one unit above, drawdown below; one zoom for both. Lines not shown at first wait in the key.

    The page draws growth from steps of its logarithm, and the fall from the peak from the growth in the trace numbered
    `fallOf`: a third of the data.  onsets: sessions in which a break was first seen, marked at the top.
    """
    data: list[Plotly] = []
    series: list[LegendEntry] = []
    for path in paths:
        look: Look = {"color": path.color, "dash": path.dash, "width": path.width}
        common = {
            "type": "scatter",
            "mode": "lines",
            "name": safe(path.full),
            "x": path.axis,
            "line": look,
        }
        entry = legend_entry(path.name, path.group, look, [len(data), len(data) + 1], path.shown)
        series.append({**entry, "variant": path.variant, "listed": path.listed})
        data += [
            {**common, "logSteps": lines.log_steps(path.returns), "hovertemplate": "%{y:.4~g}×"},
            {**common, "fallOf": len(data), "yaxis": "y2", "hovertemplate": PERCENT_HOVER},
        ]
    marks = [
        {"x": day, "y": 1.0, "yref": "paper", "yanchor": "top", "text": "▼", "showarrow": False,
         "hovertext": f"{day}: a break was first seen", "font": {"size": 13, "color": "@equity"}}
        for day in onsets
    ]  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        bands=bands,
        annotations=marks,
        xaxis=axis("", type="date", anchor="y2", hoverformat="%Y-%m-%d"),
        yaxis=axis(
            "Growth of 1, net (log scale)", type="log", domain=[0.36, 1.0], tickformat="~g", dtick="D2", nticks=8
        ),
        yaxis2=axis("Drawdown", domain=[0.0, 0.3], ticksuffix=PERCENT, rangemode="tozero"),
        hoversubplots="axis",
    )
    return {"data": data, "layout": frame, "series": series}


def yearly_bars(years: Sequence[int], values: Sequence[Number], title: str, *, share: bool, synthetic: bool) -> Figure:
    """One bar a calendar year, its figure written on it; negative ones in another colour, below the line."""

    def write(x: Number) -> str:
        return percent(x, 0, True) if share else ratio(x, signed=True)

    bars = {
        "type": "bar",
        "x": [str(year) for year in years],
        "y": [None if v is None or is_missing(v) else 100.0 * v if share else v for v in values],
        "text": [write(v) for v in values],
        "textposition": "outside",
        "textfont": {"size": 11, "color": "@ink"},
        "cliponaxis": False,
        "textangle": 0,
        "constraintext": "none",
        "marker": {"color": ["@equity" if v is not None and v < 0 else "@crypto" for v in values]},
        "hovertemplate": "%{x}: %{text}<extra></extra>",
    }
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis(
            title,
            tickformat="+,.0f" if share else "+.1f",
            ticksuffix=PERCENT if share else "",
            zerolinewidth=1.5,
            nticks=6,
        ),
        bargap=0.35,
    )
    frame["margin"] = {"l": 8, "r": 8, "t": 22, "b": 8}
    return {"data": [bars], "layout": frame, "series": []}


def bars_against_null(start: float, width: float, bars: Plotly, outline: Plotly) -> list[Plotly]:
    """Counts in bins of so much from `start` on, as bars, and what luck makes in the same bins, as their outline.

    bars, outline: "y", "name" and "hovertemplate" of each, and a marker for the bars.
    """
    middle = [round(start + (i + 0.5) * width, 4) for i in range(len(bars["y"]))]
    look = {"color": "@equity", "width": 2.5, "shape": "hvh"}
    return [
        {"type": "bar", "x": middle, "width": width, **bars},
        {"type": "scatter", "mode": "lines", "x": middle, "line": look, **outline},
    ]


def upright(x: float, **line: Any) -> Plotly:
    """A shape: a line over the whole height at x."""
    return {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line}


def decoupled(signals: pd.DataFrame) -> list[Band]:
    """The stretches over which the pair was decoupled."""
    return lines.spans(lines.column(signals, "breakdown("))


def legend_entry(name: str, group: str, look: Look, traces: list[int], shown: bool) -> LegendEntry:
    """A key of the chart that shows and hides its traces."""
    entry: LegendEntry = {"name": name, "group": group, "traces": traces, "shown": shown}
    return {**entry, **look}
