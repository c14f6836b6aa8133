"""What a sweep says: the content of sweep.json. Every account in it is vectorbt's."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.stats.sharpe import moments, probabilistic_sharpe_ratio
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep.collect import HEAD, Collected
from unlockstep.backtests.sweep.null_distribution import LEVELS, STEP, NullDistribution
from unlockstep.backtests.sweep.parity import LIMIT, Parity
from unlockstep.backtests.sweep.plan import Plan
from unlockstep.backtests.trials.deflated_sharpe import deflated_sharpe_ratio
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals.market import Floats
from unlockstep.strategies.strategy import Strategy

COARSE = 20
"""Levels of t that are shown as one."""

HEADS = (1, 10, 100, HEAD)
"""Of how many of the best it is said how many luck would have brought."""


def spaces_entry(plan: Plan, collected: Collected, study: Study) -> list[dict[str, Any]]:
    """What was swept: a dict a strategy, with its axes, what was left out, and what each value brought."""
    return [
        {
            "strategy": space.strategy.name,
            "source": study.source_of(space.strategy),
            "statement": space.strategy.statement,
            "axes": {name: list(values) for name, values in space.axes.items()},
            "combinations": space.combinations,
            "drawn": None if space.numbers is None else len(space.numbers),
            "evaluated": collected.evaluated[number],
            "contradictory": collected.contradictory[number],
            "ruined": collected.ruined[number],
            "by_value": {
                name: _by_value(space.axes[name], collected.by_value[number, name])
                for name in space.varied
                if (number, name) in collected.by_value
            },
        }
        for number, space in enumerate(plan.spaces)
    ]


def _by_value(values: Sequence[Any], table: Floats) -> list[dict[str, Any]]:
    return [
        {"value": value, "variants": int(n), "mean_t": total / n if n else None, "best_t": best if n else None}
        for value, (n, total, best) in zip(values, table.tolist(), strict=True)
    ]


def null_entry(collected: Collected, null: NullDistribution, alpha: float) -> dict[str, Any]:
    """How many of the best the number of variants explains.

    p_family: of the best, by all shifts; p_resampled: by resampled histories, None for sweeps too large for them.
    heads: for some numbers of the best the t of the last of them, and how many variants have that t at an alignment
    that tells nothing, on average.  explained: that, as a share of the number, at most 1.
    """
    heads = [
        {"best": k, "t": float(collected.t[k - 1]), "expected": null.expected(collected.t[k - 1])}
        for k in HEADS
        if k <= len(collected.t)
    ]
    return {
        "alignments": len(null.largest),
        "vary": null.variants,
        "best_t": float(collected.t[0]) if len(collected.t) else None,
        "p_family": null.p_family(float(collected.t[0])) if len(collected.t) else None,
        "p_resampled": null.p_resampled(float(collected.t[0])) if len(collected.t) else None,
        "critical_t": float(np.quantile(null.largest, 1.0 - alpha)) if null.variants else None,
        "alpha": alpha,
        "heads": [{**head, "explained": min(1.0, head["expected"] / head["best"])} for head in heads],
    }


def distribution_entry(collected: Collected, null: NullDistribution) -> dict[str, Any]:
    """How many variants have a t in each level, and how many at an alignment that tells nothing, on average."""
    observed, chance = (each.reshape(-1, COARSE).sum(axis=1) for each in (collected.observed, null.counts))
    seen = np.flatnonzero((observed > 0) | (chance > 0))
    first, last = (int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 0)
    width = STEP * COARSE
    return {
        "from": (first - LEVELS // COARSE // 2) * width,
        "width": width,
        "observed": observed[first:last],
        "by_chance": chance[first:last] / len(null.largest),
    }


def best_entries(
    plan: Plan,
    best: Sequence[tuple[int, int]],
    parity: Parity,
    collected: Collected,
    null: NullDistribution,
    trial_count: TrialCount,
) -> list[dict[str, Any]]:
    """A dict each of the best, best first: parameters, vectorbt's figures, and what luck makes of its timing."""
    if not best:
        return []
    weights = np.moveaxis(parity.weights[: len(best)], 0, 1)
    timing = timing_test(weights, plan.terms.earned)
    return [
        {
            "name": variant.label,
            "strategy": variant.name,
            "statement": variant.statement,
            "space": space,
            "number": number,
            "params": variant.params,
            "metrics": asdict(parity.metrics[variant.label]),
            "inference": {
                "timing_t": float(collected.t[i]),
                "timing_ir": timing.information_ratio[i],
                "timing_ci": timing.ci[i],
                "timing_p": timing.p[i],
                "timing_p_family": null.p_family(float(collected.t[i])),
                "timing_p_ever": trial_count.p_all_trials(
                    p=float(timing.p[i]), p_family=null.p_family(float(collected.t[i])), named=False
                ),
                **_sharpe(parity.backtest.returns[variant.label].to_numpy(), trial_count.effective),
            },
        }
        for i, ((space, number), variant) in enumerate(zip(best, parity.variants, strict=False))
    ]


def benchmark_entries(parity: Parity) -> list[dict[str, Any]]:
    """The benchmarks on the same sessions."""
    benchmarks: list[Strategy] = [variant for variant in parity.variants if variant.benchmark]
    return [
        {"name": v.label, "strategy": v.name, "params": v.params, "metrics": asdict(parity.metrics[v.label])}
        for v in benchmarks
    ]


def parity_entry(parity: Parity) -> dict[str, Any]:
    """By how much the kernel's accounts differ from vectorbt's."""
    return {"variants": len(parity.weights), "largest": parity.largest, "limit": LIMIT}


def finding(n: int, null: dict[str, Any], p_all_trials: float | None) -> str:
    """The sweep in a sentence or two: whether the best is more than so many variants show by luck."""
    if null["best_t"] is None:
        return f"None of {n:,} variants ever changes its position, so there is no timing to judge."
    p = null["p_family"] if p_all_trials is None else max(null["p_family"], p_all_trials)
    best, percent = null["best_t"], 100.0 * null["p_family"]
    hundred = next((head for head in reversed(null["heads"]) if head["best"] <= 100), null["heads"][0])
    share = f"By luck alone {hundred['expected']:,.0f} would be as good as the best {hundred['best']:,}."
    if hundred["best"] == 1:
        share = ""
    if p > null["alpha"]:
        text = (
            f"The number of variants explains the best of them: among {n:,}, a t of {best:.2f} or more comes up in "
            f"{percent:.0f} % of alignments that tell nothing."
        )
        if null["p_family"] <= null["alpha"]:
            text = (
                f"The best of {n:,} variants has a t of {best:.2f}, which would be more than their number explains "
                f"(p = {null['p_family']:.3f}); with all that was tried before on these prices it is not (p = {p:.2f})."
            )
    else:
        text = (
            f"The best of {n:,} variants, with a t of {best:.2f}, is more than their number explains: p = {p:.3f}. "
            "That is a candidate and no verdict: run it as the primary of a study, and unseal that."
        )
    return f"{text} {share}".strip()


def _sharpe(returns: Floats, trials: float) -> dict[str, float]:
    sr, skewness, kurtosis = moments(returns)
    shape = {"skewness": skewness, "kurtosis": kurtosis}
    return {
        "psr": probabilistic_sharpe_ratio(sr, len(returns), **shape),
        "dsr": deflated_sharpe_ratio(sr, len(returns), n_trials=trials, trial_variance=1.0 / len(returns), **shape),
    }
