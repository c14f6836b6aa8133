"""The columns of the variants' tables: what each shows, how it is written, and what it means in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unlockstep.backtests.reports.text.format import (
    MISSING,
    Formatter,
    Number,
    count,
    interval,
    is_missing,
    p_value,
    percent,
    ratio,
    times,
    years,
)
from unlockstep.backtests.reports.text.glossary import MEANINGS
from unlockstep.backtests.reports.text.origin import unmarked
from unlockstep.backtests.reports.text.small_table import signed

VariantEntry = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of figures.

    title: head of the column.  meaning: one sentence.  path: where result.json keeps the figure, from the variant on.
    write: number → text.  bounds: where the 95 % interval is kept, if the column shows one below the figure.
    shown: whether the column stands in the table before it is asked for.
    """

    title: str
    meaning: str
    path: tuple[str, ...]
    write: Formatter
    bounds: tuple[str, ...] | None = None
    shown: bool = True

    @property
    def key(self) -> str:
        """The column's name where rows are searched for: "sharpe", "timing_p_family", "exposure.IWM"."""
        return ".".join(self.path[1:])

    def number(self, variant: VariantEntry) -> Number:
        """The figure, or None where the variant has none."""
        figure = dig(variant, self.path)
        return figure if isinstance(figure, int | float) else None

    def text(self, variant: VariantEntry) -> str:
        """The figure as written."""
        return self.write(self.number(variant))

    def interval(self, variant: VariantEntry) -> str:
        """The 95 % interval as written, "" for a column without one."""
        return interval(dig(variant, self.bounds), self.write) if self.bounds else ""


def difference(column: Column, x: Number) -> str:
    """A difference of two of the column's figures, signed; probabilities with three decimals: "+0.041"."""
    if x is None or is_missing(x):
        return MISSING
    if column.write is p_value:
        return ratio(x, 3, signed=True)
    text = column.write(x)
    return f"+{text}" if x > 0 and "+" not in text and any(c in "123456789" for c in unmarked(text)) else text


def dig(variant: VariantEntry, path: Sequence[str]) -> Any:
    """What stands at `path`, or None where any part of it is missing."""
    item: Any = variant
    for key in path:
        if not isinstance(item, dict):
            return None
        item = item.get(key)
    return item


def columns(pair: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a pair's table, in their order; those not shown at first stand where a reader would look."""
    return (
        _column("CAGR", "metrics.cagr", percent),
        _column("Vol.", "metrics.volatility", percent, shown=False),
        _column("Sharpe", "metrics.sharpe", ratio, bounds="inference.sharpe_ci"),
        _column("Sortino", "metrics.sortino", ratio, shown=False),
        _column("Calmar", "metrics.calmar", ratio, shown=False),
        _column("Max. DD", "metrics.max_drawdown", percent),
        _column(
            "IR over mix",
            "against.constant_mix.information_ratio",
            signed,
            meaning="Net returns beyond those of the constant mix, the variant's own average weights held all the "
            "time: annual mean over annual standard deviation.",
        ),
        _column("Timing IR", "inference.timing_ir", signed, bounds="inference.timing_ci"),
        _column("p", "inference.timing_p", p_value),
        _column("p family", "inference.timing_p_family", p_value),
        _column("p money", "inference.timing_p_money", p_value, shown=False),
        _column("Shown from", "inference.min_detectable_ir", signed, shown=False),
        _column("Years needed", "inference.years_needed", lambda x: years(x, MISSING), shown=False),
        _column("Episodes", "inference.episodes", count, shown=False),
        _column("Alpha", "inference.alpha", lambda x: percent(x, 1, True), shown=False),
        _column("t of alpha", "inference.alpha_t_hac", signed, shown=False),
        _column("PSR", "inference.psr", lambda x: percent(x, 0), shown=False),
        _column("DSR", "inference.dsr", lambda x: percent(x, 0), shown=False),
        _column("Turnover", "metrics.turnover", times),
        *(
            Column(ticker, MEANINGS["metrics.exposure"], ("metrics", "exposure", ticker), lambda x: percent(x, 0))
            for ticker in pair
        ),
        _column("Fills", "metrics.trades", count, shown=False),
        _column("Costs/yr", "metrics.costs_paid", lambda x: percent(x, 2)),
    )


def _column(
    title: str, place: str, write: Formatter, *, bounds: str = "", meaning: str = "", shown: bool = True
) -> Column:
    """A column whose meaning the glossary knows, unless given."""
    path = tuple(place.split("."))
    explanation = meaning or MEANINGS.get(place) or MEANINGS[path[-1]]
    below = " Below it the 95 % interval." if bounds else ""
    return Column(title, explanation + below, path, write, tuple(bounds.split(".")) if bounds else None, shown)
