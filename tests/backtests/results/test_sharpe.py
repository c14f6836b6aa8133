"""The Sharpe ratio and its error against the figures of the papers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.results import (
    deflated_sharpe_ratio,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
    sharpe_ratio,
)
from backtests.results.sharpe import expected_maximum, moments

# Bailey and López de Prado (2014), their numerical example: annual SR 2.5, 250 observations a year, five years,
# variance of the annual Sharpe ratios one half.
DAILY = 2.5 / np.sqrt(250)
VARIANCE = 0.5 / 250


def test_the_sharpe_ratio_is_mean_over_deviation_made_annual() -> None:
    # mean 0.01, squared deviations 0.0001 * (4 + 1 + 0 + 9) / 3 = 0.0014 / 3; worked by hand
    assert sharpe_ratio([0.03, 0.02, 0.01, -0.02], periods=1) == pytest.approx(0.01 / np.sqrt(0.0014 / 3))
    assert sharpe_ratio([0.03, 0.02, 0.01, -0.02]) == pytest.approx(0.01 / np.sqrt(0.0014 / 3) * np.sqrt(252))


def test_returns_that_do_not_vary_have_no_sharpe_ratio() -> None:
    assert np.isnan(sharpe_ratio(np.full(10, 0.001)))
    assert np.isnan(sharpe_ratio([0.01]))


@pytest.mark.parametrize(
    ("n_trials", "skewness", "kurtosis", "answer"),
    [(100, -3, 10, 0.9004), (46, -3, 10, 0.9505), (88, 0, 3, 0.9505)],
)
def test_the_deflated_sharpe_ratio_is_that_of_the_paper(
    n_trials: int, skewness: float, kurtosis: float, answer: float
) -> None:
    found = deflated_sharpe_ratio(
        DAILY, 1250, n_trials=n_trials, trial_variance=VARIANCE, skewness=skewness, kurtosis=kurtosis
    )
    assert found == pytest.approx(answer, abs=5e-5)


def test_the_hurdle_of_a_hundred_trials_is_that_of_the_paper() -> None:
    assert expected_maximum(100) == pytest.approx(2.5306, abs=5e-5)
    assert np.sqrt(VARIANCE) * expected_maximum(100) == pytest.approx(0.1132, abs=5e-5)


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


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_more_trials_never_raise_the_deflated_sharpe_ratio(one: int, other: int) -> None:
    few, many = sorted((one, other))
    at = [deflated_sharpe_ratio(DAILY, 1250, n_trials=n, trial_variance=VARIANCE) for n in (few, many)]
    assert at[1] <= at[0]


def test_one_trial_is_not_deflated() -> None:
    alone = deflated_sharpe_ratio(DAILY, 1250, n_trials=1, trial_variance=VARIANCE)
    assert alone == pytest.approx(probabilistic_sharpe_ratio(DAILY, 1250))


def test_moments_of_a_normal_sample_are_near_zero_and_three() -> None:
    sr, skewness, kurtosis = moments(np.random.default_rng(1).normal(0.05, 1, 200_000))
    assert (sr, skewness, kurtosis) == pytest.approx((0.05, 0, 3), abs=0.03)
