"""What the first leg did while the second was closed, against the open and what followed it: picture and table."""

from collections.abc import Sequence

from unlockstep.backtests.reports.charts.style import PERCENT, Chart, LegendEntry, Plotly, axis, layout, legend_entry
from unlockstep.backtests.reports.text.figure import Text, Words, figure, text
from unlockstep.backtests.reports.text.format import count, is_missing, p_value, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable, signed
from unlockstep.backtests.results.model.statements import ClosedGroup, ClosedHours, ClosedHoursRow

Pair = Sequence[str]

SCATTER, BARS = [0.0, 0.54], [0.66, 1.0]
"""Where the scatter and the bars stand, as shares of the width."""


def closed_title(closed: ClosedHours, pair: Pair) -> Text:
    """Price discovery, and apart from it a forecast, in one line."""
    whole = closed.row("all")
    return text(
        "S3c: {}'s gaps go with {}'s moves in closed hours by r {}, p {} (price discovery); from the open on r is {}, "
        "p {} (forecast)",
        pair[1],
        pair[0],
        signed(figure(whole, lambda row: row.gap.r)),
        p_value(figure(whole, lambda row: row.gap.p)),
        signed(figure(whole, lambda row: row.open_to_close.r)),
        p_value(figure(whole, lambda row: row.open_to_close.p)),
    )


def overlap_sentence(closed: ClosedHours, pair: Pair) -> Text:
    """Which hours of the gap the move covers."""
    return text(
        "Of {} hours from {}'s close to its open, on average, {}'s move covers the {} between two 00:00 UTC; the gap "
        "holds what came before and after them, too.",
        count(figure(closed, lambda c: c.gap_hours)),
        pair[1],
        pair[0],
        count(figure(closed, lambda c: c.hours)),
    )


def closed_figure(closed: ClosedHours, pair: Pair, *, synthetic: bool) -> Chart:
    """Left the gaps by the moves, before and since the published date; right the correlations of each year."""
    data: list[Plotly] = []
    series: list[LegendEntry] = []
    parts = (
        (f"before {closed.split}", "@muted", [p for p in closed.points if p.session < closed.split]),
        (f"since {closed.split}", "@crypto", [p for p in closed.points if p.session >= closed.split]),
    )
    for name, color, points in parts:
        series.append(legend_entry(name, "", {"color": color, "dash": "solid", "width": 3}, [len(data)], True))
        data.append(
            {
                "type": "scatter", "mode": "markers",
                "x": [100.0 * p.move for p in points if p.move is not None],
                "y": [100.0 * p.gap for p in points if p.gap is not None],
                "text": [p.session for p in points], "marker": {"color": color, "size": 5},
                "hovertemplate": f"%{{text}}: {pair[0]} %{{x:+z.1f}}{PERCENT}, gap %{{y:+z.1f}}{PERCENT}"
                "<extra></extra>",
            }
        )  # fmt: skip
    years = [str(year.year) for year in closed.years]
    for name, color, values in (
        ("gap", "@crypto", [year.gap for year in closed.years]),
        ("open to close", "@equity", [year.open_to_close for year in closed.years]),
    ):
        series.append(
            legend_entry(f"r of the year: {name}", "", {"color": color, "dash": "solid", "width": 6}, [len(data)], True)
        )
        data.append(
            {
                "type": "bar", "x": years, "y": values, "xaxis": "x2", "yaxis": "y2",
                "marker": {"color": color},
                "text": ["" if r is None or is_missing(r) else ratio(r, signed=True) for r in values],
                "hovertemplate": f"%{{x}}, {name}: r %{{text}}<extra></extra>", "textposition": "none",
            }
        )  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        xaxis=axis(
            f"{pair[0]} in closed hours; grey: before {closed.split}",
            domain=SCATTER,
            ticksuffix=PERCENT,
            tickformat="+.0f",
            nticks=6,
        ),
        yaxis=axis(f"{pair[1]}'s gap", ticksuffix=PERCENT, tickformat="+.0f", nticks=7),
        xaxis2=axis("", domain=BARS, type="category", showgrid=False, anchor="y2"),
        yaxis2=axis("Correlation; blue: gap, orange: open to close", anchor="x2", tickformat="+.1f", nticks=6),
        bargap=0.3,
    )
    return {"data": data, "layout": frame, "series": series}


def closed_table(closed: ClosedHours, pair: Pair) -> SmallTable:
    """A row a group of closed hours."""
    names: dict[ClosedGroup, str] = {
        "all": "more than one night",
        "before": f"before {closed.split}",
        "since": f"since {closed.split}",
        "since, falls": f"since {closed.split}, {pair[0]} falls",
        "weekends": "weekends",
        "holidays": "with a holiday",
        "nights": "one night (a bar of 24 hours)",
    }
    whole = closed.row("all")
    caption = text(
        "S3c: a move of {} in closed hours comes to {} of it in {}'s gap, and to {} from its open to its close",
        pair[0],
        signed(figure(whole, lambda row: row.gap.slope)),
        pair[1],
        signed(figure(whole, lambda row: row.open_to_close.slope)),
    )
    note = (
        "Slope (t by White, r). The date is that of Mourey et al. (2025), published for the Russell 2000, not found "
        "on these prices. The gap is true and cannot be traded in the second leg; the rest could be."
    )
    rows = [_row(names[row.group], row) for row in closed.rows]
    return SmallTable(caption, note, ("Closed", "n", "Gap", "p", "Open to close", "p"), rows)


def _row(name: str, row: ClosedHoursRow) -> tuple[Words, ...]:
    gap = [figure(row, lambda r: r.gap.slope), figure(row, lambda r: r.gap.t), figure(row, lambda r: r.gap.r)]
    day = [
        figure(row, lambda r: r.open_to_close.slope),
        figure(row, lambda r: r.open_to_close.t),
        figure(row, lambda r: r.open_to_close.r),
    ]
    return (
        name,
        count(figure(row, lambda r: r.n)),
        text("{} ({}, {})", ratio(gap[0], 3, signed=True), ratio(gap[1], 1, signed=True), signed(gap[2])),
        p_value(figure(row, lambda r: r.gap.p)),
        text("{} ({}, {})", ratio(day[0], 3, signed=True), ratio(day[1], 1, signed=True), signed(day[2])),
        p_value(figure(row, lambda r: r.open_to_close.p)),
    )
