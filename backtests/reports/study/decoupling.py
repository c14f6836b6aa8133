"""Which decoupling: the change of the correlation of returns, taken apart into correlation, volatility and clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.charts.dots import Dots, Estimate, dots
from unlockstep.backtests.reports.charts.style import Chart, LegendEntry, Plotly, axis, layout
from unlockstep.backtests.reports.text.figure import Figure, Text, Words, figure, figures, text
from unlockstep.backtests.reports.text.format import times
from unlockstep.backtests.reports.text.small_table import SmallTable, signed
from unlockstep.backtests.reports.text.wording import chance, counted, listed
from unlockstep.backtests.results.model.pair import CorrelationChange, Decoupling
from unlockstep.backtests.results.model.pair import Estimate as PairEstimate

COLORS = {"correlation": "@crypto", "volatility": "@orange", "clock": "@pink"}

ASSUMES = (
    "Volatility is what Forbes and Rigobon's adjustment puts down to {equity}'s: it assumes a constant beta and own "
    "variance of {crypto}, and is arithmetic, so it has no interval. Clock: what closes some hours apart tear apart "
    "in daily labels."
)


@dataclass(frozen=True)
class DecouplingView:
    """The decomposition: of the last window, None where too short for one, and by calendar year, if there is one."""

    recent: Dots | None
    recent_table: SmallTable | None
    horizons: SmallTable | None
    years_title: Words
    years: SmallTable | None
    assumes: str


def decoupling_view(decoupling: Decoupling, pair: Sequence[str]) -> DecouplingView | None:
    """Titles, rows and tables of the decomposition; None in samples too short for one."""
    recent, years = decoupling.recent, decoupling.by_year
    if not recent and not years:
        return None
    assumes = ASSUMES.format(crypto=pair[0], equity=pair[1])
    return DecouplingView(
        recent=dots(recent_title(recent), f"{_periods(recent)}.", parts_of(recent)) if recent else None,
        recent_table=recent_table(recent, assumes) if recent else None,
        horizons=horizons_table(recent) if recent else None,
        years_title=years_title(years) if years else "",
        years=years_table(years) if years else None,
        assumes=assumes,
    )


def parts_of(change: CorrelationChange) -> list[Estimate]:
    """The change of the correlation and the parts that it is the sum of."""
    return [
        Estimate("Change of the correlation", *_estimate(change.change)),
        Estimate("of it correlation", *_estimate(change.correlation)),
        Estimate("of it volatility", figure(change, lambda c: c.volatility), ()),
        Estimate("of it the clock", *_estimate(change.clock)),
    ]


def _estimate(part: PairEstimate) -> tuple[Figure, list[Figure]]:
    return figure(part, lambda p: p.estimate), figures(part, lambda p: p.ci)


def recent_title(recent: CorrelationChange) -> Text:
    """The change and its parts in a sentence."""
    estimates = parts_of(recent)
    parts = [text("{} {}", signed(part.value), part.name.removeprefix("of it ")) for part in estimates[1:]]
    intervals = [part for part in estimates if part.bounds]
    clear = sum(part.leaves_zero_out for part in intervals)
    doubt = (
        f"; {counted(clear, len(intervals), 'interval')} {'leaves' if clear <= 1 else 'leave'} zero out"
        if any(part.value.value is not None for part in intervals)
        else ""
    )
    before, now = figure(recent, lambda r: r.before), figure(recent, lambda r: r.now)
    return text(
        "The correlation of daily returns went from {} to {}: {}{}", signed(before), signed(now), listed(parts), doubt
    )


def recent_table(recent: CorrelationChange, assumes: str) -> SmallTable:
    """The parts as a table, for Markdown."""
    rows = [(part.name, signed(part.value), part.interval) for part in parts_of(recent)]
    note = f"{_periods(recent)}. {assumes}"
    return SmallTable(recent_title(recent), note, ("Part", "Estimate", "95 % interval"), rows)


def horizons_table(recent: CorrelationChange) -> SmallTable | None:
    """The correlation of returns over one and more sessions, before and now; None where there is none."""
    rows = [_horizon(recent, sessions) for sessions in recent.overlapping]
    if not rows:
        return None
    note = text(
        "Overlapping returns. Clocks that are apart weigh less, the longer the return. The equity leg's variance was "
        "{} that of before. Price levels of the same sessions: {}, that or less by chance in {} of windows.",
        times(figure(recent, lambda r: r.variance_ratio), 2),
        signed(figure(recent, lambda r: r.level_correlation)),
        chance(figure(recent, lambda r: r.false_decoupling)),
    )
    caption = text("Over {} the correlation went from {} to {}", *rows[-1])
    return SmallTable(caption, note, ("Return over", "Before", "Now"), rows)


def _horizon(recent: CorrelationChange, sessions: str) -> tuple[Words, ...]:
    """Sessions of a return, and its correlation before and now."""
    bounds = figures(recent, lambda r: r.overlapping[sessions])
    return f"{sessions} session{'s' if sessions != '1' else ''}", *map(signed, bounds)


def years_title(years: Sequence[CorrelationChange]) -> Words:
    """In which years the correlation itself changed beyond its interval."""
    parts = [(_year(year), parts_of(year)[1]) for year in years]
    clear = [text("{} ({})", year, signed(part.value)) for year, part in parts if part.leaves_zero_out]
    if not clear:
        return "In no calendar year does the interval of the correlation's own part leave zero out"
    of = f", of {len(years)} calendar years" if len(years) > 1 else ""
    return text("The interval of the correlation's own part leaves zero out in {}{}", listed(clear), of)


def years_table(years: Sequence[CorrelationChange]) -> SmallTable:
    """Every calendar year against all sessions before it."""
    rows = [_year_row(year) for year in years]
    note = (
        "Each year is judged alone; before: all sessions of the sample before it. Variance: of the equity leg, against "
        "before. By chance: how often returns so correlated show such a correlation of levels or a lower one."
    )
    heads = (
        "Year", "Before", "Now", "Change", "95 % interval", "Correlation", "95 % interval", "Volatility", "Clock",
        "95 % interval", "Variance", "Levels", "By chance",
    )  # fmt: skip
    return SmallTable("Every calendar year against all sessions before it", note, heads, rows)


def _year_row(year: CorrelationChange) -> tuple[Words, ...]:
    change, correlation, volatility, clock = parts_of(year)
    return (
        _year(year),
        signed(figure(year, lambda y: y.before)),
        signed(figure(year, lambda y: y.now)),
        signed(change.value),
        change.interval,
        signed(correlation.value),
        correlation.interval,
        signed(volatility.value),
        signed(clock.value),
        clock.interval,
        times(figure(year, lambda y: y.variance_ratio), 2),
        signed(figure(year, lambda y: y.level_correlation)),
        chance(figure(year, lambda y: y.false_decoupling)),
    )


def years_figure(years: Sequence[CorrelationChange], *, synthetic: bool) -> Chart | None:
    """The parts of each year's change, stacked from zero, the change itself as a dot; None without a year."""
    if not years:
        return None
    labels = [_year(year) for year in years]
    changes, *parts = zip(*map(parts_of, years), strict=True)
    data: list[Plotly] = [
        {
            "type": "bar", "name": name, "x": labels, "y": [part.value.value for part in row],
            "marker": {"color": color}, "text": [str(signed(part.value)) for part in row], "textposition": "none",
            "hovertemplate": f"{name} %{{text}}",
        }
        for (name, color), row in zip(COLORS.items(), parts, strict=True)
    ]  # fmt: skip
    data.append(
        {
            "type": "scatter", "mode": "markers", "name": "change", "x": labels,
            "y": [change.value.value for change in changes],
            "marker": {"color": "@ink", "size": 10, "symbol": "diamond", "line": {"color": "@paper", "width": 1.5}},
            "text": [str(signed(change.value)) for change in changes], "hovertemplate": "change %{text}",
        }
    )  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        barmode="relative",
        bargap=0.45,
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis("Change of correlation", tickformat="+.2f", zerolinewidth=1.5, nticks=7),
    )
    series: list[LegendEntry] = [
        {"name": name, "group": "", "traces": [i], "shown": True, "color": color, "dash": "solid", "width": 8}
        for i, (name, color) in enumerate(COLORS.items())
    ]
    series.append({"name": "change", "group": "", "traces": [3], "shown": True, "color": "@ink", "mark": "◆"})
    return {"data": data, "layout": frame, "series": series}


def _year(change: CorrelationChange) -> str:
    return change.recent.first[:4]


def _periods(change: CorrelationChange) -> str:
    """The recent period, against the one before it."""
    recent, reference = (
        f"{period.sessions} sessions, {period.first} to {period.last}" for period in (change.recent, change.reference)
    )
    return f"{recent}, against {reference}"
