"""Pooling: of one pair it is that pair's test, of copies it is one of them, of independent pairs it is their sum."""

from itertools import combinations

import numpy as np
import pytest

from tests.refusals import refused
from unlockstep.backtests.stats.circular_shifts import scores, standardised
from unlockstep.backtests.stats.clear_shifts import clear_margin
from unlockstep.backtests.stats.pooled_timing import (
    MONEY,
    SCORES,
    PairTiming,
    Pooled,
    joint_clear_shifts,
    pooled_timing,
)
from unlockstep.backtests.stats.timing_test import TimingTest, timing_test
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.market import Floats

LOOK_BACK = 40


def drawn(seed: int, sessions: int = 600, *, common: Floats | None = None, share: float = 0.0) -> tuple[Floats, Floats]:
    """(T x 2 positions of 0 or 1 that last, T returns), a share of the latter's variance being common."""
    rng = np.random.default_rng(seed)
    positions = (np.cumsum(rng.random((sessions, 2)) < 0.05, axis=0) % 2).astype(float)
    returns = 0.01 * rng.standard_normal(sessions)
    if common is not None:
        returns = np.sqrt(share) * common[-sessions:] + np.sqrt(1 - share) * returns
    return positions, returns


def single(positions: Floats, returns: Floats) -> TimingTest:
    return timing_test(positions, returns, look_back=LOOK_BACK)


def pair(positions: Floats, returns: Floats, *, first: int = 0) -> PairTiming:
    test, excess = single(positions, returns), (returns - returns.mean())[:, None]
    outcomes = np.column_stack([scores(excess)[0], standardised(excess), excess])
    centred = positions - positions.mean(axis=0)
    return PairTiming(
        information_ratio=test.information_ratio,
        gain=test.gain,
        t=np.stack([test.t, test.t_standardised, test.t_money]),
        x=np.einsum("tv,tk->ktv", centred, outcomes),
        null=np.stack([test.clear.score, test.clear.standardised, test.clear.money]),
        rows=np.arange(first, first + len(returns)),
        margin=clear_margin(len(returns), LOOK_BACK),
    )


def pooled(*pairs: PairTiming) -> Pooled:
    return pooled_timing(pairs, max(int(each.rows[-1]) for each in pairs) + 1)


def test_one_pair_pooled_is_its_own_test() -> None:
    positions, returns = drawn(1)
    test, one = single(positions, returns), pooled(pair(positions, returns))
    assert one.weights == pytest.approx(np.ones((1, 2)), abs=0)
    assert one.t[SCORES] == pytest.approx(test.t, abs=0)
    assert one.t[MONEY] == pytest.approx(test.t_money, abs=0)
    assert one.information_ratio == pytest.approx(test.information_ratio, abs=0)
    assert one.spread[SCORES] == pytest.approx(test.spread, abs=0)
    assert one.p_money == pytest.approx(test.p_money, abs=0)
    half = one.half_width(0.975)
    assert np.column_stack([one.information_ratio - half, one.information_ratio + half]) == pytest.approx(test.ci)
    assert one.effective_pairs == pytest.approx([1.0, 1.0])


def test_copies_share_a_weight_and_add_nothing() -> None:
    first, second = pair(*drawn(1)), pair(*drawn(2))
    two, three = pooled(first, second), pooled(first, first, second)
    assert three.weights[0] == pytest.approx(three.weights[1])
    assert three.weights[:2].sum(axis=0) == pytest.approx(two.weights[0], rel=1e-6)
    for name in ("t", "null", "information_ratio", "effective_pairs", "gain"):
        assert getattr(three, name) == pytest.approx(getattr(two, name), rel=1e-6)


def test_the_weights_are_the_best_of_all_that_are_not_below_zero() -> None:
    """By trying every subset of pairs: those that least squares weighs, a = C⁻¹√Y, with none below zero."""
    common = 0.01 * np.random.default_rng(9).standard_normal(600)
    lasting = drawn(50)[0]
    kinds = ((1, 0.0), (2, 0.8), (3, 0.9), (4, 0.5))
    pairs = [pair(lasting, drawn(seed, common=common, share=share)[1]) for seed, share in kinds]
    together = pooled(*pairs)
    for v in range(2):
        x = np.column_stack([each.x[SCORES, :, v] for each in pairs])
        cosines = x.T @ x / np.sqrt(np.outer((x**2).sum(axis=0), (x**2).sum(axis=0)))
        assert together.correlation[v] == pytest.approx(cosines)
        root, best = np.sqrt(np.full(4, 600 / 252)), 0.0
        for size in range(1, 5):
            for chosen in combinations(range(4), size):
                part = cosines[np.ix_(chosen, chosen)]
                weights = np.linalg.solve(part, root[list(chosen)])
                if (weights >= 0).all():
                    best = max(best, float(weights @ root[list(chosen)] / np.sqrt(weights @ part @ weights)))
        assert together.weights[:, v] @ root == pytest.approx(best, rel=1e-6)
        assert together.weights[:, v] @ cosines @ together.weights[:, v] == pytest.approx(1.0)
        ratios = np.array([each.information_ratio[v] for each in pairs])
        assert together.information_ratio[v] == pytest.approx(together.weights[:, v] @ ratios)


def test_independent_pairs_of_one_length_add_up_and_a_short_one_counts_by_its_length() -> None:
    pairs = [pair(*drawn(seed)) for seed in (1, 2, 3)]
    together = pooled(*pairs)
    assert together.effective_pairs == pytest.approx([3.0, 3.0], rel=0.25)
    short = pooled(*pairs[:2], pair(*drawn(3, 300), first=300))
    assert short.effective_pairs == pytest.approx([2.5, 2.5], rel=0.25)
    assert (short.weights[2] < short.weights[:2].min(axis=0)).all()


def test_joint_shifts_move_all_pairs_alike_and_stay_clear_in_each() -> None:
    pairs = [pair(*drawn(1)), pair(*drawn(2, 400), first=200)]
    shifts = joint_clear_shifts(pairs)
    assert shifts.tolist() == [*range(40, 361), *(-k for k in range(40, 361))]
    assert joint_clear_shifts([pairs[0], pairs[0]]).tolist() == [*range(40, 561)]
    together = pooled(*pairs)
    for column, k in ((0, 40), (320, 360), (321, -40)):
        by_hand = np.zeros(2)
        for weight, each in zip(together.weights, pairs, strict=True):
            sessions = each.sessions
            by_hand += weight * each.null[SCORES, k % sessions - each.margin]
        assert together.null[SCORES, column] == pytest.approx(by_hand)


def test_a_variant_that_never_varies_on_a_pair_is_pooled_over_the_others() -> None:
    positions, returns = drawn(1)
    still = positions.copy()
    still[:, 1] = 1.0
    other = pair(*drawn(2))
    together, alone = pooled(pair(still, returns), other), pooled(other)
    assert together.weights[0, 1] == 0.0
    assert together.t[:, 1] == pytest.approx(alone.t[:, 1])
    nowhere = pooled(pair(still, returns))
    assert np.isnan(nowhere.t[:, 1]).all()
    assert nowhere.p_money[1] == 1.0


def test_a_pair_too_short_to_be_moved_is_refused() -> None:
    with refused(HistoryError, limit=2 * LOOK_BACK):
        joint_clear_shifts([pair(*drawn(1)), pair(*drawn(2, 50))])
