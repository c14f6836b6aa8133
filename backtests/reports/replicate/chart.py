"""Published figures beside the ranges of their readings, returns and price levels apart, one below the other."""

from collections.abc import Sequence

from unlockstep.backtests.reports.charts.style import Chart, Plotly, axis, layout, safe
from unlockstep.backtests.reports.replicate.view import COLOURS, written
from unlockstep.backtests.results.model.replication import KindResult, ReplicatedClaim, Replication
from unlockstep.backtests.results.reading import KIND_NAMES, KINDS, Kind

CHART_NOTE = (
    "Lines: from the lowest to the highest reading of returns and of price levels; points: the main readings; "
    "diamonds: what was published."
)


def published_chart(result: Replication) -> Chart:
    """A row a claim that prices serve."""
    claims = [claim for claim in result.claims if claim.returns is not None and claim.levels is not None]
    rows = [safe(claim.claim) for claim in claims]
    traces = [trace for kind in KINDS for trace in _kind(claims, rows, kind)]
    traces.append(_published(claims, rows))
    frame = layout(
        synthetic=False,
        hovermode="closest",
        xaxis=axis("correlation", range=[-1, 1]),
        yaxis=axis("", type="category", categoryorder="array", categoryarray=rows[::-1], tickfont={"size": 10}),
        showlegend=True,
        legend={"orientation": "h", "y": 1.05},
        height=120 + 22 * len(rows),
    )
    return {"data": traces, "layout": frame, "series": []}


def _kind(claims: Sequence[ReplicatedClaim], rows: Sequence[str], kind: Kind) -> list[Plotly]:
    results: list[KindResult] = [getattr(claim, kind) for claim in claims]
    lines: Plotly = {
        "type": "scatter", "mode": "lines", "line": {"color": COLOURS[kind], "width": 5}, "opacity": 0.45,
        "name": f"{KIND_NAMES[kind]}: every reading", "hoverinfo": "skip", "x": [], "y": [],
    }  # fmt: skip
    points: Plotly = {
        "type": "scatter", "mode": "markers", "marker": {"color": COLOURS[kind], "size": 8},
        "name": f"{KIND_NAMES[kind]}: main", "hovertemplate": "%{x:.3f}<extra>%{y}</extra>", "x": [], "y": [],
    }  # fmt: skip
    for result, row in zip(results, rows, strict=True):
        lines["x"] += [result.low, result.high, None]
        lines["y"] += [row, row, None]
        points["x"] += [round(reading.value, 4) for reading in result.main]
        points["y"] += [row for _ in result.main]
    return [lines, points]


def _published(claims: Sequence[ReplicatedClaim], rows: Sequence[str]) -> Plotly:
    having = [(claim.published, row) for claim, row in zip(claims, rows, strict=True) if claim.published is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "published",
        "x": [published.value for published, _ in having],
        "y": [row for _, row in having],
        "text": [written(published) for published, _ in having],
        "marker": {"symbol": "diamond", "color": "@ink", "size": 9},
        "hovertemplate": "published: %{text}<extra>%{y}</extra>",
    }
