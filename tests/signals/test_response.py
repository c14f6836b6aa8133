"""Responses and gaps against regressions."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import Floats, market_of, random_market
from unlockstep.signals import Gap, Market, Response, YoY, YoYDivergence


def regression(market: Market, day: int, horizon: int, window: int) -> tuple[float, Floats]:
    """Slope and residuals of the crypto leg's returns on the equity leg's in the window before the horizon."""
    logs = [np.log(leg.close) for leg in market.legs]
    crypto, equity = (np.diff(x[day - horizon - window : day - horizon + 1]) for x in logs)
    assert len(crypto) == window
    fit = sm.OLS(crypto, sm.add_constant(equity)).fit()
    return float(fit.params[1]), np.asarray(fit.resid)


@pytest.mark.parametrize("day", [100, 101, 160, 199])
def test_gap_is_the_unexplained_move_in_standard_deviations_of_the_regression(day: int) -> None:
    market = random_market(33, 200)
    horizon, window = 20, 80
    beta, residuals = regression(market, day, horizon, window)
    moves = [np.log(leg.close[day] / leg.close[day - horizon]) for leg in market.legs]
    expected = (moves[0] - beta * moves[1]) / (np.sqrt((residuals**2).mean()) * np.sqrt(horizon))
    assert Gap(horizon=horizon, window=window).compute(market).iloc[day] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("day", [100, 101, 160, 199])
def test_response_is_the_crypto_move_over_the_one_that_the_regression_predicts(day: int) -> None:
    market = random_market(33, 200)
    horizon, window = 20, 80
    beta, _ = regression(market, day, horizon, window)
    moves = [np.log(leg.close[day] / leg.close[day - horizon]) for leg in market.legs]
    value = Response(horizon=horizon, window=window, min_predicted=1e-9).compute(market).iloc[day]
    assert value == pytest.approx(moves[0] / (beta * moves[1]), rel=1e-9)


def test_a_predicted_move_too_small_to_judge_gives_no_response() -> None:
    market = random_market(34, 300)
    horizon, window = 15, 60
    every = Response(horizon=horizon, window=window, min_predicted=1e-9).compute(market)
    judged = Response(horizon=horizon, window=window, min_predicted=0.03).compute(market)
    predicted = pd.Series(index=market.sessions, dtype=float)
    for day in range(horizon + window, 300):
        beta, _ = regression(market, day, horizon, window)
        predicted.iloc[day] = beta * np.log(market.equity.close[day] / market.equity.close[day - horizon])
    expected = every.where(predicted.abs() >= 0.03)
    assert expected.notna().sum() > 20
    assert expected.iloc[horizon + window :].isna().sum() > 20
    np.testing.assert_allclose(judged, expected, rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), beta=st.floats(0.3, 4.0))
def test_a_crypto_leg_that_moves_beta_times_as_much_responds_in_full(seed: int, beta: float) -> None:
    equity = random_market(seed, 120).equity.close
    market = market_of(equity**beta, equity)
    response = Response(horizon=20, window=60, min_predicted=1e-4).compute(market).dropna()
    assert len(response) > 10
    np.testing.assert_allclose(response, 1.0, rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), jump=st.floats(0.05, 0.5))
def test_a_jump_of_the_crypto_leg_alone_widens_the_gap_by_its_own_size(seed: int, jump: float) -> None:
    market = random_market(seed, 120)
    lifted = market.crypto.close.copy()
    lifted[119] *= np.exp(jump)
    before = Gap(horizon=20, window=80).compute(market).iloc[-1]
    after = Gap(horizon=20, window=80).compute(market_of(lifted, market.equity.close)).iloc[-1]
    _, residuals = regression(market, 119, 20, 80)
    assert after - before == pytest.approx(jump / (residuals.std() * np.sqrt(20)), rel=1e-6)


class TestKnownAnswers:
    """Growth over the year to 2025-12-31, from the closes in the files."""

    def test_small_caps_grew_with_dividends(self, real: Market) -> None:
        assert YoY(leg="equity").compute(real)["2025-12-31"] == pytest.approx(0.127, abs=0.0005)

    def test_eth_fell(self, real: Market) -> None:
        assert YoY(leg="crypto").compute(real)["2025-12-31"] == pytest.approx(-0.110, abs=0.0005)

    def test_small_caps_grew_more(self, real: Market) -> None:
        assert YoYDivergence().compute(real)["2025-12-31"] == pytest.approx(0.237, abs=0.001)
