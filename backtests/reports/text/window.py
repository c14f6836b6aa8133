"""The evaluated window in words: where it starts, and why there."""

from collections.abc import Mapping

from unlockstep.backtests.reports.text.figure import Text, figure, text
from unlockstep.backtests.reports.text.format import count
from unlockstep.backtests.results.model.pair import Evaluated
from unlockstep.backtests.results.model.run import RunResult


def run_window(result: RunResult) -> Text | None:
    """`window_sentence` of a run, the variant by its short name."""
    return window_sentence(result.data.evaluated, {variant.name: variant.label for variant in result.variants})


def window_sentence(window: Evaluated, labels: Mapping[str, str]) -> Text | None:
    """Where the evaluated window starts and what opens it there; None where a result does not say it.

    labels: a variant's name → how it is shown.
    """
    opening = window.opening
    if opening is None:
        return None
    slowest = labels.get(opening.slowest, opening.slowest)
    warmup = count(figure(opening, lambda o: o.warmup))
    if opening.by == "warm-up":
        return text("The evaluated window starts {}: {} warms up {} sessions.", window.first, slowest, warmup)
    return text(
        "The evaluated window starts {}: the study's evaluate_from; {}, which warms up {} sessions, would allow {}.",
        window.first,
        slowest,
        warmup,
        opening.earliest,
    )
