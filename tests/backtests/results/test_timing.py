"""The timing test against a plain loop over shifts, and the inequalities it must obey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.results import timing_test
from signals.market import Floats


def plain_statistic(weights: Floats, returns: Floats) -> float:
    """t of one variant, T x A weights against T x A returns, written as the definition reads."""
    x = ((weights - weights.mean(axis=0)) * (returns - returns.mean(axis=0))).sum(axis=1)
    return float(x.sum() / np.sqrt((x**2).sum()))


def plain_shifts(weights: Floats, returns: Floats) -> Floats:
    """The same at every circular shift of the returns."""
    return np.array([plain_statistic(weights, np.roll(returns, -k, axis=0)) for k in range(len(returns))])


def plain_step_down(shifted: Floats) -> Floats:
    """Romano and Wolf's adjusted p-values by their recursion, one hypothesis after the other."""
    observed, left, adjusted, worst = shifted[0], list(range(shifted.shape[1])), np.ones(shifted.shape[1]), 0.0
    while left:
        best = max(left, key=lambda v: observed[v])
        worst = max(worst, float(np.mean(shifted[:, left].max(axis=1) >= observed[best] - 1e-9)))
        adjusted[best] = worst
        left.remove(best)
    return adjusted


def world(seed: int, sessions: int = 300, variants: int = 5) -> tuple[Floats, Floats]:
    """Persistent long/flat weights that know nothing of fat-tailed returns."""
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(5, (sessions, 2)) * (0.04, 0.01)
    slow = np.cumsum(rng.standard_normal((sessions, variants, 2)), axis=0)
    return (slow > np.median(slow, axis=0)).astype(float) * 0.5, returns


@pytest.mark.parametrize("seed", range(5))
def test_every_shift_equals_the_plain_loop(seed: int) -> None:
    weights, returns = world(seed)
    expected = np.column_stack([plain_shifts(weights[:, v], returns) for v in range(weights.shape[1])])
    result = timing_test(weights, returns)
    np.testing.assert_allclose(result.shifted, expected, atol=1e-9)
    np.testing.assert_allclose(result.t, expected[0], atol=1e-9)
    np.testing.assert_allclose(result.p, (expected >= expected[0] - 1e-9).mean(axis=0))
    np.testing.assert_allclose(result.p_family, plain_step_down(expected))
    assert result.critical == pytest.approx(np.quantile(expected.max(axis=1), 0.95))


def test_the_information_ratio_is_that_of_the_timing_return() -> None:
    weights, returns = world(7)
    x = ((weights[:, 0] - weights[:, 0].mean(axis=0)) * (returns - returns.mean(axis=0))).sum(axis=1)
    assert timing_test(weights, returns).information_ratio[0] == pytest.approx(x.mean() / x.std() * np.sqrt(252))


def test_a_constant_mix_has_no_timing() -> None:
    weights, returns = world(3)
    weights[:, 2] = (0.6, 0.4)
    result = timing_test(weights, returns)
    assert np.isnan(result.information_ratio[2])
    assert result.p[2] == 1.0
    assert result.p_family[2] == 1.0


def test_a_constant_mix_changes_nothing_for_the_others() -> None:
    weights, returns = world(3)
    constant = np.concatenate([weights, np.full((len(returns), 1, 2), 0.3)], axis=1)
    np.testing.assert_array_equal(timing_test(constant, returns).p_family[:-1], timing_test(weights, returns).p_family)


@given(st.floats(0.01, 100), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_scaling_positions_changes_no_p_value(scale: float, seed: int) -> None:
    weights, returns = world(seed)
    plain, scaled = timing_test(weights, returns), timing_test(weights * scale, returns)
    np.testing.assert_allclose(scaled.p, plain.p)
    np.testing.assert_allclose(scaled.p_family, plain.p_family)


@given(st.integers(0, 50), st.integers(0, 4))
@settings(max_examples=25, deadline=None)
def test_a_copy_of_a_variant_changes_no_family_wise_p_value(seed: int, which: int) -> None:
    weights, returns = world(seed)
    doubled = np.concatenate([weights, weights[:, which : which + 1]], axis=1)
    np.testing.assert_allclose(timing_test(doubled, returns).p_family[:5], timing_test(weights, returns).p_family)


@given(st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_a_variant_added_never_lowers_another_one_s_family_wise_p_value(seed: int) -> None:
    weights, returns = world(seed)
    few, all_of_them = timing_test(weights[:, :3], returns), timing_test(weights, returns)
    assert (all_of_them.p_family[:3] >= few.p_family - 1e-12).all()
    assert (all_of_them.p_family >= all_of_them.p - 1e-12).all()


def test_positions_that_know_the_next_return_are_found() -> None:
    weights, returns = world(11, sessions=1000)
    weights[:, 0, 0] = 0.5 * (returns[:, 0] > 0)
    result = timing_test(weights, returns)
    assert result.p_family[0] <= 2 / 1000
    assert result.ci[0, 0] > 0


def test_worlds_without_timing_are_rejected_about_as_often_as_promised() -> None:
    # 400 worlds at 5 %: the binomial standard deviation is 1.1 %, the bound 3.2 of them above
    rejected = [timing_test(*world(seed, sessions=250, variants=3)).p_family.min() <= 0.05 for seed in range(400)]
    assert np.mean(rejected) <= 0.085
