"""Many trials: the figures of the papers, tables of order statistics, and worlds of known dependence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from tests.refusals import refused
from unlockstep.backtests.stats.sharpe import probabilistic_sharpe_ratio
from unlockstep.backtests.trials.deflated_sharpe import (
    deflated_sharpe_ratio,
    effective_trials,
    expected_maximum,
    haircut_sharpe_ratio,
    minimum_backtest_length,
)
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Floats

# Bailey and López de Prado (2014), their numerical example: annual SR 2.5, 250 observations a year, five years,
# variance of the annual Sharpe ratios one half.
DAILY = 2.5 / np.sqrt(250)
VARIANCE = 0.5 / 250


@pytest.mark.parametrize(
    ("n_trials", "skewness", "kurtosis", "answer"),
    [(100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)],
)
def test_the_deflated_sharpe_ratio_is_that_of_the_paper(
    n_trials: int, skewness: float, kurtosis: float, answer: float
) -> None:
    result = deflated_sharpe_ratio(
        DAILY, 1250, n_trials=n_trials, trial_variance=VARIANCE, skewness=skewness, kurtosis=kurtosis
    )
    assert result == pytest.approx(answer, abs=5e-5)


def test_the_later_convention_differs_as_the_docstring_says() -> None:
    hurdle = np.sqrt(VARIANCE) * 2.5306
    at_the_hurdle = 1 + 3 * hurdle + 9 / 4 * hurdle**2
    assert norm.cdf((DAILY - hurdle) * np.sqrt(1250 / at_the_hurdle)) == pytest.approx(0.9128, abs=5e-5)


def test_the_hurdle_of_a_hundred_trials_is_that_of_the_paper() -> None:
    assert expected_maximum(100) == pytest.approx(2.5306, abs=5e-5)
    assert np.sqrt(VARIANCE) * expected_maximum(100) == pytest.approx(0.1132, abs=5e-5)


def test_no_number_of_trials_is_expected_below_a_single_one() -> None:
    # the approximation alone gives −0.12 for 1.2 trials
    assert expected_maximum(1.0) == expected_maximum(1.2) == 0.0
    assert expected_maximum(2) == pytest.approx(0.5772 * norm.ppf(1 - 1 / (2 * np.exp(1.0))), abs=1e-4)


def test_one_trial_is_not_deflated() -> None:
    alone = deflated_sharpe_ratio(DAILY, 1250, n_trials=1, trial_variance=VARIANCE)
    assert alone == pytest.approx(probabilistic_sharpe_ratio(DAILY, 1250))


@given(st.floats(1, 10_000), st.floats(1, 10_000))
def test_more_trials_never_raise_the_deflated_sharpe_ratio(one: float, other: float) -> None:
    few, many = sorted((one, other))
    at = [deflated_sharpe_ratio(DAILY, 1250, n_trials=n, trial_variance=VARIANCE) for n in (few, many)]
    assert at[1] <= at[0]


def test_the_minimum_backtest_length_is_that_of_the_paper() -> None:
    # Bailey, Borwein, López de Prado and Zhu (2014): five years allow no more than 45 variants at an annual SR of 1
    assert minimum_backtest_length(45, 1.0) == pytest.approx(4.998, abs=5e-4)
    assert minimum_backtest_length(45, 1.0) < 5 < minimum_backtest_length(46, 1.0)


def test_no_backtest_is_long_enough_for_a_sharpe_ratio_of_nothing() -> None:
    assert minimum_backtest_length(10, 0.0) == float("inf")
    assert minimum_backtest_length(1, 1.0) == 0.0


def test_the_haircut_is_that_of_harvey_and_liu() -> None:
    # Harvey and Liu (2015): annual SR 0.75 over 240 months, 200 tests
    result = haircut_sharpe_ratio(0.75, 240, n_trials=200, periods=12)
    assert result.p == pytest.approx(0.0008, abs=5e-5)
    assert result.p_multiple == pytest.approx(0.147, abs=5e-4)
    assert result.sharpe == pytest.approx(0.32, abs=5e-3)


@given(st.floats(-40, 40), st.floats(1, 10_000), st.floats(1, 10_000))
def test_a_haircut_shrinks_towards_zero_and_more_so_with_more_tests(sr: float, one: float, other: float) -> None:
    few, many = (haircut_sharpe_ratio(sr, 2520, n_trials=n) for n in sorted((one, other)))
    assert abs(many.sharpe) <= abs(few.sharpe) + 1e-9
    assert abs(few.sharpe) <= abs(sr)
    assert many.sharpe * sr >= 0
    assert 0 <= few.p <= few.p_multiple * (1 + 1e-12) <= many.p_multiple * (1 + 2e-12) <= 1 + 1e-9


def test_a_single_test_is_cut_by_nothing() -> None:
    assert haircut_sharpe_ratio(0.75, 2520, n_trials=1).sharpe == pytest.approx(0.75)
    assert np.isnan(haircut_sharpe_ratio(float("nan"), 2520, n_trials=10).sharpe)


DAYS = pd.bdate_range("2020-01-01", periods=1000)


def amount(returns: Floats) -> float:
    """The effective number of trials of returns on weekdays from 2020 on."""
    return effective_trials(returns, DAYS[: len(returns)])


def correlated(correlation: Floats, sessions: int = 1000) -> Floats:
    """T x V returns whose sample correlations are exactly these."""
    noise = np.random.default_rng(8).standard_normal((sessions, len(correlation)))
    exact = np.linalg.qr(noise - noise.mean(axis=0))[0]
    return 0.01 * exact @ np.linalg.cholesky(correlation).T


def test_independent_variants_are_so_many_trials() -> None:
    assert amount(correlated(np.eye(20))) == pytest.approx(20, rel=0.04)


def test_a_common_part_lowers_the_expected_maximum_by_the_root_of_the_rest() -> None:
    # Tables of order statistics: 1.16296 is expected of the best of five, 0.84628 of the best of three. With a common
    # correlation ρ the best of five is expected at √(1 − ρ) · 1.16296, which is 0.84628 at ρ = 0.47045.
    correlation = np.full((5, 5), 0.47045) + np.diag(np.full(5, 1 - 0.47045))
    assert amount(correlated(correlation)) == pytest.approx(3, rel=0.04)


def test_identical_variants_are_one_trial() -> None:
    one = np.random.default_rng(3).normal(0, 0.01, 500)
    assert amount(np.column_stack([one, one, 2 * one + 0.001])) == 1.0
    assert amount(one[:, None]) == 1.0


def test_a_rule_and_its_opposite_are_two_trials() -> None:
    one = np.random.default_rng(3).normal(0, 0.01, 500)
    assert amount(np.column_stack([one, -one])) == 2.0


def test_variants_that_never_vary_are_no_trials() -> None:
    returns = np.random.default_rng(4).normal(0, 0.01, (500, 3))
    with_cash = np.column_stack([returns, np.zeros(500), np.full(500, 0.0001)])
    assert amount(with_cash) == amount(returns)
    assert amount(np.zeros((500, 2))) == 0.0


@given(st.integers(0, 30), st.integers(0, 3), st.floats(0.01, 100), st.permutations(range(5)))
@settings(max_examples=20, deadline=None)
def test_copies_scale_and_order_change_no_effective_number(
    seed: int, which: int, scale: float, order: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    returns = 0.01 * (rng.standard_normal((200, 4)) + rng.standard_normal((200, 1)))
    more = np.column_stack([returns, scale * returns[:, which]])[:, order]
    result = amount(returns)
    assert 1 <= result <= 4
    assert amount(more) == pytest.approx(result, rel=1e-9)


def test_missing_returns_have_no_effective_number() -> None:
    with refused(DataError, name="returns"):
        amount(np.array([[0.01, np.nan], [0.02, 0.01]]))
