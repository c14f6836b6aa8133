"""Which decoupling: the change of the correlation of returns, taken apart into correlation, volatility and clock."""

from collections.abc import Sequence
from typing import Any

from unlockstep.backtests.reports.charts.figures import Figure, axis, layout
from unlockstep.backtests.reports.charts.scale import scale_of, span, ticks
from unlockstep.backtests.reports.text.format import MISSING, Number, is_missing, ratio, times
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_interval
from unlockstep.backtests.reports.text.wording import chance, counted, listed

Part = dict[str, Any]

PARTS = (
    ("change", "Change of the correlation"),
    ("correlation", "of it correlation"),
    ("volatility", "of it volatility"),
    ("clock", "of it the clock"),
)
"""Key of a part → its row."""

COLORS = {"correlation": "@crypto", "volatility": "@orange", "clock": "@pink"}

ASSUMES = (
    "Volatility is what Forbes and Rigobon's adjustment puts down to {equity}'s: it assumes a constant beta and own "
    "variance of {crypto}, and is arithmetic, so it has no interval. Clock: what closes some hours apart tear apart "
    "in daily labels."
)


def decoupling_view(lockstep: dict[str, Any], pair: Sequence[str]) -> dict[str, Any] | None:
    """Titles, rows and tables of the decomposition; None for runs that kept none, and in samples too short for one.

    recent: the last window against the sessions before it, None where too short.  years: the table by calendar year,
    None without a year.
    """
    decoupling = lockstep.get("decoupling") or {}
    recent, years = decoupling.get("recent"), decoupling.get("by_year") or []
    if not recent and not years:
        return None
    return {
        "recent": recent_view(recent) if recent else None,
        "recent_table": recent_table(recent, pair) if recent else None,
        "horizons": horizons_table(recent) if recent else None,
        "years_title": years_title(years) if years else "",
        "years": years_table(years) if years else None,
        "assumes": ASSUMES.format(crypto=pair[0], equity=pair[1]),
    }


def recent_title(recent: Part) -> str:
    """The change and its parts in a sentence."""
    parts = listed([f"{signed(_value(recent[key]))} {name.removeprefix('of it ')}" for key, name in PARTS[1:]])
    intervals = [recent[key] for key, _ in PARTS if isinstance(recent[key], dict)]
    clear = sum(_clear(part) for part in intervals)
    doubt = (
        f"; {counted(clear, len(intervals), 'interval')} {'leaves' if clear <= 1 else 'leave'} zero out"
        if any(not is_missing(_value(part)) for part in intervals)
        else ""
    )
    return (
        f"The correlation of daily returns went from {signed(recent['before'])} to {signed(recent['now'])}: "
        f"{parts}{doubt}"
    )


def recent_view(recent: Part) -> dict[str, Any]:
    """The parts as dots with their intervals on one scale."""
    ends = [x for key, _ in PARTS for x in (_value(recent[key]), *(_bounds(recent[key]) or ()))]
    scale = scale_of([0.0, *ends])
    return {
        "title": recent_title(recent),
        "note": f"{_period(recent['recent'])}, against {_period(recent['reference'])}.",
        "rows": [
            {
                "name": name,
                "whole": key == "change",
                "figure": signed(_value(recent[key])),
                "bounds": signed_interval(_bounds(recent[key])) if _bounds(recent[key]) else "no interval",
                "span": span(scale, _value(recent[key]), _bounds(recent[key])),
            }
            for key, name in PARTS
        ],
        "marks": [("zero", scale.at(0.0))],
        "ticks": [(scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)],
    }


def recent_table(recent: Part, pair: Sequence[str]) -> SmallTable:
    """The same as a table, for Markdown."""
    rows = [
        (name, signed(_value(recent[key])), signed_interval(_bounds(recent[key])) if _bounds(recent[key]) else MISSING)
        for key, name in PARTS
    ]
    note = f"{_period(recent['recent'])}, against {_period(recent['reference'])}. {ASSUMES}"
    note = note.format(crypto=pair[0], equity=pair[1])
    return SmallTable(recent_title(recent), note, ("Part", "Estimate", "95 % interval"), rows)


def horizons_table(recent: Part) -> SmallTable | None:
    """The correlation of returns over one and more sessions, before and now; None where there is none."""
    rows = [
        (f"{sessions} session{'s' if sessions != '1' else ''}", signed(pair[0]), signed(pair[1]))
        for sessions, pair in (recent.get("overlapping") or {}).items()
    ]
    if not rows:
        return None
    note = (
        f"Overlapping returns. Clocks that are apart weigh less, the longer the return. {_variance(recent)} Price "
        f"levels of the same sessions: {signed(recent.get('level_correlation'))}, that or less by chance in "
        f"{chance(recent.get('false_decoupling'))} of windows."
    )
    caption = f"Over {rows[-1][0]} the correlation went from {rows[-1][1]} to {rows[-1][2]}"
    return SmallTable(caption, note, ("Return over", "Before", "Now"), rows)


def years_title(years: Sequence[Part]) -> str:
    """In which years the correlation itself changed beyond its interval."""
    clear = [(_year(part), _value(part["correlation"])) for part in years if _clear(part["correlation"])]
    clear_years = listed([f"{year} ({signed(value)})" for year, value in clear])
    if not clear:
        return "In no calendar year does the interval of the correlation's own part leave zero out"
    of = f", of {len(years)} calendar years" if len(years) > 1 else ""
    return f"The interval of the correlation's own part leaves zero out in {clear_years}{of}"


def years_table(years: Sequence[Part]) -> SmallTable:
    """Every calendar year against all sessions before it."""
    rows = [
        (
            _year(part),
            signed(part["before"]),
            signed(part["now"]),
            signed(_value(part["change"])),
            signed_interval(_bounds(part["change"])),
            signed(_value(part["correlation"])),
            signed_interval(_bounds(part["correlation"])),
            signed(_value(part["volatility"])),
            signed(_value(part["clock"])),
            signed_interval(_bounds(part["clock"])),
            times(part.get("variance_ratio"), 2),
            signed(part.get("level_correlation")),
            chance(part.get("false_decoupling")),
        )
        for part in years
    ]
    note = (
        "Each year is judged alone; before: all sessions of the sample before it. Variance: of the equity leg, against "
        "before. By chance: how often returns so correlated show such a correlation of levels or a lower one."
    )
    heads = (
        "Year", "Before", "Now", "Change", "95 % interval", "Correlation", "95 % interval", "Volatility", "Clock",
        "95 % interval", "Variance", "Levels", "By chance",
    )  # fmt: skip
    return SmallTable("Every calendar year against all sessions before it", note, heads, rows)


def years_figure(years: Sequence[Part], *, synthetic: bool) -> Figure | None:
    """The parts of each year's change, stacked from zero, the change itself as a dot; None without a year."""
    if not years:
        return None
    labels = [_year(part) for part in years]
    data: list[dict[str, Any]] = [
        {
            "type": "bar", "name": name, "x": labels, "y": [_none_if_missing(_value(part[name])) for part in years],
            "marker": {"color": color}, "text": [signed(_value(part[name])) for part in years], "textposition": "none",
            "hovertemplate": f"{name} %{{text}}",
        }
        for name, color in COLORS.items()
    ]  # fmt: skip
    changes = [_value(part["change"]) for part in years]
    data.append(
        {
            "type": "scatter", "mode": "markers", "name": "change", "x": labels,
            "y": [_none_if_missing(x) for x in changes],
            "marker": {"color": "@ink", "size": 10, "symbol": "diamond", "line": {"color": "@paper", "width": 1.5}},
            "text": [signed(x) for x in changes], "hovertemplate": "change %{text}",
        }
    )  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        barmode="relative",
        bargap=0.45,
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis("Change of correlation", tickformat="+.2f", zerolinewidth=1.5, nticks=7),
    )
    series = [
        {"name": name, "group": "", "traces": [i], "shown": True, "color": color, "dash": "solid", "width": 8}
        for i, (name, color) in enumerate(COLORS.items())
    ]
    series.append({"name": "change", "group": "", "traces": [3], "shown": True, "color": "@ink", "mark": "◆"})
    return {"data": data, "layout": frame, "series": series}


def _value(part: Any) -> Number:
    """The estimate of a part, which may be a plain number."""
    estimate: Number = part["estimate"] if isinstance(part, dict) else part
    return estimate


def _bounds(part: Any) -> Sequence[Number] | None:
    return part["ci"] if isinstance(part, dict) else None


def _clear(part: Any) -> bool:
    """True where the interval leaves zero out."""
    low, high = _bounds(part) or (None, None)
    return low is not None and high is not None and (low > 0 or high < 0)


def _none_if_missing(x: Number) -> Number:
    return None if is_missing(x) else x


def _year(part: Part) -> str:
    return str(part["recent"]["first"])[:4]


def _period(period: Part) -> str:
    return f"{period['sessions']} sessions, {period['first']} to {period['last']}"


def _variance(recent: Part) -> str:
    return f"The equity leg's variance was {times(recent.get('variance_ratio'), 2)} that of before."
