"""The hedged pair beside the plain one, as tables: its timing and verdicts, and what either could show."""

from collections.abc import Callable

from unlockstep.backtests.reports.text.figure import Text, Words, figure, text
from unlockstep.backtests.reports.text.format import p_value, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable, signed, signed_bounds
from unlockstep.backtests.results.model.base import Number
from unlockstep.backtests.results.model.hedged import HedgeBeta, HedgedPair, HedgedVariant
from unlockstep.backtests.results.model.run import RunResult


def hedged_table(result: RunResult) -> SmallTable | None:
    """A row a variant: its timing on the plain pair and on the hedged one; None of a study without hedges."""
    hedged = result.hedged
    if hedged is None:
        return None
    return SmallTable(
        text("Hedged legs, {}: another question, and {} more trials", " | ".join(hedged.pair), hedged.trials),
        text(
            "Timing of the same variants where each leg is held less beta times its hedge, {} to {}, on the same "
            "sessions as the plain pair beside it. Betas are of the {} sessions before, renewed monthly: {}. All "
            "trials on these prices are counted, those of the plain pair too.{}",
            hedged.first,
            hedged.last,
            hedged.window,
            _listed([_beta(each) for each in hedged.betas]),
            f" Left out, since hedged legs have daily opens and closes alone: {', '.join(hedged.left_out)}."
            if hedged.left_out
            else "",
        ),
        ("Variant", "Plain IR", "Hedged IR", "95 % interval", "Family-wise p", "Verdict"),
        [_timing_row(variant) for variant in hedged.variants],
        words=(5,),
    )


def hedged_reach_table(result: RunResult) -> SmallTable | None:
    """A row a variant: the smallest timing that either pair shows with 80 % power."""
    hedged = result.hedged
    if hedged is None:
        return None
    return SmallTable(
        text("What the hedged pair could show at all: {}", _needed(hedged)),
        "Smallest timing information ratio that is shown with 80 % power, and the return a year that it amounts to at "
        "the variant's weights. A weight of 1 of a hedged leg is half of the account in the leg, and beta/2 short in "
        "its hedge.",
        ("Variant", "IR, plain", "IR, hedged", "Return, plain", "Return, hedged"),
        [_reach_row(variant) for variant in hedged.variants],
    )


def _needed(hedged: HedgedPair) -> Words:
    if hedged.ratio_needed is None:
        return "no variant has timing on both pairs"
    return text(
        "in the median {} of the plain pair's ratio, {} of its return",
        ratio(figure(hedged, lambda h: h.ratio_needed)),
        ratio(figure(hedged, lambda h: h.return_needed)),
    )


def _beta(beta: HedgeBeta) -> Text:
    def shown(read: Callable[[HedgeBeta], Number]) -> str | Text:
        return ratio(figure(beta, read))

    return text(
        "{} on {} {} on average ({} to {})",
        beta.leg,
        beta.hedge,
        shown(lambda b: b.mean),
        shown(lambda b: b.least),
        shown(lambda b: b.largest),
    )


def _listed(parts: list[Text]) -> Text:
    return text(", ".join("{}" for _ in parts), *parts)


def _timing_row(variant: HedgedVariant) -> tuple[Words, ...]:
    return (
        variant.label,
        signed(figure(variant, lambda v: v.plain.timing_ir)),
        signed(figure(variant, lambda v: v.hedged.timing_ir)),
        signed_bounds(variant, lambda v: v.timing_ci),
        p_value(figure(variant, lambda v: v.timing_p_family)),
        variant.verdict,
    )


def _reach_row(variant: HedgedVariant) -> tuple[Words, ...]:
    return (
        variant.label,
        ratio(figure(variant, lambda v: v.plain.detectable_ir)),
        ratio(figure(variant, lambda v: v.hedged.detectable_ir)),
        percent(figure(variant, lambda v: v.plain.detectable_return)),
        percent(figure(variant, lambda v: v.hedged.detectable_return)),
    )
