"""Plateau against peak: who the neighbours are, what they keep, and what chance's peaks keep."""

from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.sweep.build import made
from tests.build import Floats, random_market
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.results.model.sweep import Ring
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep import plateau
from unlockstep.backtests.sweep.accounts import TradingTerms, simulate
from unlockstep.backtests.sweep.collect import Collected, collect
from unlockstep.backtests.sweep.grid import Space, space_of
from unlockstep.backtests.sweep.plan import Plan, evaluate
from unlockstep.strategies.break_entry import BreakEntry
from unlockstep.strategies.eth_leads import EthLeads

AXES = {"window": (90, 60, 120), "decouple_below": (0.15,), "couple_above": (0.3,), "min_stay": (1, 5), "hold": (5, 10)}


def around(space: Space, number: int, steps: int) -> dict[int, int]:
    numbers, far = plateau.neighbours(space, number, steps)
    return dict(zip(numbers.tolist(), far.tolist(), strict=True))


def test_steps_are_counted_along_ordered_values_and_added_up() -> None:
    space = Space(BreakEntry, AXES)  # number = 4 * place of window + 2 * place of min_stay + place of hold
    # round window 60, min_stay 1, hold 5, number 4: windows go 60, 90 (numbers 0 to 3), 120 (8 to 11)
    assert around(space, 4, 1) == {5: 1, 6: 1, 0: 1}
    assert around(space, 4, 2) == {5: 1, 6: 1, 7: 2, 0: 1, 1: 2, 2: 2, 8: 2}
    assert len(around(space, 4, 4)) == 11


def test_only_neighbours_that_were_drawn_are_looked_at_by_their_own_numbers() -> None:
    space = Space(BreakEntry, AXES, np.array([0, 4, 7, 9]))
    assert around(space, 1, 2) == {0: 1, 2: 2}
    assert around(Space(BreakEntry, AXES, np.array([4])), 0, 6) == {}


def test_a_word_is_one_step_from_any_other() -> None:
    words = Space(BreakEntry, {**AXES, "window": ("late", "early", "never")})
    assert around(words, 8, 1) == {9: 1, 10: 1, 0: 1, 4: 1}


@pytest.mark.parametrize(("varied", "steps", "points"), [(1, 3, 6), (2, 2, 12), (3, 1, 6), (4, 3, 128)])
def test_balls_hold_as_many_points_as_can_be_counted(varied: int, steps: int, points: int) -> None:
    sides = np.indices((2 * steps + 1,) * varied).reshape(varied, -1) - steps
    assert plateau.ball(varied, steps) == (np.abs(sides).sum(axis=0) <= steps).sum() - 1 == points


def test_the_reach_is_as_far_as_neighbours_stay_few() -> None:
    assert [plateau.reach(varied) for varied in (1, 2, 3, 4, 5, 9)] == [6, 6, 4, 3, 2, 1]


def test_what_neighbours_keep_is_told_by_distance() -> None:
    t = np.array([3.0, 1.0, nan, 2.5, -1.0])
    rings = plateau.measure_rings(t, np.array([1, 1, 1, 1, 3]), 4.0, 3)
    assert rings[0] == Ring(steps=1, variants=3, median_t=2.5, lowest_t=1.0, kept=0.625, lowest_kept=0.25, half=2 / 3)
    assert (rings[1].variants, rings[1].kept, rings[1].half) == (0, None, None)
    assert (rings[2].kept, rings[2].half) == (-0.25, 0.0)


def test_lucks_peaks_stand_beside_at_the_same_distance() -> None:
    def ring(steps: int, share: float | None, half: float | None = None) -> Ring:
        none = share is None
        return Ring(
            steps=steps, variants=0 if none else 4, median_t=None, lowest_t=None, kept=share, lowest_kept=None,
            half=half,
        )  # fmt: skip

    peaks = [[ring(1, 0.2, 0.0)], [ring(1, 0.6, 1.0)], [ring(1, 0.4, 0.5)], [ring(1, None)]]
    result = plateau.chance_peaks(ring(1, 0.4), peaks)
    assert result.peaks == 3
    assert result.kept == pytest.approx(0.4)
    assert result.low == pytest.approx(0.22)  # between 0.2 and 0.4, a tenth of the way
    assert result.high == pytest.approx(0.58)
    assert result.half == pytest.approx(0.5)
    assert result.as_flat == pytest.approx(2 / 3)
    assert plateau.chance_peaks(ring(2, 0.4), peaks).peaks == 0


@pytest.fixture(scope="module")
def swept() -> tuple[Plan, Collected]:
    grids = ({"trend": ["10", "15", "20", "25", "30"]}, {"trend": ["60", "90", "120"]})
    terms = TradingTerms(random_market(3, 500), 130, Costs())
    plan = Plan(terms, tuple(space_of(EthLeads, grid) for grid in grids))
    return plan, collect(plan, ((block, evaluate(plan, block)) for block in plan.blocks()))


def by_the_timing_test(plan: Plan, space: int) -> Floats:
    """Alignments x variants: the t of each, as the verdict's test computes it."""
    of = plan.spaces[space]
    columns = of.columns(0, of.size)
    crypto, equity = of.strategy.rules(plan.signal_cache, columns)
    simulated = simulate(
        plan.terms, np.ascontiguousarray(crypto, float), np.ascontiguousarray(equity, float), of.warmups(columns)
    )
    return timing_test(np.moveaxis(simulated.weights, 0, 1), plan.terms.earned).shifted


def test_the_best_variant_of_every_alignment_is_named(swept: tuple[Plan, Collected]) -> None:
    plan, simulated = swept
    t = np.concatenate([by_the_timing_test(plan, space) for space in (0, 1)], axis=1)
    owners = np.array([(space, number) for space in (0, 1) for number in range(plan.spaces[space].size)])
    assert simulated.null is not None
    np.testing.assert_array_equal(simulated.null.whose.T, owners[np.argmax(t, axis=1)])


def test_the_t_of_a_variant_at_a_shift_is_that_of_the_timing_test(swept: tuple[Plan, Collected]) -> None:
    plan, _ = swept
    variants, shifts = np.array([3, 0, 4, 3, 3]), np.array([0, 17, 200, 1, 360])
    expected = by_the_timing_test(plan, 0)[shifts, variants]
    np.testing.assert_allclose(plateau.shifted_t(plan, 0, variants, shifts), expected, rtol=1e-9)


def test_round_lucks_peaks_neighbours_keep_what_the_timing_test_says(swept: tuple[Plan, Collected]) -> None:
    plan, simulated = swept
    assert simulated.null is not None
    peaks = plateau.null_peaks(plan, simulated.null)
    tests = [by_the_timing_test(plan, space) for space in (0, 1)]
    sessions = len(tests[0])
    shifts = [shift for shift in (i * sessions // 201 for i in range(1, 201)) if simulated.null.largest[shift] > 0]
    assert len(peaks) == len(shifts)
    for peak, shift in zip(peaks, shifts, strict=True):
        space, number = simulated.null.whose[:, shift].tolist()
        t = tests[space][shift]
        beside = [t[i] for i in (number - 1, number + 1) if 0 <= i < len(t)]
        assert peak[0].kept == pytest.approx(np.median(beside) / t[number])


def test_a_sweep_tells_its_plateau_from_the_t_of_its_variants(tmp_path: Path) -> None:
    sweep = made(tmp_path / "sweep")
    best, content = sweep.result.best[0], sweep.result.plateau
    table = pd.read_parquet(sweep.place / "variants.parquet")
    far = np.zeros(len(table), dtype=int)
    for name, values in (("window", (40, 60, 90)), ("hold", (5, 20, 60)), ("decouple_below", (0.05, 0.15, 0.25))):
        places = np.searchsorted(values, table[f"param_{name}"])
        far += np.abs(places - np.searchsorted(values, best.params[name]))
    assert content
    for ring in content.rings:
        t = table.timing_t[far == ring.steps]
        assert ring.variants == len(t)
        assert ring.median_t == pytest.approx(t.median())
        assert ring.lowest_t == pytest.approx(t.min())
        assert ring.kept == pytest.approx(t.median() / table.timing_t.max())
