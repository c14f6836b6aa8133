"""The null distribution: how often the timing test's t comes up in histories of redrawn signs."""

from unlockstep.backtests.reports.charts.null_bars import null_bars
from unlockstep.backtests.reports.charts.style import Chart
from unlockstep.backtests.reports.text import figure as texts
from unlockstep.backtests.reports.text.format import p_value
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.variants import shown_name
from unlockstep.backtests.results.model.run import RunResult


def null_title(result: RunResult) -> texts.Text:
    """The observed t beside what chance makes of the same positions; empty without a distribution."""
    null = result.family.null
    variant = next((v for v in result.variants if null is not None and v.name == null.variant), None)
    if null is None or variant is None:
        return texts.Text()
    return texts.text(
        "{} has a timing t of {}; in histories of redrawn signs, where it decides again, it does as well with p {}, "
        "and counting all variants p is {}",
        shown_name(variant, result.data.pair),
        signed(texts.figure(null, lambda n: n.t)),
        p_value(texts.figure(variant, lambda v: v.inference.timing_p)),
        p_value(texts.figure(variant, lambda v: v.inference.timing_p_family)),
    )


def null_figure(result: RunResult) -> Chart | None:
    """The chart of the distribution; None without one."""
    return null_bars(result.family.null, synthetic=result.data.synthetic)
