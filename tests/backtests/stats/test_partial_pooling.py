"""Partial pooling against the eight schools of Rubin (1981), and against a plain sum over a fine grid."""

import numpy as np
import pytest

from unlockstep.backtests.stats import partial_pooling as module
from unlockstep.backtests.stats.partial_pooling import heterogeneity, partial_pooling

SCHOOLS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERRORS = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def test_the_eight_schools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gelman and others (Bayesian Data Analysis, table 5.3): with a flat prior of τ school A has a median of 10
    with 95 % between -2 and 31, C of 7 with -11 to 19 (of 200 draws), and μ lies near 8.
    """
    monkeypatch.setattr(module, "SCALE", 1e6)  # flat
    monkeypatch.setattr(module, "LARGEST", 30e-6)
    monkeypatch.setattr(module, "STEPS", 601)
    pooled = partial_pooling(SCHOOLS, np.diag(ERRORS**2))
    assert pooled.mean == pytest.approx(8.0, abs=0.5)
    assert pooled.ratios[0] == pytest.approx(11.4, abs=0.6)  # a mean, above the median
    assert pooled.ci[0] == pytest.approx([-2.0, 31.0], abs=2.0)
    assert pooled.ci[2] == pytest.approx([-11.0, 19.0], abs=2.0)


def test_with_errors_that_hang_together_it_is_what_the_joint_normal_distribution_says() -> None:
    """For one τ all is normal: θ | m of the joint distribution of (θ, m), with a prior of μ that is wide."""
    rng = np.random.default_rng(3)
    mixed = rng.standard_normal((4, 6))
    covariance, ratios = 0.02 * mixed @ mixed.T + 0.01 * np.eye(4), 0.3 * rng.standard_normal(4)
    tau, wide = 0.2, 1e4
    prior = tau**2 * np.eye(4) + wide
    gain = prior @ np.linalg.inv(prior + covariance)
    _, means, variances = module._given(tau, ratios, covariance)
    assert means[1:] == pytest.approx(gain @ ratios, abs=1e-4)
    assert variances[1:] == pytest.approx(np.diag(prior - gain @ prior), abs=1e-3)


def test_alike_pairs_are_drawn_together_and_unlike_ones_are_not() -> None:
    small = np.diag(np.full(6, 0.05**2))
    alike = partial_pooling(np.full(6, 0.3) + 0.01 * np.arange(6), small)
    unlike = partial_pooling(np.array([-1.0, 1.0, -0.9, 0.9, -1.1, 1.1]), small)
    assert alike.between < 0.05 < 0.5 < unlike.between
    assert np.ptp(alike.ratios) < 0.05
    assert unlike.ratios == pytest.approx([-1.0, 1.0, -0.9, 0.9, -1.1, 1.1], abs=0.02)


def test_intervals_cover_what_is_drawn_from_the_model() -> None:
    """400 draws of 12 pairs: 95 % of the true ratios; the error of the share is 0.5 %, that of groups more."""
    rng, inside = np.random.default_rng(4), []
    for tau in (0.0, 0.1, 0.3, 0.6):
        for _ in range(100):
            truth = 0.2 + tau * rng.standard_normal(12)
            pooled = partial_pooling(truth + 0.3 * rng.standard_normal(12), np.diag(np.full(12, 0.09)))
            inside.append((pooled.ci[:, 0] <= truth) & (truth <= pooled.ci[:, 1]))
    assert 0.93 <= np.mean(inside) <= 0.98


def test_q_is_cochran_s() -> None:
    ratios, weights = np.array([0.1, 0.4, -0.2]), np.array([10.0, 20.0, 5.0])
    centre = (1.0 + 8.0 - 1.0) / 35.0
    expected = 10 * (0.1 - centre) ** 2 + 20 * (0.4 - centre) ** 2 + 5 * (-0.2 - centre) ** 2
    assert heterogeneity(ratios, weights) == pytest.approx(expected)
    assert heterogeneity(np.stack([ratios, ratios + 1.0]), weights) == pytest.approx([expected, expected])
