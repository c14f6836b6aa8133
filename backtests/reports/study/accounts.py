"""The accounts that the page draws, and the title of their chart."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from unlockstep.backtests.reports.charts.equity_drawdown import EquityLine, lines_that_fit
from unlockstep.backtests.reports.charts.style import CYCLE, DASHES, Chart
from unlockstep.backtests.reports.study.variant_rows import MAX_ROWS, row_key
from unlockstep.backtests.reports.text.figure import Text, figure, joined, text
from unlockstep.backtests.reports.text.format import (
    is_missing,
    percent,
)
from unlockstep.backtests.reports.text.variants import (
    best_of,
    candidates,
    family_p,
    legs_of,
    primary_of,
    roles_of,
    shown_name,
)
from unlockstep.backtests.results.model.run import RunResult

LISTED = 24
"""Accounts whose keys stand under the chart; the others' appear when their rows are picked in the table."""

MOST_IN_TITLE = 4
"""Legs whose holding the title of the chart tells."""

LOOKS: Mapping[str, Mapping[str, Any]] = {
    "hold_eth": {"color": "@crypto", "shown": True},
    "hold_iwm": {"color": "@equity", "shown": True},
    "fixed_mix": {"color": "@muted", "dash": "dash", "shown": True},
    "equal_weight": {"color": "@orange", "dash": "dash", "shown": True},
    "cash": {"color": "@muted", "dash": "dot"},
}
"""Benchmark → how its line looks."""


def trading_title(result: RunResult) -> Text:
    """The primary variant and the holding of each leg, in a sentence; the title of the accounts' chart."""
    clauses = [
        text(
            "{} {} a year (worst fall {})",
            shown_name(v, result.data.pair),
            percent(figure(v.metrics, lambda m: m.cagr), signed=True),
            percent(figure(v.metrics, lambda m: m.max_drawdown)),
        )
        for v in (primary_of(result), *legs_of(result)[:MOST_IN_TITLE])
        if v is not None and not is_missing(v.metrics.cagr)
    ]
    return joined("; ", clauses) if clauses else text("Accounts, net of all costs")


def account_paths(result: RunResult, returns: pd.DataFrame) -> list[EquityLine]:
    """The accounts to draw: primary, best, benchmarks, then the others by family-wise p-value, as many as fit."""
    primary, best = primary_of(result), best_of(result)
    first = [v for v in (primary, best) if v is not None]
    fixed = [v for v in result.variants if v.benchmark]
    rest = sorted(candidates(result), key=family_p)
    room = max(lines_that_fit(len(returns), min(len(rest), MAX_ROWS)), len(first) + len(fixed))
    ordered = list({v.name: v for v in [*first, *fixed, *rest]}.values())[:room]
    paths: list[EquityLine] = []
    others = 0
    for v in ordered:
        if v.name not in returns:
            continue
        look: Mapping[str, Any]
        if v is primary:
            look = {"color": "@ink", "width": 2.6, "shown": True}
        elif v is best:
            look = {"color": "@green", "width": 2.2, "shown": True}
        elif v.strategy in LOOKS:
            look = LOOKS[v.strategy]
        else:
            look = {"color": CYCLE[others % 3], "dash": DASHES[others // 3 % 4]}
            others += 1
        role = " and ".join(roles_of(v, result))
        name = shown_name(v, result.data.pair) + (f", {role}" if role else "")
        paths.append(
            EquityLine(
                name=name,
                full=name,
                group="",
                returns=returns[v.name].to_numpy(),
                axis="#returns",
                variant=row_key(v.name),
                listed=len(paths) < LISTED,
                **look,
            )
        )
    return paths


def omitted_accounts(returns: pd.DataFrame, chart: Chart | None) -> str:
    """What the accounts' chart leaves out, for the size of the file; "" where it holds all."""
    total, drawn = returns.shape[1], len(chart["series"]) if chart else 0
    if drawn >= total:
        return ""
    return f" Of {total} accounts {drawn} are drawn: the benchmarks and the smallest family-wise p-values."
