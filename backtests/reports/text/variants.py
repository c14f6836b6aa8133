"""The variants of a typed result by their part in the verdict, and their names, shared by every report."""

from collections.abc import Callable, Sequence
from typing import Any

from unlockstep.backtests.config.benchmark_names import benchmark_name, holds_one_leg
from unlockstep.backtests.reports.text.figure import Cell, R, Text, figure, figures, joined, place_of, text
from unlockstep.backtests.reports.text.format import general, is_missing, ratio, value
from unlockstep.backtests.results.model.family import FamilyResult
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.unseal import UnsealedVariant
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


def family_p(variant: VariantResult | UnsealedVariant) -> float:
    """The family-wise p-value to sort by; 2 where it is missing."""
    p = variant.inference.timing_p_family
    return 2.0 if p is None else p


def examined(result: RunResult) -> VariantResult | None:
    """The variant that the evidence is on: the primary, else that of the smallest family-wise p, else the first."""
    return primary_of(result) or best_of(result) or next(iter(candidates(result)), None)


def roles_of(variant: VariantResult, result: RunResult) -> list[str]:
    """Why a variant stands out: "primary", "smallest p", both, or neither."""
    roles = (("primary", primary_of(result)), ("smallest p", best_of(result)))
    return [role for role, v in roles if v is variant]


def legs_of(result: RunResult) -> list[VariantResult]:
    """The benchmarks that hold one leg each."""
    return [variant for variant in result.variants if holds_one_leg(variant.strategy)]


def shown_name(variant: VariantResult, pair: Sequence[str]) -> str:
    """A variant's short name; that of a leg's benchmark is "hold QQQ", since hold_iwm holds whatever is second."""
    return benchmark_name(variant.strategy, pair, variant.params) or variant.label


def short_names(result: RunResult) -> dict[str, str]:
    """Full name → short name of every variant."""
    return {variant.name: shown_name(variant, result.data.pair) for variant in result.variants}


def parameters(variant: VariantResult) -> Text:
    """A variant's parameters: "window = 90, hold = 60"; "no parameters" where it has none."""
    if not variant.params:
        return text("no parameters")
    return joined(", ", (text("{} = {}", key, parameter(variant, key)) for key in variant.params))


def parameter(variant: VariantResult, key: str) -> Text:
    """One parameter's value, a list by commas."""
    return written(variant, lambda v: v.params[key])


def written(part: R, read: Callable[[R], Any]) -> Text:
    """A value of a parameter or a setting, of whatever type; a list by commas."""
    item = read(part)
    if isinstance(item, str):
        return Text((Cell(item, "", place_of(part, read)),))
    if isinstance(item, list | tuple):
        return joined(", ", (general(x) for x in figures(part, read)))
    return text("{}", value(item)) if item is None or isinstance(item, bool) else general(figure(part, read))


def interval_count(result: RunResult) -> str:
    """How many of the timing intervals lie above zero, in a sentence: the finding of the picture of strength."""
    bounds = [variant.inference.timing_ci or (None, None) for variant in candidates(result)]
    lower = [low for low, high in bounds if low is not None and high is not None]
    if not lower:
        return "No variant has a timing information ratio in this sample"
    above = sum(low > 0 for low in lower)
    if len(lower) == 1:
        return f"The one interval of the timing information ratio {'lies above' if above else 'does not exclude'} zero"
    subject = f"{'None' if not above else 'All' if above == len(lower) else above} of the {len(lower)} intervals"
    return f"{subject} of the timing information ratio {'lies' if above <= 1 else 'lie'} above zero"


def trials_sentence(family: FamilyResult) -> Text:
    """How many trials are counted, whether those of earlier runs are among them, and to how many they amount."""
    if family.earlier is None:
        trials = "Trials of earlier runs are not counted, for want of a ledger."
    elif family.earlier:
        trials = f"{family.n_trials} trials are counted, {family.earlier} of them of other studies on these prices."
    else:
        trials = "The ledger holds no trials of other studies on these prices."
    if is_missing(family.n_effective):
        return text("{}", trials)
    of_study = "" if family.earlier else " of this study"
    effective = ratio(figure(family, lambda f: f.n_effective), 1)
    return text("{} Effective number of independent trials{}: {}.", trials, of_study, effective)


def not_computed(result: RunResult) -> str:
    """What the result leaves empty, by name; "" where it leaves nothing, or has no variant to compute it for."""
    tested = candidates(result)
    missing = {
        "the walk-forward choice of parameters": not any(v.robustness and v.robustness.walk_forward for v in tested),
        "Hansen's SPA test": result.family.spa_p is None,
        "the probability of backtest overfitting (PBO)": result.family.pbo is None,
    }
    return ", ".join(name for name, absent in missing.items() if absent) if tested else ""
