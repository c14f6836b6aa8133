"""How much is held, by hand and against plain loops."""

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.signals.errors import ParameterError
from unlockstep.strategies import inverse_volatility, kelly_fraction, no_trade_band, scale_in, volatility_target

N = np.nan


def test_a_share_is_scaled_to_the_target_and_at_most_by_most() -> None:
    wanted, volatility = np.array([1.0, 1.0, -0.5, 1.0, 0.0, 1.0]), np.array([0.4, 0.1, 0.4, N, 0.0, 0.0])
    np.testing.assert_array_equal(volatility_target(wanted, volatility, 0.2), [0.5, 1, -0.25, N, 0, 1])
    np.testing.assert_array_equal(volatility_target(wanted, volatility, 0.2, most=1.5)[1], 1.5)
    every = volatility_target(wanted, volatility, np.array([0.1, 0.2]))
    np.testing.assert_array_equal(every[:, 0], [0.25, 0.5])


def test_legs_of_equal_risk_share_the_account() -> None:
    crypto, equity = inverse_volatility(np.array([0.6, 0.2, N, 0.0]), np.array([0.2, 0.2, 0.2, 0.2]))
    np.testing.assert_allclose(crypto, [0.25, 0.5, N, N], rtol=1e-15)
    np.testing.assert_allclose(equity, [0.75, 0.5, N, N], rtol=1e-15)
    three = inverse_volatility(*(np.array([v]) for v in (0.1, 0.2, 0.2)))
    np.testing.assert_allclose(np.ravel(three), [0.5, 0.25, 0.25], rtol=1e-15)
    table = inverse_volatility(pd.DataFrame({"A": [0.1, 0.1], "B": [0.2, N], "C": [0.2, 0.1]}))
    expected = pd.DataFrame({"A": [0.5, N], "B": [0.25, N], "C": [0.25, N]})
    pd.testing.assert_frame_equal(table, expected, rtol=1e-15)


def test_the_share_of_fastest_growth_is_mean_over_variance_within_its_limit() -> None:
    mean, volatility = np.array([0.06, 0.06, -0.9, 0.0, N]), np.array([0.4, 0.2, 0.3, 0.0, 0.2])
    np.testing.assert_allclose(kelly_fraction(mean, volatility), [0.375, 1, -1, N, N], rtol=1e-15)
    np.testing.assert_allclose(kelly_fraction(mean, volatility, 0.5, most=2.0)[:3], [0.1875, 0.75, -2], rtol=1e-15)


def test_half_of_it_gives_up_a_quarter_of_the_growth() -> None:
    mean, volatility = np.array([0.05]), np.array([0.5])

    def growth(share: float) -> float:
        return float(share * mean[0] - share**2 * volatility[0] ** 2 / 2)

    whole, half = (growth(kelly_fraction(mean, volatility, part)[0]) for part in (1.0, 0.5))
    assert half / whole == pytest.approx(0.75, abs=1e-12)
    assert whole > max(growth(share) for share in (0.1, 0.19, 0.21, 0.4))


def test_an_entry_is_built_up_in_equal_parts_and_left_at_once() -> None:
    wanted = np.array([N, 0, 1, 1, 0.5, 1, 0, -1, -1, 1, N, N, N])
    expected = [N, 0, 0.25, 0.5, 0.375, 1, 0, -0.25, -0.5, 0.25, 0.5, 0.75, 1]
    np.testing.assert_array_equal(scale_in(wanted, 4), expected)
    np.testing.assert_array_equal(scale_in(wanted, np.array([1, 4]))[1], expected)
    np.testing.assert_array_equal(scale_in(wanted[1:10], 1), wanted[1:10])


def test_a_small_change_is_none_but_leaving_and_turning_are() -> None:
    wanted = np.array([N, 0.5, 0.55, 0.6, 0.61, N, 0.5, 0.02, 0.0, 0.05, -0.01])
    np.testing.assert_array_equal(no_trade_band(wanted, 0.1), [N, 0.5, 0.5, 0.5, 0.61, 0.61, 0.5, 0.02, 0, 0.05, -0.01])


def test_the_bands_of_many_variants_are_those_of_a_plain_loop_and_know_no_later_session() -> None:
    rng = np.random.default_rng(4)
    wanted, bands = np.clip(rng.normal(0.3, 0.3, size=(10, 300)), 0, 1), rng.uniform(0.05, 0.4, 10)
    every = no_trade_band(wanted, bands)
    for i in range(10):
        share = wanted[i, 0]
        for t in range(300):
            now = wanted[i, t]
            share = now if abs(now - share) > bands[i] or now == 0 or share == 0 else share
            assert every[i, t] == share
    np.testing.assert_array_equal(no_trade_band(wanted[:, :90], bands), every[:, :90])


def test_a_series_answers_a_series_of_its_sessions() -> None:
    days = pd.bdate_range("2024-01-01", periods=2, name="session")
    ones, halves = pd.Series([1.0, 1.0], days), pd.Series([0.5, 0.5], days)
    pd.testing.assert_series_equal(volatility_target(ones, halves, 0.25), halves)
    pd.testing.assert_series_equal(inverse_volatility(ones, ones)[1], halves)
    pd.testing.assert_series_equal(kelly_fraction(ones, ones, 0.5), halves)
    pd.testing.assert_series_equal(scale_in(ones, 2), pd.Series([0.5, 1.0], days))
    pd.testing.assert_series_equal(no_trade_band(ones, 0.1), ones)


def test_settings_out_of_their_bounds_are_refused() -> None:
    ones = np.ones(2)
    with refused(ParameterError, name="target", limit=0):
        volatility_target(ones, ones, 0.0)
    with refused(ParameterError, name="most", limit=0):
        volatility_target(ones, ones, 0.1, most=-1.0)
    with refused(ParameterError, name="part"):
        kelly_fraction(ones, ones, 1.5)
    with refused(ParameterError, name="band", limit=0):
        no_trade_band(ones, 0.0)
    with refused(ParameterError, name="sessions", limit=1):
        scale_in(ones, 0)
