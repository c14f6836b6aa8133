"""The fan chart: how a series moves at any time, and how it moved after each event."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from backtests.reports import charts, lines
from backtests.reports.format import percent

COLORS = {"crypto": "@crypto", "equity": "@equity", "spread": "@green"}
WIDE = (-0.9, -0.8, -0.6, -0.4, -0.2, 0.0, 0.5, 1.0, 2.0, 4.0, 9.0, 19.0, 49.0)
NARROW = tuple(step / 10 for step in range(-9, 11))
"""Ticks of the vertical axis, as fractions gained."""


def fan_figure(result: dict[str, Any], kind: str, series: str) -> charts.Figure:
    """The fan of one series, the paths after the events of one kind, their mean and its interval at the horizons.

    Both kinds of events share the vertical axis, a log scale of the price over that at the first tradable close.
    """
    fan = result["fan"][series]
    after = fan["after"][kind]
    sessions = list(range(len(fan["always"])))
    common = {"type": "scatter", "mode": "lines", "x": sessions}
    quiet = {**common, "hoverinfo": "skip", "line": {"width": 0}}
    low, lower, median, upper, high = (_growth(row) for row in fan["quantiles"])
    data: list[dict[str, Any]] = []
    for bottom, top in ((low, high), (lower, upper)):
        data += [{**quiet, "y": bottom}, {**quiet, "y": top, "fill": "tonexty", "fillcolor": "@fan"}]
    data += [
        {**common, "y": median, "line": {"color": "@zero", "width": 1, "dash": "dot"}, "hoverinfo": "skip"},
        {
            **common,
            "y": _growth(fan["always"]),
            "line": {"color": "@muted", "width": 2, "dash": "dash"},
            "hovertemplate": "any time, mean, %{x} sessions: %{y:.3~g}×<extra></extra>",
        },
    ]
    dates = [event["session"] for event in result["events"] if event["kind"] == kind]
    for date, path in zip(dates, after["paths"], strict=True):
        data.append(
            {
                **common,
                "y": _growth(path),
                "line": {"color": COLORS[series], "width": 1.2},
                "opacity": 0.75,
                "hovertemplate": f"{charts.safe(kind)} of {date}, %{{x}} sessions: %{{y:.3~g}}×<extra></extra>",
            }
        )
    if dates:
        data += _mean(result["method"]["horizons"], after, common)
    frame = charts.layout(
        synthetic=bool(result["data"]["synthetic"]),
        hovermode="closest",
        xaxis=charts.axis("Sessions after the first tradable close", dtick=20, range=[0, sessions[-1] + 3]),
        yaxis=charts.axis("", type="log", **_vertical(fan)),
    )
    return {"data": data, "layout": frame, "series": []}


def _mean(horizons: Sequence[int], after: dict[str, Any], common: dict[str, Any]) -> list[dict[str, Any]]:
    """The mean after the events, and its interval at each horizon."""
    look = {"color": "@ink", "width": 3}
    told = "mean after the events, %{x} sessions: %{y:.3~g}×<extra></extra>"
    middle, low, high = (_growth([after[name][h] for h in horizons]) for name in ("mean", "low", "high"))
    bars = [(h, m, a, b) for h, m, a, b in zip(horizons, middle, low, high, strict=True) if m is not None and a and b]
    reach = {
        "type": "scatter", "mode": "markers", "x": [h for h, *_ in bars], "y": [m for _, m, *_ in bars],
        "marker": {"color": "@ink", "size": 6}, "hovertemplate": told,
        "error_y": {
            "type": "data", "symmetric": False, "color": "@ink", "thickness": 1.6, "width": 4,
            "array": [b - m for _, m, _, b in bars], "arrayminus": [m - a for _, m, a, _ in bars],
        },
    }  # fmt: skip
    return [{**common, "y": _growth(after["mean"]), "line": look, "hovertemplate": told}, reach]


def _growth(logs: Sequence[float | None]) -> lines.Points:
    """Log moves as multiples of the first price."""
    return lines.rounded(np.exp(np.array([np.nan if x is None else x for x in logs])))


def _vertical(fan: dict[str, Any]) -> dict[str, Any]:
    """Range and ticks that hold the fan and every path; an interval may reach beyond."""
    drawn = [*fan["quantiles"][0], *fan["quantiles"][-1]]
    drawn += [x for after in fan["after"].values() for path in (*after["paths"], after["mean"]) for x in path]
    known = [x for x in drawn if x is not None]
    low, high = min(known, default=-0.1), max(known, default=0.1)
    margin = 0.04 * (high - low) + 0.005
    steps = NARROW if high - low < np.log(2.5) else WIDE
    return {
        "range": [float(x / np.log(10.0)) for x in (low - margin, high + margin)],
        "tickvals": [1.0 + step for step in steps],
        "ticktext": [percent(step, 0, True) for step in steps],
    }
