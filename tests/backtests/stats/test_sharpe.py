"""The Sharpe ratio and its error against the figures of the papers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import toeplitz

from unlockstep.backtests.stats.sharpe import (
    annual_factor,
    excess_returns,
    lo_standard_error,
    minimum_track_record_length,
    moments,
    probabilistic_sharpe_ratio,
    sharpe_ratio,
)


def test_the_sharpe_ratio_is_mean_over_deviation_made_annual() -> None:
    # mean 0.01, squared deviations 0.0001 * (4 + 1 + 0 + 9) / 3 = 0.0014 / 3; worked by hand
    assert sharpe_ratio([0.03, 0.02, 0.01, -0.02], periods=1) == pytest.approx(0.01 / np.sqrt(0.0014 / 3))
    assert sharpe_ratio([0.03, 0.02, 0.01, -0.02]) == pytest.approx(0.01 / np.sqrt(0.0014 / 3) * np.sqrt(252))


def test_returns_that_do_not_vary_have_no_sharpe_ratio() -> None:
    assert np.isnan(sharpe_ratio(np.full(10, 0.001)))
    assert np.isnan(sharpe_ratio([0.01]))


def test_excess_returns_are_those_over_cash_column_by_column() -> None:
    returns, cash = np.array([[0.03, 0.0], [0.02, 0.01]]), np.array([0.01, 0.0])
    np.testing.assert_allclose(excess_returns(returns, cash), [[0.02, -0.01], [0.02, 0.01]], rtol=1e-12)
    np.testing.assert_allclose(excess_returns(returns[:, 0], cash), [0.02, 0.02], rtol=1e-12)


def test_what_differs_from_cash_by_rounding_is_cash() -> None:
    cash = 0.0002 + 0.0001 * np.sin(np.arange(50))
    value = 12_345.67 * np.cumprod(np.concatenate([[1.0], 1.0 + cash]))
    assert (excess_returns(value[1:] / value[:-1] - 1.0, cash) == 0.0).all()


def test_where_cash_earns_nothing_returns_stay_as_they_are_to_the_last_bit() -> None:
    returns = np.array([1e-17, -0.0, 0.01])
    assert excess_returns(returns, np.zeros(3)).tobytes() == returns.tobytes()


@pytest.mark.parametrize(("skewness", "kurtosis", "answer"), [(0, 3, 0.982), (-2.448, 10.164, 0.913)])
def test_the_probabilistic_sharpe_ratio_is_that_of_the_paper(skewness: float, kurtosis: float, answer: float) -> None:
    # Bailey and López de Prado (2012): monthly SR 0.458 over 24 months
    assert probabilistic_sharpe_ratio(0.458, 24, skewness=skewness, kurtosis=kurtosis) == pytest.approx(
        answer, abs=5e-4
    )


@pytest.mark.parametrize(("per_year", "years"), [(252, 2.73), (52, 2.83), (12, 3.24)])
def test_the_minimum_track_record_is_that_of_the_paper(per_year: int, years: float) -> None:
    # annual SR 2 against 1 at 95 %, normal returns
    length = minimum_track_record_length(2 / np.sqrt(per_year), benchmark=1 / np.sqrt(per_year))
    assert length / per_year == pytest.approx(years, abs=5e-3)


def test_hedge_funds_need_a_longer_track_record() -> None:
    monthly = minimum_track_record_length(2 / np.sqrt(12), benchmark=1 / np.sqrt(12), skewness=-0.72, kurtosis=5.78)
    assert monthly / 12 == pytest.approx(4.99, abs=5e-3)


def test_no_track_record_is_long_enough_below_the_benchmark() -> None:
    assert minimum_track_record_length(0.1, benchmark=0.1) == float("inf")


def test_moments_of_a_normal_sample_are_near_zero_and_three() -> None:
    sr, skewness, kurtosis = moments(np.random.default_rng(1).normal(0.05, 1, 200_000))
    assert (sr, skewness, kurtosis) == pytest.approx((0.05, 0, 3), abs=0.03)


def test_the_standard_error_is_that_of_lo() -> None:
    # Lo (2002): SR 1.5 over 60 periods
    assert lo_standard_error(1.5, 60) == pytest.approx(0.188, abs=5e-4)


def test_normal_returns_have_lo_s_error_in_the_probabilistic_sharpe_ratio_too() -> None:
    # one standard error above the benchmark, T − 1 in place of T: Φ(1) = 0.8413
    benchmark = 0.1 - lo_standard_error(0.1, 250)
    assert probabilistic_sharpe_ratio(0.1, 251, benchmark=benchmark) == pytest.approx(0.8413, abs=5e-5)


def test_the_annual_factor_of_persistent_returns_is_that_of_lo() -> None:
    # Lo (2002): monthly returns of first-order autocorrelation 0.2
    assert annual_factor(12, 0.2 ** np.arange(1, 12)) == pytest.approx(2.879, abs=5e-4)


@given(st.integers(1, 60), st.floats(-0.9, 0.9))
def test_the_annual_factor_is_that_of_a_sum_of_autocorrelated_returns(q: int, rho: float) -> None:
    # the sum of q returns has q times the mean, and the variance of all entries of their correlation matrix
    correlation = rho ** np.arange(q)
    expected = q / np.sqrt(toeplitz(correlation).sum())
    assert annual_factor(q, correlation[1:]) == pytest.approx(expected)


def test_independent_returns_scale_with_the_root_of_time() -> None:
    assert annual_factor(252, []) == pytest.approx(np.sqrt(252))
    assert annual_factor(12, [0.0, 0.0]) == pytest.approx(np.sqrt(12))
    assert annual_factor(2, [0.0, 0.9, 0.9]) == pytest.approx(np.sqrt(2))  # two periods have one lag


def test_impossible_autocorrelations_have_no_annual_factor() -> None:
    assert np.isnan(annual_factor(3, [-1.0, -1.0]))
