"""Lead and lag against numpy's correlations of shifted returns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import market_of, random_market
from unlockstep.signals import LeadLag


@pytest.mark.parametrize("lag", [1, 2, 5])
@pytest.mark.parametrize("day", [60, 99])
def test_it_is_the_difference_of_two_correlations_of_shifted_returns(lag: int, day: int) -> None:
    market = random_market(41, 100)
    crypto, equity = (np.concatenate([[np.nan], np.diff(np.log(leg.close))]) for leg in market.legs)
    now = np.arange(day - 39, day + 1)
    eth_first = np.corrcoef(crypto[now - lag], equity[now])[0, 1]
    iwm_first = np.corrcoef(equity[now - lag], crypto[now])[0, 1]
    value = LeadLag(window=40, lag=lag).compute(market).iloc[day]
    assert value == pytest.approx(eth_first - iwm_first, abs=1e-12)


def test_it_is_positive_when_eth_moves_first_and_negative_when_it_follows() -> None:
    steps = 0.02 * np.random.default_rng(4).standard_normal(300)
    first, later = 100 * np.exp(np.cumsum(steps)), 100 * np.exp(np.cumsum(np.roll(steps, 2)))
    leads = LeadLag(window=120, lag=2).compute(market_of(first, later)).iloc[130:]
    follows = LeadLag(window=120, lag=2).compute(market_of(later, first)).iloc[130:]
    assert (leads > 0.7).all()
    np.testing.assert_allclose(leads, -follows, rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_two_legs_that_are_one_have_no_leader(seed: int) -> None:
    close = random_market(seed, 80).crypto.close
    np.testing.assert_allclose(LeadLag(window=50).compute(market_of(close, close)).iloc[52:], 0.0, atol=1e-12)
