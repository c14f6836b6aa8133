"""The half-life against a dense likelihood, and on correlations that are constant, quick and slow."""

import numpy as np
import pytest

from unlockstep.backtests.stats.half_life import BLOCK, HALF_LIVES, RATIOS, _likelihood, block_correlations, half_life
from unlockstep.signals.market import Floats


def returns_of(correlation: Floats, seed: int) -> Floats:
    idiosyncratic, common = np.random.default_rng(seed).standard_normal((2, len(correlation)))
    return 0.01 * np.column_stack([correlation * common + np.sqrt(1 - correlation**2) * idiosyncratic, common])


def test_blocks_share_no_session_and_end_with_the_sample() -> None:
    returns = returns_of(np.full(110, 0.4), 1)
    expected = [np.corrcoef(*returns[start : start + BLOCK].T)[0, 1] for start in range(10, 110, BLOCK)]
    assert np.tanh(block_correlations(returns)) == pytest.approx(expected)


def test_the_restricted_likelihood_is_that_of_the_dense_formula() -> None:
    z = np.random.default_rng(2).standard_normal(15)
    n, ones = len(z), np.ones((15, 1))
    fast = _likelihood(z)
    centring = np.eye(n) - 1.0 / n
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) * BLOCK

    def dense(h: int, q: int) -> float:
        related = 0.5 ** (apart / HALF_LIVES[h])
        visible = np.trace(centring @ related @ centring) / (n - 1)
        inverse = np.linalg.inv(np.eye(n) + RATIOS[q] * related / visible)
        weight = ones.T @ inverse @ ones
        projected = inverse - inverse @ ones @ ones.T @ inverse / weight
        noise = z @ projected @ z / (n - 1)
        return float(-0.5 * ((n - 1) * np.log(noise) - np.linalg.slogdet(inverse)[1] + np.log(weight.item())))

    for h, q in ((0, 5), (10, 12), (25, 20), (40, 30)):
        assert fast[h, q] == pytest.approx(dense(h, q))


def test_a_constant_correlation_leaves_nothing_to_time() -> None:
    result = [half_life(returns_of(np.full(2500, 0.45), seed)) for seed in range(20)]
    assert sum(each.varies for each in result) <= 4  # at 5 % more have a probability of 0.3 %


def test_a_correlation_that_swings_every_month_is_seen_to_return() -> None:
    # A half-life of 30 sessions: AR(1) in Fisher's z around 0.3
    results = []
    for seed in range(10):
        steps = np.random.default_rng(seed).standard_normal(2500)
        deviation, decay = np.empty(2500), 0.5 ** (1 / 30)
        deviation[0] = steps[0]
        for t in range(1, 2500):
            deviation[t] = decay * deviation[t - 1] + np.sqrt(1 - decay**2) * steps[t]
        results.append(half_life(returns_of(np.tanh(0.3 + 0.5 * deviation), seed + 50)))
    assert all(each.varies for each in results)
    assert sum(each.ci[0] <= 30 <= each.ci[1] for each in results) >= 8  # 7 or fewer at 95 %: one in a hundred
    assert 15 < np.median([each.sessions for each in results]) < 60


def test_a_shift_for_good_never_heals() -> None:
    result = half_life(returns_of(np.where(np.arange(2500) < 1250, 0.0, 0.6), 3))
    assert result.ci[1] == float("inf")
    assert result.ci[0] > 120
    share, (low, high) = result.left_after(120)
    assert low > 0.5
    assert share == pytest.approx(0.5 ** (120 / result.sessions))
    assert high == 1.0


def test_a_leg_that_stands_still_for_a_month_gives_no_number() -> None:
    returns = returns_of(np.full(600, 0.4), 4)
    returns[580:, 1] = 0.0
    assert np.isnan(half_life(returns).sessions)
    assert not half_life(returns).varies
