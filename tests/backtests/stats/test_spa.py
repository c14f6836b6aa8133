"""Tests of a whole family: against plain sums on the same resamples, and worlds with and without a superior variant."""

import numpy as np
import pytest
from arch.bootstrap import StationaryBootstrap
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.refusals import refused
from unlockstep.backtests.stats.spa import SuperiorAbility, superior_predictive_ability
from unlockstep.signals.errors import DataError, HistoryError, ParameterError
from unlockstep.signals.market import Floats


def world(seed: int, sessions: int = 250, nulls: int = 20, edge: float = 0.0) -> tuple[Floats, Floats]:
    """A quiet variant with an annual edge of `edge` times its deviation over a benchmark, and wild ones without any."""
    rng = np.random.default_rng(seed)
    benchmark = 0.01 * rng.standard_normal(sessions)
    quiet = 0.002 * (rng.standard_normal((sessions, 1)) + edge / np.sqrt(252))
    return benchmark[:, None] + np.hstack([quiet, 0.02 * rng.standard_normal((sessions, nulls))]), benchmark


def resamples(sessions: int, block: int, draws: int, seed: int) -> list[Floats]:
    """The row numbers of every draw."""
    bootstrap = StationaryBootstrap(block, np.arange(sessions), seed=seed)
    return [np.asarray(drawn[0]) for drawn, _ in bootstrap.bootstrap(draws)]


def plain_long_run_variance(x: Floats, block: int) -> float:
    """Hansen (2005): γ₀ + 2 Σ κ(i) γ_i with the weights of the stationary bootstrap."""
    n, q, e = len(x), 1 / block, x - x.mean()
    total = float(e @ e) / n
    for i in range(1, n):
        kappa = (n - i) / n * (1 - q) ** i + i / n * (1 - q) ** (n - i)
        total += 2 * kappa * float(e[i:] @ e[:-i]) / n
    return total


def plain_p_values(differences: Floats, draws: list[Floats], block: int) -> list[float]:
    """Hansen's lower, consistent and upper p-value of T x V differences, written as the paper reads."""
    n, mean = len(differences), differences.mean(axis=0)
    threshold = [-np.sqrt(plain_long_run_variance(x, block) / n * 2 * np.log(np.log(n))) for x in differences.T]
    moved = {
        "lower": np.maximum(mean, 0),
        "consistent": np.where(mean >= threshold, mean, 0),
        "upper": mean,
    }
    results = []
    for centre in moved.values():
        above = sum((differences[rows].mean(axis=0) - centre).max() > mean.max() for rows in draws)
        results.append((1 + above) / (1 + len(draws)))
    return results


def family(seed: int = 1) -> tuple[Floats, Floats]:
    """120 sessions of a good, two idle and a hopeless variant, all persistent, and their benchmark."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((121, 4))
    persistent = noise[1:] + 0.4 * noise[:-1]
    differences = persistent - persistent.mean(axis=0) + np.array([0.18, 0.0, -0.08, -0.6])
    benchmark = 0.01 * rng.standard_normal(120)
    return benchmark[:, None] + differences * (0.01, 0.03, 0.005, 0.01), benchmark


def test_every_p_value_equals_plain_sums_over_the_same_resamples() -> None:
    returns, benchmark = family()
    test = superior_predictive_ability(returns, benchmark, seed=5, draws=300, block=4)
    draws = resamples(120, 4, 300, seed=5)
    differences = returns - benchmark[:, None]
    lower, consistent, upper = plain_p_values(differences / differences.std(axis=0, ddof=1), draws, 4)
    assert (test.p_lower, test.p_consistent, test.p_upper) == pytest.approx((lower, consistent, upper))
    assert lower < consistent < upper  # the hopeless variant makes the difference
    assert test.p_reality_check == pytest.approx(plain_p_values(differences, draws, 4)[2])


def test_superior_variants_are_those_of_plain_steps_over_the_same_resamples() -> None:
    rng = np.random.default_rng(2)
    noise = rng.standard_normal((200, 6))
    means = np.array([0.5, 0.4, 0.3, 0.155, 0.0, -0.1])
    differences = (noise - noise.mean(axis=0)) / noise.std(axis=0, ddof=1) + means
    mean = differences.mean(axis=0)
    draws = resamples(200, 2, 500, seed=3)
    simulated = np.array([differences[rows].mean(axis=0) - mean for rows in draws])
    left, steps = list(range(6)), 0
    while left:
        # 25 of 500 draws may reach a p-value of (1 + 24) / 501
        critical = np.sort(simulated[:, left].max(axis=1))[-25]
        leaving = [v for v in left if mean[v] > critical]
        if not leaving:
            break
        left, steps = [v for v in left if v not in leaving], steps + 1
    assert steps >= 2  # else the steps are not tested
    test = superior_predictive_ability(0.01 * differences, np.zeros(200), seed=3, draws=500, block=2)
    assert np.flatnonzero(~test.superior).tolist() == left


def test_a_variant_is_superior_exactly_where_the_best_has_a_small_p_value() -> None:
    noise = np.random.default_rng(1).standard_normal((60, 3))
    noise -= noise.mean(axis=0)
    seen = set()
    for edge in np.linspace(0.2, 0.4, 41):
        differences = noise + np.array([edge, 0.0, -0.1])
        test = superior_predictive_ability(0.01 * differences, np.zeros(60), seed=2, draws=99, block=1)
        assert test.superior.any() == (test.p_consistent <= 0.05)
        assert 0 < test.p_lower <= test.p_consistent <= test.p_upper <= 1
        seen.add(round(test.p_consistent, 2))
    assert {0.04, 0.05, 0.06} <= seen


def p_values(result: SuperiorAbility) -> list[float]:
    return [result.p_lower, result.p_consistent, result.p_upper, result.p_reality_check]


@given(st.integers(0, 200), st.integers(0, 3), st.permutations(range(5)))
@settings(max_examples=10, deadline=None)
def test_a_copy_of_a_variant_changes_no_p_value(seed: int, which: int, order: list[int]) -> None:
    returns, benchmark = family(seed)
    more = np.column_stack([returns, returns[:, which]])[:, order]
    plain = superior_predictive_ability(returns, benchmark, seed=seed, draws=100)
    doubled = superior_predictive_ability(more, benchmark, seed=seed, draws=100)
    assert p_values(doubled) == p_values(plain)
    assert doubled.superior.tolist() == np.append(plain.superior, plain.superior[which])[order].tolist()


@given(st.integers(0, 200), st.lists(st.floats(0.01, 100), min_size=4, max_size=4))
@settings(max_examples=10, deadline=None)
def test_leverage_of_the_differences_changes_no_p_value_but_white_s(seed: int, leverage: list[float]) -> None:
    returns, benchmark = family(seed)
    levered = benchmark[:, None] + (returns - benchmark[:, None]) * leverage
    plain = superior_predictive_ability(returns, benchmark, seed=seed, draws=100)
    assert p_values(superior_predictive_ability(levered, benchmark, seed=seed, draws=100))[:3] == p_values(plain)[:3]


def test_variants_that_are_the_benchmark_change_nothing_for_the_others() -> None:
    returns, benchmark = family()
    more = np.column_stack([benchmark, returns, benchmark + 0.0001])
    plain = superior_predictive_ability(returns, benchmark, seed=1, draws=200)
    test = superior_predictive_ability(more, benchmark, seed=1, draws=200)
    assert p_values(test) == p_values(plain)
    assert test.superior.tolist() == [False, *plain.superior.tolist(), False]


@pytest.mark.parametrize("behind", [0.0, 0.01])
def test_where_no_variant_is_ahead_there_is_nothing_to_test(behind: float) -> None:
    benchmark = np.random.default_rng(1).normal(0, 0.01, 100)
    noise = behind * np.random.default_rng(2).standard_normal((100, 3))
    test = superior_predictive_ability(benchmark[:, None] + noise - noise.mean(axis=0) - behind, benchmark, seed=1)
    assert p_values(test) == [1.0, 1.0, 1.0, 1.0]
    assert not test.superior.any()
    assert test.block == 0


def test_all_variants_may_be_superior_in_several_steps() -> None:
    # arch's StepM fails on an empty set once the last one has left
    rng = np.random.default_rng(3)
    differences = rng.standard_normal((300, 2))
    exact = (differences - differences.mean(axis=0)) / differences.std(axis=0) + (1.0, 0.104)
    test = superior_predictive_ability(0.01 * exact, np.zeros(300), seed=1, draws=200, block=1)
    assert test.superior.all()


def test_the_longest_of_the_automatic_blocks_is_taken() -> None:
    rng = np.random.default_rng(4)
    white = rng.standard_normal((1000, 3))
    slow = np.convolve(rng.standard_normal(1019), np.ones(20) / 4, mode="valid")
    alone = superior_predictive_ability(0.01 * white, np.zeros(1000), seed=1, draws=40)
    joined = superior_predictive_ability(0.01 * np.column_stack([white, slow]), np.zeros(1000), seed=1, draws=40)
    assert alone.block <= 4
    assert joined.block >= 15


def test_the_same_seed_gives_the_same_p_values() -> None:
    data = world(1, edge=2.0)
    first, again, other = (superior_predictive_ability(*data, seed=seed, draws=200) for seed in (1, 1, 2))
    assert p_values(first) == p_values(again)
    assert p_values(first) != p_values(other)


def test_a_quiet_edge_among_wild_variants_is_found_by_standardised_differences_only() -> None:
    # an annual information ratio of 4 over one year: t = 4, against a Bonferroni limit of 2.8 for 21 variants
    tests = [superior_predictive_ability(*world(seed, edge=4.0), seed=seed, draws=100) for seed in range(30)]
    assert sum(f.p_consistent <= 0.05 for f in tests) >= 22
    assert sum(f.superior[0] for f in tests) >= 22
    assert sum(f.p_reality_check <= 0.05 for f in tests) <= 8


@pytest.mark.parametrize(
    ("worlds", "least", "most"),
    [pytest.param(100, 0.01, 0.12, marks=pytest.mark.slow), pytest.param(400, 0.015, 0.085, marks=pytest.mark.deep)],
)
def test_families_without_an_edge_are_rejected_about_as_often_as_promised(
    worlds: int, least: float, most: float
) -> None:
    # at 5 % the binomial standard deviation is 2.2 % in 100 worlds, 1.1 % in 400; the bound 3.2 of them above
    p = [superior_predictive_ability(*world(seed), seed=seed, draws=200).p_consistent for seed in range(worlds)]
    assert least <= np.mean(np.array(p) <= 0.05) <= most


def test_what_cannot_be_resampled_is_refused() -> None:
    returns, benchmark = family()
    broken = returns.copy()
    broken[3, 1] = np.nan
    with refused(DataError, name="returns"):
        superior_predictive_ability(broken, benchmark, seed=1)
    with refused(HistoryError, limit=30):
        superior_predictive_ability(returns[:29], benchmark[:29], seed=1)
    with refused(ParameterError, name="draws", limit=40):
        superior_predictive_ability(returns, benchmark, seed=1, draws=39)
