"""The statements of pairs that are no two moving legs: copies, lattices, halts. Findings are words, never noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import market_of
from unlockstep.backtests.results.model.statements import StatementsResult
from unlockstep.backtests.results.statements import judge_statements
from unlockstep.backtests.stats.half_life import half_life
from unlockstep.backtests.stats.lead_lag import lead_lag_test
from unlockstep.signals import Gap, SignalCache
from unlockstep.signals.market import Floats
from unlockstep.signals.yoy import YoYDivergence

SESSIONS = 1500
ONE_SERIES = "ETH and IWM are one series at the resolution of their prices"
few = settings(max_examples=12, deadline=None)
seeds = st.integers(0, 10_000)


def walk(seed: int, daily: float = 0.012) -> Floats:
    return np.asarray(100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0003, daily, SESSIONS))))


def judged(crypto: Floats, equity: Floats) -> StatementsResult:
    return judge_statements(SignalCache(market_of(crypto, equity)), seed=1)


def assert_cannot_tell(result: StatementsResult, *because: str) -> None:
    """Every statement cannot tell, gives no number, and says why, in one of these words."""
    for key, statement in result:
        assert statement.finding.startswith("Cannot tell: "), key
        assert any(words in statement.finding for words in because), (key, statement.finding)
        assert statement.estimate is None, key


@few
@given(seeds, st.floats(0.01, 50), st.floats(-2, 2).filter(lambda x: abs(x) > 0.2), st.sampled_from([2, 3, 4, 9]))
def test_nothing_is_told_of_a_copy_whatever_its_scale_its_power_and_its_digits(
    seed: int, scale: float, power: float, digits: int
) -> None:
    prices = walk(seed)
    copy = scale * (prices / 100) ** power * 100
    rounded = np.round(copy, digits) + 10.0**-digits
    assert_cannot_tell(judged(prices, rounded), ONE_SERIES, "IWM's returns do not vary by more than the rounding")
    assert_cannot_tell(judged(rounded, prices), ONE_SERIES, "ETH's returns do not vary by more than the rounding")


@few
@given(seeds, st.floats(1e-16, 2e-8))
def test_nothing_is_told_of_a_copy_with_noise_in_its_last_digits(seed: int, noise: float) -> None:
    prices = walk(seed)
    noisy = prices * np.exp(np.random.default_rng(seed + 1).normal(0, noise, SESSIONS))
    assert_cannot_tell(judged(prices, noisy), ONE_SERIES)


@few
@given(seeds, st.floats(-0.001, 0.001), st.sampled_from([2, 4, 16]), st.booleans())
def test_nothing_is_told_of_a_constant_growth(seed: int, growth: float, digits: int, first: bool) -> None:
    steady = np.round(100 * np.exp(growth * np.arange(SESSIONS)), digits)
    legs = (steady, walk(seed)) if first else (walk(seed), steady)
    assert_cannot_tell(judged(*legs), "ETH's returns do not vary" if first else "IWM's returns do not vary")


def prices_of(kind: str, seed: int) -> Floats:
    """A leg that moves seldom, or by coarse steps."""
    prices, rng = walk(seed), np.random.default_rng(seed + 2)
    if kind == "lattice":
        return np.maximum(np.rint(prices / 4), 1.0) * 4
    if kind == "halted":
        begin = int(rng.integers(0, SESSIONS - 400))
        prices[begin : begin + int(rng.integers(30, 400))] = prices[begin]
        return prices
    if kind == "stepwise":
        every = int(rng.integers(5, 120))
        return np.asarray(np.repeat(prices[::every], every)[:SESSIONS])
    prices[int(rng.integers(100, SESSIONS)) :] = prices[99]  # delisted, and carried on
    return prices


@few
@given(seeds, st.sampled_from(["lattice", "halted", "stepwise", "delisted"]), st.booleans())
def test_a_leg_that_seldom_moves_gives_words_and_finite_numbers(seed: int, kind: str, first: bool) -> None:
    seldom, other = prices_of(kind, seed), walk(seed + 1)
    for key, statement in judged(*((seldom, other) if first else (other, seldom))):
        assert "nan" not in statement.finding, (key, statement.finding)
        assert "inf" not in statement.finding, (key, statement.finding)
        if statement.estimate is not None:
            assert abs(statement.estimate) < 10.0, key


def test_the_sessions_of_s1_are_looked_at_by_themselves() -> None:
    prices, other = walk(1), walk(2)
    other[400:] = np.round(other[399] / prices[399] * prices[400:], 2)  # a copy in the last 1,100 sessions
    result = judged(prices, other)
    assert result.S1.finding.startswith("Cannot tell: in the last 1008 sessions ETH and IWM are one series")
    assert "are one series" not in result.S2.finding


def test_a_small_change_is_written_with_the_decimals_that_show_it() -> None:
    rng = np.random.default_rng(5)
    equity, residual = rng.normal(0, 0.01, SESSIONS), rng.normal(0, 0.01, SESSIONS)
    share = np.where(np.arange(SESSIONS) < SESSIONS - 252, 0.01, 0.05)  # of the variance: 1e-4, then 25e-4
    result = judged(100 * np.exp(np.cumsum(equity + share * residual)), 100 * np.exp(np.cumsum(equity)))
    assert result.S1.finding.startswith("Supported: ")
    low, high = result.S1.ci
    assert low is not None
    assert high is not None
    assert -0.01 < low < high < 0.0
    assert f"changed by {result.S1.estimate:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}" in result.S1.finding


@pytest.mark.parametrize("scale", [1.0, 0.1234, 7.7])
def test_statistics_of_a_copy_are_missing_and_not_those_of_its_rounding(scale: float) -> None:
    prices = walk(3)
    cache = SignalCache(market_of(prices, scale * prices))
    assert np.isnan(cache.values(Gap())).all()
    returns = np.diff(np.log([prices, scale * prices])).T
    assert np.isnan(half_life(returns).evidence)
    test = lead_lag_test(returns, [1, 2, 3])
    assert np.isnan(test.t).all()
    assert (test.p == 1.0).all()


def test_a_growth_without_volatility_is_in_no_unit_of_it() -> None:
    market = market_of(100 * 1.0003 ** np.arange(800.0), walk(4)[:800])
    assert np.isnan(SignalCache(market).values(YoYDivergence(scaled=True))).all()
