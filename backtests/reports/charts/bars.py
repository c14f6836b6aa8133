"""Bars: figures of calendar years, and counts beside what chance makes."""

from collections.abc import Sequence

from unlockstep.backtests.reports.charts.style import PERCENT, Chart, Plotly, axis, layout
from unlockstep.backtests.reports.text.format import Number, is_missing, percent, ratio


def yearly_bars(years: Sequence[int], values: Sequence[Number], title: str, *, share: bool, synthetic: bool) -> Chart:
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
    """Counts in bins of so much from `start` on, as bars, and what chance makes in the same bins, as their outline.

    bars, outline: "y", "name" and "hovertemplate" of each, and a marker for the bars.
    """
    middle = [round(start + (i + 0.5) * width, 4) for i in range(len(bars["y"]))]
    look = {"color": "@equity", "width": 2.5, "shape": "hvh"}
    return [
        {"type": "bar", "x": middle, "width": width, **bars},
        {"type": "scatter", "mode": "lines", "x": middle, "line": look, **outline},
    ]
