"""The timing test against a plain loop over shifts, and the inequalities it must obey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refused
from unlockstep.backtests.stats.circular_shifts import scores
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats


def plain_scores(returns: Floats) -> Floats:
    """Scores of one asset's T returns, session by session, written as the definition reads."""
    excess = returns - returns.mean()
    overall = float((excess**2).mean())
    variance, result = overall, []
    for x in excess:
        z = float(np.clip(x / np.sqrt(variance), -2.0, 2.0))
        result.append(z / (1.0 + z * z / 4.0) * np.sqrt(overall))
        variance = 0.5 ** (1 / 20) * variance + (1.0 - 0.5 ** (1 / 20)) * float(x) ** 2
    return np.array(result)


def plain_statistic(weights: Floats, outcomes: Floats) -> float:
    """t of one variant, T x A weights against T x A outcomes, written as the definition reads."""
    x = ((weights - weights.mean(axis=0)) * (outcomes - outcomes.mean(axis=0))).sum(axis=1)
    return float(x.sum() / np.sqrt((x**2).sum()))


def plain_shifts(weights: Floats, returns: Floats) -> Floats:
    """The same at every circular shift of the outcomes."""
    return np.array([plain_statistic(weights, np.roll(returns, -k, axis=0)) for k in range(len(returns))])


def plain_split(shifted: Floats, primary: int, share: float) -> Floats:
    """Adjusted p-values with a share of the error for a primary, by closed testing over minima of weighed p-values."""
    primary_t = shifted[:, primary]
    others = [v for v in range(shifted.shape[1]) if v != primary]
    maxima = shifted[:, others].max(axis=1)

    def weighed(v: int, k: int) -> float:
        null, part = (primary_t, share) if v == primary else (maxima, 1.0 - share)
        return float(np.mean(null >= shifted[k, v] - 1e-9)) / part

    table = np.array([[weighed(v, k) for v in range(shifted.shape[1])] for k in range(len(shifted))])
    return plain_step_down(-table)


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


def must_exceed(null: Floats, error: float) -> float:
    """The smallest of the null's t above which a truth has a p-value of at most `error`, the truth counted."""
    return float(min(t for t in null if ((null > t).sum() + 1) / (len(null) + 1) <= error))


@pytest.mark.parametrize("seed", range(5))
def test_every_shift_equals_the_plain_loop(seed: int) -> None:
    weights, returns = world(seed)
    scores = np.column_stack([plain_scores(column) for column in returns.T])
    expected = np.column_stack([plain_shifts(weights[:, v], scores) for v in range(weights.shape[1])])
    money = np.column_stack([plain_shifts(weights[:, v], returns) for v in range(weights.shape[1])])
    result = timing_test(weights, returns)
    np.testing.assert_allclose(result.shifted, expected, atol=1e-9)
    np.testing.assert_allclose(result.t, expected[0], atol=1e-9)
    np.testing.assert_allclose(result.t_money, money[0], atol=1e-9)
    np.testing.assert_allclose(result.p_money, (money >= money[0] - 1e-9).mean(axis=0))
    np.testing.assert_allclose(result.p, (expected >= expected[0] - 1e-9).mean(axis=0))
    np.testing.assert_allclose(result.p_family, plain_step_down(expected))
    assert result.critical == pytest.approx(must_exceed(expected[1:].max(axis=1), 0.05))


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


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_primary_shares_the_error_with_the_others(share: float) -> None:
    weights, returns = world(5)
    result = timing_test(weights, returns, primary=2, primary_share=share)
    np.testing.assert_allclose(result.p_family, plain_split(result.shifted, 2, share))
    primary_t, others = result.shifted[1:, 2], np.delete(result.shifted[1:], 2, axis=1).max(axis=1)
    assert result.critical_primary == must_exceed(primary_t, 0.05 * share)
    assert result.critical == must_exceed(others, 0.05 * (1 - share))
    np.testing.assert_array_equal(result.p, timing_test(weights, returns).p)


def test_a_primary_alone_keeps_the_whole_error() -> None:
    weights, returns = world(5, variants=1)
    np.testing.assert_array_equal(
        timing_test(weights, returns, primary=0).p_family, timing_test(weights, returns).p_family
    )


def test_a_copy_of_the_primary_changes_no_decision() -> None:
    weights, returns = world(9)
    doubled = np.concatenate([weights, 0.5 * weights[:, 2:3]], axis=1)
    few, more = (timing_test(w, returns, primary=2) for w in (weights, doubled))
    np.testing.assert_allclose(more.p_family[:5], few.p_family)
    assert more.p_family[5] == few.p_family[2]


def test_one_asset_may_be_given_flat() -> None:
    weights, returns = world(2)
    flat, full = timing_test(weights[:, 0, 0], returns[:, 0]), timing_test(weights[:, :1, :1], returns[:, :1])
    np.testing.assert_array_equal(flat.p, full.p)
    family = timing_test(weights[:, :, 0], returns[:, 0])
    np.testing.assert_array_equal(family.p_family, timing_test(weights[:, :, :1], returns[:, :1]).p_family)


@pytest.mark.parametrize(
    ("weights", "returns"),
    [
        (np.ones((10, 2, 2)), np.ones((10, 3))),
        (np.ones((9, 2)), np.ones(10)),
        (np.ones((10, 2)), np.ones((10, 2))),
        (np.full((10, 2), np.nan), np.ones(10)),
        (np.ones((10, 2)), np.full(10, np.inf)),
        (np.ones((1, 1)), np.ones(1)),
    ],
)
def test_shapes_that_do_not_fit_and_missing_values_are_refused(weights: Floats, returns: Floats) -> None:
    with pytest.raises(ParameterError):
        timing_test(weights, returns)


def test_a_primary_that_is_no_column_is_refused() -> None:
    with refused(ParameterError, name="primary", limit=world(1)[0].shape[1]):
        timing_test(*world(1), primary=7)


def test_a_score_of_the_past_alone_scales_a_return() -> None:
    returns = np.random.default_rng(4).standard_t(4, (200, 1)) * 0.03
    returns -= returns.mean(axis=0)
    altered = returns.copy()
    altered[150:] *= -1.0  # neither the mean square nor anything before 150 changes
    before, after = (scores(r)[0][:150] - scores(r)[0][:1] for r in (returns, altered))
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_a_crash_counts_as_two_deviations_and_never_as_none() -> None:
    rng = np.random.default_rng(8)
    returns = rng.standard_normal((500, 1)) * 0.02
    returns[250] = -0.9
    score, _ = scores(returns - returns.mean(axis=0))
    # ψ(−2) = −2 / (1 + 4/4) = −1, in units of the overall deviation, before centring
    assert score[250, 0] - score.mean() == pytest.approx(-returns.std(), rel=0.1)
    assert score[250, 0] == score.min()


def test_the_slope_is_the_derivative_of_the_score() -> None:
    returns = np.random.default_rng(3).standard_t(5, (300, 1)) * 0.02
    excess = returns - returns.mean(axis=0)
    _, slope = scores(excess)
    for row in (20, 77, 210):
        moved = excess.copy()
        moved[row] += 1e-7
        # a centred score: what the row gains, it loses a T-th of; later rows see another volatility, so only its own
        gained = (plain_scores(moved[:, 0]) - plain_scores(excess[:, 0]))[row] / 1e-7
        assert gained == pytest.approx(slope[row, 0], abs=0.02)


def test_scores_see_further_than_money_in_fat_tails() -> None:
    tests = [timing_test(w, r) for w, r in (planted(seed) for seed in range(40))]
    assert np.mean([f.t[0] for f in tests]) > 1.1 * np.mean([f.t_money[0] for f in tests])


def planted(seed: int) -> tuple[Floats, Floats]:
    """One long/flat variant worth 1.5 a year over four years of fat-tailed returns."""
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.standard_normal(1000))
    positions = (slow > np.median(slow)).astype(float)
    returns = rng.standard_t(4, 1000) * 0.03
    bet = positions - positions.mean()
    return positions, returns + 1.5 / np.sqrt(252) * returns.std() / np.sqrt((bet**2).mean()) * bet


def test_eighty_in_a_hundred_effects_as_large_as_detectable_are_found() -> None:
    results = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        slow = np.cumsum(rng.standard_normal((2000, 5)), axis=0)
        positions = (slow > np.median(slow, axis=0)).astype(float)
        returns = rng.standard_t(4, 2000) * 0.03
        bet = positions[:, 0] - positions[:, 0].mean()
        reach = timing_test(positions, returns, look_back=0).detectable[0]
        moved = returns + reach / np.sqrt(252) * (bet * returns).std() / (bet**2).mean() * bet
        results.append(timing_test(positions, moved, look_back=0).p_family[0] <= 0.05)
    # nominal 80 %; three binomial deviations and the roughness of the rule
    assert 0.68 <= np.mean(results) <= 0.93
