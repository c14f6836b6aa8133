"""The columns of the variants' tables: what each shows, how it is written, and what it means in plain words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backtests.reports.format import Formatter, Number, count, interval, p_value, percent, ratio, times

Variant = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of figures.

    title: head of the column.  meaning: one sentence.  path: where result.json keeps the figure, from the variant on.
    write: number → text.  bounds: where the 95 % interval is kept, if the column shows one below the figure.
    """

    title: str
    meaning: str
    path: tuple[str, ...]
    write: Formatter
    bounds: tuple[str, ...] | None = None

    def number(self, variant: Variant) -> Number:
        """The figure, or None where the variant has none."""
        found = dig(variant, self.path)
        return found if isinstance(found, int | float) else None

    def text(self, variant: Variant) -> str:
        """The figure as written."""
        return self.write(self.number(variant))

    def interval(self, variant: Variant) -> str:
        """The 95 % interval as written, "" for a column without one."""
        return interval(dig(variant, self.bounds), self.write) if self.bounds else ""


def dig(variant: Variant, path: Sequence[str]) -> Any:
    """What stands at `path`, or None where any part of it is missing."""
    found: Any = variant
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _signed(write: Callable[..., str], digits: int) -> Formatter:
    return lambda x: write(x, digits, True)


def columns(pair: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a pair's table, in their order."""
    exposures = tuple(
        Column(
            ticker,
            f"Average share of the account in {ticker} while each session's return was earned.",
            ("metrics", "exposure", ticker),
            lambda x: percent(x, 0),
        )
        for ticker in pair
    )
    return (
        Column(
            "CAGR",
            "Compound annual growth rate, net of all costs, 252 sessions a year.",
            ("metrics", "cagr"),
            percent,
        ),
        Column("Vol.", "Annual volatility: standard deviation of the net returns.", ("metrics", "volatility"), percent),
        Column(
            "Sharpe",
            "Annual mean over annual standard deviation of the net returns, against zero; below it the 95 % interval.",
            ("metrics", "sharpe"),
            ratio,
            ("inference", "sharpe_ci"),
        ),
        Column(
            "IR over mix",
            "Net returns beyond those of the constant mix, the variant's own average weights held all the time: annual "
            "mean over annual standard deviation.",
            ("against", "constant_mix", "information_ratio"),
            _signed(ratio, 2),
        ),
        Column("Max. DD", "Largest fall of the account from a peak.", ("metrics", "max_drawdown"), percent),
        Column(
            "Timing IR",
            "Annual information ratio of the timing return: what the moments of holding earned beyond the average "
            "weights, over its standard deviation; below it the 95 % interval.",
            ("inference", "timing_ir"),
            _signed(ratio, 2),
            ("inference", "timing_ci"),
        ),
        Column(
            "p",
            "Share of shifted histories in which the same positions did at least as well: the variant on its own.",
            ("inference", "timing_p"),
            p_value,
        ),
        Column(
            "p family",
            "The same, adjusted for the best of all variants of this study. This one decides.",
            ("inference", "timing_p_family"),
            p_value,
        ),
        Column(
            "Turnover",
            "Value traded a year, buys and sells, as a multiple of the account.",
            ("metrics", "turnover"),
            times,
        ),
        *exposures,
        Column("Fills", "Number of trades filled.", ("metrics", "trades"), count),
        Column(
            "Costs/yr",
            "Fees, slippage and borrow cost a year, as a share of the account at the time.",
            ("metrics", "costs_paid"),
            lambda x: percent(x, 2),
        ),
    )
