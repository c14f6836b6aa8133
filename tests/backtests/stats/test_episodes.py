"""Episodes: by hand, against a plain resampling loop, and the invariances they must obey."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refused
from unlockstep.backtests.stats.episodes import MIN_EPISODES, episode_study, episodes, resting, timing_returns
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats


def world(seed: int, sessions: int = 400, stay: float = 0.95) -> tuple[Floats, Floats]:
    """Long/flat weights of a random persistence that know nothing of fat-tailed returns."""
    rng = np.random.default_rng(seed)
    switches = rng.random(sessions) > stay
    weights = (np.cumsum(switches) % 2)[:, None] * np.array([0.6, 0.4])
    return weights, rng.standard_t(5, (sessions, 2)) * (0.04, 0.01)


def plain_ratio(weights: Floats, returns: Floats) -> float:
    """Annual timing information ratio as the definition reads."""
    x = ((weights - weights.mean(axis=0)) * (returns - returns.mean(axis=0))).sum(axis=1)
    return float(x.mean() / x.std() * np.sqrt(252))


def column(*values: float) -> Floats:
    return np.array(values, dtype=float)[:, None]


def test_an_episode_lasts_as_long_as_the_weights_stay() -> None:
    weights = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    assert episodes(weights).tolist() == [[0, 2], [2, 3], [3, 4]]


def test_a_constant_mix_is_one_episode_and_rounding_begins_none() -> None:
    weights = np.full((50, 2), 0.3)
    weights[20:] += 1e-14
    assert episodes(weights).tolist() == [[0, 50]]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=60))
def test_episodes_tile_the_rows_and_differ_from_their_neighbours(path: list[float]) -> None:
    spans = episodes(column(*path)).tolist()
    assert [row for start, stop in spans for row in range(start, stop)] == list(range(len(path)))
    positions = [set(path[start:stop]) for start, stop in spans]
    assert all(len(weights) == 1 for weights in positions)
    assert all(one != other for one, other in pairwise(positions))


def test_a_rule_rests_in_the_weights_it_holds_longest() -> None:
    # cash for 3 + 2 rows, long for 2, short for 1
    weights = column(0, 0, 0, 1, 1, 0, 0, -1)
    assert resting(weights, episodes(weights)).tolist() == [True, False, True, False]
    # both held for two rows: the earlier one rests
    tied = column(1, 0, 0, 1)
    assert resting(tied, episodes(tied)).tolist() == [True, False, True]


def test_the_timing_return_is_what_is_earned_beyond_the_average_mix() -> None:
    # w − w̄ = (½, ½, −½, −½); r − r̄ = (0.02, 0, −0.03, 0.01): products 0.01, 0, 0.015, −0.005
    x = timing_returns(column(1, 1, 0, 0), column(0.03, 0.01, -0.02, 0.02))
    assert x == pytest.approx([0.01, 0.0, 0.015, -0.005])


def test_a_family_of_timing_returns_is_that_of_each_variant() -> None:
    weights, returns = world(3)
    family = np.stack([weights, weights[::-1]], axis=1)
    both = timing_returns(family, returns)
    np.testing.assert_allclose(both[:, 1], timing_returns(weights[::-1], returns))
    assert both.shape == (400, 2)


def test_profits_and_shares_of_episodes_by_hand() -> None:
    # episodes: rows 0–1, 2–3, 4, 5–7; w̄ = 3/8, r̄ = 0.08/8 = 0.01
    weights = column(1, 1, 0, 0, 1, 0, 0, 0)
    returns = column(0.05, 0.03, -0.01, 0.0, -0.02, 0.01, 0.01, 0.01)
    # (5/8)(0.04 + 0.02), (−3/8)(−0.02 − 0.01), (5/8)(−0.03), (−3/8)·0
    expected = [0.0375, 0.01125, -0.01875, 0.0]
    result = episode_study(weights, returns, seed=1)
    assert (result.count, result.active) == (4, 2)
    assert result.profits == pytest.approx(expected, abs=1e-15)
    assert result.share_best == pytest.approx(0.0375 / 0.03)
    assert result.share_best_two == pytest.approx(0.04875 / 0.03)
    assert result.ir_without_best == pytest.approx(plain_ratio(weights[2:], returns[2:]))
    assert np.isnan(result.ci).all()


def test_a_total_that_is_not_positive_has_no_shares() -> None:
    result = episode_study(column(1, 1, 0, 0), column(-0.02, -0.01, 0.03, 0.01), seed=1)
    assert np.isnan([result.share_best, result.share_best_two]).all()


def test_without_its_only_bet_nothing_is_left_to_time() -> None:
    result = episode_study(column(0, 0, 0, 1, 1, 0, 0, 0), column(0.01, 0, 0, 0.2, 0.1, 0, 0.01, 0), seed=1)
    assert (result.count, result.active) == (3, 1)
    assert np.isnan(result.ir_without_best)


@pytest.mark.parametrize("still", [0.0, 0.4])
def test_weights_that_never_vary_have_one_episode_and_no_numbers(still: float) -> None:
    result = episode_study(np.full((100, 2), still), world(1, 100)[1], seed=1)
    assert (result.count, result.active) == (1, 0)
    assert np.isnan([result.share_best, result.share_best_two, result.ir_without_best, *result.ci]).all()


def test_returns_that_never_vary_give_no_numbers() -> None:
    result = episode_study(world(1)[0], np.full((400, 2), 0.01), seed=1)
    assert np.isnan([result.share_best, result.ir_without_best, *result.ci]).all()


def test_the_interval_is_that_of_a_plain_loop_over_resampled_episodes() -> None:
    weights, returns = world(4, stay=0.98)
    x = ((weights - weights.mean(axis=0)) * (returns - returns.mean(axis=0))).sum(axis=1)
    edges = [0, *(i for i in range(1, 400) if (weights[i] != weights[i - 1]).any()), 400]
    pieces = [x[start:stop] for start, stop in pairwise(edges)]
    rng = np.random.default_rng(99)
    ratios = []
    for _ in range(4000):
        drawn = np.concatenate([pieces[i] for i in rng.integers(len(pieces), size=len(pieces))])
        ratios.append(drawn.mean() / drawn.std() * np.sqrt(252))
    assert len(pieces) == 8
    # Student's 97.5 % quantile with 7 degrees of freedom is 2.365, from the tables
    half = 2.365 * np.std(ratios)
    low, high = episode_study(weights, returns, seed=1, draws=4000).ci
    assert (low + high) / 2 == pytest.approx(plain_ratio(weights, returns))
    assert (high - low) / 2 == pytest.approx(half, rel=0.05)


def test_the_interval_covers_no_timing_about_as_often_as_promised() -> None:
    # 300 worlds at 95 %: the binomial standard deviation is 1.3 %, the bound 4 of them below
    covered = []
    for seed in range(300):
        low, high = episode_study(*world(seed), seed=seed, draws=200).ci
        covered.append(low <= 0 <= high)
    assert np.mean(covered) >= 0.90


def test_a_record_of_single_sessions_that_repeat_gives_an_interval_without_warnings() -> None:
    low, high = episode_study(column(0, 1, 0, 1, 0), column(0.01, 0.02, 0.0, -0.01, 0.03), seed=1).ci
    assert low < high


def test_too_few_episodes_have_no_interval() -> None:
    for count in (MIN_EPISODES - 1, MIN_EPISODES):
        weights = np.repeat(np.arange(count) % 2, 40).astype(float)[:, None]
        result = episode_study(weights, world(2, 40 * count)[1][:, :1], seed=1)
        assert np.isnan(result.ci).any() == (count < MIN_EPISODES)


def test_the_same_seed_gives_the_same_interval() -> None:
    one, again, other = (episode_study(*world(5), seed=seed).ci for seed in (1, 1, 2))
    assert one == again
    assert one != other


@given(st.integers(0, 50), st.floats(0.01, 100), st.floats(-1, 1))
@settings(max_examples=25, deadline=None)
def test_the_size_of_positions_and_a_constant_mix_beside_them_change_no_share(
    seed: int, scale: float, added: float
) -> None:
    weights, returns = world(seed)
    plain = episode_study(weights, returns, seed=1, draws=50)
    changed = episode_study(weights * scale + added, returns, seed=1, draws=50)
    assert (changed.count, changed.active) == (plain.count, plain.active)
    for figure in ("share_best", "share_best_two", "ir_without_best", "ci"):
        assert getattr(changed, figure) == pytest.approx(getattr(plain, figure), nan_ok=True, rel=1e-6)


@given(st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_profits_add_up_and_two_episodes_carry_no_less_than_one(seed: int) -> None:
    weights, returns = world(seed)
    result = episode_study(weights, returns, seed=1, draws=50)
    covariance = sum(np.cov(weights[:, a], returns[:, a], ddof=0)[0, 1] for a in range(2))
    assert result.profits.sum() == pytest.approx(400 * covariance)
    if covariance > 0:
        assert result.share_best_two >= result.share_best >= 1 / result.count


def test_what_is_not_finite_or_does_not_fit_is_refused() -> None:
    weights, returns = world(1)
    with refused(ParameterError, name="weights"):
        episode_study(weights, returns[1:], seed=1)
    returns[3, 0] = np.nan
    with refused(ParameterError, name="weights and returns"):
        episode_study(weights, returns, seed=1)
