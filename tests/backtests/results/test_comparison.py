"""Comparisons: the HAC t-value by Newey and West's formula, bootstrap intervals by Lo's."""

import numpy as np
import pandas as pd
import pytest

from backtests.results.bootstrap import circular_block, interval
from backtests.results.comparison import against, automatic_lag, hac_regression, leg_alpha, sharpe_intervals


def test_the_automatic_lag_is_newey_and_west_s_rule() -> None:
    assert automatic_lag(100) == 4
    assert automatic_lag(2500) == 8  # 4 * 25^(2/9) = 8.18


def test_the_t_value_of_a_mean_is_that_of_newey_and_west() -> None:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal(500)
    y = 0.1 + noise + 0.4 * np.concatenate([[0.0], noise[:-1]])
    x = np.zeros((500, 0))
    lag, centred = automatic_lag(500), y - y.mean()
    omega = centred @ centred / 500
    for l in range(1, lag + 1):  # noqa: E741  (the paper's letter)
        omega += 2 * (1 - l / (lag + 1)) * (centred[l:] @ centred[:-l]) / 500
    _, t = hac_regression(y, x)
    assert t[0] == pytest.approx(y.mean() / np.sqrt(omega / 500))


def test_alpha_and_beta_of_an_exact_line_are_found() -> None:
    benchmark = np.random.default_rng(1).normal(0.001, 0.02, 400)
    found = against(0.0002 + 0.5 * benchmark, benchmark)
    assert (found.alpha, found.beta) == pytest.approx((0.0002 * 252, 0.5))


def test_cash_has_neither_alpha_nor_beta_as_a_benchmark() -> None:
    found = against(np.random.default_rng(1).normal(0, 0.01, 100), np.zeros(100))
    assert np.isnan([found.alpha, found.beta, found.alpha_t_hac]).all()


def test_the_alpha_of_a_mix_of_the_legs_is_nothing() -> None:
    legs = np.random.default_rng(2).normal(0.001, (0.04, 0.01), (600, 2))
    found = leg_alpha(legs @ (0.3, 0.7), legs)
    assert found.alpha == pytest.approx(0, abs=1e-10)
    assert found.betas == pytest.approx((0.3, 0.7))


def test_the_bootstrap_interval_of_independent_returns_has_lo_s_width() -> None:
    # Lo (2002): the standard error of a Sharpe ratio per period is √((1 + SR²/2) / T)
    returns = np.random.default_rng(5).normal(0.05, 1.0, 2000)
    bounds = sharpe_intervals(pd.DataFrame({"a": returns, "cash": 0.0}), seed=1)
    width = 2 * 1.96 * np.sqrt((1 + 0.05**2 / 2) / 2000) * np.sqrt(252)
    assert bounds["a"][1] - bounds["a"][0] == pytest.approx(width, rel=0.12)
    assert np.isnan(bounds["cash"]).all()


def test_the_bootstrap_repeats_itself_with_its_seed() -> None:
    data = np.random.default_rng(1).normal(size=(300, 2))
    draws = [circular_block(data, lambda x: x.mean(axis=0), seed=seed, draws=50) for seed in (4, 4, 5)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    assert interval(draws[0]).shape == (2, 2)
