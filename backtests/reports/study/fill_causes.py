"""The fills of each variant by their cause, as a table."""

from unlockstep.backtests.reports.study.variant_rows import leading_and_benchmarks
from unlockstep.backtests.reports.text.figure import Words, figure
from unlockstep.backtests.reports.text.format import count
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.variants import shown_name
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult

MOST = 40
"""Variants in the table at most; all stand in result.json."""


def fill_causes_table(result: RunResult) -> SmallTable | None:
    """A row a variant, those under test first; None where the cause of a fill follows from the rest."""
    variants = leading_and_benchmarks(result, MOST)
    if all(v.causes is None for v in variants):
        return None
    return SmallTable(
        "Fills by cause",
        "A decision changed the wanted weights, a mix that had drifted was rebalanced, or an exit rule, such as a "
        "stop-loss, closed the position. A leg that is bought or sold is a fill.",
        ("Variant", "Fills", "Decision", "Rebalancing", "Exit"),
        [_row(variant, result) for variant in variants if variant.causes is not None],
    )


def _row(variant: VariantResult, result: RunResult) -> tuple[Words, ...]:
    causes = variant.causes
    assert causes is not None  # rows are of variants that have them
    return (
        shown_name(variant, result.data.pair),
        count(figure(variant, lambda v: v.metrics.trades)),
        count(figure(causes, lambda c: c.decision)),
        count(figure(causes, lambda c: c.rebalancing)),
        count(figure(causes, lambda c: c.exit)),
    )
