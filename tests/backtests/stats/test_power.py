"""What a sample could have shown: by a plain search over ratios, and whatever the sample itself has found."""

import numpy as np
import pytest

from tests.backtests.stats.test_timing_test import must_exceed, plain_scores, plain_shifts
from unlockstep.backtests.stats.clear_shifts import clear_shifts, half_width
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.signals.market import Floats


def two_legs(seed: int, sessions: int = 400) -> tuple[Floats, Floats]:
    """Weights of two variants, one in each leg, and returns in which neither of them has found anything."""
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.standard_normal((sessions, 2)), axis=0)
    on = (slow > np.median(slow, axis=0)).astype(float)
    weights = np.zeros((sessions, 2, 2))
    weights[:, 0, 0], weights[:, 1, 1] = on.T
    returns = 0.02 * rng.standard_t(5, (sessions, 2))
    bets = on - on.mean(axis=0)
    excess = returns - returns.mean(axis=0)
    return weights, excess - bets * (bets * excess).sum(axis=0) / (bets**2).sum(axis=0)


@pytest.mark.parametrize("effects", [(3.0, 0.0), (2.0, 3.0), (3.0, 2.0), (2.0, -3.0)])
def test_what_the_variants_have_found_changes_nothing_that_could_be_seen(effects: tuple[float, float]) -> None:
    weights, returns = two_legs(1)
    bets = weights.sum(axis=2) - weights.sum(axis=2).mean(axis=0)
    paid = returns + np.array(effects) / np.sqrt(252) * returns.std(axis=0) / bets.std(axis=0) * bets
    few, many = (timing_test(weights, r, look_back=20) for r in (returns, paid))
    np.testing.assert_allclose(many.shifted[1:], few.shifted[1:], atol=1e-9)
    # the truth itself is one of several hundred alignments of which the quantile is taken
    np.testing.assert_allclose(many.detectable, few.detectable, rtol=0.02)


def plain_detectable(positions: Floats, returns: Floats, look_back: int) -> float:
    """The detectable ratio of one variant at 5 % against clear shifts, written as the definition reads.

    positions, returns: T, of one asset, the returns orthogonal to the positions.
    """
    sessions, years = len(positions), len(positions) / 252
    bet, excess = positions - positions.mean(), returns - returns.mean()
    score = plain_scores(excess)
    margin = max(1, look_back)
    null = plain_shifts(bet[:, None], score[:, None])[margin : sessions - margin + 1]
    variance, slopes = float((excess**2).mean()), []
    for x in excess:
        z = x / np.sqrt(variance)
        rise = (1 - z * z / 4) / (1 + z * z / 4) ** 2 if abs(z) < 2 else 0.0
        slopes.append(rise * excess.std() / np.sqrt(variance))
        variance = 0.5 ** (1 / 20) * variance + (1 - 0.5 ** (1 / 20)) * x * x
    centred = score - score.mean()
    per_effect = (bet**2 * slopes).mean() / (bet**2).mean() * (bet * excess).std()
    gain = per_effect / np.sqrt(((bet * centred) ** 2).mean())
    reach = must_exceed(null, 0.05)
    return float((reach + 0.8416 * max(1.0, null.std())) / (gain * np.sqrt(years)))


@pytest.mark.parametrize("look_back", [0, 60])
def test_the_ratio_is_that_of_the_definition(look_back: int) -> None:
    weights, returns = two_legs(4, sessions=300)
    result = timing_test(weights[:, 0, 0], returns[:, 0], look_back=look_back).detectable[0]
    assert result == pytest.approx(plain_detectable(weights[:, 0, 0], returns[:, 0], look_back), rel=1e-6)


def test_clear_shifts_keep_away_from_what_positions_look_back_on() -> None:
    # at k = T − j a position meets the return j sessions earlier, at k = j it was made from returns that the true one
    # was made from; of 12 shifts with a look-back of 3, 3 to 9 are clear of both
    assert clear_shifts(12, 3).tolist() == [3, 4, 5, 6, 7, 8, 9]
    assert clear_shifts(5, 0).tolist() == [1, 2, 3, 4]  # the true alignment, 0, is none
    assert clear_shifts(12, 100).tolist() == [3, 4, 5, 6, 7, 8, 9]  # half of them stay


def test_spreads_leave_out_the_shifts_at_which_a_trend_rule_meets_its_own_past() -> None:
    rng = np.random.default_rng(2)
    returns = 0.02 * rng.standard_normal(3000)
    log_prices = np.concatenate([[0.0], np.cumsum(returns)])
    trend = (log_prices[100:-1] > log_prices[:-101]).astype(float)  # made of the 100 returns before the one earned
    wide, narrow = (timing_test(trend, returns[100:], look_back=n).ci[0] for n in (0, 100))
    assert np.ptp(narrow) < 0.9 * np.ptp(wide)


def test_an_interval_of_few_independent_alignments_is_as_wide_as_a_prediction_of_one_more() -> None:
    # autocorrelations φᵏ along the shifts: S / (1 + 2 φ² / (1 − φ²)) independent ones, 4,000 · 0.19 / 1.81 = 420 at 0.9
    rng = np.random.default_rng(8)
    null = np.zeros((4000, 2))
    null[0], shocks = rng.standard_normal(2), rng.standard_normal((4000, 2))
    for k in range(1, 4000):
        null[k] = (0.9 * null[k - 1, 0] + np.sqrt(0.19) * shocks[k, 0], shocks[k, 1])
    null *= 3.0 / null.std(axis=0)
    persistent, independent = half_width(null, 0.975)
    assert persistent == pytest.approx(3 * np.sqrt(421 / 419) * 1.9656, rel=6e-3)  # 1.9656: Student's t, 419 degrees
    assert independent == pytest.approx(3 * 1.9606, rel=3e-3)
    assert half_width(null / 9.0, 0.95)[0] == pytest.approx(1.6449, abs=1e-4)
    # one wave and no more: few degrees of freedom, whose quantile is more than twice the normal one
    wave = np.sin(np.arange(400) * np.pi / 200)[:, None]
    assert half_width(wave, 0.975)[0] > 5 * wave.std()
