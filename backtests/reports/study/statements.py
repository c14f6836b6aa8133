"""The figures behind the findings: S2's response, S3a's blocks and healed breaks, S3b's legs, S3c's lags."""

from collections.abc import Sequence
from typing import Any

from unlockstep.backtests.reports.charts.figures import PERCENT, Figure, axis, layout, legend_entry
from unlockstep.backtests.reports.charts.scale import scale_of, span, ticks
from unlockstep.backtests.reports.text.format import MISSING, count, interval, is_missing, p_value, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_interval
from unlockstep.backtests.reports.text.wording import counted, listed

Detail = dict[str, Any]

JITTER = 0.6
"""Percentage points by which the two halves of a curve stand apart, so that their bars do not hide each other."""


def detail_of(result: dict[str, Any], key: str) -> Detail:
    """The further figures of a statement; {} where the run kept none."""
    detail: Detail = ((result.get("statements") or {}).get(key) or {}).get("detail") or {}
    return detail


def curve_title(detail: Detail, pair: Sequence[str]) -> str:
    """What a positive year went with in either half."""
    halves = [
        f"{signed(detail.get(f'lift_{half}'))} a year in the {name} half "
        f"({signed_interval(detail.get(f'lift_{half}_ci'))})"
        for half, name in (("early", "earlier"), ("late", "later"))
    ]
    return f"S2: after a positive year of {pair[1]}, {pair[0]} returned {listed(halves)} more than after a negative one"


def curve_figure(detail: Detail, pair: Sequence[str], *, synthetic: bool) -> Figure | None:
    """S2: the second leg's growth over a year, and what the first did in the next session, in each half."""
    curve = detail.get("curve")
    if not curve or all(is_missing(x) for x in (*curve["early"], *curve["late"])):
        return None
    data: list[dict[str, Any]] = []
    series: list[dict[str, Any]] = []
    for half, name, color, aside, symbol in (
        ("early", "earlier half", "@muted", -JITTER, "square"),
        ("late", "later half", "@crypto", JITTER, "circle"),
    ):
        points = [
            (100.0 * x + aside, y, *band, n)
            for x, y, band, n in zip(
                curve["grid"], curve[half], curve[f"{half}_band"], curve[f"{half}_sessions"], strict=True
            )
            if not any(is_missing(v) for v in (x, y, *band))
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


def path_title(detail: Detail) -> str:
    """Whether the response lies outside its earlier band, and since when."""
    since, split = detail.get("outside_since"), detail.get("split") or MISSING
    if since:
        return f"S2: the response since {split} has lain outside the band of the earlier half since {since}"
    return f"S2: the response since {split} ends inside the band that the earlier half allows"


def path_figure(detail: Detail, *, synthetic: bool) -> Figure | None:
    """S2: the lift of the later half as it stood month by month, with the band of the earlier half."""
    path = detail.get("path")
    if not path or not path["sessions"]:
        return None
    days = path["sessions"]
    common = {"type": "scatter", "mode": "lines", "x": days}
    bounds = [signed_interval(pair) for pair in zip(path["low"], path["high"], strict=True)]
    data = [
        {**common, "y": path["low"], "line": {"width": 0}, "hoverinfo": "skip"},
        {**common, "y": path["high"], "line": {"width": 0}, "fill": "tonexty", "fillcolor": "@fan",
         "hoverinfo": "skip"},
        {**common, "y": path["lift"], "line": {"color": "@crypto", "width": 2.2}, "text": bounds,
         "hovertemplate": "%{y:+z.2f}, band %{text}<extra></extra>"},
    ]  # fmt: skip
    since = detail.get("outside_since")
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


COURSES = {
    "fell": "the correlation fell from {} in the earlier half to {} in the later one",
    "rose": "the correlation rose from {} in the earlier half to {} in the later one, which is no break",
    "unclear": "the correlation was {} in the earlier half and {} in the later one, no clear change",
}
"""Which way the correlation went, as S3a says it → in words."""


def blocks_title(detail: Detail) -> str:
    """How long half of a change of the correlation lasts and which way it went, or that there is none to time."""
    if not detail.get("varies"):
        return "S3a: the correlation changes no more than chance makes it, so there is nothing to time"
    low, high = detail.get("half_life_ci") or (None, None)
    span_ = f"{count(low)} to {'never' if is_missing(high) else count(high)}"
    half = detail.get("half_life")
    when = "at no time that could be seen" if is_missing(half) else f"after about {count(half)} sessions"
    went = COURSES.get(str(detail.get("course")), "")  # runs of before it have none
    halves = went.format(signed(detail.get("earlier_half")), signed(detail.get("later_half")))
    return f"S3a: half of a change of the correlation is gone {when} (95 % interval {span_}){halves and '; '}{halves}"


def blocks_figure(detail: Detail, *, synthetic: bool) -> Figure | None:
    """S3a: the correlation in successive blocks that share no session."""
    blocks = detail.get("block_correlations")
    if not blocks:
        return None
    ends = detail.get("block_ends") or []
    dated = len(ends) == len(blocks)
    bars = {
        "type": "bar", "x": ends if dated else list(range(1, len(blocks) + 1)),
        "y": [None if is_missing(x) else round(x, 3) for x in blocks],
        "marker": {"color": ["@equity" if x is not None and x < 0 else "@crypto" for x in blocks]},
        "hovertemplate": ("to %{x}: " if dated else "block %{x}: ") + "%{y:+z.2f}<extra></extra>",
    }  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d") if dated else axis("Block of sessions"),
        yaxis=axis("Correlation", tickformat="+.1f", zerolinewidth=1.5, range=[-1.02, 1.02], nticks=5),
        bargap=0.25,
    )
    return {"data": [bars], "layout": frame, "series": []}


def healed_table(detail: Detail) -> SmallTable | None:
    """S3a: breaks that had healed so many sessions later; None where none could be judged."""
    healed = detail.get("healed") or {}
    rows = [
        (
            f"{after} sessions",
            f"{count(entry.get('healed'))} of {count(entry.get('breaks'))}",
            percent(entry.get("share"), 0),
            interval(entry.get("ci"), lambda x: percent(x, 0)),
        )
        for after, entry in healed.items()
    ]
    if not any(entry.get("breaks") for entry in healed.values()):
        return None
    shares = ", ".join(f"{entry['healed']} of {entry['breaks']} within {after}" for after, entry in healed.items())
    note = (
        "Of the breaks by breakdown that began as long before the end; healed: coupled again in between. Exact "
        "binomial intervals; under six breaks decide nothing."
    )
    heads = ("Within", "Healed", "Share", "95 % interval")
    return SmallTable(f"S3a: of breaks {shares} sessions had healed", note, heads, rows)


def legs_view(statement: dict[str, Any], pair: Sequence[str]) -> dict[str, Any] | None:
    """S3b: the slope of the spread on the gap, and what of it each leg made; None where there is none."""
    detail = statement.get("detail") or {}
    legs = detail.get("legs")
    if not legs:
        return None
    rows = [("Both: the gap closes below zero", statement.get("estimate"), statement.get("ci"))]
    rows += [
        (name, legs[leg].get("slope"), legs[leg].get("ci"))
        for leg, name in (("crypto", pair[0]), ("equity", f"{pair[1]}, times −beta"))
    ]
    scale = scale_of([0.0, *(x for _, value, ci in rows for x in (value, *(ci or ())))])
    values = [signed(value) for _, value, _ in rows]
    return {
        "title": (
            f"S3b: with a gap of one standard deviation, the next {detail.get('horizon')} sessions brought {values[0]} "
            f"(log): {values[1]} through {pair[0]}, {values[2]} through {pair[1]}"
        ),
        "note": f"Line: 95 % interval. Today's gap: {signed(detail.get('gap_now'))} standard deviations.",
        "rows": [
            {
                "name": name, "whole": i == 0, "figure": signed(value), "bounds": signed_interval(ci),
                "span": span(scale, value, ci),
            }
            for i, (name, value, ci) in enumerate(rows)
        ],
        "marks": [("zero", scale.at(0.0))],
        "ticks": [(scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)],
    }  # fmt: skip


def lags_title(detail: Detail, pair: Sequence[str]) -> str:
    """Whether any lag says who moves first, all lags counted."""
    tested = [(x, h) for x, h in zip(detail["asymmetry"], detail["half_width"], strict=True) if not is_missing(h)]
    clear = sum(abs(x) > h for x, h in tested)
    reach = f"from {count(detail['first_lag'])} to {count(detail['lags'][-1])} sessions"
    clause = (
        f"{counted(clear, len(tested), 'lag')} {reach} leaves zero out"
        if clear
        else f"no lag {reach} tells which leg moves first"
    )
    lead = detail["asymmetry"][detail["lags"].index(detail["lag"])]
    size = MISSING if is_missing(lead) else f"{pair[0] if lead > 0 else pair[1]} by {ratio(abs(lead))}"
    p = p_value(detail.get("p_family"))
    return f"S3c: {clause}; the clearest, {count(detail['lag'])}, favours {size}, p\u00a0{p} for all lags together"


def lags_figure(detail: Detail, pair: Sequence[str], *, synthetic: bool) -> Figure | None:
    """S3c: at each lag, how much more the first leg foreshadows the second than the other way round."""
    if not detail.get("lags"):
        return None
    lags = detail["lags"]
    tested = [
        (lag, x, h)
        for lag, x, h in zip(lags, detail["asymmetry"], detail["half_width"], strict=True)
        if not (is_missing(x) or is_missing(h))
    ]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "markers", "x": [lag for lag, *_ in tested], "y": [x for _, x, _ in tested],
            "marker": {"color": "@ink", "size": 9}, "text": [signed_interval([x - h, x + h]) for _, x, h in tested],
            "hovertemplate": "difference at lag %{x}: %{y:+z.3f}, %{text} for all lags together<extra></extra>",
            "error_y": {"type": "data", "array": [h for *_, h in tested], "color": "@ink", "thickness": 1.5,
                        "width": 4},
        }
    ]  # fmt: skip
    looks = (("crypto_first", pair[0], pair[1], "@crypto"), ("equity_first", pair[1], pair[0], "@equity"))
    for key, first, then, color in looks:
        data.append(
            {
                "type": "scatter", "mode": "lines+markers", "x": lags, "y": detail[key],
                "line": {"color": color, "width": 1.2, "dash": "dot"}, "marker": {"color": color, "size": 5},
                "hovertemplate": f"{first}, then {then}, lag %{{x}}: %{{y:+z.3f}}<extra></extra>",
            }
        )  # fmt: skip
    ink = {"color": "@ink", "dash": "solid", "width": 2.5}
    series = [legend_entry("difference, with the interval for all lags together", "", ink, [0], True)]
    series += [
        legend_entry(f"{first}, then {then}", "", {"color": color, "dash": "dot", "width": 1.5}, [i], True)
        for i, (_, first, then, color) in enumerate(looks, 1)
    ]
    left_out = [lag for lag in lags if lag < detail["first_lag"]]
    frame = layout(
        synthetic=synthetic,
        hovermode="closest",
        bands=[(0.5, detail["first_lag"] - 0.5)] if left_out else [],
        xaxis=axis("Lag, sessions", dtick=1, range=[0.5, lags[-1] + 0.5], showgrid=False),
        yaxis=axis("Correlation", tickformat="+.2f", zerolinewidth=1.5, nticks=7),
    )
    return {"data": data, "layout": frame, "series": series}


def clock_sentence(detail: Detail, pair: Sequence[str]) -> str:
    """What the hours that both bars share make of lag one; "" where the clocks are one."""
    clock = detail.get("clock")
    if not clock:
        return ""
    return (
        f"Lag one (shaded) is left out: {pair[0]}'s bar ends {ratio(clock.get('shared_hours'), 1)} hours after "
        f"{pair[1]}'s on average, which alone would make {signed(clock.get('from_shared_hours'))} of it; it is "
        f"{signed(clock.get('at_lag_1'))}."
    )


def windows_table(detail: Detail) -> SmallTable | None:
    """S3c: the clearest lag of every year."""
    windows = detail.get("windows") or {}
    rows = [
        (f"{row['first']} to {row['last']}", count(row["lag"]), signed(row["asymmetry"]), signed(row["t"]),
         p_value(row["p_family"]))
        for row in windows.get("rows") or ()
    ]  # fmt: skip
    if not rows:
        return None
    critical = windows.get("critical")
    clear = sum(
        not is_missing(row["t"]) and critical is not None and abs(row["t"]) > critical for row in windows["rows"]
    )
    caption = f"S3c: one leg was clearly first in {counted(clear, len(rows), 'year')}, all years and lags together"
    note = (
        f"The clearest lag of each {count(windows.get('sessions'))} sessions; t beyond ±{ratio(critical)} would be "
        "clear. Positive: the first leg of the pair ahead."
    )
    return SmallTable(caption, note, ("Year", "Lag", "Difference", "t", "p"), rows)


def granger_table(detail: Detail, pair: Sequence[str]) -> SmallTable | None:
    """S3c: Granger's test in both directions."""
    granger = detail.get("granger") or {}
    rows = [
        (f"{first} → {then}", f"{test['lags'][0]} to {test['lags'][-1]}", ratio(test["wald"]), p_value(test["p"]))
        for key, first, then in (("crypto_to_equity", *pair), ("equity_to_crypto", *reversed(pair)))
        if (test := granger.get(key))
    ]
    if not rows:
        return None
    caption = f"S3c: Granger's test has p {rows[0][3]} for {rows[0][0]}" + (
        f" and {rows[1][3]} for {rows[1][0]}" if len(rows) > 1 else ""
    )
    note = "Whether the past of one leg adds to the other's own; robust Wald statistic, critical values bootstrapped."
    return SmallTable(caption, note, ("Direction", "Lags", "Wald", "p"), rows, words=(1,))
