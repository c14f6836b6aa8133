"""How a run shows itself in a notebook: a verdict and a table, without script, style sheet or request.

Notebooks and the sites that show them take scripts and style sheets out, so the style stands in the elements.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from unlockstep.backtests.reports.html import fragment
from unlockstep.backtests.reports.study.columns import columns
from unlockstep.backtests.reports.study.page import verdict_view
from unlockstep.backtests.reports.study.variant_rows import variant_rows


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


def _cells(cells: Sequence[Any], shown: Sequence[bool]) -> list[tuple[str, str]]:
    return [(cell.text, cell.interval) for cell, is_shown in zip(cells, shown, strict=True) if is_shown]
