"""The variants of a typed result by their part in the verdict, and their names, shared by every report."""

from collections.abc import Sequence

from unlockstep.backtests.reports.text.format import is_missing
from unlockstep.backtests.reports.text.wording import LEG_BENCHMARKS
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult


def candidates(result: RunResult) -> list[VariantResult]:
    """The variants that claim something: all but the benchmarks."""
    return [variant for variant in result.variants if not variant.benchmark]


def primary_of(result: RunResult) -> VariantResult | None:
    """The primary variant; None where the study has none."""
    return next((variant for variant in result.variants if variant.name == result.primary), None)


def best_of(result: RunResult) -> VariantResult | None:
    """The variant with the smallest family-wise p-value; None where no variant has one."""
    tested = [variant for variant in candidates(result) if not is_missing(variant.inference.timing_p_family)]
    return min(tested, key=family_p, default=None)


def family_p(variant: VariantResult) -> float:
    """The family-wise p-value to sort by; 2 where it is missing."""
    p = variant.inference.timing_p_family
    return 2.0 if p is None else p


def examined(result: RunResult) -> VariantResult | None:
    """The variant that the evidence is on: the primary, else that of the smallest family-wise p, else the first."""
    return primary_of(result) or best_of(result) or next(iter(candidates(result)), None)


def shown_name(variant: VariantResult, pair: Sequence[str]) -> str:
    """A variant's short name; that of a leg's benchmark says which leg: "hold_eth (BTC-USD)"."""
    leg = LEG_BENCHMARKS.get(variant.strategy)
    return variant.label if leg is None else f"{variant.label} ({pair[leg]})"


def short_names(result: RunResult) -> dict[str, str]:
    """Full name → short name of every variant."""
    return {variant.name: shown_name(variant, result.data.pair) for variant in result.variants}
