"""The bootstrap of the timing test against a plain loop over the same resampled rows."""

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refused
from unlockstep.backtests.stats.bootstrap import BLOCK
from unlockstep.backtests.stats.circular_shifts import FREEDOM, HALF_LIFE
from unlockstep.backtests.stats.timing_bootstrap import BATCH, timing_bootstrap
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats

DRAWS = BATCH + 30  # more than one batch, the last one not full


def world(seed: int, sessions: int = 250, variants: int = 4) -> tuple[Floats, Floats]:
    """Persistent long/flat weights of two assets that know nothing of independent fat-tailed returns."""
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(5, (sessions, 2)) * (0.04, 0.01)
    slow = np.cumsum(rng.standard_normal((sessions, variants, 2)), axis=0)
    return (slow > np.median(slow, axis=0)).astype(float) * 0.5, returns


def plain_scores(returns: Floats) -> Floats:
    """T x A centred scores, session by session: z/(1 + z²/ν) of the return over a volatility known before it."""
    excess = returns - returns.mean(axis=0)
    overall = (excess**2).mean(axis=0)
    keep, limit = 0.5 ** (1 / HALF_LIFE), np.sqrt(FREEDOM)
    variance, result = overall, []
    for row in excess:
        z = np.clip(row / np.sqrt(variance), -limit, limit)
        result.append(z / (1.0 + z * z / FREEDOM) * np.sqrt(overall))
        variance = keep * variance + (1.0 - keep) * row**2
    return np.asarray(np.array(result) - np.mean(result, axis=0))


def plain_statistic(weights: Floats, outcomes: Floats) -> float:
    """Σx / √Σx² of T x A weights against T x A outcomes, both about their means."""
    x = ((weights - weights.mean(axis=0)) * (outcomes - outcomes.mean(axis=0))).sum(axis=1)
    return float(x.sum() / np.sqrt((x**2).sum()))


def plain_step_down(table: Floats) -> list[float]:
    """Romano and Wolf's adjusted p-values; row 0 is the truth and counts as one of the draws."""
    left, adjusted, worst = list(range(table.shape[1])), [1.0] * table.shape[1], 0.0
    while left:
        best = max(left, key=lambda v: table[0, v])
        worst = max(worst, float(np.mean(table[:, left].max(axis=1) >= table[0, best] - 1e-9)))
        adjusted[best] = worst
        left.remove(best)
    return adjusted


@pytest.mark.parametrize("seed", range(3))
def test_every_p_value_equals_a_plain_loop_over_the_same_resampled_rows(seed: int) -> None:
    weights, returns = world(seed)
    test = timing_bootstrap(weights, returns, seed=seed + 50, draws=DRAWS)
    score = plain_scores(returns)
    assert test.block == round(max(BLOCK, optimal_block_length(score)["stationary"].max()))
    resampler = StationaryBootstrap(test.block, np.arange(len(score)), seed=np.random.default_rng(seed + 50))
    histories = [score, *(score[np.asarray(drawn[0])] for drawn, _ in resampler.bootstrap(DRAWS))]
    assert len(histories) == DRAWS + 1
    table = np.array([[plain_statistic(weights[:, v], history) for v in range(4)] for history in histories])
    np.testing.assert_allclose(test.p, (table >= table[0] - 1e-9).mean(axis=0))
    np.testing.assert_allclose(test.p_family, plain_step_down(table))
    assert len(set(test.p)) > 1  # else the comparison would say little


def test_the_true_statistic_is_that_of_the_shifts() -> None:
    weights, returns = world(3)
    expected = [plain_statistic(weights[:, v], plain_scores(returns)) for v in range(4)]
    np.testing.assert_allclose(timing_test(weights, returns).t, expected, atol=1e-9)


def test_independent_returns_are_rejected_about_as_often_as_promised() -> None:
    # 200 worlds at 5 % and at 20 %: the binomial standard deviations are 1.5 and 2.8 %; three of them either way
    p = np.array([timing_bootstrap(*world(seed, 200, 1), seed=seed, draws=99).p[0] for seed in range(200)])
    assert (p <= 0.05).mean() <= 0.097
    assert 0.115 <= (p <= 0.20).mean() <= 0.285


def test_positions_that_know_the_next_return_are_found() -> None:
    weights, returns = world(5, 400)
    weights[:, 0, 0] = 0.5 * (returns[:, 0] > 0)
    test = timing_bootstrap(weights, returns, seed=1, draws=199)
    assert test.p[0] == test.p_family[0] == 1 / 200
    assert (test.p[1:] > 0.01).all()


def test_the_seed_and_nothing_else_decides_the_draws() -> None:
    data = world(1)
    first, again, other = (timing_bootstrap(*data, seed=seed, draws=150) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.p, again.p)
    np.testing.assert_array_equal(first.p_family, again.p_family)
    assert (first.p != other.p).any()


@given(st.floats(0.01, 100), st.floats(0.1, 10), st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_the_scale_of_positions_and_of_returns_changes_no_p_value(size: float, scale: float, seed: int) -> None:
    weights, returns = world(seed, 150)
    plain = timing_bootstrap(weights, returns, seed=seed, draws=60)
    scaled = timing_bootstrap(size * weights, scale * returns, seed=seed, draws=60)
    np.testing.assert_allclose(scaled.p, plain.p)
    np.testing.assert_allclose(scaled.p_family, plain.p_family)


def test_constant_weights_have_p_one_and_change_nothing_for_the_others() -> None:
    weights, returns = world(2)
    constant = np.concatenate([weights, np.full((len(returns), 1, 2), 0.3)], axis=1)
    test, plain = (timing_bootstrap(w, returns, seed=3, draws=100) for w in (constant, weights))
    assert test.p[-1] == test.p_family[-1] == 1.0
    np.testing.assert_array_equal(test.p[:-1], plain.p)
    np.testing.assert_array_equal(test.p_family[:-1], plain.p_family)


def test_returns_that_never_vary_have_p_one() -> None:
    weights, returns = world(2)
    test = timing_bootstrap(weights, np.full_like(returns, 0.01), seed=3, draws=100)
    assert test.p.tolist() == test.p_family.tolist() == [1.0] * 4
    assert test.block == BLOCK


def test_a_family_wise_p_value_is_never_below_the_variant_s_own() -> None:
    for seed in range(5):
        test = timing_bootstrap(*world(seed), seed=seed, draws=100)
        assert (test.p_family >= test.p - 1e-12).all()
        assert test.p.min() >= 1 / 101


def test_returns_that_swing_slowly_take_longer_blocks() -> None:
    rng = np.random.default_rng(1)
    slow = np.convolve(rng.standard_normal(2119), np.ones(120), mode="valid") / 100
    weights = (rng.random(2000) < 0.5).astype(float)
    assert timing_bootstrap(weights, slow, seed=1, draws=40).block > 2 * BLOCK


def test_missing_values_and_shapes_that_do_not_fit_are_refused() -> None:
    weights, returns = world(1)
    with refused(ParameterError, name="weights"):
        timing_bootstrap(weights[1:], returns, seed=1)
    with refused(ParameterError, name="weights and returns"):
        timing_bootstrap(weights * np.nan, returns, seed=1)
