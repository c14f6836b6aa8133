"""The columns of the variants' tables: what each shows, how it is written, and what it means in plain words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.text.figure import MISSING_FIGURE, Figure, Text, figure, figures, keys_of
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    Writer,
    count,
    interval_text,
    p_value,
    percent,
    ratio,
    times,
    writer,
    years,
)
from unlockstep.backtests.reports.text.glossary import MEANINGS
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.results.model.base import Interval
from unlockstep.backtests.results.model.variant import Inference, Metrics, VariantResult


@dataclass(frozen=True)
class Column:
    """One column of figures.

    title: head of the column.  meaning: one sentence.  path: keys of the figure in result.json, from the variant on.
    read: variant → figure, its value None where the variant has none.  write: figure → text.  bounds: variant → the
    95 % interval, if the column shows one below the figure.  shown: whether the column stands in the table at first.
    """

    title: str
    meaning: str
    path: tuple[str, ...]
    read: Callable[[VariantResult], Figure]
    write: Writer[[]]
    bounds: Callable[[VariantResult], Sequence[Figure]] | None = None
    shown: bool = True

    @property
    def key(self) -> str:
        """The column's name where rows are searched for: "sharpe", "timing_p_family", "exposure.IWM"."""
        return ".".join(self.path[1:])

    def text(self, variant: VariantResult) -> Text:
        """The figure as written."""
        return self.write(self.read(variant))

    def interval(self, variant: VariantResult) -> Text:
        """The 95 % interval as written, empty for a column without one."""
        return interval_text(self.bounds(variant), self.write) if self.bounds else Text()


def difference(column: Column, x: Figure) -> Text:
    """A difference of two of the column's figures, signed; probabilities with three decimals: "+0.041"."""
    if column.write is p_value:
        return ratio(x, 3, signed=True)
    written = column.write(x)
    plus = x.value is not None and x.value > 0 and "+" not in str(written)
    return "+" + written if plus and any(c in "123456789" for c in str(written)) else written


MOST_LEGS_SHOWN = 4
"""Legs whose average weights are shown at first; those of the others stand in the columns to choose from."""


def columns(tickers: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a table of variants that hold these legs, in their order; those not shown at first stand where a
    reader would look.
    """
    return (
        _metric("CAGR", lambda m: m.cagr, percent),
        _metric("Vol.", lambda m: m.volatility, percent, shown=False),
        _metric("Sharpe", lambda m: m.sharpe, ratio, bounds=lambda i: i.sharpe_ci),
        _metric("Sortino", lambda m: m.sortino, ratio, shown=False),
        _metric("Calmar", lambda m: m.calmar, ratio, shown=False),
        _metric("Max. DD", lambda m: m.max_drawdown, percent),
        Column(
            "IR over mix",
            "Net returns beyond those of the constant mix, the variant's own average weights held all the time: annual "
            "mean over annual standard deviation.",
            ("against", "constant_mix", "information_ratio"),
            lambda v: (
                figure(v.against.constant_mix, lambda mix: mix.information_ratio) if v.against else MISSING_FIGURE
            ),
            signed,
        ),
        _inference("Timing IR", lambda i: i.timing_ir, signed, bounds=lambda i: i.timing_ci),
        _inference("p", lambda i: i.timing_p, p_value),
        _inference("family-wise p", lambda i: i.timing_p_family, p_value),
        _inference("p money", lambda i: i.timing_p_money, p_value, shown=False),
        _inference("Shown from", lambda i: i.min_detectable_ir, signed, shown=False),
        _inference("Years needed", lambda i: i.years_needed, _years, shown=False),
        _inference("Episodes", lambda i: i.episodes, count, shown=False),
        _inference("Alpha", lambda i: i.alpha, _signed_percent, shown=False),
        _inference("t of alpha", lambda i: i.alpha_t_hac, signed, shown=False),
        _inference("PSR", lambda i: i.psr, whole_percent, shown=False),
        _inference("DSR", lambda i: i.dsr, whole_percent, shown=False),
        _metric("Turnover", lambda m: m.turnover, times),
        *(_exposure(ticker, shown=number < MOST_LEGS_SHOWN) for number, ticker in enumerate(tickers)),
        _metric("Fills", lambda m: m.trades, count, shown=False),
        _metric("Costs/yr", lambda m: m.costs_paid, _fine_percent),
    )


@writer
def whole_percent(x: Number) -> str:
    """A fraction in whole percent: 0.633 → "63 %"."""
    return percent(x, 0)


@writer
def _fine_percent(x: Number) -> str:
    return percent(x, 2)


@writer
def _signed_percent(x: Number) -> str:
    return percent(x, 1, True)


@writer
def _years(x: Number) -> str:
    return years(x, MISSING)


def _metric(
    title: str,
    read: Callable[[Metrics], Number],
    write: Writer[[]],
    *,
    bounds: Callable[[Inference], Interval | None] | None = None,
    shown: bool = True,
) -> Column:
    return _column(title, ("metrics", *keys_of(read)), lambda v: figure(v.metrics, read), write, bounds, shown)


def _inference(
    title: str,
    read: Callable[[Inference], Number],
    write: Writer[[]],
    *,
    bounds: Callable[[Inference], Interval | None] | None = None,
    shown: bool = True,
) -> Column:
    return _column(title, ("inference", *keys_of(read)), lambda v: figure(v.inference, read), write, bounds, shown)


def _column(
    title: str,
    path: tuple[str, ...],
    read: Callable[[VariantResult], Figure],
    write: Writer[[]],
    bounds: Callable[[Inference], Interval | None] | None,
    shown: bool,
) -> Column:
    """A column whose meaning the glossary defines."""
    meaning = MEANINGS.get(".".join(path)) or MEANINGS[path[-1]]
    if bounds is None:
        return Column(title, meaning, path, read, write, None, shown)
    below = f"{meaning} Below it the 95 % interval."
    return Column(title, below, path, read, write, lambda v: figures(v.inference, bounds), shown)


def _exposure(ticker: str, *, shown: bool) -> Column:
    """The average weight of a leg; missing where the variant's pair has no such ticker."""

    def read(variant: VariantResult) -> Figure:
        metrics = variant.metrics
        return figure(metrics, lambda m: m.exposure[ticker]) if ticker in metrics.exposure else MISSING_FIGURE

    return Column(
        ticker, MEANINGS["metrics.exposure"], ("metrics", "exposure", ticker), read, whole_percent, None, shown
    )
