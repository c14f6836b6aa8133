"""Random entries: against every possible order of the episodes, and the inequalities they must obey."""

from dataclasses import astuple
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refused
from unlockstep.backtests.stats.random_entries import random_entries
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats

Spell = tuple[tuple[float, ...], int]


def plain_statistics(weights: Floats, returns: Floats) -> tuple[float, float]:
    """(t, annual information ratio) of T x A weights as the definitions read."""
    x = ((weights - weights.mean(axis=0)) * (returns - returns.mean(axis=0))).sum(axis=1)
    return float(x.sum() / np.sqrt((x**2).sum())), float(x.mean() / x.std() * np.sqrt(252))


def path(spells: list[Spell]) -> Floats:
    return np.array([weights for weights, length in spells for _ in range(length)])


def every_order(spells: list[Spell], rest: tuple[float, ...]) -> list[Floats]:
    """The paths in which resting spells change places with resting ones, the others with the others."""
    rests = [spell for spell in spells if spell[0] == rest]
    others = [spell for spell in spells if spell[0] != rest]
    results = []
    for calm in permutations(rests):
        for busy in permutations(others):
            left, right = list(calm), list(busy)
            results.append(path([(left if spell[0] == rest else right).pop(0) for spell in spells]))
    return results


def world(seed: int, sessions: int = 400, stay: float = 0.95) -> tuple[Floats, Floats]:
    """Long/flat weights of random holding times that know nothing of independent returns."""
    rng = np.random.default_rng(seed)
    weights = (np.cumsum(rng.random(sessions) > stay) % 2)[:, None] * np.array([0.6, 0.4])
    return weights, rng.standard_t(5, (sessions, 2)) * (0.04, 0.01)


FLAT, LONG, SHORT = (0.0, 0.0), (1.0, 0.0), (-0.5, 0.5)
TWO_STATES: list[Spell] = [(FLAT, 9), (LONG, 2), (FLAT, 5), (LONG, 6), (FLAT, 12), (LONG, 3), (FLAT, 1)]
THREE_STATES: list[Spell] = [(FLAT, 7), (LONG, 2), (SHORT, 5), (FLAT, 6), (SHORT, 1), (FLAT, 12), (LONG, 4)]


@pytest.mark.parametrize("spells", [TWO_STATES, THREE_STATES], ids=["two states", "three states"])
@pytest.mark.parametrize("seed", range(4))
def test_draws_are_those_of_all_orders_of_the_episodes(spells: list[Spell], seed: int) -> None:
    weights = path(spells)
    returns = np.random.default_rng(seed).standard_t(5, (len(weights), 2)) * (0.04, 0.01)
    t, ratio = np.array([plain_statistics(order, returns) for order in every_order(spells, FLAT)]).T
    assert len(t) == 144  # 4! · 3! and 3! · 4!
    test = random_entries(weights, returns, seed=1, draws=4000)
    exact = np.mean(t >= plain_statistics(weights, returns)[0] - 1e-9)
    # the standard deviation of a share of 4000 draws is 0.8 % at most
    assert test.p == pytest.approx(exact, abs=0.03)
    assert np.mean(ratio < test.ir_median - 1e-9) <= 0.53
    assert np.mean(ratio <= test.ir_median + 1e-9) >= 0.47
    assert np.mean(ratio < test.ir_95 - 1e-9) <= 0.965
    assert np.mean(ratio <= test.ir_95 + 1e-9) >= 0.935


def test_the_p_value_counts_the_true_order_among_the_draws() -> None:
    weights, _ = world(1, sessions=1000)
    knowing = np.column_stack([weights[:, 0] - 0.3, weights[:, 1] - 0.2]) / 20
    returns = world(2, sessions=1000)[1] / 10 + knowing
    assert random_entries(weights, returns, seed=1, draws=199).p == pytest.approx(1 / 200)


def test_a_single_switch_proves_nothing() -> None:
    weights = path([(FLAT, 50), (LONG, 50)])
    returns = np.where(weights > 0, 0.02, -0.02) + world(3, 100)[1] / 100
    assert random_entries(weights, returns, seed=1, draws=99).p == 1.0


def test_a_constant_mix_has_no_entries_to_place() -> None:
    test = random_entries(np.full((100, 2), 0.5), world(1, 100)[1], seed=1)
    assert test.p == 1.0
    assert np.isnan([test.ir_median, test.ir_95]).all()


def test_returns_that_never_vary_reward_no_entry() -> None:
    test = random_entries(world(1)[0], np.full((400, 2), 0.001), seed=1)
    assert test.p == 1.0
    assert np.isnan([test.ir_median, test.ir_95]).all()


def test_episodes_that_are_all_alike_have_one_order_only() -> None:
    # perfect foresight of a coin: every timing return is the same, and so is every order
    weights = np.tile([[0.0], [1.0]], (20, 1))
    assert random_entries(weights, weights * 0.02 - 0.01, seed=1, draws=99).p == 1.0


def test_the_seed_decides_the_draws() -> None:
    one, again, other = (random_entries(*world(5), seed=seed, draws=199) for seed in (1, 1, 2))
    assert astuple(one) == astuple(again)
    assert astuple(one) != astuple(other)


@given(st.integers(0, 50), st.floats(0.01, 100), st.floats(-1, 1))
@settings(max_examples=25, deadline=None)
def test_the_size_of_positions_and_a_constant_mix_beside_them_change_no_p_value(
    seed: int, scale: float, added: float
) -> None:
    weights, returns = world(seed)
    plain = random_entries(weights, returns, seed=1, draws=99)
    changed = random_entries(weights * scale + added, returns, seed=1, draws=99)
    assert changed.p == plain.p
    assert (changed.ir_median, changed.ir_95) == pytest.approx((plain.ir_median, plain.ir_95), abs=1e-6)


@given(st.integers(0, 50), st.floats(0.1, 10), st.floats(-0.01, 0.01))
@settings(max_examples=25, deadline=None)
def test_drift_and_scale_of_the_returns_change_no_p_value(seed: int, scale: float, drift: float) -> None:
    weights, returns = world(seed)
    plain = random_entries(weights, returns, seed=1, draws=99)
    assert random_entries(weights, returns * scale + drift, seed=1, draws=99).p == plain.p


def test_worlds_without_timing_are_rejected_about_as_often_as_promised() -> None:
    # 500 worlds: the binomial standard deviation is 1.0 % at 5 % and 2.2 % at 50 %; bounds of about 3 of them
    p = np.array([random_entries(*world(seed), seed=seed, draws=99).p for seed in range(500)])
    assert 0.02 <= np.mean(p <= 0.05) <= 0.08
    assert 0.43 <= np.mean(p <= 0.5) <= 0.57


def test_what_is_not_finite_or_does_not_fit_is_refused() -> None:
    weights, returns = world(1)
    with refused(ParameterError, name="weights"):
        random_entries(weights, returns[1:], seed=1)
    returns[3, 0] = np.nan
    with refused(ParameterError, name="weights and returns"):
        random_entries(weights, returns, seed=1)
