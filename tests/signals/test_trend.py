"""Momentum and volatility by hand and by pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import market_of, random_market
from unlockstep.signals import Trend, Volatility
from unlockstep.signals.market import LegName


def test_a_trend_is_the_log_move_over_the_window() -> None:
    crypto = np.array([100.0] * 5 + [200.0] * 10)
    market = market_of(crypto, np.full(15, 10.0))
    expected = [np.nan] * 10 + [np.log(2)] * 5  # ten sessions before each of the last five, the close was 100
    np.testing.assert_allclose(Trend(leg="crypto", window=10).compute(market), expected)
    np.testing.assert_array_equal(Trend(leg="equity", window=10).compute(market), [np.nan] * 10 + [0.0] * 5)


def test_volatility_done_by_hand_is_annual() -> None:
    # Log returns of +1 % and -1 % in turn: the sample variance of ten is 10/9 of 0.0001.
    close = 100 * np.exp(np.cumsum(np.tile([0.01, -0.01], 10)))
    market = market_of(close, np.linspace(50, 60, 20))
    expected = 0.01 * np.sqrt(10 / 9) * np.sqrt(252)
    np.testing.assert_allclose(Volatility(leg="crypto", window=10).compute(market).iloc[10:], expected, rtol=1e-10)


@pytest.mark.parametrize("leg", ["crypto", "equity"])
def test_volatility_is_pandas_rolling_deviation_of_that_leg(leg: LegName) -> None:
    market = random_market(51, 120)
    expected = pd.Series(np.log(market.leg(leg).close)).diff().rolling(30).std() * np.sqrt(252)
    np.testing.assert_allclose(Volatility(leg=leg, window=30).compute(market), expected, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_trend_of_a_price_and_of_its_inverse_are_opposite_and_volatility_is_the_same(seed: int) -> None:
    market = random_market(seed, 60)
    upside_down = market_of(1.0 / market.crypto.close, market.equity.close)
    np.testing.assert_allclose(Trend(window=20).compute(upside_down), -Trend(window=20).compute(market), atol=1e-12)
    volatility = Volatility(window=20).compute(market)
    np.testing.assert_allclose(Volatility(window=20).compute(upside_down), volatility, rtol=1e-9)
