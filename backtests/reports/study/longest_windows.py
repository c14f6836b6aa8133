"""Each variant on the longest window that its own warm-up allows, as a table that describes."""

from unlockstep.backtests.reports.study.variant_rows import leading_and_benchmarks
from unlockstep.backtests.reports.text.figure import Words, figure
from unlockstep.backtests.reports.text.format import count, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable, signed
from unlockstep.backtests.reports.text.variants import shown_name
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult

MOST = 40
"""Variants in the table at most; all stand in result.json."""


def longest_windows_table(result: RunResult) -> SmallTable | None:
    """A row a variant, those under test first; None where all share the evaluated window, or a result lacks them."""
    variants = leading_and_benchmarks(result, MOST)
    if all(v.longest_window is None or v.longest_window.first == result.data.evaluated.first for v in variants):
        return None
    return SmallTable(
        "Each variant on its own longest window: a description, no part of the verdict",
        "Each begins as soon as its own warm-up allows, so its figures do not change with the other variants; windows "
        "differ, so they do not compare. Net of costs, annual figures per 252 sessions.",
        ("Variant", "Starts", "Sessions", "Net return", "CAGR", "Sharpe", "Max DD", "Timing IR"),
        [_row(variant, result) for variant in variants if variant.longest_window is not None],
        words=(1,),
    )


def _row(variant: VariantResult, result: RunResult) -> tuple[Words, ...]:
    window = variant.longest_window
    assert window is not None  # rows are of variants that have one
    return (
        shown_name(variant, result.data.pair),
        window.first,
        count(figure(window, lambda w: w.sessions)),
        percent(figure(window, lambda w: w.net_return)),
        percent(figure(window, lambda w: w.cagr)),
        ratio(figure(window, lambda w: w.sharpe)),
        percent(figure(window, lambda w: w.max_drawdown)),
        signed(figure(window, lambda w: w.timing_ir)),
    )
