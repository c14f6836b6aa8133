"""Worlds with jumps and with the volatility of given prices: what was put in is there, and nothing else."""

import numpy as np
import pytest

from tests.build import market_of, random_market
from unlockstep.backtests.calibration.hard_worlds import (
    COMMON_JUMPS,
    LARGEST,
    LEG_JUMPS,
    SMALLEST,
    jumping_returns,
    priced_returns,
    volatility_path,
)
from unlockstep.backtests.calibration.worlds import BURN_IN, VOLATILITY
from unlockstep.signals.errors import ParameterError


def test_jumps_come_as_often_and_are_as_large_as_said() -> None:
    years = 400
    returns = jumping_returns(np.random.default_rng(1), np.full(252 * years + BURN_IN, 0.5))
    # a session's own variance may be large too; sums of squares of wild sessions say how much jumps bring
    average = np.array(VOLATILITY) / np.sqrt(252)
    square = (SMALLEST**2 + SMALLEST * LARGEST + LARGEST**2) / 3.0
    # each jump squared of mean 32 enters the variance at 0.08 and stays for 1 / (1 - 0.98) sessions
    expected = 1.0 + (COMMON_JUMPS + LEG_JUMPS) * square / 252 / (1.0 - 0.08 / 0.1)
    measured = np.clip((returns / average) ** 2, 0, 400).mean(axis=0)
    assert (measured > 1.2).all()
    assert (measured < 1.5 * expected).all()


def test_the_same_jump_of_both_legs_has_one_sign() -> None:
    # where the shocks are unrelated, sessions in which both legs move by four deviations are those of common jumps
    returns = jumping_returns(np.random.default_rng(2), np.full(252 * 200 + BURN_IN, 0.0))
    wild = (np.abs(returns) > 5 * np.array(VOLATILITY) / np.sqrt(252)).all(axis=1)
    assert wild.sum() > 50
    assert (np.sign(returns[wild]).prod(axis=1) > 0).mean() > 0.75


def test_the_volatility_of_prices_is_a_weighted_mean_of_squares_on_either_side() -> None:
    market = random_market(3, 400)
    squares = np.diff(np.log(market.crypto.close)) ** 2
    path = volatility_path(market)
    assert path.shape == (399, 2)
    for session in (0, 5, 200, 398):
        ages = np.abs(np.arange(399) - session)
        weights = np.where(ages <= 100, 0.5 ** (ages / 10), 0.0)
        assert path[session, 0] == pytest.approx(np.sqrt(weights @ squares / weights.sum()), rel=1e-9)


def test_returns_on_given_volatilities_have_them_and_the_correlation_asked_for() -> None:
    volatility = np.column_stack([np.repeat([0.01, 0.05], 500), np.repeat([0.01, 0.02], 500)])
    drawn = [priced_returns(np.random.default_rng(n), np.full(1000, 0.8), volatility) for n in range(50)]
    calm, wild = (np.concatenate([each[part] for each in drawn]) for part in (slice(0, 500), slice(500, None)))
    np.testing.assert_allclose(np.log1p(calm).std(axis=0), [0.01, 0.01], rtol=0.02)
    np.testing.assert_allclose(np.log1p(wild).std(axis=0), [0.05, 0.02], rtol=0.02)
    for part in (calm, wild):
        assert np.corrcoef(np.log1p(part).T)[0, 1] == pytest.approx(0.8, abs=0.01)


def test_shorter_prices_go_round() -> None:
    volatility = np.full((100, 2), 0.01)
    assert priced_returns(np.random.default_rng(1), np.full(350, 0.2), volatility).shape == (350, 2)


def test_prices_that_stand_still_have_no_volatility() -> None:
    moving = random_market(1, 600).crypto.close
    with pytest.raises(ParameterError, match="ETH-USD/IWM stand still too long"):
        volatility_path(market_of(moving, np.full(600, 5.0)))
