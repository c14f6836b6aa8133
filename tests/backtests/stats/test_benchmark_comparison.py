"""Comparisons: the HAC t-value by Newey and West's formula, intervals by Lo's, differences by plain loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refused
from unlockstep.backtests.stats.benchmark_comparison import (
    SharpeDifference,
    against,
    automatic_lag,
    hac_regression,
    leg_alpha,
    sharpe_difference,
    sharpe_intervals,
)
from unlockstep.backtests.stats.bootstrap import circular_block, interval
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.signals.errors import DataError, HistoryError
from unlockstep.signals.market import Floats


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
    result = against(0.0002 + 0.5 * benchmark, benchmark, np.zeros(400))
    assert (result.alpha, result.beta) == pytest.approx((0.0002 * 252, 0.5))


def test_alpha_and_beta_are_of_returns_in_excess_of_cash() -> None:
    # half in the benchmark, half in cash: no alpha; of raw returns it would be half of what cash earns
    rng = np.random.default_rng(1)
    cash = rng.uniform(0.0, 0.001, 400)
    benchmark = rng.normal(0.001, 0.02, 400)
    half = against(0.5 * benchmark + 0.5 * cash, benchmark, cash)
    assert (half.alpha, half.beta) == pytest.approx((0.0, 0.5), abs=1e-9)
    assert half.sharpe_difference == pytest.approx(0.0, abs=1e-9)


def test_cash_has_neither_alpha_nor_beta_as_a_benchmark() -> None:
    result = against(np.random.default_rng(1).normal(0, 0.01, 100), np.zeros(100), np.zeros(100))
    assert np.isnan([result.alpha, result.beta, result.alpha_t_hac]).all()


def test_the_alpha_of_a_mix_of_the_legs_is_nothing() -> None:
    legs = np.random.default_rng(2).normal(0.001, (0.04, 0.01), (600, 2))
    result = leg_alpha(legs @ (0.3, 0.7), legs)
    assert result.alpha == pytest.approx(0, abs=1e-10)
    assert result.betas == pytest.approx((0.3, 0.7))


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


def plain_difference(a: Floats, b: Floats) -> tuple[float, Floats]:
    """(Δ, ∇f) of Ledoit and Wolf (2008) from T returns of each."""
    m1, m2, g1, g2 = a.mean(), b.mean(), (a**2).mean(), (b**2).mean()
    v1, v2 = g1 - m1**2, g2 - m2**2
    gradient = np.array([g1 / v1**1.5, -g2 / v2**1.5, -m1 / 2 / v1**1.5, m2 / 2 / v2**1.5])
    return float(m1 / v1**0.5 - m2 / v2**0.5), gradient


def plain_terms(a: Floats, b: Floats) -> Floats:
    """T x 4: returns and squares about their means."""
    terms = np.column_stack([a, b, a**2, b**2])
    return np.asarray(terms - terms.mean(axis=0))


def pair(seed: int, sessions: int = 600) -> tuple[Floats, Floats]:
    """Two related, persistent, fat-tailed returns of different scale."""
    noise = np.random.default_rng(seed).standard_t(5, (sessions + 1, 2))
    a, b = (noise[1:] + 0.2 * noise[:-1] + (0.08, 0.02)).T
    return 0.03 * a, 0.01 * (b + 0.5 * a)


ANNUAL = np.sqrt(252 * 599 / 600)  # and the standard deviation with ddof 1, for 600 sessions


def test_the_error_of_a_sharpe_difference_without_blocks_is_the_plain_delta_method() -> None:
    a, b = pair(1)
    _, gradient = plain_difference(a, b)
    psi = np.cov(plain_terms(a, b).T, bias=True)
    test = sharpe_difference(a, b, seed=1, block=1)
    assert test.standard_error == pytest.approx(np.sqrt(gradient @ psi @ gradient / 600) * ANNUAL)
    assert test.difference == pytest.approx(sharpe_ratio(a) - sharpe_ratio(b))


def test_the_error_of_normal_sharpe_ratios_is_that_of_memmel() -> None:
    # Jobson and Korkie (1981) as corrected by Memmel (2003): T Var = 2 − 2ρ + (SR₁² + SR₂² − 2 SR₁ SR₂ ρ²) / 2
    one, other = np.random.default_rng(2).standard_normal((2, 50_000))
    a, b = 0.5 + one, 0.2 + 0.6 * one + 0.8 * other
    variance = 2 - 2 * 0.6 + (0.5**2 + 0.2**2 - 2 * 0.5 * 0.2 * 0.6**2) / 2
    test = sharpe_difference(a, b, seed=1, draws=10, block=1)
    assert test.standard_error == pytest.approx(np.sqrt(variance / 50_000 * 252), rel=0.015)


def test_every_step_of_the_sharpe_test_equals_a_plain_loop_over_draws() -> None:
    a, b = pair(3)
    block, blocks, draws = 7, 85, 60  # 600 = 85 · 7 + 5: the blocks drawn hold 595 sessions
    delta, gradient = plain_difference(a, b)
    circle = np.arange(600)[:, None] + np.arange(block)
    zeta = plain_terms(a, b)[circle % 600].sum(axis=1) / np.sqrt(block)
    error = np.sqrt(gradient @ (zeta.T @ zeta / 600) @ gradient / 600)
    studentised = []
    for starts in np.random.default_rng(9).integers(0, 600, (draws, blocks)):
        rows = (starts[:, None] + np.arange(block)).ravel() % 600
        delta_star, gradient_star = plain_difference(a[rows], b[rows])
        zeta = plain_terms(a[rows], b[rows]).reshape(blocks, block, 4).sum(axis=1) / np.sqrt(block)
        psi_star = zeta.T @ zeta / blocks
        error_star = np.sqrt(gradient_star @ psi_star @ gradient_star / (blocks * block))
        studentised.append(abs(delta_star - delta) / error_star)
    test = sharpe_difference(a, b, seed=9, draws=draws, block=block)
    assert test.block == block
    assert test.standard_error == pytest.approx(error * ANNUAL)
    assert test.p == pytest.approx((1 + np.sum(np.array(studentised) >= abs(delta) / error)) / (1 + draws))
    half = np.sort(studentised)[57] * error  # the third largest of 60
    assert test.ci == pytest.approx(((delta - half) * ANNUAL, (delta + half) * ANNUAL))


def test_equal_sharpe_ratios_differ_by_nothing() -> None:
    a, _ = pair(4)
    for other in (a, 2 * a):
        assert sharpe_difference(a, other, seed=1) == SharpeDifference(0.0, 0.0, (0.0, 0.0), 1.0, block=0)


def test_cash_has_no_sharpe_ratio_to_differ_from() -> None:
    a, _ = pair(4)
    for one, other in ((a, np.zeros(600)), (np.full(600, 0.0001), a)):
        test = sharpe_difference(one, other, seed=1)
        assert np.isnan([test.difference, test.standard_error, *test.ci, test.p]).all()


def test_accounts_that_differ_in_few_stretches_are_not_tested() -> None:
    a, _ = pair(4)
    few, spread = a.copy(), a.copy()
    few[100:150] += 0.01  # 50 sessions, but three blocks of 20
    spread[::60] += 0.01  # 10 sessions, each in another block
    assert np.isnan(sharpe_difference(few, a, seed=1, block=20).p)
    test = sharpe_difference(spread, a, seed=1, block=20)
    assert test.ci[0] < test.difference < test.ci[1]
    assert test.ci[1] - test.ci[0] < 10 * abs(test.difference)


@given(st.integers(0, 500), st.floats(0.01, 100), st.floats(0.01, 100))
@settings(max_examples=20, deadline=None)
def test_leverage_and_order_change_no_sharpe_difference(seed: int, one: float, other: float) -> None:
    a, b = pair(seed, sessions=100)
    plain = sharpe_difference(a, b, seed=seed, draws=99)
    levered = sharpe_difference(one * a, other * b, seed=seed, draws=99)
    turned = sharpe_difference(b, a, seed=seed, draws=99)
    assert plain.block == 10  # ten blocks at least
    assert levered.p == plain.p == turned.p
    assert levered.ci == pytest.approx(plain.ci)
    assert turned.ci == pytest.approx((-plain.ci[1], -plain.ci[0]))
    assert (plain.p <= 0.05) == (plain.ci[0] > 0 or plain.ci[1] < 0)


def test_a_great_difference_of_sharpe_ratios_is_found() -> None:
    a, b = np.random.default_rng(6).normal((0.2, -0.2), 1.0, (1000, 2)).T
    test = sharpe_difference(a, b, seed=1)
    assert test.p == pytest.approx(1 / 1001)
    assert test.ci[0] > 0


def test_a_variant_that_is_seldom_invested_gives_no_warnings() -> None:
    a, b = pair(7)
    seldom = np.where(np.arange(600) == 300, a, 0.0)
    test = sharpe_difference(seldom, b, seed=1)
    assert np.isfinite([test.difference, *test.ci]).all()


def test_sharpe_ratios_that_cannot_be_resampled_are_refused() -> None:
    a, b = pair(8)
    with refused(HistoryError, limit=30):
        sharpe_difference(a[:29], b[:29], seed=1)
    with refused(DataError, name="returns"):
        sharpe_difference(np.append(a[1:], np.nan), b, seed=1)


@pytest.mark.slow
def test_equal_true_sharpe_ratios_are_told_apart_about_as_rarely_as_promised() -> None:
    # 1000 worlds at 5 %: the binomial standard deviation is 0.7 %
    rejected = []
    for seed in range(1000):
        noise = np.random.default_rng(seed).standard_t(5, (501, 2))
        a, b = (noise[1:] + 0.2 * noise[:-1]).T
        related = (a + b) / np.sqrt(2)
        rejected.append(sharpe_difference(a + 0.05, related + 0.05, seed=seed, draws=300).p <= 0.05)
    assert 0.02 <= np.mean(rejected) <= 0.08
