"""Sketches: comparable over the years, small, and as good as the returns for counting."""

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.stats.circular_shifts import all_shifts, scores
from unlockstep.backtests.stats.timing_test import single_p
from unlockstep.backtests.trials.return_sketches import DRAWS, independent_trials, sketches, timing_sketches
from unlockstep.signals.errors import DataError

DAYS = pd.bdate_range("2016-01-04", periods=1500)
ERROR = 0.12
"""Three times the error of simulation."""


def noise(seed: int, sessions: int, trials: int) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_normal((sessions, trials))


def test_a_sketch_is_the_product_of_standardised_returns_and_the_days_own_numbers() -> None:
    returns, days = (
        noise(1, 5, 1),
        pd.DatetimeIndex(["2019-12-30", "2019-12-31", "2020-01-01", "2020-02-29", "2020-12-31"]),
    )
    # numpy's frozen stream, a year at a time, row number = day of the year
    drawn = {year: np.random.RandomState([20260115, year]).standard_normal((366, DRAWS)) for year in (2019, 2020)}
    g = np.stack([drawn[2019][363], drawn[2019][364], drawn[2020][0], drawn[2020][59], drawn[2020][365]])
    x = (returns[:, 0] - returns.mean()) / returns.std()
    assert np.allclose(sketches(returns, days)[0], x @ g / np.sqrt(5), rtol=1e-3, atol=1e-4)


def test_a_sketch_is_a_kilobyte_and_the_same_whatever_is_sketched_with_it() -> None:
    returns = noise(2, 400, 3)
    together = sketches(returns, DAYS[:400])
    alone = sketches(returns[:, [1]], DAYS[:400])
    assert together[1].tobytes() == alone[0].tobytes()
    assert len(alone.tobytes()) == 1024


def test_sketches_correlate_as_the_returns_do_where_their_days_overlap() -> None:
    whole = noise(3, 1200, 1)
    early, late = sketches(whole[:1000], DAYS[:1000])[0], sketches(whole[200:], DAYS[200:1200])[0]
    apart = sketches(whole[:500], DAYS[600:1100])[0]
    assert np.corrcoef(early.astype(float), late.astype(float))[0, 1] == pytest.approx(0.8, abs=0.06)
    assert abs(np.corrcoef(early.astype(float), apart.astype(float))[0, 1]) < 0.15


@pytest.mark.parametrize("trials", [2, 9, 60, 400])
def test_independent_trials_count_in_full(trials: int) -> None:
    result = independent_trials(sketches(noise(4, 600, trials), DAYS[:600]))
    assert trials * (1 - ERROR) < result <= trials


def test_a_run_repeated_with_a_day_more_each_day_counts_for_little() -> None:
    whole = noise(5, 1250, 1)
    daily = np.vstack([sketches(whole[: 1000 + day], DAYS[: 1000 + day]) for day in range(250)])
    assert independent_trials(daily[:2]) < 1.05
    # correlation of the first with the last: √(1000/1250) = 0.89
    assert 1.0 < independent_trials(daily) < 2.0


def test_trials_of_one_rule_on_days_that_do_not_overlap_are_two() -> None:
    returns = noise(6, 1000, 1)
    halves = np.vstack([sketches(returns[:500], DAYS[:500]), sketches(returns[500:], DAYS[500:1000])])
    assert independent_trials(halves) == pytest.approx(2.0, rel=ERROR)


def test_more_trials_are_never_fewer() -> None:
    sketch_rows = sketches(noise(7, 300, 40) + noise(8, 300, 1), DAYS[:300])
    counts = [independent_trials(sketch_rows[:n]) for n in range(1, 41)]
    assert counts == sorted(counts)
    assert counts[0] == 1.0


def test_returns_that_never_vary_have_a_sketch_that_counts_for_nothing() -> None:
    sketch_rows = sketches(np.column_stack([np.zeros(50), noise(9, 50, 1)[:, 0]]), DAYS[:50])
    assert np.isnan(sketch_rows[0]).all()
    assert independent_trials(sketch_rows) == 1.0
    assert independent_trials(sketch_rows[:1]) == 0.0
    assert independent_trials(sketch_rows[:0]) == 0.0


def test_timing_is_sketched_as_the_timing_test_sums_it() -> None:
    rng = np.random.default_rng(10)
    weights, returns = rng.uniform(0, 1, (300, 2, 2)), 0.01 * rng.standard_normal((300, 2))
    score, _ = scores(returns - returns.mean(axis=0))
    x = sum((weights[:, :, a] - weights[:, :, a].mean(axis=0)) * score[:, [a]] for a in range(2))
    assert np.array_equal(timing_sketches(weights, returns, DAYS[:300]), sketches(x, DAYS[:300]))


def test_rules_that_tilt_one_base_independently_are_one_by_returns_and_many_by_timing() -> None:
    returns, weights = tilts(1)
    net = np.einsum("tva,ta->tv", weights, returns)
    assert independent_trials(sketches(net, DAYS[:750])) < 3.0
    assert independent_trials(timing_sketches(weights, returns, DAYS[:750])) == pytest.approx(30.0, rel=ERROR)
    # what they amount to does not depend on how much of the account they move
    small = 0.5 + (weights - 0.5) / 100.0
    assert independent_trials(timing_sketches(small, returns, DAYS[:750])) == pytest.approx(30.0, rel=ERROR)


@pytest.mark.parametrize(
    "worlds", [pytest.param(40, marks=pytest.mark.slow), pytest.param(200, marks=pytest.mark.deep)]
)
def test_studies_that_share_a_base_pass_as_often_as_the_true_number_of_trials_lets_them(worlds: int) -> None:
    """30 studies of one variant each, one after the other, in worlds without edge; each judged on its day.

    Independent p-values: of those that were right for each study, Σ 0.03/k = 12 % pass at least once; that is what
    going on until something passes costs, less what the shifts' coarse p-values take.
    """
    passed = {"timing": 0, "returns": 0}
    for world in range(worlds):
        returns, weights = tilts(1000 + world)
        excess, centred = returns - returns.mean(axis=0), weights - weights.mean(axis=0)
        p = single_p(all_shifts(centred, scores(excess)[0]), np.ones(30, dtype=bool))
        sketch_rows = {
            "returns": sketches(np.einsum("tva,ta->tv", weights, returns), DAYS[:750]),
            "timing": timing_sketches(weights, returns, DAYS[:750]),
        }
        for name, drawn in sketch_rows.items():
            counts = [independent_trials(drawn[: n + 1]) for n in range(30)]
            passed[name] += any(1 - (1 - p[n]) ** counts[n] <= 0.03 for n in range(30))
    assert passed["timing"] / worlds < 0.15
    assert passed["returns"] / worlds > 0.3  # what counting by returns would do


def tilts(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(750 x 2 returns, 750 x 30 x 2 weights): half in each leg, tilted by 0.15 at random, held for ten sessions."""
    rng = np.random.default_rng(seed)
    returns = rng.standard_normal((750, 2)) * [0.04, 0.013]
    side = np.repeat(rng.choice([-0.15, 0.15], (75, 30)), 10, axis=0)
    return returns, np.stack([0.5 + side, 0.5 - side], axis=2)


def test_missing_returns_have_no_sketch() -> None:
    with refused(DataError, name="returns"):
        sketches(np.array([[0.01], [np.inf]]), DAYS[:2])


def test_two_rows_for_copies_of_one_trial_are_one_trial() -> None:
    one = sketches(noise(3, 300, 1), DAYS[:300])
    assert independent_trials(np.vstack([one, one]), most=500) == 1.0
