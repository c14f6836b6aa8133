"""Overlapping, synchronised and adjusted correlations: against numpy, and on worlds of known clocks and betas."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of, random_market
from unlockstep.signals import (
    AdjustedCorrelation,
    Correlation,
    DecouplingPart,
    Market,
    OverlapCorrelation,
    SynchronisedCorrelation,
)
from unlockstep.signals.decoupling import PARTS, adjusted
from unlockstep.signals.market import Floats


def one_clock(market: Market) -> Market:
    """The same with both bars ending together."""
    return replace(market, crypto=replace(market.crypto, known_at=market.equity.known_at))


def swapped(market: Market) -> Market:
    """The legs in each other's place, each with its own clock."""
    return replace(market, crypto=market.equity, equity=market.crypto)


def world(crypto: Floats, equity: Floats) -> Market:
    """A market of these log returns."""
    return market_of(100 * np.exp(np.cumsum(crypto)), 100 * np.exp(np.cumsum(equity)))


def two_clocks(seed: int, sessions: int, correlation: float) -> Market:
    """Brownian legs on a grid of hours, all week; the equity bar ends at 21:00 UTC, the crypto bar at 24:00."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2024-01-01", periods=sessions)
    hours = 24 * (int((days[-1] - days[0]).days) + 1)
    idiosyncratic, common = rng.standard_normal((2, hours))
    paths = np.cumsum([correlation * common + np.sqrt(1 - correlation**2) * idiosyncratic, common], axis=1) * 1e-3
    midnight = 24 * np.asarray((days - days[0]).days)
    return market_of(100 * np.exp(paths[0][midnight + 23]), 100 * np.exp(paths[1][midnight + 20]))


@pytest.mark.parametrize("horizon", [2, 5])
@pytest.mark.parametrize("session", [34, 77, 199])
def test_overlapping_returns_are_differences_of_log_prices_one_ending_in_each_session(
    horizon: int, session: int
) -> None:
    walk = random_market(11, 200)
    logs = [np.log(leg.close) for leg in walk.legs]
    ends = range(session - 29, session + 1)
    moves = np.array([[x[i] - x[i - horizon] for i in ends] for x in logs])
    expected = np.corrcoef(moves)[0, 1]
    value = OverlapCorrelation(window=30, horizon=horizon).compute(walk).iloc[session]
    assert value == pytest.approx(expected, abs=1e-12)


def test_at_one_session_overlapping_returns_do_not_overlap() -> None:
    walk = random_market(11, 200)
    np.testing.assert_array_equal(
        OverlapCorrelation(window=30, horizon=1).compute(walk), Correlation(window=30).compute(walk)
    )


def test_two_clocks_cut_the_correlation_fake_a_lead_and_are_corrected() -> None:
    # known_answers: a true 0.45 shows as 0.41, with a lead of ETH of 0.04; 153 of 168 hours of a week lie in one bar
    market = two_clocks(4, 40_000, 0.45)
    ends = np.arange(1001, 40_000, 1000)
    raw = Correlation(window=1000).compute(market).iloc[ends]
    corrected = SynchronisedCorrelation(window=1000).compute(market).iloc[ends]
    returns = market.log_returns.to_numpy()[1:]
    lead = np.corrcoef(returns[:-1, 0], returns[1:, 1])[0, 1]
    # 39 windows of 1000: standard errors near 0.005 and 0.006
    assert raw.mean() == pytest.approx(0.41, abs=0.012)
    assert lead == pytest.approx(0.04, abs=0.012)
    assert corrected.mean() == pytest.approx(0.45, abs=0.015)


@pytest.mark.parametrize("session", [31, 120, 199])
def test_the_synchronised_correlation_done_slowly(session: int) -> None:
    walk = random_market(11, 200)
    returns = walk.log_returns.to_numpy()
    now, before = returns[session - 29 : session + 1], returns[session - 30 : session]
    slope, level = np.polyfit(before[:, 1], before[:, 0], 1)
    unexplained = before[:, 0] - slope * before[:, 1] - level
    covariance = np.cov(unexplained, now[:, 1], ddof=0)[0, 1]
    expected = np.corrcoef(now.T)[0, 1] + covariance / now.std(axis=0).prod()
    assert SynchronisedCorrelation(window=30).compute(walk).iloc[session] == pytest.approx(expected, abs=1e-12)


def test_a_pair_on_one_clock_needs_no_correction() -> None:
    walk = one_clock(random_market(11, 200))
    raw, corrected = Correlation(window=30).compute(walk), SynchronisedCorrelation(window=30).compute(walk)
    np.testing.assert_array_equal(corrected.iloc[31:], raw.iloc[31:])
    assert (DecouplingPart(window=30, reference=60, part="clock").compute(walk).iloc[91:] == 0.0).all()


def test_the_leg_whose_bar_ends_later_is_read_off_the_clocks() -> None:
    walk = random_market(11, 200)
    here, there = (SynchronisedCorrelation(window=30).compute(market) for market in (walk, swapped(walk)))
    np.testing.assert_allclose(there, here, rtol=0, atol=1e-12)


def test_a_market_that_reverses_from_session_to_session_is_not_taken_for_two_clocks() -> None:
    # a common factor with an autocorrelation of −0.3, on one clock in truth: the plain neighbouring covariance is −0.16
    rng = np.random.default_rng(8)
    steps, factor = rng.standard_normal(20_000), np.zeros(20_000)
    for i in range(1, len(factor)):
        factor[i] = -0.3 * factor[i - 1] + steps[i]
    crypto, equity = (factor * size + rng.standard_normal(20_000) * noise for size, noise in ((0.6, 0.8), (0.9, 0.4)))
    market = world(0.03 * crypto, 0.01 * equity)
    ends = np.arange(1001, 20_000, 1000)
    put_back = (SynchronisedCorrelation(window=1000).compute(market) - Correlation(window=1000).compute(market)).iloc[
        ends
    ]
    assert abs(put_back.mean()) < 0.04


def test_forbes_and_rigobon_undo_a_rise_of_the_equity_legs_variance() -> None:
    # ETH = IWM + e, var(e) = 1: with var(IWM) = 1 the correlation is √(1/2), with 4 it is √(4/5)
    assert float(adjusted(np.sqrt(np.array(4 / 5)), np.array(4.0))) == pytest.approx(np.sqrt(1 / 2))
    assert float(adjusted(np.sqrt(np.array(1 / 2)), np.array(1 / 4))) == pytest.approx(np.sqrt(4 / 5))
    assert float(adjusted(np.array(-0.3), np.array(1.0))) == -0.3


def test_at_a_constant_beta_the_adjusted_correlation_does_not_rise_with_the_volatility() -> None:
    rng = np.random.default_rng(5)
    volatile = np.where(np.arange(2000) < 1000, 1.0, 2.0)
    equity = volatile * rng.standard_normal(2000)
    market = world(0.01 * (equity + rng.standard_normal(2000)), 0.01 * equity)
    raw = Correlation(window=900).compute(market).iloc[-1]
    fixed = AdjustedCorrelation(window=900, reference=900).compute(market).iloc[-1]
    assert raw == pytest.approx(np.sqrt(4 / 5), abs=0.03)
    assert fixed == pytest.approx(np.sqrt(1 / 2), abs=0.06)


def test_the_adjusted_correlation_done_by_hand() -> None:
    walk = random_market(11, 200)
    returns = walk.log_returns.to_numpy()
    now, before = returns[160:200], returns[100:160, 1]
    rho, delta = np.corrcoef(now.T)[0, 1], now[:, 1].var(ddof=1) / before.var(ddof=1) - 1
    expected = rho / np.sqrt(1 + delta * (1 - rho**2))
    assert AdjustedCorrelation(window=40, reference=60).compute(walk).iloc[199] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("which", ["demo", "real"])
def test_the_parts_add_up_to_the_change_of_the_correlation(which: str, request: pytest.FixtureRequest) -> None:
    market: Market = request.getfixturevalue(which)
    total = pd.concat([DecouplingPart(part=part).compute(market) for part in PARTS], axis=1).sum(axis=1)
    change = Correlation(window=90).compute(market) - Correlation(window=252).compute(market).shift(90)
    np.testing.assert_allclose(total.iloc[343:], change.iloc[343:], rtol=0, atol=1e-12)


def test_a_leg_that_does_not_move_is_not_taken_apart() -> None:
    still = market_of(random_market(1, 200).crypto.close, np.full(200, 50.0))
    for signal in (
        OverlapCorrelation(window=30),
        SynchronisedCorrelation(window=30),
        AdjustedCorrelation(window=30, reference=60),
        *(DecouplingPart(window=30, reference=60, part=part) for part in PARTS),
    ):
        assert signal.compute(still).isna().all()
