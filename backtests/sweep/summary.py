"""What a sweep says: the parts of sweep.json. Every account in it is vectorbt's."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.results.model import sweep as model
from unlockstep.backtests.results.model.variant import Metrics
from unlockstep.backtests.stats.sharpe import excess_returns, moments, probabilistic_sharpe_ratio
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep.collect import HEAD, Collected
from unlockstep.backtests.sweep.null_distribution import LEVELS, STEP, NullDistribution
from unlockstep.backtests.sweep.parity import Parity
from unlockstep.backtests.sweep.plan import Plan
from unlockstep.backtests.text import percent_of_cases, shown_p
from unlockstep.backtests.trials.deflated_sharpe import deflated_sharpe_ratio
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import Floats

COARSE = 20
"""Levels of t that are shown as one."""

HEADS = (1, 10, 100, HEAD)
"""Of how many of the best it is said how many chance would have brought."""


def space_results(plan: Plan, collected: Collected, study: Study) -> tuple[model.SpaceResult, ...]:
    """What was swept, a part a strategy: its axes, what was left out, and what each value brought."""
    return tuple(
        model.SpaceResult(
            strategy=space.strategy.name,
            source=study.source_of(space.strategy),
            statement=space.strategy.statement,
            axes=space.axes,
            combinations=space.combinations,
            drawn=None if space.numbers is None else len(space.numbers),
            evaluated=collected.evaluated[number],
            contradictory=collected.contradictory[number],
            ruined=collected.ruined[number],
            by_value={
                name: _by_value(space.axes[name], collected.by_value[number, name])
                for name in space.varied
                if (number, name) in collected.by_value
            },
        )
        for number, space in enumerate(plan.spaces)
    )


def _by_value(values: Sequence[Any], table: Floats) -> tuple[model.ValueRow, ...]:
    return tuple(
        model.ValueRow(value=value, variants=int(n), mean_t=total / n if n else None, best_t=best if n else None)
        for value, (n, total, best) in zip(values, table.tolist(), strict=True)
    )


def chance_result(collected: Collected, null: NullDistribution, alpha: float) -> model.ChanceResult:
    """How many of the best the number of variants explains."""
    best_t = float(collected.t[0]) if len(collected.t) else None
    return model.ChanceResult(
        alignments=len(null.largest),
        vary=null.variants,
        best_t=best_t,
        p_family=None if best_t is None else null.p_family(best_t),
        p_resampled=None if best_t is None else null.p_resampled(best_t),
        critical_t=np.quantile(null.largest, 1.0 - alpha) if null.variants else None,
        alpha=alpha,
        heads=[_head_row(k, float(collected.t[k - 1]), null) for k in HEADS if k <= len(collected.t)],
    )


def _head_row(best: int, t: float, null: NullDistribution) -> model.HeadRow:
    expected = null.expected(t)
    return model.HeadRow(best=best, t=t, expected=expected, explained=min(1.0, expected / best))


def distribution_result(collected: Collected, null: NullDistribution) -> model.DistributionResult:
    """How many variants have a t in each level, and how many at an alignment that tells nothing, on average."""
    observed, chance = (each.reshape(-1, COARSE).sum(axis=1) for each in (collected.observed, null.counts))
    seen = np.flatnonzero((observed > 0) | (chance > 0))
    first, last = (int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 0)
    width = STEP * COARSE
    return model.DistributionResult(
        lowest=(first - LEVELS // COARSE // 2) * width,
        width=width,
        observed=observed[first:last].tolist(),
        by_chance=(chance[first:last] / len(null.largest)).tolist(),
    )


def best_results(
    plan: Plan,
    best: Sequence[tuple[int, int]],
    parity: Parity,
    collected: Collected,
    null: NullDistribution,
    trial_count: TrialCount,
) -> tuple[model.SweptVariant, ...]:
    """The best, best first: parameters, vectorbt's figures, and how much of their timing chance explains."""
    if not best:
        return ()
    weights = np.moveaxis(parity.weights[: len(best)], 0, 1)
    timing = timing_test(weights, plan.terms.earned)
    results = []
    for i, ((space, number), variant) in enumerate(zip(best, parity.variants, strict=False)):
        p_family = null.p_family(float(collected.t[i]))
        inference = model.SweptInference(
            timing_t=collected.t[i],
            timing_ir=timing.information_ratio[i],
            timing_ci=timing.ci[i],
            timing_p=timing.p[i],
            timing_p_family=p_family,
            timing_p_ever=trial_count.p_all_trials(p=float(timing.p[i]), p_family=p_family, named=False),
            **_sharpe(
                excess_returns(parity.backtest.returns[variant.label].to_numpy(), parity.backtest.risk_free),
                trial_count.effective,
            ),
        )
        results.append(
            model.SweptVariant(
                name=variant.label,
                strategy=variant.name,
                statement=variant.statement,
                space=space,
                number=number,
                params=variant.params,
                metrics=Metrics(**asdict(parity.metrics[variant.label])),
                inference=inference,
            )
        )
    return tuple(results)


def benchmark_results(parity: Parity) -> tuple[model.SweptBenchmark, ...]:
    """The benchmarks on the same sessions."""
    return tuple(
        model.SweptBenchmark(
            name=v.label, strategy=v.name, params=v.params, metrics=Metrics(**asdict(parity.metrics[v.label]))
        )
        for v in parity.variants
        if v.benchmark
    )


def finding(n: int, chance: model.ChanceResult, p_all_trials: float | None) -> str:
    """The sweep in a sentence or two: whether the best is more than so many variants show by luck."""
    if chance.best_t is None or chance.p_family is None:
        return f"None of {n:,} variants ever changes its position, so there is no timing to judge."
    p = chance.p_family if p_all_trials is None else max(chance.p_family, p_all_trials)
    best, p_family = chance.best_t, chance.p_family
    hundred = next((head for head in reversed(chance.heads) if head.best <= 100), chance.heads[0])
    share = f"By chance alone {hundred.expected:,.0f} would be as good as the best {hundred.best:,}."
    if hundred.best == 1:
        share = ""
    if p > chance.alpha:
        text = (
            f"The number of variants explains the best of them: among {n:,}, a t of {best:.2f} or more comes up in "
            f"{percent_of_cases(p_family, chance.alpha)} of alignments without information."
        )
        if chance.p_family <= chance.alpha:
            text = (
                f"The best of {n:,} variants has a t of {best:.2f}, which would be more than their number explains "
                f"(p {shown_p(p_family, chance.alpha)}); with all that was tried before on these prices it is not "
                f"(p {shown_p(p, chance.alpha)})."
            )
    else:
        text = (
            f"The best of {n:,} variants, with a t of {best:.2f}, is more than their number explains: "
            f"p {shown_p(p, chance.alpha)}. That is a candidate and no verdict: run it as the primary of a "
            "study, and unseal that."
        )
    return f"{text} {share}".strip()


def _sharpe(returns: Floats, trials: float) -> dict[str, float]:
    sr, skewness, kurtosis = moments(returns)
    shape = {"skewness": skewness, "kurtosis": kurtosis}
    return {
        "psr": probabilistic_sharpe_ratio(sr, len(returns), **shape),
        "dsr": deflated_sharpe_ratio(sr, len(returns), n_trials=trials, trial_variance=1.0 / len(returns), **shape),
    }
