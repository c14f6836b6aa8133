"""Walk-forward and combinatorial purged paths: by hand, by the book's table, and by a plain loop."""

from collections.abc import Callable
from itertools import combinations
from math import comb, inf, log, sqrt
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refused
from unlockstep.backtests.stats.walk_forward import (
    CombinatorialPaths,
    Criterion,
    WalkForward,
    combinatorial_purged,
    walk_forward,
)
from unlockstep.signals.errors import HistoryError, ParameterError
from unlockstep.signals.market import Floats

CRITERIA: tuple[Criterion, ...] = ("sharpe", "return", "timing")


def world(seed: int, sessions: int = 120, variants: int = 4) -> tuple[Floats, Floats, Floats]:
    """Returns of the variants, their persistent weights, returns of the assets."""
    rng = np.random.default_rng(seed)
    assets = rng.standard_t(5, (sessions, 2)) * (0.04, 0.01)
    slow = np.cumsum(rng.standard_normal((sessions, variants, 2)), axis=0)
    weights = (slow > np.median(slow, axis=0)).astype(float) * 0.5
    return np.einsum("tva,ta->tv", weights, assets), weights, assets


def plain_timing(weights: list[list[float]], assets: list[list[float]]) -> float:
    """t as the definition reads; without any variation nothing is known, which loses against everything."""
    n, x = len(weights), [0.0] * len(weights)
    for a in range(len(weights[0])):
        positions, earned = mean(w[a] for w in weights), mean(r[a] for r in assets)
        for i in range(n):
            x[i] += (weights[i][a] - positions) * (assets[i][a] - earned)
    return sum(x) / sqrt(sum(value**2 for value in x)) if any(w != weights[0] for w in weights) else -inf


def plain_choice(rows: list[int], criterion: Criterion, returns: Floats, weights: Floats, assets: Floats) -> int:
    """The best variant on these rows, one after the other."""

    def score(v: int) -> float:
        earned = [float(returns[t, v]) for t in rows]
        if criterion == "sharpe":
            return mean(earned) / stdev(earned)
        if criterion == "return":
            return sum(log(1 + r) for r in earned)
        return plain_timing([weights[t, v].tolist() for t in rows], [assets[t].tolist() for t in rows])

    return max(range(returns.shape[1]), key=score)


# Two variants, ten rows: the first does well in the first three and in the last three, the second in between.
HAND = np.array(
    [
        [0.01, 0.00],
        [0.02, 0.00],
        [0.01, 0.00],
        [0.00, 0.01],
        [-0.03, 0.03],
        [-0.02, 0.02],
        [-0.03, 0.04],
        [0.05, -0.02],
        [0.04, -0.03],
        [0.06, -0.01],
    ]
)


def test_a_walk_by_hand() -> None:
    result = walk_forward(HAND, criterion="return", train=4, test=3)
    # rows 0–3: 0.04 against 0.01, the first; rows 0–6: −0.04 against 0.10, the second
    assert [(f.train_start, f.train_stop, f.start, f.stop, f.chosen) for f in result.folds] == [
        (0, 4, 4, 7, 0),
        (0, 7, 7, 10, 1),
    ]
    assert result.first == 4
    assert result.returns.tolist() == [-0.03, -0.02, -0.03, -0.02, -0.03, -0.01]
    assert result.choice.tolist() == [0, 0, 0, 1, 1, 1]
    assert result.weights is None


def test_a_rolling_walk_forgets_and_a_purged_one_waits() -> None:
    result = walk_forward(HAND, criterion="return", train=3, test=4, rolling=True, purge=2)
    # rows 0–2: 0.04 against 0; rows 4–6: −0.08 against 0.09; the last fold has one row
    assert [(f.train_start, f.train_stop, f.start, f.stop, f.chosen) for f in result.folds] == [
        (0, 3, 5, 9, 0),
        (4, 7, 9, 10, 1),
    ]
    assert result.returns.tolist() == [-0.02, -0.03, 0.05, 0.04, -0.01]


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("rolling", [False, True])
@pytest.mark.parametrize("purge", [0, 3])
def test_a_walk_is_that_of_a_plain_loop(criterion: Criterion, rolling: bool, purge: int) -> None:
    returns, weights, assets = world(7)
    result = walk_forward(
        returns,
        weights=weights,
        asset_returns=assets,
        criterion=criterion,
        train=40,
        test=15,
        rolling=rolling,
        purge=purge,
    )
    earned, positions = [], []
    for i, start in enumerate(range(40 + purge, 120, 15)):
        last = start - purge
        chosen = plain_choice(list(range(last - 40 if rolling else 0, last)), criterion, returns, weights, assets)
        assert result.folds[i].chosen == chosen
        earned += [returns[t, chosen] for t in range(start, min(start + 15, 120))]
        positions += [weights[t, chosen] for t in range(start, min(start + 15, 120))]
    np.testing.assert_array_equal(result.returns, earned)
    assert result.weights is not None
    np.testing.assert_array_equal(result.weights, positions)


def test_a_single_variant_is_itself_after_the_first_training_window() -> None:
    returns = world(1)[0][:, :1]
    result = walk_forward(returns, train=50, test=20)
    np.testing.assert_array_equal(result.returns, returns[50:, 0])
    assert not result.choice.any()


def test_of_equal_variants_the_first_is_chosen() -> None:
    returns, weights, assets = world(2, variants=2)
    for criterion in CRITERIA:
        order = [1, 0, 0, 1, 0]
        result = walk_forward(
            returns[:, order],
            weights=weights[:, order],
            asset_returns=assets,
            criterion=criterion,
            train=30,
            test=10,
        )
        assert set(result.choice.tolist()) <= {0, 1}


def test_rounding_chooses_no_variant() -> None:
    # the same returns in other orders: equal sums, but not to the last bit
    first = world(2)[0][:, :1]
    orders = [first, *(np.random.default_rng(seed).permutation(first) for seed in range(20))]
    returns = np.concatenate(orders, axis=1)
    assert len(set(returns.mean(axis=0).tolist())) > 1
    assert not walk_forward(np.vstack([returns, returns]), train=120, test=120).choice.any()


def test_a_variant_about_which_nothing_is_known_is_not_chosen() -> None:
    returns, weights, assets = world(3, variants=3)
    returns[:, 0], weights[:, 0] = 0.0, 0.0  # cash: no Sharpe ratio and no timing
    returns[:30, 1] = np.nan
    retained = walk_forward(returns - 0.1 * (np.arange(3) == 2), train=40, test=20)
    assert retained.folds[0].chosen == 2  # as poor as it is
    timed = walk_forward(
        returns, weights=weights, asset_returns=assets, criterion="timing", train=40, test=20, rolling=True
    )
    assert 0 not in timed.choice
    ruined = walk_forward(np.where(np.arange(3) == 1, -1.0, returns[40:]), criterion="return", train=40, test=20)
    assert 1 not in ruined.choice


def test_where_nothing_is_known_of_any_variant_the_first_is_held() -> None:
    returns = np.zeros((60, 3))
    assert not walk_forward(returns, train=30, test=10).choice.any()


def altered(rows: slice, seed: int, *arrays: Floats) -> tuple[Floats, ...]:
    """Copies with other values in these rows."""
    rng, copies = np.random.default_rng(seed), [array.copy() for array in arrays]
    for copy in copies:
        copy[rows] = rng.standard_normal(copy[rows].shape) * 0.1
    return tuple(copies)


def walk(returns: Floats, weights: Floats, assets: Floats, **options: Any) -> WalkForward:
    return walk_forward(returns, weights=weights, asset_returns=assets, train=40, test=15, **options)


@given(st.sampled_from(CRITERIA), st.integers(0, 30), st.integers(0, 4), st.integers(0, 3), st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_comes_later_changes_no_choice(
    criterion: Criterion, seed: int, which: int, purge: int, rolling: bool
) -> None:
    arrays = world(seed)
    before = walk(*arrays, criterion=criterion, purge=purge, rolling=rolling)
    # not even the purged rows count
    future = slice(before.folds[which].train_stop, None)
    after = walk(*altered(future, seed + 1, *arrays), criterion=criterion, purge=purge, rolling=rolling)
    assert after.folds[: which + 1] == before.folds[: which + 1]


@given(st.sampled_from(CRITERIA), st.integers(0, 30), st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_a_rolling_walk_knows_nothing_of_what_it_has_left_behind(criterion: Criterion, seed: int, which: int) -> None:
    arrays = world(seed)
    before = walk(*arrays, criterion=criterion, rolling=True)
    past = slice(0, before.folds[which].train_start)
    after = walk(*altered(past, seed + 1, *arrays), criterion=criterion, rolling=True)
    assert after.folds[which:] == before.folds[which:]


@given(st.integers(0, 30), st.integers(2, 60), st.integers(1, 70), st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_folds_tile_the_rows_after_the_first_training_window(seed: int, train: int, test: int, purge: int) -> None:
    returns = world(seed)[0]
    result = walk_forward(returns, train=train, test=test, purge=purge)
    assert [t for f in result.folds for t in range(f.start, f.stop)] == list(range(train + purge, 120))
    assert all(f.start - f.train_stop == purge and f.train_stop - f.train_start >= train for f in result.folds)
    np.testing.assert_array_equal(result.returns, returns[np.arange(result.first, 120), result.choice])


def test_too_short_a_history_is_refused_with_its_numbers() -> None:
    with refused(HistoryError, limit=121):
        walk_forward(world(1)[0], train=110, purge=10)
    with refused(HistoryError, name="groups", limit=4):
        combinatorial_purged(world(1)[0], groups=4, test_groups=2, purge=60)
    with refused(HistoryError, name="groups", limit=6):
        combinatorial_purged(world(1)[0][:5])


@pytest.mark.parametrize(
    ("scheme", "options", "name", "choices"),
    [
        (walk_forward, {"train": 1}, "train, test, purge", None),
        (walk_forward, {"train": 40, "test": 0}, "train, test, purge", None),
        (walk_forward, {"train": 40, "purge": -1}, "train, test, purge", None),
        (walk_forward, {"train": 40, "criterion": "timing"}, "criterion", ["weights", "asset_returns"]),
        (walk_forward, {"train": 40, "criterion": "sharp"}, "sharp", ["sharpe"]),
        (walk_forward, {"train": 40, "weights": np.zeros((119, 4, 2))}, "weights", None),
        (combinatorial_purged, {"asset_returns": np.zeros((121, 2))}, "asset_returns", None),
        (combinatorial_purged, {"groups": 4, "test_groups": 4}, "test_groups, groups, purge", None),
        (combinatorial_purged, {"purge": -1}, "test_groups, groups, purge", None),
    ],
)
def test_impossible_arguments_are_refused(
    scheme: Callable[..., object], options: dict[str, Any], name: str, choices: list[str] | None
) -> None:
    with refused(ParameterError, name=name, choices=choices):
        scheme(world(1)[0], **options)


def test_six_groups_by_two_make_the_book_s_paths() -> None:
    # López de Prado (2018), figure 12.1: for the groups 1 to 6, path 1 takes the splits S1, S1, S2, S3, S4, S5, path 2
    # S2, S6, S6, S7, S8, S9, and path 5 the last split that tests each group. Each split chooses a variant of its own.
    table = {0: (1, 1, 2, 3, 4, 5), 1: (2, 6, 6, 7, 8, 9), 4: (5, 9, 12, 14, 15, 15)}
    splits = list(combinations(range(6), 2))
    returns = np.zeros((60, 15))
    for split, tested in enumerate(splits):
        training = [t for t in range(60) if t // 10 not in tested]
        returns[training, split] = 0.01
    paths = combinatorial_purged(returns, criterion="return")
    assert (paths.n_splits, paths.n_paths) == (15, 5)
    assert paths.chosen.tolist() == list(range(15))
    marked = np.tile(np.arange(15.0)[:, None], (60, 1, 1))
    positions = combinatorial_purged(returns, weights=marked, criterion="return").weights
    assert positions is not None
    assert positions.shape == (5, 60, 1)
    for path, expected in table.items():
        assert (positions[path, ::10, 0] + 1).tolist() == list(expected)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("purge", [0, 4])
def test_combinatorial_paths_are_those_of_a_plain_loop(criterion: Criterion, purge: int) -> None:
    returns, weights, assets = world(9, sessions=103)
    paths = combinatorial_purged(
        returns, weights=weights, asset_returns=assets, criterion=criterion, groups=5, test_groups=3, purge=purge
    )
    group_of = [min(t // 20, 4) for t in range(103)]
    splits, chosen = list(combinations(range(5), 3)), []
    for tested in splits:
        banned = {s for t in range(103) if group_of[t] in tested for s in range(t - purge, t + purge + 1)}
        chosen.append(plain_choice([t for t in range(103) if t not in banned], criterion, returns, weights, assets))
    assert paths.chosen.tolist() == chosen
    assert paths.weights is not None
    for t in range(103):
        testing = [v for v, tested in zip(chosen, splits, strict=True) if group_of[t] in tested]
        np.testing.assert_array_equal(paths.returns[:, t], returns[t, testing])
        np.testing.assert_array_equal(paths.weights[:, t], weights[t, testing])


@given(st.integers(2, 8), st.integers(1, 7))
def test_splits_and_paths_are_as_many_as_the_book_says(groups: int, test_groups: int) -> None:
    if test_groups >= groups:
        return
    paths = combinatorial_purged(world(1)[0], groups=groups, test_groups=test_groups)
    assert paths.n_splits == comb(groups, test_groups) == len(paths.chosen)
    assert paths.n_paths == test_groups * comb(groups, test_groups) // groups == len(paths.returns)


@given(st.sampled_from(CRITERIA), st.integers(0, 30), st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_a_test_group_and_its_margins_change_no_choice_that_they_test(
    criterion: Criterion, seed: int, group: int, purge: int
) -> None:
    def paths(returns: Floats, weights: Floats, assets: Floats) -> CombinatorialPaths:
        return combinatorial_purged(returns, weights=weights, asset_returns=assets, criterion=criterion, purge=purge)

    arrays = world(seed)
    around = slice(max(0, 20 * group - purge), 20 * group + 20 + purge)
    before, after = paths(*arrays).chosen, paths(*altered(around, seed + 1, *arrays)).chosen
    tests = [group in tested for tested in combinations(range(6), 2)]
    assert after[tests].tolist() == before[tests].tolist()
