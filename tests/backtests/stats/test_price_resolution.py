"""What prices resolve: steps of hand-made prices, and the rounding that they give to returns."""

import numpy as np
import pytest

from tests.build import market_of
from unlockstep.backtests.stats.price_resolution import idiosyncratic_movement, price_steps, return_rounding
from unlockstep.signals import Market
from unlockstep.signals.market import Floats


def walk(seed: int = 1, sessions: int = 600, daily: float = 0.012) -> Floats:
    return np.asarray(100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, daily, sessions))))


@pytest.mark.parametrize("step", [0.0001, 0.01, 0.05, 0.125, 1.0, 5.0])
def test_the_step_of_prices_is_the_one_that_they_were_rounded_to(step: float) -> None:
    assert price_steps(np.rint(walk() / step) * step) == pytest.approx(step)


def test_prices_of_full_precision_have_no_step() -> None:
    assert (price_steps(walk()) == 0).all()


def test_cents_kept_in_single_precision_are_cents() -> None:
    cents = np.round(walk(), 2).astype(np.float32).astype(float)  # 163.11000061 and the like
    assert price_steps(cents) == pytest.approx(0.01)
    written = np.array([float(f"{price:.8g}") for price in cents])
    assert price_steps(written) == pytest.approx(0.01)


def test_a_split_and_a_misprint_change_the_step_where_they_stand() -> None:
    prices = np.round(walk(), 2)
    prices[:300] /= 3.0  # three for one: the older cents are thirds of cents
    prices[500] += 0.00123
    steps = price_steps(prices)
    assert steps[350:480] == pytest.approx(0.01)
    assert steps[520:] == pytest.approx(0.01)
    assert (steps[:280] < 1e-5).all()
    assert (steps[495:505] < 0.01).all()


def test_a_price_that_stands_still_is_no_coarse_step() -> None:
    prices = np.round(walk(), 2)
    prices[100:400] = 100.0  # whole dollars for a year, and not because there were no cents
    assert price_steps(prices) == pytest.approx(0.01)


def test_cents_at_a_hundred_give_returns_an_error_of_four_tenths_of_a_basis_point() -> None:
    # a step of s has a standard error of s / sqrt(12), a return that of two closes: sqrt(2 / 12) * 0.01 / 100
    prices = np.where(np.arange(400) % 2, 100.01, 99.99)
    prices[::7] = 100.02
    leg = market_of(walk(sessions=400), prices).equity
    assert return_rounding(leg) == pytest.approx(np.sqrt(2 / 12) * 1e-4, rel=1e-3)


def test_the_rounding_of_closes_before_dividends_is_that_of_the_adjusted_ones() -> None:
    from dataclasses import replace

    from unlockstep.signals.market import read_only

    cents = np.round(walk(sessions=400), 2)
    market = market_of(walk(2, 400), cents * 0.912345678)
    leg = replace(market.equity, traded=read_only(cents))
    assert return_rounding(market.equity) == pytest.approx(np.sqrt(2) * 1e-7)  # the seventh digit, no step
    expected = np.sqrt((0.01**2 / 12 * (1 / cents[1:] ** 2 + 1 / cents[:-1] ** 2)).mean())
    assert return_rounding(leg) == pytest.approx(expected)
    assert return_rounding(leg.slice(100, 300)) == pytest.approx(
        np.sqrt((0.01**2 / 12 * (1 / cents[101:300] ** 2 + 1 / cents[100:299] ** 2)).mean())
    )


def of(crypto: Floats, equity: Floats) -> Market:
    return market_of(crypto, equity)


def test_a_leg_that_moves_one_step_a_session_does_not_move_by_itself() -> None:
    steps = np.random.default_rng(3).choice([-0.01, 0.01], 600)
    market = of(walk(), np.round(50 + np.cumsum(steps), 2))
    movement = idiosyncratic_movement(market.equity, market.crypto)
    assert movement.deviation / movement.of_leg == pytest.approx(np.sqrt(6), rel=0.01)  # 1 step over sqrt(2/12) of it
    assert not movement.varies


def test_copies_in_cents_are_one_series_and_two_funds_of_one_index_are_not() -> None:
    prices = walk(sessions=2000)
    copy = of(prices, np.round(0.92 * prices, 2))
    assert not idiosyncratic_movement(copy.crypto, copy.equity).is_distinct
    assert not idiosyncratic_movement(copy.equity, copy.crypto).is_distinct
    tracked = prices * np.exp(np.random.default_rng(4).normal(0, 3e-4, 2000))  # three basis points of their own
    fund = of(np.round(prices, 2), np.round(tracked, 2))
    assert idiosyncratic_movement(fund.crypto, fund.equity).is_distinct
