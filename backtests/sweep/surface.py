"""The surface of t over the parameters of a strategy: grids of two of them, of three, and what is left of each cell.

A cell holds the variants with one value of each parameter shown. Of them it tells the best, the median, and the slice:
those that have the best variant's values in all other parameters. Beside each t stands its family-wise p, the share of
alignments in which the best of all variants of the sweep is as good; that is the surface deflated by the search.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise
from math import isqrt, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.results.model.sweep import SurfaceBest, SurfaceCube, SurfacePair, SurfaceResult, SurfaceView
from unlockstep.backtests.sweep.collect import Collected
from unlockstep.backtests.sweep.grid import Space
from unlockstep.backtests.sweep.null_distribution import NullDistribution
from unlockstep.backtests.sweep.plan import Plan
from unlockstep.signals.market import Floats

Ints = NDArray[np.int64]
Deflate = Callable[[Floats], Floats]

MOST_CELLS, FEWEST = 50, 8
"""Of one side of a grid of two: neighbouring values share a cell on longer axes."""

DRAWN = 4
"""Variants of a cell, on average, of combinations drawn at random."""

ROOM = 6000
"""Cells of all grids of two together, as far as the fewest allow; sides get shorter to keep to it."""

SIDE, CUBES = 10, 20
"""Of one side of a grid of three, and how many of these are kept: none of a strategy that has more."""

DIGITS, P_DIGITS = 3, 4
"""Decimals that are kept of t, and of p."""


def ordered(values: Sequence[Any]) -> bool:
    """Whether the values are numbers, and not words, or yes and no."""
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def in_order(values: Sequence[Any]) -> Ints:
    """Length of the axis: the rank of each value. Numbers by size; words, and yes or no, as they were given."""
    if ordered(values):
        return np.argsort(np.argsort(np.array(values), kind="stable"), kind="stable")
    return np.arange(len(values))


def groups(n: int, most: int) -> Ints:
    """The cell of each of n ordered values: cells of equally many neighbours, the last of what is left."""
    return np.arange(n) // -(-n // most)


def side(sizes: Sequence[Sequence[int]], room: int = ROOM) -> int:
    """Cells of the longest side that keeps all grids of two within the room; sizes: a strategy's varied axes."""

    def cells(most: int) -> int:
        return sum(min(a, most) * min(b, most) for axes in sizes for a, b in combinations(axes, 2))

    return next((most for most in range(MOST_CELLS, FEWEST, -1) if cells(most) <= room), FEWEST)


def spread(t: Floats, cell: Ints, cells: int) -> tuple[Floats, Floats, Ints]:
    """(largest, median, how many) of the t in each cell; NaN where a cell has none. t: n, NaN not counted."""
    defined = ~np.isnan(t)
    order = np.lexsort((t[defined], cell[defined]))
    lined = np.append(t[defined][order], np.nan)  # so that an empty last cell has a place to look at
    count = np.bincount(cell[defined], minlength=cells)
    end = np.cumsum(count)
    some = count > 0
    best, median = np.full((2, cells), np.nan)
    best[some] = lined[end[some] - 1]
    begin = (end - count)[some]
    median[some] = (lined[begin + (count[some] - 1) // 2] + lined[begin + count[some] // 2]) / 2.0
    return best, median, count


def view(t: Floats, deflate: Deflate, *, best_t: float, alpha: float) -> SurfaceView:
    """A grid of t with its p, rounded, and how much of it holds up; half is None where the best's t is not above 0."""
    p, defined = deflate(t), ~np.isnan(t)
    return SurfaceView(
        t=t.round(DIGITS).tolist(),
        p=p.round(P_DIGITS).tolist(),
        cells=int(defined.sum()),
        highest=t[defined].max().round(DIGITS) if defined.any() else None,
        half=(t[defined] >= best_t / 2.0).mean() if defined.any() and best_t > 0 else None,
        passing=int((p[defined] <= alpha).sum()),
        lowest_p=p[defined].min().round(P_DIGITS) if defined.any() else None,
    )


def surface_results(
    plan: Plan, collected: Collected, null: NullDistribution, alpha: float
) -> tuple[SurfaceResult, ...]:
    """A part a strategy: the cells of its axes, grids of every two varied parameters, and of every three."""
    most = side([[len(space.axes[name]) for name in space.varied] for space in plan.spaces])
    return tuple(
        _surface_result(space, collected.every.get(number, np.full(space.size, np.nan)), null.p_families, most, alpha)
        for number, space in enumerate(plan.spaces)
    )


def _surface_result(space: Space, t: Floats, deflate: Deflate, most: int, alpha: float) -> SurfaceResult:
    best = int(np.nanargmax(t)) if not np.isnan(t).all() else None
    places = {
        name: in_order(space.axes[name])[place]
        for name, place in space.places(np.arange(space.size)).items()
        if name in space.varied
    }
    if space.numbers is not None:
        most = min(most, max(FEWEST, isqrt(space.size // DRAWN)))
    shown = {name: groups(len(space.axes[name]), most) for name in places}
    axes = {name: _ends(space.axes[name], shown[name]) for name in space.varied}
    if best is None:
        return SurfaceResult(strategy=space.strategy.name, axes=axes, best=None, pairs=(), cubes=())
    best_t = float(t[best])
    names = space.varied
    pairs: list[tuple[str, str | None]] = [*combinations(names, 2)] or [(name, None) for name in names]
    pair_results = []
    for x, y in pairs:
        variants, *grids = _pair(t, best, places, shown, x, y)
        of_best, median, through = (view(grid, deflate, best_t=best_t, alpha=alpha) for grid in grids)
        best_at = [int(shown[name][places[name][best]]) if name else 0 for name in (x, y)]
        pair_results.append(
            SurfacePair(
                x=x, y=y, best_at=best_at, variants=variants.tolist(), best=of_best, median=median, slice=through
            )
        )
    few = {name: groups(len(space.axes[name]), SIDE) for name in places}
    cubes = list(combinations(names, 3))
    cube_results = []
    for three in cubes if len(cubes) <= CUBES else ():
        cell, shape = _cells(places, few, three)
        cube_results.append(
            SurfaceCube(
                of=three,
                axes=[_ends(space.axes[name], few[name]) for name in three],
                best_at=[int(few[name][places[name][best]]) for name in three],
                t=spread(t, cell, prod(shape))[0].reshape(shape).round(DIGITS).tolist(),
            )
        )
    params = {name: value[0].item() for name, value in space.columns_of(np.array([best])).items()}
    return SurfaceResult(
        strategy=space.strategy.name,
        axes=axes,
        best=SurfaceBest(t=best_t, p=deflate(t[[best]])[0], params=params),
        pairs=pair_results,
        cubes=cube_results,
    )


def _pair(
    t: Floats, best: int, places: Mapping[str, Ints], shown: Mapping[str, Ints], x: str, y: str | None
) -> tuple[Ints, Floats, Floats, Floats]:
    """(variants, best, median, slice): grids of a row a cell of y, or one row without it, a column a cell of x."""
    cell, shape = _cells(places, shown, (y, x) if y else (x,))
    rows = shape if y else (1, *shape)
    largest, median, count = spread(t, cell, prod(shape))
    through = np.ones(len(t), dtype=bool)
    for name, place in places.items():
        if name not in (x, y):
            through &= place == place[best]
    cut = spread(t[through], cell[through], prod(shape))[0]
    return count.reshape(rows), largest.reshape(rows), median.reshape(rows), cut.reshape(rows)


def _cells(places: Mapping[str, Ints], shown: Mapping[str, Ints], names: Sequence[str]) -> tuple[Ints, tuple[int, ...]]:
    """(the cell of each variant, numbered as a grid of these parameters is; how many cells each way)."""
    shape = tuple(int(shown[name][-1]) + 1 for name in names)
    return np.asarray(np.ravel_multi_index([shown[name][places[name]] for name in names], shape)), shape


def _ends(values: Sequence[Any], cell: Ints) -> list[list[Any]]:
    """The first and the last value of each cell."""
    lined = [values[place] for place in np.argsort(in_order(values), kind="stable")]
    edges = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist(), len(cell)]
    return [[lined[begin], lined[end - 1]] for begin, end in pairwise(edges)]
