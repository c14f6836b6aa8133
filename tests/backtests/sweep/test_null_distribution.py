"""What chance makes of a sweep: the same as the timing test and the sketches say of all variants at once."""

from functools import reduce

import numpy as np
import pytest

from tests.build import Floats, random_market
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.stats.circular_shifts import scores
from unlockstep.backtests.stats.timing_bootstrap import resampled_rows, timing_bootstrap
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep.accounts import Simulated, TradingTerms, simulate
from unlockstep.backtests.sweep.null_distribution import LEVELS, STEP, NullAccumulator, NullDistribution, level_of
from unlockstep.backtests.trials.return_sketches import independent_trials, sketches, timing_sketches
from unlockstep.backtests.trials.trial_count import (
    Trial,
    TrialSpec,
    count_trials,
    independent_timings,
)

N, SESSIONS = 40, 400


def random_variants(seed: int) -> tuple[TradingTerms, Simulated]:
    """Variants that hold either leg, or a mix, for stretches; the first never changes."""
    rng = np.random.default_rng(seed)
    stay = rng.random((2, N, SESSIONS)) < 0.95
    wanted = np.where(stay, np.nan, rng.choice([0.0, 0.2, 0.5], (2, N, SESSIONS)))
    wanted[:, :, 0] = 0.0
    wanted[1] = np.where(np.isnan(wanted[0]), np.nan, np.nan_to_num(wanted[1]))
    wanted[:, 0] = np.nan
    wanted[:, 0, 0] = 0.5
    terms = TradingTerms(random_market(seed, SESSIONS), 0, Costs(), lag=2)
    return terms, simulate(terms, wanted[0], wanted[1], np.zeros(N, dtype=np.int64))


@pytest.fixture(scope="module")
def weighed() -> tuple[TradingTerms, Simulated, NullDistribution]:
    terms, simulated = random_variants(1)
    return terms, simulated, NullAccumulator(terms).accumulate(simulated.returns, simulated.weights)


def shifted(terms: TradingTerms, result: Simulated) -> Floats:
    return timing_test(np.moveaxis(result.weights, 0, 1), terms.earned).shifted


def test_the_largest_t_at_every_shift_is_that_of_the_timing_test(
    weighed: tuple[TradingTerms, Simulated, NullDistribution],
) -> None:
    terms, simulated, null = weighed
    t = shifted(terms, simulated)
    varies = np.isfinite(t[0])
    assert null.variants == varies.sum() == N - 1
    np.testing.assert_allclose(null.largest, np.nanmax(t, axis=1), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(null.largest[0], np.nanmax(simulated.figures[:, -1]), rtol=1e-9)


def test_family_wise_p_values_are_those_of_the_timing_test(
    weighed: tuple[TradingTerms, Simulated, NullDistribution],
) -> None:
    terms, simulated, null = weighed
    test = timing_test(np.moveaxis(simulated.weights, 0, 1), terms.earned)
    best = int(np.nanargmax(test.t))
    assert null.p_family(float(test.t[best])) == test.p_family[best]
    assert null.p_family(float("nan")) == 1.0


def test_expected_numbers_count_all_variants_and_shifts(
    weighed: tuple[TradingTerms, Simulated, NullDistribution],
) -> None:
    terms, simulated, null = weighed
    t = shifted(terms, simulated)
    t = t[:, np.isfinite(t[0])]
    assert null.counts.sum() == t.size
    for level in (-1.0, 0.0, 1.5, 2.5):  # levels begin there
        exact = (np.floor(t / STEP + 1e-9) >= np.floor(level / STEP + 0.5)).sum() / len(t)
        assert null.expected(level) == pytest.approx(exact, abs=2 / len(t))


def test_levels_hold_what_they_say() -> None:
    assert level_of(np.array([0.0, 0.009, 0.01, -0.001, -99.0, 99.0])).tolist() == [
        LEVELS // 2, LEVELS // 2, LEVELS // 2 + 1, LEVELS // 2 - 1, 0, LEVELS - 1,
    ]  # fmt: skip


def test_the_luck_of_parts_together_is_that_of_the_whole(
    weighed: tuple[TradingTerms, Simulated, NullDistribution],
) -> None:
    terms, simulated, null = weighed
    accumulator = NullAccumulator(terms)
    parts = reduce(
        NullDistribution.and_,
        [accumulator.accumulate(simulated.returns[i : i + 7], simulated.weights[i : i + 7]) for i in range(0, N, 7)],
    )
    assert parts.variants == null.variants
    np.testing.assert_allclose(parts.largest, null.largest, rtol=1e-12)
    np.testing.assert_array_equal(parts.counts, null.counts)
    np.testing.assert_allclose(parts.returns, null.returns, atol=1e-5)


def test_a_sweep_counts_for_as_many_independent_trials_as_its_variants(
    weighed: tuple[TradingTerms, Simulated, NullDistribution],
) -> None:
    terms, simulated, null = weighed
    sessions = terms.evaluated.sessions[1:]
    of = TrialSpec("sweep", "", "close", 2, "{}", "2024-01-01", "2025-07-01")
    retained = [each.astype(np.float16).tobytes() for each in (null.returns, null.timing)]
    swept = Trial(of, retained[0], retained[1], N)
    returns = sketches(simulated.returns.T, sessions)
    timing = timing_sketches(np.moveaxis(simulated.weights, 0, 1), terms.earned, sessions[terms.lag :])
    assert independent_timings([swept]) == pytest.approx(independent_trials(timing), rel=0.02)
    # beside other trials, too
    others = [Trial(of._replace(variant=f"v{i}"), a.tobytes(), b.tobytes())
              for i, (a, b) in enumerate(zip(returns[1:9], timing[1:9], strict=True))]  # fmt: skip
    assert independent_timings([swept, *others]) == pytest.approx(independent_trials(timing), rel=0.02)
    counted = count_trials([swept, *others], None, None)
    assert counted.trials == N + 8


def test_variants_that_never_change_have_no_luck() -> None:
    terms = TradingTerms(random_market(1, 100), 0, Costs())
    constant = simulate(terms, np.full((2, 100), 0.5), np.full((2, 100), 0.5), np.zeros(2, dtype=np.int64))
    null = NullAccumulator(terms).accumulate(constant.returns, constant.weights)
    assert null.variants == 0
    assert null.counts.sum() == 0
    assert null.and_(null).variants == 0


def test_resampled_histories_are_those_of_the_bootstrap(
    weighed: tuple[TradingTerms, Simulated, NullDistribution],
) -> None:
    terms, simulated, null = weighed
    weights = np.moveaxis(simulated.weights, 0, 1)
    expected = timing_bootstrap(weights, terms.earned, seed=5, draws=200)
    resampled = NullAccumulator(terms, draws=200, seed=5).accumulate(simulated.returns, simulated.weights)
    best = int(np.nanargmax(simulated.figures[:, -1]))
    t = float(simulated.figures[best, -1])
    assert resampled.p_resampled(t) == expected.p_family[best]
    assert null.p_resampled(t) is None


def restless(terms: TradingTerms, seed: int) -> Simulated:
    """Variants of which every other one changes in every session, the first of all in both legs."""
    rng = np.random.default_rng(seed)
    crypto = np.repeat(rng.choice([0.0, 0.3, 0.5], (12, SESSIONS // 20)), 20, axis=1)
    crypto[::2] = rng.uniform(0.0, 0.5, crypto[::2].shape)
    equity = np.where(np.arange(12)[:, None] < 6, 0.5 - crypto, 0.0)
    return simulate(terms, crypto, equity, np.zeros(12, dtype=np.int64))


@pytest.mark.parametrize("seed", [1, 2])
def test_positions_that_seldom_change_and_restless_ones_are_summed_as_plain_loops_do(seed: int) -> None:
    terms = TradingTerms(random_market(seed, SESSIONS), 0, Costs(), lag=1)
    simulated = restless(terms, seed)
    null = NullAccumulator(terms, draws=70, seed=seed).accumulate(simulated.returns, simulated.weights)
    score, _ = scores(terms.earned - terms.earned.mean(axis=0))
    legs = simulated.weights - simulated.weights.mean(axis=1, keepdims=True)
    for shift in (0, 1, 57, len(score) - 1):
        outcome = np.roll(score, -shift, axis=0)
        t = []
        for positions in legs:
            x = [p[0] * o[0] + p[1] * o[1] for p, o in zip(positions.tolist(), outcome.tolist(), strict=True)]
            t.append(sum(x) / np.sqrt(sum(each * each for each in x)))
        assert null.largest[shift] == pytest.approx(max(t), rel=1e-9)
        assert null.whose[1, shift] == int(np.argmax(t))
    rows, _ = resampled_rows(score, seed=seed, draws=70)
    for draw in (0, 63, 64, 69):
        history = score[rows[draw]] - score[rows[draw]].mean(axis=0)
        x = (legs * history).sum(axis=2)
        assert null.resampled[draw] == pytest.approx((x.sum(axis=1) / np.sqrt((x * x).sum(axis=1))).max(), rel=1e-9)


def test_a_variant_that_stands_for_several_counts_as_they_do() -> None:
    terms, simulated = random_variants(6)
    times = np.arange(N) % 3 + 1
    every = np.repeat(np.arange(N), times)
    accumulator = NullAccumulator(terms, draws=20)
    once = accumulator.accumulate(simulated.returns, simulated.weights, times=times)
    each = accumulator.accumulate(simulated.returns[every], simulated.weights[every])
    assert once.variants == each.variants == times[1:].sum()
    np.testing.assert_array_equal(once.counts, each.counts)
    for name, limit in {"largest": 1e-12, "resampled": 1e-12, "returns": 1e-5, "timing": 1e-5}.items():
        np.testing.assert_allclose(getattr(once, name), getattr(each, name), rtol=0, atol=limit)  # sketches are single
