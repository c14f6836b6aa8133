"""The fan chart: how a series moves at any time, and how it moved after each event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.style import Chart, Plotly, axis, layout, safe
from unlockstep.backtests.reports.text.format import percent, ratio
from unlockstep.backtests.results.model.events import BreakEvents, EventKind, FanAfter, FanResult, Series

COLORS: dict[Series, str] = {"crypto": "@crypto", "equity": "@equity", "spread": "@green"}
WIDE = (-0.9, -0.8, -0.6, -0.4, -0.2, 0.0, 0.5, 1.0, 2.0, 4.0, 9.0, 19.0, 49.0)
NARROW = tuple(step / 10 for step in range(-9, 11))
"""Ticks of a price's axis, as fractions gained."""

STEPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Steps of a log move's axis."""


def fan_figure(events: BreakEvents, kind: EventKind, series: Series, *, synthetic: bool) -> Chart:
    """The fan of one series, the paths after the events of one kind, their mean and its interval at the horizons.

    Both kinds of events share the vertical axis: of a leg its price over that at the first tradable close, on a log
    scale; of the spread, which is no price, its log move.
    """
    fan = events.fan[series]
    scale = LOGS if series == "spread" else PRICES
    after = fan.after[kind]
    sessions = list(range(len(fan.always)))
    common = {"type": "scatter", "mode": "lines", "x": sessions}
    quiet = {**common, "hoverinfo": "skip", "line": {"width": 0}}
    low, lower, median, upper, high = (scale.points(row) for row in fan.quantiles)
    data: list[Plotly] = []
    for bottom, top in ((low, high), (lower, upper)):
        data += [{**quiet, "y": bottom}, {**quiet, "y": top, "fill": "tonexty", "fillcolor": "@fan"}]
    data += [
        {**common, "y": median, "line": {"color": "@zero", "width": 1, "dash": "dot"}, "hoverinfo": "skip"},
        {
            **common,
            "y": scale.points(fan.always),
            "line": {"color": "@muted", "width": 2, "dash": "dash"},
            "hovertemplate": "any time, mean, %{x} sessions: " + scale.hover,
        },
    ]
    dates = [event.session for event in events.events if event.kind == kind]
    for date, path in zip(dates, after.paths, strict=True):
        data.append(
            {
                **common,
                "y": scale.points(path),
                "line": {"color": COLORS[series], "width": 1.2},
                "opacity": 0.75,
                "hovertemplate": f"{safe(kind)} of {date}, %{{x}} sessions: {scale.hover}",
            }
        )
    if dates:
        data += _mean(events.method.horizons, after, common, scale)
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        xaxis=axis("Sessions after the first tradable close", dtick=20, range=[0, sessions[-1] + 3]),
        yaxis=axis("", **scale.axis(*_extent(fan))),
    )
    return {"data": data, "layout": frame, "series": []}


def _mean(horizons: Sequence[int], after: FanAfter, common: Plotly, scale: "Scale") -> list[Plotly]:
    """The mean after the events, and its interval at each horizon."""
    look = {"color": "@ink", "width": 3}
    hover = "mean after the events, %{x} sessions: " + scale.hover
    middle, low, high = (scale.points([row[h] for h in horizons]) for row in (after.mean, after.low, after.high))
    bars = [
        (h, m, a, b)
        for h, m, a, b in zip(horizons, middle, low, high, strict=True)
        if m is not None and a is not None and b is not None
    ]
    reach = {
        "type": "scatter", "mode": "markers", "x": [h for h, *_ in bars], "y": [m for _, m, *_ in bars],
        "marker": {"color": "@ink", "size": 6}, "hovertemplate": hover,
        "error_y": {
            "type": "data", "symmetric": False, "color": "@ink", "thickness": 1.6, "width": 4,
            "array": [b - m for _, m, _, b in bars], "arrayminus": [m - a for _, m, a, _ in bars],
        },
    }  # fmt: skip
    return [{**common, "y": scale.points(after.mean), "line": look, "hovertemplate": hover}, reach]


def _extent(fan: FanResult) -> tuple[float, float]:
    """Lowest and highest log move of the fan and every path, with a margin; an interval may reach beyond."""
    drawn = [*fan.quantiles[0], *fan.quantiles[-1]]
    drawn += [x for after in fan.after.values() for path in (*after.paths, after.mean) for x in path]
    finite = [x for x in drawn if x is not None]
    low, high = min(finite, default=-0.1), max(finite, default=0.1)
    margin = 0.04 * (high - low) + 0.005
    return low - margin, high + margin


def _logs(logs: Sequence[float | None]) -> lines.Points:
    return lines.rounded(np.array([np.nan if x is None else x for x in logs]))


def _growth(logs: Sequence[float | None]) -> lines.Points:
    """Log moves as multiples of the first price."""
    return lines.rounded(np.exp(np.array([np.nan if x is None else x for x in logs])))


def _log_axis(low: float, high: float) -> Plotly:
    step = next((step for step in STEPS if high - low < 8 * step), STEPS[-1])
    ticks = [step * number for number in range(int(low / step), int(high / step) + 1)]
    return {"range": [low, high], "tickvals": ticks, "ticktext": [ratio(tick, 2, True) for tick in ticks]}


def _price_axis(low: float, high: float) -> Plotly:
    steps = NARROW if high - low < np.log(2.5) else WIDE
    return {
        "type": "log",
        "range": [float(x / np.log(10.0)) for x in (low, high)],
        "tickvals": [1.0 + step for step in steps],
        "ticktext": [percent(step, 0, True) for step in steps],
    }


@dataclass(frozen=True)
class Scale:
    """How log moves are drawn: as points, in the words of a pointer at a line, and on an axis from low to high."""

    points: Callable[[Sequence[float | None]], lines.Points]
    hover: str
    axis: Callable[[float, float], Plotly]


PRICES = Scale(_growth, "%{y:.3~g}×<extra></extra>", _price_axis)
LOGS = Scale(_logs, "%{y:+z.2f} (log)<extra></extra>", _log_axis)
