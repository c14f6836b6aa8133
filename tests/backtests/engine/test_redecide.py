"""Strategies decide again on histories: the market they see, and what they would have held in it."""

import numpy as np
import pytest

from tests.backtests.build import experiment_of
from tests.build import random_market
from unlockstep.backtests.engine.redecide import history_of, weights_again
from unlockstep.signals import Market
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

SESSIONS = 900


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(3, SESSIONS)


def studied() -> list[Strategy]:
    return [cls(**dict(p)) for cls in all_strategies().values() for p in cls.studied if not cls.benchmark]


def test_with_every_sign_as_it_was_the_history_is_the_market(market: Market) -> None:
    again = history_of(market, np.ones(SESSIONS))
    for leg, other in zip(again.legs, market.legs, strict=True):
        np.testing.assert_allclose(leg.close, other.close, rtol=1e-9)
        np.testing.assert_allclose(leg.open, other.open, rtol=1e-9)


def test_both_legs_of_a_session_are_turned_together_and_keep_their_size(market: Market) -> None:
    sign = np.random.default_rng(1).choice([-1.0, 1.0], SESSIONS)
    before, after = (
        np.diff(m.close.to_numpy(), axis=0) / m.close.to_numpy()[:-1] for m in (market, history_of(market, sign))
    )
    mean = before.mean(axis=0)
    np.testing.assert_allclose(after - mean, sign[1:, None] * (before - mean), atol=1e-12)


def test_on_the_market_itself_every_strategy_decides_what_it_decided(market: Market) -> None:
    strategies = studied()
    opening = max(strategy.warmup for strategy in strategies)
    weights = weights_again(strategies, market, opening)
    for column, strategy in enumerate(strategies):
        expected = strategy.decide(market).weights_in_force(market.sessions).fillna(0.0).to_numpy()[opening:]
        np.testing.assert_array_equal(weights[:, column], expected, err_msg=strategy.label)


def test_what_is_held_does_not_depend_on_later_signs(market: Market) -> None:
    sign = np.random.default_rng(2).choice([-1.0, 1.0], SESSIONS)
    other = sign.copy()
    other[700:] *= -1.0
    strategies = studied()
    one, two = (weights_again(strategies, history_of(market, each), 500) for each in (sign, other))
    np.testing.assert_allclose(one[:200], two[:200], atol=1e-9)
    assert (one[200:] != two[200:]).any()


def test_an_experiment_draws_its_histories_by_the_seed_of_its_study(market: Market) -> None:
    one, same, other = (experiment_of(market, seed=seed).redecided() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.null, same.null)
    assert (one.null[1:] != other.null[1:]).any()
    assert one.null.shape == (200, 1)


def test_a_calibration_draws_no_more_than_it_needs(market: Market) -> None:
    experiment = experiment_of(market)
    whole, short = experiment.redecided(), experiment.redecided(0.06)
    assert len(short.null) <= len(whole.null)
    assert (short.p_family <= 0.06).tolist() == (whole.p_family <= 0.06).tolist()
