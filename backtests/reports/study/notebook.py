"""How results show themselves in a notebook: a verdict and a table, without script, style sheet or request.

Notebooks and the sites that show them take scripts and style sheets out, so the style stands in the elements.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from unlockstep.backtests.engine.portfolio import BacktestResult
from unlockstep.backtests.reports.charts.sparkline import sparkline
from unlockstep.backtests.reports.html import fragment
from unlockstep.backtests.reports.study.columns import Column, columns
from unlockstep.backtests.reports.study.page import verdict_view
from unlockstep.backtests.reports.study.variant_rows import variant_rows
from unlockstep.backtests.results.metrics import measure

ACCOUNTS = ("CAGR", "Vol.", "Sharpe", "Max. DD", "Turnover", "Fills", "Costs/yr")
"""Columns of a simulation: what an account did. Whether that was luck, a study says."""


def study_fragment(result: dict[str, Any], returns: pd.DataFrame) -> str:
    """A study: verdict, reasons, what would change it, and its variants. result: the content of result.json."""
    shown = [column.shown for column in columns(result["data"]["pair"])]
    groups = [
        (heading, [(row.name, row.decision, row.spark, _cells(row.cells, shown)) for row in rows])
        for heading, rows in variant_rows(result, returns=returns)
    ]
    window = result["data"]["evaluated"]
    return fragment(
        "notebook.html.j2",
        title=f"{' / '.join(result['data']['pair'])}, {window['first']} to {window['last']}",
        synthetic=result["data"]["synthetic"],
        verdict=verdict_view(result),
        heads=["Verdict", *(column.title for column in columns(result["data"]["pair"]) if column.shown)],
        groups=groups,
    )


def accounts_fragment(backtest: BacktestResult) -> str:
    """A simulation: what each account did."""
    shown = _accounts(tuple(str(ticker) for ticker in backtest.exposure.columns.unique(1)))
    variants = {name: {"metrics": asdict(metrics)} for name, metrics in measure(backtest).items()}
    rows = [
        (name, "", sparkline(backtest.returns[name].to_numpy()), [(column.text(variant), "") for column in shown])
        for name, variant in variants.items()
    ]
    first, last = backtest.returns.index[0].date(), backtest.returns.index[-1].date()
    return fragment(
        "notebook.html.j2",
        title=f"Accounts, net of costs, {first} to {last}",
        synthetic=backtest.synthetic,
        verdict=None,
        heads=[column.title for column in shown],
        groups=[("", rows)],
    )


def _accounts(pair: Sequence[str]) -> list[Column]:
    titles = (*ACCOUNTS, *pair)
    return [column for column in columns(pair) if column.title in titles]


def _cells(cells: Sequence[Any], shown: Sequence[bool]) -> list[tuple[str, str]]:
    return [(cell.text, cell.interval) for cell, is_shown in zip(cells, shown, strict=True) if is_shown]
