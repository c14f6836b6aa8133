"""Charts: plotly figures as plain dicts, which is many times faster to make than validated ones.

Colours are names ("@ink") that the page turns into those of its theme; the horizontal axis of a line is the name of one
list of dates ("#returns"), which the page holds once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from backtests.reports import lines
from backtests.reports.format import MISSING, Formatter, Number, is_missing, percent, ratio
from backtests.reports.wording import SYNTHETIC

Figure = dict[str, Any]
Band = tuple[str, str]

CYCLE = ("@orange", "@sky", "@pink", "@green", "@crypto", "@equity")
DASHES = ("solid", "dash", "dot", "dashdot")
MAX_POINTS, ROW = 100_000, 400
"""Points of all account paths of one page, and how many fewer a listed variant leaves: what keeps the file small."""


@dataclass(frozen=True, eq=False)
class Path:
    """One account: its net returns, and how its line looks.

    name: in the key, under `group`.  full: where the line is hovered over.  axis: the name of its list of dates.
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


def room(sessions: int, listed: int) -> int:
    """How many accounts of so many sessions a page can draw that lists so many variants; each is two lines."""
    return max(MAX_POINTS - ROW * listed, MAX_POINTS // 5) // (2 * max(sessions, 1))


def safe(text: str) -> str:
    """Text as plotly shows it, which reads some tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def axis(title: str, **more: Any) -> dict[str, Any]:
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


def layout(*, synthetic: bool, bands: Sequence[Band] = (), **more: Any) -> dict[str, Any]:
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


def performance(paths: Sequence[Path], bands: Sequence[Band], *, synthetic: bool) -> Figure:
    """Growth of one unit above, drawdown below; one zoom for both. Lines not shown at first wait in the key."""
    data: list[dict[str, Any]] = []
    series: list[dict[str, Any]] = []
    for path in paths:
        look = {"color": path.color, "dash": path.dash, "width": path.width}
        common = {
            "type": "scatter",
            "mode": "lines",
            "name": safe(path.full),
            "x": path.axis,
            "line": look,
            "visible": path.shown,
        }
        series.append(_key(path.name, path.group, look, [len(data), len(data) + 1], path.shown))
        data += [
            {**common, "y": lines.rounded(lines.growth(path.returns), 4), "hovertemplate": "%{y:.4~g}×"},
            {
                **common,
                "y": lines.decimals(lines.drawdown(path.returns), 3),
                "yaxis": "y2",
                "hovertemplate": "%{y:.1%}",
            },
        ]
    frame = layout(
        synthetic=synthetic,
        bands=bands,
        xaxis=axis("", type="date", anchor="y2", hoverformat="%Y-%m-%d"),
        yaxis=axis(
            "Growth of 1, net (log scale)", type="log", domain=[0.36, 1.0], tickformat="~g", dtick="D2", nticks=8
        ),
        yaxis2=axis("Drawdown", domain=[0.0, 0.3], tickformat=".0%", rangemode="tozero"),
        hoversubplots="axis",
    )
    return {"data": data, "layout": frame, "series": series}


def correlations(signals: pd.DataFrame, *, synthetic: bool) -> Figure | None:
    """Rolling correlation of returns and of levels, breaks marked; None where the sample has neither."""
    found = {
        "of daily returns": (lines.column(signals, "correlation("), "@ink", "solid", 2.2),
        "of price levels": (lines.column(signals, "level_correlation("), "@pink", "dot", 1.5),
    }
    starts = lines.marked(lines.column(signals, "break_onset("))
    figure = _panel(
        found,
        "Correlation, 90 sessions" if all(_window(s, 90) for s, *_ in found.values()) else "Correlation",
        signals,
        synthetic,
        write=lambda x: ratio(x, signed=True),
        hover="%{y:+.2f}",
        axis_more={"range": [-1.02, 1.1], "dtick": 0.5, "tickformat": "+.1f"},
    )
    if figure is not None and starts:
        marks = {
            "type": "scatter", "mode": "markers", "name": "break begins", "x": starts, "y": [1.0] * len(starts),
            "marker": {"symbol": "triangle-down", "size": 11, "color": "@equity"}, "hovertemplate": "first seen",
        }  # fmt: skip
        figure["data"].append(marks)
        figure["series"].append(
            _key("break begins", "", {"color": "@equity", "mark": "▼"}, [len(figure["data"]) - 1], True)
        )
    return figure


def growth_rates(signals: pd.DataFrame, pair: Sequence[str], *, synthetic: bool) -> Figure | None:
    """Year-over-year growth of both legs on a log scale of the price over that of a year before; None without any."""
    found = {
        pair[leg]: (_plus_one(lines.column(signals, f"yoy(leg={name}")), f"@{name}", "solid", 1.8)
        for leg, name in enumerate(("crypto", "equity"))
    }
    steps = (-0.9, -0.75, -0.5, 0.0, 1.0, 3.0, 9.0, 49.0, 249.0)
    return _panel(
        found,
        "Growth over one year (log scale)",
        signals,
        synthetic,
        write=lambda x: MISSING if x is None else percent(x - 1.0, 0, True),
        hover="%{y:.3~f} of the price a year before",
        axis_more={
            "type": "log",
            "tickvals": [1.0 + step for step in steps],
            "ticktext": [percent(step, 0, True) for step in steps],
        },
    )


def gaps(signals: pd.DataFrame, *, synthetic: bool) -> Figure | None:
    """How far the first leg has run ahead of its past beta; None where the sample has no gap."""
    found = {"gap": (lines.column(signals, "gap("), "@green", "solid", 1.5)}
    return _panel(
        found, "Gap, standard deviations", signals, synthetic,
        write=lambda x: ratio(x, 1, True), hover="%{y:+.2f}", axis_more={"tickformat": "+.0f"},
    )  # fmt: skip


def yearly_bars(years: Sequence[int], values: Sequence[Number], title: str, *, share: bool, synthetic: bool) -> Figure:
    """One bar a calendar year, its figure written on it; negative ones in another colour, below the line."""

    def write(x: Number) -> str:
        return percent(x, 0, True) if share else ratio(x, signed=True)

    bars = {
        "type": "bar",
        "x": [str(year) for year in years],
        "y": [None if is_missing(v) else v for v in values],
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
        yaxis=axis(title, tickformat="+,.0%" if share else "+.1f", zerolinewidth=1.5, nticks=6),
        bargap=0.35,
    )
    frame["margin"] = {"l": 8, "r": 8, "t": 22, "b": 8}
    return {"data": [bars], "layout": frame, "series": []}


def decoupled(signals: pd.DataFrame) -> list[Band]:
    """The stretches over which the pair was decoupled."""
    return lines.spans(lines.column(signals, "breakdown("))


def _key(name: str, group: str, look: dict[str, Any], traces: list[int], shown: bool) -> dict[str, Any]:
    return {"name": name, "group": group, "traces": traces, "shown": shown, **look}


def _plus_one(signal: pd.Series | None) -> pd.Series | None:
    return None if signal is None else signal + 1.0


def _window(signal: pd.Series | None, sessions: int) -> bool:
    return signal is None or f"window={sessions}" in str(signal.name)


def _panel(
    found: dict[str, tuple[pd.Series | None, str, str, float]],
    title: str,
    signals: pd.DataFrame,
    synthetic: bool,
    *,
    write: Formatter,
    hover: str,
    axis_more: dict[str, Any],
) -> Figure | None:
    """Signals over the whole period on one axis, each named at its right end; None where none has a value."""
    known = {
        name: (signal, look)
        for name, (signal, *look) in found.items()
        if signal is not None and bool(np.isfinite(signal.to_numpy()).any())
    }
    if not known:
        return None
    data: list[dict[str, Any]] = []
    series: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    dates = lines.days(signals.index)
    for name, (signal, (color, dash, width)) in known.items():
        look = {"color": color, "dash": dash, "width": width}
        series.append(_key(name, "", look, [len(data)], True))
        data.append(
            {"type": "scatter", "mode": "lines", "name": safe(name), "x": "#signals",
             "y": lines.decimals(signal.to_numpy(), 3),
             "line": look, "hovertemplate": hover}
        )  # fmt: skip
        last = float(signal.to_numpy()[-1])
        if np.isfinite(last):
            ends.append(
                {
                    "x": dates[-1],
                    "y": np.log10(last) if axis_more.get("type") == "log" else last,
                    "text": write(last),
                    "font": {"color": color, "size": 13},
                }
            )
    ends.sort(key=lambda end: end["y"])
    labels = [
        {**end, "xanchor": "left", "xshift": 6, "showarrow": False, "yshift": 9 * (2 * i - len(ends) + 1)}
        for i, end in enumerate(ends)
    ]
    frame = layout(
        synthetic=synthetic,
        bands=decoupled(signals),
        annotations=labels,
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d", range=[dates[0], dates[-1]]),
        yaxis=axis(title, zerolinewidth=1.5, nticks=6, **axis_more),
    )
    frame["margin"] = {"l": 68, "r": 58, "t": 12, "b": 8}
    return {"data": data, "layout": frame, "series": series}
