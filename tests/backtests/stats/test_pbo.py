"""The probability of backtest overfitting: against a plain loop over splits, and worlds whose answer is known."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from tests.refusals import refused
from unlockstep.backtests.stats.pbo import block_sums, overfitting_of, probability_of_backtest_overfitting
from unlockstep.signals.errors import DataError, HistoryError, ParameterError
from unlockstep.signals.market import Floats


def plain_ratio(x: Floats) -> float:
    """Mean over deviation of some sessions of one variant; zero where it stands still."""
    return float(np.mean(x) / np.std(x, ddof=1)) if np.ptp(x) > 0 else 0.0


def plain_splits(returns: Floats, blocks: int) -> tuple[Floats, Floats, Floats]:
    """(logits, in-sample and out-of-sample ratio of the chosen), one split after the other, as the paper reads."""
    sessions, variants = returns.shape
    of_block = np.array([next(k for k in range(blocks) if t < (k + 1) * sessions // blocks) for t in range(sessions)])
    rows = []
    for members in combinations(range(blocks), blocks // 2):
        inside = np.isin(of_block, members)
        first = [plain_ratio(returns[inside, v]) for v in range(variants)]
        second = [plain_ratio(returns[~inside, v]) for v in range(variants)]
        chosen = int(np.argmax(first))
        omega = rankdata(np.round(second, 10))[chosen] / (variants + 1)
        rows.append((np.log(omega / (1 - omega)), first[chosen], second[chosen]))
    logits, first_chosen, second_chosen = np.array(rows).T
    return logits, first_chosen, second_chosen


def noise(seed: int, sessions: int = 160, variants: int = 6) -> Floats:
    rng = np.random.default_rng(seed)
    return np.asarray(0.01 * (rng.standard_t(4, (sessions, variants)) + 0.5 * rng.standard_t(4, (sessions, 1))))


@pytest.mark.parametrize(("sessions", "variants", "blocks"), [(12, 2, 2), (43, 5, 4), (60, 3, 6), (97, 4, 8)])
def test_every_split_equals_the_plain_loop(sessions: int, variants: int, blocks: int) -> None:
    returns = noise(sessions, sessions, variants)
    logits, first, second = plain_splits(returns, blocks)
    result = probability_of_backtest_overfitting(returns, blocks=blocks)
    np.testing.assert_allclose(result.logits, logits, atol=1e-9)
    assert result.splits == len(logits)
    assert result.pbo == np.mean(logits <= 0)
    assert result.loss_probability == np.mean(second < 0)
    assert result.sharpe_in == pytest.approx(np.median(first) * np.sqrt(252))
    assert result.sharpe_out == pytest.approx(np.median(second) * np.sqrt(252))


def test_sixteen_blocks_make_the_paper_s_number_of_splits() -> None:
    assert probability_of_backtest_overfitting(noise(1)).splits == 12_870


def test_two_variants_that_take_turns_are_always_chosen_too_late() -> None:
    # the chosen one has +0.02 ± 0.01 √2 in its half, the same below zero in the other, and rank 1 of 2 there: ω = 1/3
    first = np.array([0.03, 0.01, -0.03, -0.01])
    result = probability_of_backtest_overfitting(np.column_stack([first, -first]), blocks=2)
    assert result.pbo == 1.0
    assert result.logits == pytest.approx([-np.log(2), -np.log(2)])
    assert result.loss_probability == 1.0
    assert (result.sharpe_in, result.sharpe_out) == pytest.approx((np.sqrt(2 * 252), -np.sqrt(2 * 252)))


def test_a_dominant_variant_is_chosen_rightly() -> None:
    returns = noise(2, sessions=640)
    returns[:, 3] += 0.01
    result = probability_of_backtest_overfitting(returns)
    assert result.pbo == 0.0
    assert result.loss_probability == 0.0
    assert result.logits == pytest.approx(np.full(12_870, np.log(6)))  # ω = 6/7


def test_choosing_among_noise_is_right_half_of_the_time() -> None:
    # the deviation of one world's PBO is about 0.25, that of the mean of 100 is 0.025
    result = [probability_of_backtest_overfitting(noise(seed), blocks=8).pbo for seed in range(100)]
    assert np.mean(result) == pytest.approx(0.5, abs=0.08)


def test_copies_share_their_rank() -> None:
    one = noise(3)[:, 0]
    result = probability_of_backtest_overfitting(np.column_stack([one, one, 2 * one]), blocks=4)
    assert result.logits == pytest.approx(np.zeros(6))  # the middle rank, 2 of 3
    assert result.pbo == 1.0


@pytest.mark.parametrize("interest", [0.0, 0.0001])
def test_a_variant_that_stands_still_for_half_of_the_time_has_a_ratio_of_zero_there(interest: float) -> None:
    returns = noise(4, sessions=40, variants=3)
    returns[20:, 1] = interest
    logits, _, second = plain_splits(returns, 2)
    result = probability_of_backtest_overfitting(returns, blocks=2)
    np.testing.assert_allclose(result.logits, logits, atol=1e-9)
    assert result.sharpe_out == pytest.approx(np.median(second) * np.sqrt(252))


@given(st.integers(0, 500), st.lists(st.floats(0.01, 100), min_size=6, max_size=6), st.permutations(range(8)))
@settings(max_examples=20, deadline=None)
def test_leverage_order_and_cash_change_nothing(seed: int, leverage: list[float], order: list[int]) -> None:
    returns = noise(seed)
    same = np.column_stack([returns * leverage, np.zeros(160), np.full(160, 0.0001)])[:, order]
    plain = probability_of_backtest_overfitting(returns, blocks=6)
    result = probability_of_backtest_overfitting(same, blocks=6)
    np.testing.assert_allclose(result.logits, plain.logits, atol=1e-9)
    assert (result.pbo, result.loss_probability) == (plain.pbo, plain.loss_probability)


def test_what_cannot_be_split_is_refused() -> None:
    returns = noise(5, sessions=31)
    for blocks in (0, 3, 18):
        with refused(ParameterError, name="blocks", limit=16):
            probability_of_backtest_overfitting(returns, blocks=blocks)
    with refused(HistoryError, limit=32):
        probability_of_backtest_overfitting(returns)
    with refused(ParameterError, name="variants", limit=2):
        probability_of_backtest_overfitting(np.column_stack([returns[:, 0], np.zeros(31)]), blocks=4)
    returns[7, 2] = np.nan
    with refused(DataError, name="returns"):
        probability_of_backtest_overfitting(returns, blocks=4)


def test_of_variants_that_are_tied_in_the_sample_the_first_is_chosen_whatever_rounding_makes_of_them() -> None:
    rng = np.random.default_rng(8)
    half = rng.normal(0.001, 0.01, 60)
    one, other = np.tile(half, 2), np.concatenate([half, half[::-1]])  # as good in any half, in another order
    returns = np.column_stack([one, other * 3.0, rng.normal(-0.01, 0.01, (120, 3))])
    result = probability_of_backtest_overfitting(returns, blocks=2)
    ratio = half.mean() / half.std(ddof=1) * np.sqrt(252)
    assert result.sharpe_in == pytest.approx(ratio, rel=1e-9)
    np.testing.assert_allclose(result.logits, np.log(4.5 / 1.5), rtol=1e-12)  # shares the first of six places of five


def test_a_variant_that_stands_for_several_is_ranked_as_they_are() -> None:
    returns = np.random.default_rng(9).normal(0.0, 0.01, (200, 12))
    times = np.arange(12) % 4 + 1
    once = overfitting_of([block_sums(returns[:, :5], 8, times[:5]), block_sums(returns[:, 5:], 8, times[5:])])
    each = probability_of_backtest_overfitting(np.repeat(returns, times, axis=1), blocks=8)
    np.testing.assert_allclose(once.logits, each.logits, rtol=1e-12)
    assert once.sharpe_out == pytest.approx(each.sharpe_out, rel=1e-12)
