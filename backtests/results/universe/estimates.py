"""The pairs of a universe one by one: the ratio of each, how much they differ, and each drawn towards the others."""

from collections.abc import Sequence

import numpy as np

from unlockstep.backtests.config.universe import UniversePair
from unlockstep.backtests.results.model.universe import Heterogeneity, PairEstimate
from unlockstep.backtests.results.universe.pairs import PairEvaluation
from unlockstep.backtests.stats.clear_shifts import half_width
from unlockstep.backtests.stats.partial_pooling import PartialPooling, heterogeneity, partial_pooling
from unlockstep.backtests.stats.pooled_timing import MONEY, RIDGE, SCORES, Pooled
from unlockstep.signals.market import Floats

FEWEST_PAIRS = 3
"""From which on pairs are pooled: two say nothing of how much pairs differ."""


def pair_estimates(
    pairs: Sequence[UniversePair], evaluations: Sequence[PairEvaluation], pooled: Pooled, histories: Floats, v: int
) -> tuple[Heterogeneity | None, tuple[PairEstimate, ...]]:
    """(how much the pairs differ, None where the variant varies on too few; each pair's ratios, in their order).

    histories: H x 3 x P x V, t of each pair in each history.  v: number of the variant.
    """
    timings = [evaluation.timing for evaluation in evaluations]
    varies = np.array([np.isfinite(timing.t[SCORES, v]) for timing in timings])
    years = np.sqrt(pooled.years)
    again = np.nan_to_num(histories[:, MONEY, :, v])
    measured = np.array([timing.information_ratio[v] for timing in timings])
    ratios = measured - again.mean(axis=0) / years  # less what chance adds
    deviation = np.array([np.maximum(1.0, timing.null[MONEY, :, v].std()) for timing in timings]) / years
    covariance = pooled.correlation[v] * np.outer(deviation, deviation)
    together = differences = None
    if varies.sum() >= FEWEST_PAIRS:
        errors = covariance[np.ix_(varies, varies)] + RIDGE * np.eye(int(varies.sum()))
        together = partial_pooling(ratios[varies], errors)
        differences = _heterogeneity(ratios[varies], pooled.years[varies], again[:, varies], together)
    precision = pooled.weights[:, v] * years
    shares = precision / precision.sum() if precision.sum() > 0 else precision
    half = np.array([half_width(timing.null[MONEY, :, [v]].T, 0.975)[0] for timing in timings]) / years
    place, estimates = np.cumsum(varies) - 1, []
    for number, pair in enumerate(pairs):
        shown = together if varies[number] else None
        at = int(place[number])
        estimates.append(
            PairEstimate(
                pair=pair.pair,
                weight=float(shares[number]),
                timing_ir=float(measured[number]),
                timing_ci=(float(ratios[number] - half[number]), float(ratios[number] + half[number]))
                if varies[number]
                else (None, None),
                pooled_ir=float(shown.ratios[at]) if shown is not None else None,
                pooled_ci=(float(shown.ci[at, 0]), float(shown.ci[at, 1])) if shown is not None else (None, None),
            )
        )
    return differences, tuple(estimates)


def _heterogeneity(ratios: Floats, years: Floats, again: Floats, together: PartialPooling) -> Heterogeneity:
    """Cochran's Q of the ratios against its values in the histories. again: H x P, t of each pair in each."""
    drawn = again / np.sqrt(years)
    q, by_chance = heterogeneity(ratios, years), heterogeneity(drawn - drawn.mean(axis=0), years)
    return Heterogeneity(
        q=float(q),
        p=float(((by_chance >= q).sum() + 1) / (len(by_chance) + 1)),
        between_sd=together.between,
        between_ci=together.between_ci,
    )
