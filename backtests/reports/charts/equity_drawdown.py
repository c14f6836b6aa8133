"""Equity and drawdown of accounts, one above the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.reports.charts.lines import log_steps
from unlockstep.backtests.reports.charts.style import (
    PERCENT,
    PERCENT_HOVER,
    Band,
    Chart,
    LegendEntry,
    Look,
    Plotly,
    axis,
    layout,
    legend_entry,
    safe,
)

MAX_POINTS, ROW = 800_000, 400
"""Points of all account paths of one page, and how many fewer a listed variant leaves: what keeps the file small."""


@dataclass(frozen=True, eq=False)
class EquityLine:
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


def lines_that_fit(sessions: int, listed: int) -> int:
    """How many accounts of so many sessions a page can draw that lists so many variants."""
    return max(MAX_POINTS - ROW * listed, MAX_POINTS // 5) // max(sessions, 1)


def equity_drawdown(
    lines: Sequence[EquityLine], bands: Sequence[Band], *, synthetic: bool, onsets: Sequence[str] = ()
) -> Chart:
    """Growth of one unit above, drawdown below; one zoom for both. Lines not shown at first wait in the key.

    The page draws growth from steps of its logarithm, and the fall from the peak from the growth in the trace numbered
    `fallOf`: a third of the data.  onsets: sessions in which a break was first seen, marked at the top.
    """
    data: list[Plotly] = []
    series: list[LegendEntry] = []
    for line in lines:
        look: Look = {"color": line.color, "dash": line.dash, "width": line.width}
        common = {
            "type": "scatter",
            "mode": "lines",
            "name": safe(line.full),
            "x": line.axis,
            "line": look,
        }
        entry = legend_entry(line.name, line.group, look, [len(data), len(data) + 1], line.shown)
        series.append({**entry, "variant": line.variant, "listed": line.listed})
        data += [
            {**common, "logSteps": log_steps(line.returns), "hovertemplate": "%{y:.4~g}×"},
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
