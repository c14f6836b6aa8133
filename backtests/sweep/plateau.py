"""Plateau against peak: how much of the surface round the best variant holds up, and round chance's best.

Steps are counted along the values of the sweep, one parameter after the other (Manhattan distance): two steps are one
in each of two parameters, or two in one. Neighbours share most of their trades, so a plateau alone is no evidence. What
it is worth is seen beside the peaks that chance makes: at other alignments of positions and returns the best variant is
the best by chance, and its neighbours, at the same alignment, say how flat such a peak is.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import comb

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.results.model.sweep import BestRing, ChancePeaks, PlateauResult, Ring
from unlockstep.backtests.sweep.accounts import simulate
from unlockstep.backtests.sweep.collect import Collected
from unlockstep.backtests.sweep.grid import Space
from unlockstep.backtests.sweep.kernel import SOLVENT
from unlockstep.backtests.sweep.null_distribution import NullDistribution, centred
from unlockstep.backtests.sweep.plan import SLICE, Plan
from unlockstep.backtests.sweep.surface import in_order, ordered
from unlockstep.signals.jit import njit
from unlockstep.signals.market import Floats

Ints = NDArray[np.int64]

FARTHEST, NEIGHBOURS = 6, 150
"""Steps that are looked at, at most, and so many neighbours of one variant."""

PEAKS, FEWEST_PEAKS = 200, 20
"""Alignments whose best variant is looked round, and so many where each variant takes long."""

ROOM, SLOW_ROOM = 16_000, 2_000
"""Neighbours that are evaluated again: of strategies with a rule for arrays, and of those without."""

EDGES = (0.05, 0.95)
"""Quantiles of chance's peaks that are told."""


def ball(varied: int, steps: int) -> int:
    """How many points of a grid of so many dimensions lie within so many steps of one, itself not counted."""
    return sum(comb(varied, k) * comb(steps, k) * 2**k for k in range(1, min(varied, steps) + 1))


def reach(varied: int) -> int:
    """The steps that are looked at, of so many parameters: at least one."""
    return next((steps for steps in range(FARTHEST, 1, -1) if ball(varied, steps) <= NEIGHBOURS), 1)


def neighbours(space: Space, number: int, steps: int) -> tuple[Ints, Ints]:
    """(numbers, distances) of the variants of the space within so many steps of one; contradictory ones included.

    A word is one step from any other.
    """
    near_numbers, far = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    places = space.places(np.array([number]))
    for name, values in space.axes.items():
        rank = in_order(values)
        away = np.abs(rank - rank[places[name][0]])
        if not ordered(values):
            away = np.minimum(away, 1)
        near = np.flatnonzero(away <= steps)
        near_numbers = (near_numbers[:, None] * len(values) + near).ravel()
        far = (far[:, None] + away[near]).ravel()
        near_numbers, far = near_numbers[far <= steps], far[far <= steps]
    near_numbers, far = near_numbers[far > 0], far[far > 0]
    if space.numbers is not None:
        place = np.minimum(np.searchsorted(space.numbers, near_numbers), len(space.numbers) - 1)
        tried = space.numbers[place] == near_numbers
        near_numbers, far = place[tried], far[tried]
    return near_numbers, far


def measure_rings(t: Floats, far: Ints, peak: float, steps: int) -> list[Ring]:
    """A ring a distance: what neighbours keep of the peak's t, which is above 0; those without a t are left out."""
    rings = []
    for step in range(1, steps + 1):
        ring = t[(far == step) & ~np.isnan(t)]
        some = len(ring) > 0
        median, lowest = (float(np.median(ring)), float(ring.min())) if some else (None, None)
        rings.append(
            Ring(
                steps=step,
                variants=len(ring),
                median_t=median,
                lowest_t=lowest,
                kept=None if median is None else median / peak,
                lowest_kept=None if lowest is None else lowest / peak,
                half=float((ring >= peak / 2.0).mean()) if some else None,
            )
        )
    return rings


def plateau_result(plan: Plan, collected: Collected, null: NullDistribution) -> PlateauResult | None:
    """The best of all and its neighbours, beside the null's peaks; None without neighbours, or with a t not above 0."""
    if not collected.best or collected.t[0] <= 0.0:
        return None
    space, number = collected.best[0]
    steps = reach(len(plan.spaces[space].varied))
    near, far = neighbours(plan.spaces[space], number, steps)
    rings = measure_rings(collected.every[space][near], far, float(collected.t[0]), steps)
    if not any(ring.variants for ring in rings):
        return None
    peaks = null_peaks(plan, null)
    return PlateauResult(
        strategy=plan.spaces[space].strategy.name,
        peak_t=float(collected.t[0]),
        rings=[BestRing(**dict(ring), luck=chance_peaks(ring, peaks)) for ring in rings],
    )


def chance_peaks(ring: Ring, peaks: Sequence[Sequence[Ring]]) -> ChancePeaks:
    """How peaks made by chance do at the same distance: each peak's rings."""
    same = [other for peak in peaks for other in peak if other.steps == ring.steps and other.variants]
    if not same:
        return ChancePeaks(peaks=0, kept=None, low=None, high=None, half=None, as_flat=None)
    shares = np.array([other.kept for other in same], dtype=np.float64)
    low, median, high = np.quantile(shares, [EDGES[0], 0.5, EDGES[1]])
    return ChancePeaks(
        peaks=len(same),
        kept=median,
        low=low,
        high=high,
        half=np.mean([other.half for other in same if other.half is not None]),
        as_flat=None if ring.kept is None else (shares >= ring.kept).mean(),
    )


def null_peaks(plan: Plan, null: NullDistribution) -> list[list[Ring]]:
    """What surrounds the best variant at alignments spread evenly over all others: `measure_rings` of each such peak.

    Alignments whose best t is not above 0 are left out.
    """
    sessions = len(null.largest)
    shifts = np.unique(np.arange(1, _peaks(plan) + 1) * sessions // (_peaks(plan) + 1))
    shifts = shifts[(shifts > 0) & (null.largest[shifts] > 0.0)]
    surroundings: list[tuple[int, int, Ints, Ints]] = []
    for shift in shifts.tolist():
        space, number = null.whose[:, shift].tolist()
        surroundings.append(
            (shift, space, *neighbours(plan.spaces[space], number, reach(len(plan.spaces[space].varied))))
        )
    t = [np.full(len(near), np.nan) for _, _, near, _ in surroundings]
    for space in range(len(plan.spaces)):
        mine = [i for i, (_, of, near, _) in enumerate(surroundings) if of == space and len(near)]
        if mine:
            numbers = np.concatenate([surroundings[i][2] for i in mine])
            at = np.repeat([surroundings[i][0] for i in mine], [len(surroundings[i][2]) for i in mine])
            edges = np.cumsum([len(surroundings[i][2]) for i in mine])[:-1]
            for i, part in zip(mine, np.split(shifted_t(plan, space, numbers, at), edges), strict=True):
                t[i] = part
    return [
        measure_rings(t[i], far, float(null.largest[shift]), reach(len(plan.spaces[space].varied)))
        for i, (shift, space, _, far) in enumerate(surroundings)
    ]


def shifted_t(plan: Plan, number: int, variants: Ints, shifts: Ints) -> Floats:
    """Length n: the t of each variant of the space at the shift beside it; NaN where it has none."""
    space, t = plan.spaces[number], np.full(len(variants), np.nan)
    different, rows = np.unique(variants, return_inverse=True)
    sound = space.sound(space.columns_of(different))
    order = np.argsort(rows, kind="stable")
    edges = np.searchsorted(rows[order], np.arange(0, len(different) + SLICE, SLICE))
    for part, (begin, end) in enumerate(pairwise(edges)):
        first = part * SLICE
        good = np.flatnonzero(sound[first : first + SLICE])
        if not len(good):
            continue
        columns = space.columns_of(different[first + good])
        crypto, equity = (
            np.ascontiguousarray(leg, dtype=np.float64) for leg in space.strategy.rules(plan.signal_cache, columns)
        )
        done = simulate(plan.terms, crypto, equity, space.warmups(columns), rebalance=space.strategy.rebalance)
        legs, varies = centred(done.weights)
        usable = np.full(SLICE, -1)
        usable[good[varies & (done.fate == SOLVENT)]] = np.flatnonzero(varies & (done.fate == SOLVENT))
        wanted = order[begin:end]
        at = usable[rows[wanted] - first]
        t[wanted[at >= 0]] = _t_at(legs, plan.accumulator.score, at[at >= 0], shifts[wanted[at >= 0]])
    return t


def _peaks(plan: Plan) -> int:
    room = ROOM if all(space.swept_at_once for space in plan.spaces) else SLOW_ROOM
    if plan.size <= room:
        return PEAKS
    largest = max(min(ball(len(s.varied), reach(len(s.varied))), s.size) for s in plan.spaces)
    return max(FEWEST_PEAKS, min(PEAKS, room // max(largest, 1)))


@njit(cache=True, nogil=True, error_model="numpy")
def _t_at(legs: Floats, score: Floats, rows: Ints, shifts: Ints) -> Floats:
    """The t of some rows of 2 x n x E centred weights, each held against the scores so many sessions later."""
    sessions = len(score)
    crypto, equity = score[:, 0].copy(), score[:, 1].copy()
    t = np.empty(len(rows))
    for i in range(len(rows)):
        total = square = 0.0
        shift = shifts[i]
        for begin, end, away in ((0, sessions - shift, shift), (sessions - shift, sessions, shift - sessions)):
            weights = legs[0, rows[i], begin:end], legs[1, rows[i], begin:end]
            sums = _score(weights[0], weights[1], crypto[begin + away : end + away], equity[begin + away : end + away])
            total += sums[0]
            square += sums[1]
        t[i] = total / np.sqrt(square) if square > 0.0 else np.nan
    return t


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _score(weights_c: Floats, weights_e: Floats, crypto: Floats, equity: Floats) -> tuple[float, float]:
    """(sum, sum of squares) of what positions earn in scores."""
    total = square = 0.0
    for k in range(len(crypto)):
        x = weights_c[k] * crypto[k] + weights_e[k] * equity[k]
        total += x
        square += x * x
    return total, square
