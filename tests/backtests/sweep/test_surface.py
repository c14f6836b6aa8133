"""The surface of a sweep: grids of two and of three parameters, by hand."""

from collections.abc import Mapping
from math import nan
from typing import Any

import numpy as np
import pytest

from tests.build import Floats
from unlockstep.backtests.results.model.sweep import SurfaceBest, SurfacePair, SurfaceResult
from unlockstep.backtests.sweep import surface
from unlockstep.backtests.sweep.collect import Collected
from unlockstep.backtests.sweep.grid import Space
from unlockstep.backtests.sweep.null_distribution import NullDistribution
from unlockstep.strategies.break_entry import BreakEntry

# the last axis changes fastest: hold, then min_stay, then window
AXES = {"window": (90, 60), "decouple_below": (0.15,), "couple_above": (0.3,), "min_stay": (1, 5), "hold": (5, 10, 20)}
T = np.array([
    1.0, 2.0, nan,   # window 90, min_stay 1, hold 5, 10, 20
    0.5, -1.0, 3.0,  # window 90, min_stay 5
    4.0, 0.0, 1.0,   # window 60, min_stay 1
    -2.0, 2.5, 1.5,  # window 60, min_stay 5
])  # fmt: skip
LARGEST = np.array([4.0, 5.0, 1.0, 0.5])  # at four alignments, the first the true one


class Planned:
    """As much of a plan as the surface looks at."""

    def __init__(self, *spaces: Space) -> None:
        self.spaces = spaces


def entry(axes: Mapping[str, tuple[Any, ...]], t: Floats, numbers: list[int] | None = None) -> SurfaceResult:
    space = Space(BreakEntry, axes, None if numbers is None else np.array(numbers))
    none = NullDistribution.none(len(LARGEST))
    null = NullDistribution(1, LARGEST, none.whose, none.counts, none.resampled, none.returns, none.timing)
    plan = Planned(space)
    entry_made = surface.surface_results(plan, Collected(every={0: t}), null, 0.3)  # type: ignore[arg-type]
    return entry_made[0]


def same(grid: Any, expected: list[list[float]]) -> None:
    np.testing.assert_array_equal(np.asarray(grid, dtype=float), expected)


def pair(result: SurfaceResult, x: str, y: str | None) -> SurfacePair:
    return next(each for each in result.pairs if (each.x, each.y) == (x, y))


def test_a_cell_holds_the_best_the_median_and_the_slice_through_the_best() -> None:
    surface = entry(AXES, T)
    assert surface.axes == {"window": ((60, 60), (90, 90)), "min_stay": ((1, 1), (5, 5)),
                            "hold": ((5, 5), (10, 10), (20, 20))}  # fmt: skip
    assert surface.best == SurfaceBest(t=4.0, p=0.5, params={
        "window": 60, "decouple_below": 0.15, "couple_above": 0.3, "min_stay": 1, "hold": 5})  # fmt: skip
    grid = pair(surface, "window", "hold")  # a row a hold, a column a window, in their order: 60, then 90
    same(grid.variants, [[2, 2], [2, 2], [2, 1]])
    same(grid.best.t, [[4, 1], [2.5, 2], [1.5, 3]])
    same(grid.median.t, [[1, 0.75], [1.25, 0.5], [1.25, 3]])
    same(grid.slice.t, [[4, 1], [0, 2], [1, nan]])
    assert grid.best_at == (0, 0)


def test_beside_each_t_stands_the_share_of_alignments_whose_best_is_as_good() -> None:
    grid = pair(entry(AXES, T), "window", "hold")
    same(grid.best.p, [[0.5, 0.75], [0.5, 0.5], [0.5, 0.5]])
    same(grid.slice.p, [[0.5, 0.75], [1, 0.5], [0.75, nan]])
    best = grid.best
    # half of 4 is 2: 4, 2.5, 2 and 3 of six cells; no p is as small as 0.3
    assert (best.cells, best.highest, best.half, best.passing, best.lowest_p) == (6, 4.0, 4 / 6, 0, 0.5)


def test_grids_of_three_hold_the_best_of_each_cell() -> None:
    cubes = entry(AXES, T).cubes
    assert [cube.of for cube in cubes] == [("window", "min_stay", "hold")]
    assert (cubes[0].best_at, cubes[0].axes[0]) == ((0, 0, 0), ((60, 60), (90, 90)))
    np.testing.assert_array_equal(
        np.asarray(cubes[0].t, dtype=float), [[[4, 0, 1], [-2, 2.5, 1.5]], [[1, 2, nan], [0.5, -1, 3]]]
    )


def test_variants_that_were_not_drawn_leave_cells_empty() -> None:
    # of twelve combinations the second (window 90, min_stay 1, hold 10) and the last
    surface = entry(AXES, np.array([2.0, 1.5]), [1, 11])
    grid = pair(surface, "window", "hold")
    same(grid.variants, [[0, 0], [0, 1], [1, 0]])
    same(grid.best.t, [[nan, nan], [nan, 2], [1.5, nan]])
    same(grid.slice.t, [[nan, nan], [nan, 2], [nan, nan]])


def test_one_parameter_makes_a_row_and_none_no_grid() -> None:
    one = {**AXES, "window": (60,), "min_stay": (5,)}
    grid = pair(entry(one, np.array([1.0, nan, 3.0])), "hold", None)
    same(grid.best.t, [[1, nan, 3]])
    assert grid.best_at == (2, 0)
    fixed = entry({**one, "hold": (5,)}, np.array([1.0]))
    assert (fixed.pairs, fixed.cubes, fixed.axes) == ((), (), {})


def test_a_strategy_whose_variants_never_change_position_has_no_grid() -> None:
    surface = entry(AXES, np.full(12, nan))
    assert (surface.best, surface.pairs) == (None, ())


def test_half_of_a_best_that_is_not_above_zero_means_nothing() -> None:
    grid = pair(entry(AXES, -np.abs(np.nan_to_num(T, nan=1.0)) - 1.0), "window", "hold")
    assert grid.best.half is None


def test_neighbouring_values_of_long_axes_share_a_cell() -> None:
    assert surface.groups(7, 10).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert surface.groups(7, 3).tolist() == [0, 0, 0, 1, 1, 1, 2]
    long = {**AXES, "window": tuple(range(60, 161)), "min_stay": (5,), "hold": (5,)}
    entry_made = entry(long, np.arange(101.0))
    windows = entry_made.axes["window"]
    assert (windows[0], windows[1], windows[-1], len(windows)) == ((60, 62), (63, 65), (159, 160), 34)
    row = pair(entry_made, "window", None)
    assert np.asarray(row.median.t)[0, [0, -1]].tolist() == [1.0, 99.5]
    assert np.asarray(row.variants)[0, [0, -1]].tolist() == [3, 2]


@pytest.mark.parametrize(("sizes", "most"), [([[45, 20, 21, 6]], 50), ([[100, 100]], 50), ([[100, 100, 100]], 44)])
def test_sides_shorten_until_all_grids_fit(sizes: list[list[int]], most: int) -> None:
    assert surface.side(sizes, room=6000) == most  # 3 x 44 x 44 = 5,808, 3 x 45 x 45 = 6,075


def test_numbers_are_ordered_by_size_and_words_as_they_were_given() -> None:
    assert surface.in_order((10, 1, 5)).tolist() == [2, 0, 1]
    assert surface.in_order(("late", "early")).tolist() == [0, 1]
    assert surface.in_order((True, False)).tolist() == [0, 1]
