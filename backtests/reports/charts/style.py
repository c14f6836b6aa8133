"""The house style of charts: plotly figures as plain dicts, which is many times faster to make than validated ones.

Colours are names ("@ink") that the page turns into those of its theme; the horizontal axis of a line is the name of one
list of dates ("#returns"), which the page holds once.
"""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

from unlockstep.backtests.reports.text.format import NBSP
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


class Chart(TypedDict):
    """A chart as the page's script draws it."""

    data: list[Plotly]
    layout: Plotly
    series: list[LegendEntry]


PERCENT = f"{NBSP}%"
PERCENT_HOVER = f"%{{y:.1f}}{PERCENT}"
"""Of values that are percent already: plotly's own format writes "9%"."""

CYCLE = ("@orange", "@sky", "@pink", "@green", "@crypto", "@equity")
DASHES = ("solid", "dash", "dot", "dashdot")


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


def upright(x: float, **line: Any) -> Plotly:
    """A shape: a line over the whole height at x."""
    return {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line}


def legend_entry(name: str, group: str, look: Look, traces: list[int], shown: bool) -> LegendEntry:
    """A key of the chart that shows and hides its traces."""
    entry: LegendEntry = {"name": name, "group": group, "traces": traces, "shown": shown}
    return {**entry, **look}
