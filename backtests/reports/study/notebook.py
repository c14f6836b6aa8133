"""How a run shows itself in a notebook: a verdict and a table, without script, style sheet or request.

Notebooks and the sites that show them take scripts and style sheets out, so the style stands in the elements.
"""

from collections.abc import Sequence

import pandas as pd

from unlockstep.backtests.reports.html import fragment
from unlockstep.backtests.reports.study.columns import columns
from unlockstep.backtests.reports.study.variant_rows import Cell, variant_rows
from unlockstep.backtests.reports.study.verdict import verdict_view
from unlockstep.backtests.results.model.run import RunResult


def study_fragment(result: RunResult, returns: pd.DataFrame) -> str:
    """A study: verdict, reasons, what would change it, and its variants; returns: a column a variant."""
    tickers, window = result.data.tickers, result.data.evaluated
    shown = [column.shown for column in columns(tickers)]
    groups = [
        (heading, [(row.name, row.decision, row.spark, _shown_cells(row.cells, shown)) for row in rows])
        for heading, rows in variant_rows(result, returns=returns)
    ]
    return fragment(
        "notebook.html.j2",
        title=f"{' / '.join(tickers)}, {window.first} to {window.last}",
        synthetic=result.data.synthetic,
        verdict=verdict_view(result),
        heads=["Verdict", *(column.title for column in columns(tickers) if column.shown)],
        groups=groups,
    )


def _shown_cells(cells: Sequence[Cell], shown: Sequence[bool]) -> list[tuple[str, str]]:
    return [(str(cell.text), str(cell.interval)) for cell, is_shown in zip(cells, shown, strict=True) if is_shown]
