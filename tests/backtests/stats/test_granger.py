"""Granger causality against statsmodels, and its size where volatility clusters."""

import numpy as np
import pytest
import statsmodels.api as sm

from unlockstep.backtests.stats.granger import granger
from unlockstep.signals.market import Floats


def clustered(seed: int, sessions: int) -> Floats:
    """T x 2 independent returns whose common volatility clusters: GARCH of the sum of squares."""
    steps = np.random.default_rng(seed).standard_normal((sessions, 2))
    variance, returns = 1.0, np.empty((sessions, 2))
    for t in range(sessions):
        returns[t] = np.sqrt(variance) * steps[t]
        variance = 0.05 + 0.25 * (returns[t] ** 2).mean() + 0.70 * variance
    return returns


def test_the_statistic_is_the_robust_wald_of_the_full_regression() -> None:
    caused, causing = clustered(1, 600).T
    test = granger(caused, causing, lags=[2, 3, 4], ar_lags=2, seed=1)
    t = np.arange(4, 600)
    full = np.column_stack([np.ones(len(t)), *(caused[t - k] for k in (1, 2)), *(causing[t - k] for k in (2, 3, 4))])
    fitted = sm.OLS(caused[t], full).fit(cov_type="HC0")
    by_statsmodels = fitted.wald_test(np.eye(6)[3:], use_f=False, scalar=True)
    assert test.wald == pytest.approx(float(by_statsmodels.statistic))
    assert test.p == pytest.approx(float(by_statsmodels.pvalue), abs=0.08)
    assert test.lags == (2, 3, 4)


def test_a_planted_cause_is_found_and_only_in_its_direction() -> None:
    series = clustered(2, 1200)
    series[2:, 0] += 0.3 * series[:-2, 1]
    assert granger(series[:, 0], series[:, 1], lags=range(1, 6), seed=1).p <= 0.01
    assert granger(series[:, 1], series[:, 0], lags=range(1, 6), seed=1).p > 0.05


def test_clusters_of_volatility_are_not_taken_for_causes() -> None:
    # 120 worlds at 5 %: more than 13 have a probability of half a percent
    p = [granger(*clustered(100 + seed, 400).T, lags=range(1, 6), seed=1, draws=199).p for seed in range(120)]
    assert sum(each <= 0.05 for each in p) <= 13


def test_a_series_that_never_moves_causes_nothing() -> None:
    test = granger(np.zeros(100), clustered(3, 100)[:, 0], lags=[1], seed=1)
    assert np.isnan(test.wald)
    assert test.p == 1.0
