"""What chance makes of a sweep: the same as the timing test and the sketches say of all variants at once."""

from functools import reduce

import numpy as np
import pytest

from tests.build import Floats, random_market
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.stats.timing_bootstrap import timing_bootstrap
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
