"""The figures behind the findings: S2's response, S3a's blocks and healed breaks, S3b's legs, S3c's lags."""

from collections.abc import Mapping, Sequence

from unlockstep.backtests.reports.charts.dots import Dots, Estimate, dots
from unlockstep.backtests.reports.charts.style import (
    PERCENT,
    Chart,
    LegendEntry,
    Look,
    Plotly,
    axis,
    layout,
    legend_entry,
)
from unlockstep.backtests.reports.text.figure import Text, Words, figure, figures, text
from unlockstep.backtests.reports.text.format import MISSING, count, interval_text, p_value, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds, signed_interval
from unlockstep.backtests.reports.text.wording import counted
from unlockstep.backtests.results.model.statements import (
    Course,
    GrangerPair,
    GrangerResult,
    Healed,
    LagWindow,
    LagWindows,
    ResponseCurve,
    S2Detail,
    S3aDetail,
    S3bResult,
    S3cDetail,
    SharedHours,
)

Pair = Sequence[str]

JITTER = 0.6
"""Percentage points by which the two halves of a curve stand apart, so that their bars do not hide each other."""


def curve_title(detail: S2Detail, pair: Pair) -> Text:
    """What a positive year went with in either half."""
    early, early_ci = signed(figure(detail, lambda d: d.lift_early)), signed_bounds(detail, lambda d: d.lift_early_ci)
    late, late_ci = signed(figure(detail, lambda d: d.lift_late)), signed_bounds(detail, lambda d: d.lift_late_ci)
    return text(
        "S2: after a positive year of {}, {} returned {} a year in the earlier half ({}) and {} a year in the later "
        "half ({}) more than after a negative one",
        pair[1], pair[0], early, early_ci, late, late_ci,
    )  # fmt: skip


def curve_figure(curve: ResponseCurve, pair: Pair, *, synthetic: bool) -> Chart | None:
    """S2: the second leg's growth over a year, and what the first did in the next session, in each half."""
    if all(x is None for x in (*curve.early, *curve.late)):
        return None
    data: list[Plotly] = []
    series: list[LegendEntry] = []
    early, late = (
        (curve.early, curve.early_band, curve.early_sessions),
        (curve.late, curve.late_band, curve.late_sessions),
    )
    for half, name, color, aside, symbol in (
        (early, "earlier half", "@muted", -JITTER, "square"),
        (late, "later half", "@crypto", JITTER, "circle"),
    ):
        points = [
            (100.0 * x + aside, y, low, high, n)
            for x, y, (low, high), n in zip(curve.grid, *half, strict=True)
            if x is not None and y is not None and low is not None and high is not None
        ]
        series.append(legend_entry(name, "", {"color": color, "dash": "solid", "width": 2}, [len(data)], True))
        data.append(
            {
                "type": "scatter", "mode": "lines+markers", "name": name, "x": [p[0] for p in points],
                "y": [p[1] for p in points], "line": {"color": color, "width": 1.5, "dash": "dot"},
                "marker": {"color": color, "size": 8, "symbol": symbol},
                "text": [f"{signed(y)} ({signed_interval([low, high])}), {count(n)} sessions"
                         for _, y, low, high, n in points],
                "hovertemplate": f"{name}: %{{text}}<extra></extra>",
                "error_y": {
                    "type": "data", "symmetric": False, "color": color, "thickness": 1.5, "width": 4,
                    "array": [high - y for _, y, _, high, _ in points],
                    "arrayminus": [y - low for _, y, low, _, _ in points],
                },
            }
        )  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        xaxis=axis(f"{pair[1]} over one year, median of the bin", ticksuffix=PERCENT, tickformat="+.0f", nticks=8),
        yaxis=axis(f"{pair[0]}, log return a year", tickformat="+.0f", zerolinewidth=1.5),
    )
    return {"data": data, "layout": frame, "series": series}


def path_title(detail: S2Detail) -> str:
    """Whether the response lies outside its earlier band, and since when."""
    since, split = detail.outside_since, detail.split
    if since:
        return f"S2: the response since {split} has lain outside the band of the earlier half since {since}"
    return f"S2: the response since {split} ends inside the band that the earlier half allows"


def path_figure(detail: S2Detail, *, synthetic: bool) -> Chart | None:
    """S2: the lift of the later half as it stood month by month, with the band of the earlier half."""
    path = detail.path
    if not path.sessions:
        return None
    common = {"type": "scatter", "mode": "lines", "x": path.sessions}
    bounds = [signed_interval(pair) for pair in zip(path.low, path.high, strict=True)]
    data = [
        {**common, "y": path.low, "line": {"width": 0}, "hoverinfo": "skip"},
        {**common, "y": path.high, "line": {"width": 0}, "fill": "tonexty", "fillcolor": "@fan",
         "hoverinfo": "skip"},
        {**common, "y": path.lift, "line": {"color": "@crypto", "width": 2.2}, "text": bounds,
         "hovertemplate": "%{y:+z.2f}, band %{text}<extra></extra>"},
    ]  # fmt: skip
    since = detail.outside_since
    shapes = [
        {"type": "line", "xref": "x", "yref": "paper", "x0": since, "x1": since, "y0": 0, "y1": 1,
         "line": {"color": "@equity", "width": 2, "dash": "dash"}}
    ] if since else []  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        shapes=shapes,
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d"),
        yaxis=axis("Lift, log return a year", tickformat="+.0f", zerolinewidth=1.5, nticks=7),
    )
    return {"data": data, "layout": frame, "series": []}


COURSES: dict[Course, str] = {
    "fell": "the correlation fell from {} in the earlier half to {} in the later one",
    "rose": "the correlation rose from {} in the earlier half to {} in the later one, which is no break",
    "unclear": "the correlation was {} in the earlier half and {} in the later one, no clear change",
}
"""Which way the correlation went, as S3a says it → in words."""


def blocks_title(detail: S3aDetail) -> Words:
    """How long half of a change of the correlation lasts and which way it went, or that there is none to time."""
    if not detail.varies:
        return "S3a: the correlation changes no more than chance makes it, so there is nothing to time"
    low, high = figures(detail, lambda d: d.half_life_ci)
    half = figure(detail, lambda d: d.half_life)
    return text(
        "S3a: half of a change of the correlation is gone {} (95 % interval {} to {}); {}",
        "at no time that could be seen" if half.value is None else text("after about {} sessions", count(half)),
        count(low),
        "never" if high.value is None else count(high),
        text(
            COURSES[detail.course or "unclear"],
            signed(figure(detail, lambda d: d.earlier_half)),
            signed(figure(detail, lambda d: d.later_half)),
        ),
    )


def blocks_figure(detail: S3aDetail, *, synthetic: bool) -> Chart | None:
    """S3a: the correlation in successive blocks that share no session."""
    blocks = detail.block_correlations
    if not blocks:
        return None
    bars = {
        "type": "bar", "x": detail.block_ends,
        "y": [None if x is None else round(x, 3) for x in blocks],
        "marker": {"color": ["@equity" if x is not None and x < 0 else "@crypto" for x in blocks]},
        "hovertemplate": "to %{x}: %{y:+z.2f}<extra></extra>",
    }  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d"),
        yaxis=axis("Correlation", tickformat="+.1f", zerolinewidth=1.5, range=[-1.02, 1.02], nticks=5),
        bargap=0.25,
    )
    return {"data": [bars], "layout": frame, "series": []}


def healed_table(healed: Mapping[str, Healed]) -> SmallTable | None:
    """S3a: breaks that had healed so many sessions later; None where none could be judged."""
    if not any(entry.breaks for entry in healed.values()):
        return None
    rows = [
        (
            f"{after} sessions",
            text("{} of {}", count(figure(entry, lambda e: e.healed)), count(figure(entry, lambda e: e.breaks))),
            percent(figure(entry, lambda e: e.share), 0),
            interval_text(figures(entry, lambda e: e.ci), lambda x: percent(x, 0)),
        )
        for after, entry in healed.items()
    ]
    shares = ", ".join(f"{entry.healed} of {entry.breaks} within {after}" for after, entry in healed.items())
    note = (
        "Of the breaks by breakdown that began as long before the end; healed: coupled again in between. Exact "
        "binomial intervals; under six breaks decide nothing."
    )
    heads = ("Within", "Healed", "Share", "95 % interval")
    return SmallTable(f"S3a: of breaks {shares} sessions had healed", note, heads, rows)


def legs_view(statement: S3bResult, pair: Pair) -> Dots | None:
    """S3b: the slope of the spread on the gap, and what of it each leg made; None where there is none."""
    detail = statement.detail
    if detail is None:
        return None
    crypto, equity = detail.legs.crypto, detail.legs.equity
    estimates = [
        Estimate(
            "Both: the gap closes below zero",
            figure(statement, lambda s: s.estimate),
            figures(statement, lambda s: s.ci),
        ),
        Estimate(pair[0], figure(crypto, lambda leg: leg.slope), figures(crypto, lambda leg: leg.ci)),
        Estimate(f"{pair[1]}, times −beta", figure(equity, lambda leg: leg.slope), figures(equity, lambda leg: leg.ci)),
    ]
    both, first, second = (signed(each.value) for each in estimates)
    title = text(
        "S3b: with a gap of one standard deviation, the next {} sessions brought {} (log): {} through {}, "
        "{} through {}",
        detail.horizon, both, first, pair[0], second, pair[1],
    )  # fmt: skip
    gap = signed(figure(detail, lambda d: d.gap_now))
    return dots(title, text("Line: 95 % interval. Today's gap: {} standard deviations.", gap), estimates)


def lags_title(detail: S3cDetail, pair: Pair) -> Text:
    """Whether any lag says who moves first, all lags counted."""
    differences = zip(detail.asymmetry, detail.half_width, strict=True)
    tested = [(x, half) for x, half in differences if x is not None and half is not None]
    clear = sum(abs(x) > half for x, half in tested)
    clause = (
        f"{counted(clear, len(tested), 'lag')} from {{}} to {{}} sessions leaves zero out"
        if clear
        else "no lag from {} to {} sessions tells which leg moves first"
    )
    first, last = figure(detail, lambda d: d.first_lag), figures(detail, lambda d: d.lags)[-1]
    lead = figures(detail, lambda d: d.asymmetry)[detail.lags.index(detail.lag)]
    leader = pair[0] if (lead.value or 0.0) > 0 else pair[1]
    return text(
        "S3c: {}; the clearest, {}, favours {}, p\u00a0{} for all lags together",
        text(clause, count(first), count(last)),
        count(figure(detail, lambda d: d.lag)),
        MISSING if lead.value is None else text("{} by {}", leader, ratio(abs(lead))),
        p_value(figure(detail, lambda d: d.p_family)),
    )


def lags_figure(detail: S3cDetail, pair: Pair, *, synthetic: bool) -> Chart:
    """S3c: at each lag, how much more the first leg foreshadows the second than the other way round."""
    lags = detail.lags
    tested = [
        (lag, x, h)
        for lag, x, h in zip(lags, detail.asymmetry, detail.half_width, strict=True)
        if x is not None and h is not None
    ]
    data: list[Plotly] = [
        {
            "type": "scatter", "mode": "markers", "x": [lag for lag, *_ in tested], "y": [x for _, x, _ in tested],
            "marker": {"color": "@ink", "size": 9}, "text": [signed_interval([x - h, x + h]) for _, x, h in tested],
            "hovertemplate": "difference at lag %{x}: %{y:+z.3f}, %{text} for all lags together<extra></extra>",
            "error_y": {"type": "data", "array": [h for *_, h in tested], "color": "@ink", "thickness": 1.5,
                        "width": 4},
        }
    ]  # fmt: skip
    looks = (
        (detail.crypto_first, pair[0], pair[1], "@crypto"),
        (detail.equity_first, pair[1], pair[0], "@equity"),
    )
    for correlations, first, then, color in looks:
        data.append(
            {
                "type": "scatter", "mode": "lines+markers", "x": lags, "y": correlations,
                "line": {"color": color, "width": 1.2, "dash": "dot"}, "marker": {"color": color, "size": 5},
                "hovertemplate": f"{first}, then {then}, lag %{{x}}: %{{y:+z.3f}}<extra></extra>",
            }
        )  # fmt: skip
    ink: Look = {"color": "@ink", "dash": "solid", "width": 2.5}
    series = [legend_entry("difference, with the interval for all lags together", "", ink, [0], True)]
    series += [
        legend_entry(f"{first}, then {then}", "", {"color": color, "dash": "dot", "width": 1.5}, [i], True)
        for i, (_, first, then, color) in enumerate(looks, 1)
    ]
    left_out = [lag for lag in lags if lag < detail.first_lag]
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        bands=[(0.5, detail.first_lag - 0.5)] if left_out else [],
        xaxis=axis("Lag, sessions", dtick=1, range=[0.5, lags[-1] + 0.5], showgrid=False),
        yaxis=axis("Correlation", tickformat="+.2f", zerolinewidth=1.5, nticks=7),
    )
    return {"data": data, "layout": frame, "series": series}


def clock_sentence(clock: SharedHours, pair: Pair) -> Text:
    """What the hours that both bars share make of lag one."""
    return text(
        "Lag one (shaded) is left out: {}'s bar ends {} hours after {}'s on average, which alone would make {} of it; "
        "it is {}.",
        pair[0],
        ratio(figure(clock, lambda c: c.shared_hours), 1),
        pair[1],
        signed(figure(clock, lambda c: c.from_shared_hours)),
        signed(figure(clock, lambda c: c.at_lag_1)),
    )


def windows_table(windows: LagWindows) -> SmallTable | None:
    """S3c: the clearest lag of every year; None without a year."""
    rows = [_window(row) for row in windows.rows]
    if not rows:
        return None
    clear = sum(
        row.t is not None and windows.critical is not None and abs(row.t) > windows.critical for row in windows.rows
    )
    caption = f"S3c: one leg was clearly first in {counted(clear, len(rows), 'year')}, all years and lags together"
    note = text(
        "The clearest lag of each {} sessions; t beyond ±{} would be clear. Positive: the first leg of the pair ahead.",
        count(figure(windows, lambda w: w.sessions)),
        ratio(figure(windows, lambda w: w.critical)),
    )
    return SmallTable(caption, note, ("Year", "Lag", "Difference", "t", "p"), rows)


def _window(row: LagWindow) -> tuple[Words, ...]:
    return (
        f"{row.first} to {row.last}",
        count(figure(row, lambda r: r.lag)),
        signed(figure(row, lambda r: r.asymmetry)),
        signed(figure(row, lambda r: r.t)),
        p_value(figure(row, lambda r: r.p_family)),
    )


def granger_table(granger: GrangerPair, pair: Pair) -> SmallTable:
    """S3c: Granger's test in both directions."""
    there, back = f"{pair[0]} → {pair[1]}", f"{pair[1]} → {pair[0]}"
    rows = [_granger(there, granger.crypto_to_equity), _granger(back, granger.equity_to_crypto)]
    caption = text("S3c: Granger's test has p {} for {} and {} for {}", rows[0][-1], there, rows[1][-1], back)
    note = "Whether the past of one leg adds to the other's own; robust Wald statistic, critical values bootstrapped."
    return SmallTable(caption, note, ("Direction", "Lags", "Wald", "p"), rows, words=(1,))


def _granger(direction: str, test: GrangerResult) -> tuple[Words, ...]:
    lags, wald = f"{test.lags[0]} to {test.lags[-1]}", ratio(figure(test, lambda t: t.wald))
    return direction, lags, wald, p_value(figure(test, lambda t: t.p))
