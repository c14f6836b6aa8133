"""What many pairs say together of each: their differences, and each pair's ratio drawn towards the others'.

The normal hierarchical model (Lindley and Smith 1972; Rubin 1981): pair i has the true information ratio θᵢ, drawn from
a normal distribution with mean μ and standard deviation τ, and shows mᵢ, off by an error of known covariance V, which
holds what the pairs share. μ has a flat prior, τ a half-normal one of scale SCALE, weak where information ratios of
timing are between -1 and 1 (Röver and others 2021). Given τ all is normal and in closed form; over τ it is summed on a
grid. An estimate of τ in place of its distribution would be 0 in half of all samples, and the intervals around the
mean far too short (Morris 1983): hence the sum.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from unlockstep.signals.market import Floats

SCALE = 0.5
"""Of the prior of τ, in units of the annual information ratio."""

LARGEST = 4.0
"""τ is summed up to as many SCALEs."""

STEPS = 81
"""Values of τ on the grid."""


@dataclass(frozen=True, eq=False)
class PartialPooling:
    """P pairs.

    mean, mean_ci: posterior mean and 95 % interval of μ.
    between, between_ci: posterior median and 95 % interval of τ, the standard deviation between pairs.
    ratios:  length P, posterior mean of θ.  ci: P x 2, its 95 % interval.
    """

    mean: float
    mean_ci: tuple[float, float]
    between: float
    between_ci: tuple[float, float]
    ratios: Floats
    ci: Floats


def partial_pooling(ratios: Floats, covariance: Floats) -> PartialPooling:
    """The pairs, each drawn towards the others.

    ratios: length P, measured.  covariance: P x P of their errors, positive definite.
    """
    tau = np.linspace(0.0, LARGEST * SCALE, STEPS)
    given = [_given(float(value), ratios, covariance) for value in tau]
    log_weight = np.array([each[0] for each in given]) - 0.5 * (tau / SCALE) ** 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    means = np.array([each[1] for each in given])  # τ x (1 + P): of μ, then of each θ
    deviations = np.sqrt(np.array([each[2] for each in given]))
    low, high = (_quantile(probability, weight, means, deviations) for probability in (0.025, 0.975))
    centre = weight @ means
    below = np.cumsum(weight) - 0.5 * weight
    between = [float(np.interp(probability, below, tau)) for probability in (0.5, 0.025, 0.975)]
    return PartialPooling(
        mean=float(centre[0]),
        mean_ci=(float(low[0]), float(high[0])),
        between=between[0],
        between_ci=(between[1], between[2]),
        ratios=centre[1:],
        ci=np.column_stack([low[1:], high[1:]]),
    )


def _given(tau: float, ratios: Floats, covariance: Floats) -> tuple[float, Floats, Floats]:
    """(log likelihood, means, variances), the latter of μ and each θ, given τ."""
    pairs = len(ratios)
    marginal = covariance + tau**2 * np.eye(pairs)
    precision = np.linalg.inv(marginal)
    certainty = precision.sum()
    mean = precision.sum(axis=0) @ ratios / certainty
    off = ratios - mean
    likelihood = -0.5 * (np.linalg.slogdet(marginal)[1] + np.log(certainty) + off @ precision @ off)
    drawn = tau**2 * precision
    each = mean + drawn @ off
    conditional = tau**2 - tau**2 * np.diag(drawn)
    through_mean = (1.0 - drawn.sum(axis=1)) ** 2 / certainty
    variances = np.maximum(conditional, 0.0) + through_mean
    return float(likelihood), np.append(mean, each), np.append(1.0 / certainty, variances)


def _quantile(probability: float, weight: Floats, means: Floats, deviations: Floats) -> Floats:
    """Quantiles of mixtures of normals, one for each column; bisected."""
    low, high = (means - 9.0 * deviations).min(axis=0), (means + 9.0 * deviations).max(axis=0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        under = weight @ ndtr((middle - means) / deviations) < probability
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray(0.5 * (low + high))


def heterogeneity(ratios: Floats, precision: Floats) -> Floats:
    """Cochran's Q (1954) of ... x P ratios: Σ w (m - m̄)², m̄ their mean by the same weights w, length P.

    Its distribution where all pairs are alike is to be taken of histories: the errors of pairs hang together.
    """
    centre = (ratios * precision).sum(axis=-1, keepdims=True) / precision.sum()
    return np.asarray((precision * (ratios - centre) ** 2).sum(axis=-1))
