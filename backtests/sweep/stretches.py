"""Compiled: sums of products of positions and outcomes, at every shift and in resampled histories, from running totals.

A position stands still between two changes, so that its product with outcomes is a sum over few stretches: each is the
position times a difference of two running totals. The work grows with the changes and not with the sessions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.jit import njit
from unlockstep.signals.market import Floats

PRODUCTS = 5
"""Outcomes that positions c and e are multiplied with: the scores of both legs, and their products cc, ce, ee."""

WIDE = 64
"""Histories that are summed together: their running totals stay in a processor's cache."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stretches:
    """2 x n x E positions, and between which sessions they stand still: points and edges as `_changes` answers.

    active: length PRODUCTS, False for products with a leg that never holds anything.
    """

    legs: Floats
    points: Ints
    edges: Ints
    active: NDArray[np.bool_]

    @classmethod
    def of(cls, legs: Floats) -> "Stretches":
        """Of positions, each less its mean."""
        crypto, equity = (bool(leg.any()) for leg in legs)
        return cls(legs, *_changes(legs), np.array([crypto, equity, crypto, crypto and equity, equity]))

    def shifted_sums(self, totals: Floats) -> tuple[Floats, Floats]:
        """(sums of scores, sums of their squares), both n x E, at every shift.

        totals: running totals of the outcomes, twice round the circle.
        """
        total, squares = np.zeros((2, *self.legs.shape[1:]))
        _shifted_sums(self.legs, self.points, self.edges, totals, self.active, total, squares)
        return total, squares

    def raise_in_histories(self, totals: Floats, largest: Floats) -> None:
        """Raise `largest`, a number a history, to the largest t of the variants in each.

        totals: those of `totals_side_by_side`.
        """
        _raise_in_histories(self.legs, self.points, self.edges, totals, self.active, largest)


def products(score: Floats) -> Floats:
    """PRODUCTS x …: the scores of both legs, 2 x …, and their products."""
    crypto, equity = score
    return np.stack([crypto, equity, crypto * crypto, crypto * equity, equity * equity])


def running_totals(score: Floats) -> Floats:
    """PRODUCTS x (T + 1) running totals of 2 x T scores and their products, which begin with 0."""
    outcomes = products(score)
    totals = np.zeros((PRODUCTS, outcomes.shape[1] + 1))
    np.cumsum(outcomes, axis=1, out=totals[:, 1:])
    return totals


def totals_side_by_side(drawn: Floats) -> Floats:
    """PRODUCTS x parts x (T + 1) x WIDE running totals of 2 x draws x T scores, WIDE histories beside each other in a
    part; 0 where there are no more.
    """
    _, draws, sessions = drawn.shape
    totals = np.zeros((PRODUCTS, -(-draws // WIDE), sessions + 1, WIDE))
    for part, begin in enumerate(range(0, draws, WIDE)):
        some = products(drawn[:, begin : begin + WIDE].transpose(0, 2, 1))
        np.cumsum(some, axis=1, out=totals[:, part, 1:, : some.shape[2]])
    return totals


def moves(legs: Floats) -> Ints:
    """How often each of 2 x n x E positions changes, the first session among them."""
    return np.diff(_changes(legs)[1])


@njit(cache=True, nogil=True, error_model="numpy")
def _changes(legs: Floats) -> tuple[Ints, Ints]:
    """(points, edges) of 2 x n x E positions: the sessions in which either leg changes, the first among them; those of
    variant i stand from edges[i] to edges[i + 1].
    """
    _, n, sessions = legs.shape
    points, edges = np.empty(n * sessions, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    count = 0
    for i in range(n):
        for t in range(sessions):
            if t == 0 or legs[0, i, t] != legs[0, i, t - 1] or legs[1, i, t] != legs[1, i, t - 1]:
                points[count] = t
                count += 1
        edges[i + 1] = count
    return points[:count].copy(), edges


@njit(cache=True, nogil=True, error_model="numpy")
def _shifted_sums(
    legs: Floats,
    points: Ints,
    edges: Ints,
    totals: Floats,
    active: NDArray[np.bool_],
    total: Floats,
    squares: Floats,
) -> None:
    sessions = legs.shape[2]
    steps, ends = np.empty(sessions + 1), np.empty(sessions + 1, dtype=np.int64)
    for i in range(len(total)):
        for j in range(len(totals)):
            if active[j]:
                count = _steps(legs[0, i], legs[1, i], points[edges[i] : edges[i + 1]], j, steps, ends)
                _add(total[i] if j < 2 else squares[i], totals[j], steps[:count], ends[:count])


@njit(cache=True, nogil=True, error_model="numpy")
def _raise_in_histories(
    legs: Floats, points: Ints, edges: Ints, totals: Floats, active: NDArray[np.bool_], largest: Floats
) -> None:
    _, n, sessions = legs.shape
    steps, ends = np.empty(sessions + 1), np.empty(sessions + 1, dtype=np.int64)
    sums = np.empty((2, WIDE))
    for part in range(totals.shape[1]):
        for i in range(n):
            sums[:] = 0.0
            for j in range(len(totals)):
                if active[j]:
                    count = _steps(legs[0, i], legs[1, i], points[edges[i] : edges[i + 1]], j, steps, ends)
                    out, running = sums[0 if j < 2 else 1], totals[j, part]
                    for k in range(count):
                        step, row = steps[k], running[ends[k]]
                        for h in range(WIDE):
                            out[h] += step * row[h]
            for h in range(min(WIDE, len(largest) - part * WIDE)):
                t = sums[0, h] / np.sqrt(max(sums[1, h], 1e-300))
                largest[part * WIDE + h] = max(largest[part * WIDE + h], t)


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(crypto: Floats, equity: Floats, points: Ints, product: int, steps: Floats, ends: Ints) -> int:
    """Fill in by how much each running total counts, and which it is; answers how many there are.

    Σ vₖ (R[bₖ₊₁] − R[bₖ]) = Σ (vₖ₋₁ − vₖ) R[bₖ] + v R[E], where vₖ is the product of positions from session bₖ on.
    """
    before, count = 0.0, 0
    for point in points:
        c, e = crypto[point], equity[point]
        if product == 0:
            value = c
        elif product == 1:
            value = e
        elif product == 2:
            value = c * c
        elif product == 3:
            value = 2.0 * c * e
        else:
            value = e * e
        if value != before:
            steps[count], ends[count] = before - value, point
            count += 1
        before = value
    steps[count], ends[count] = before, len(crypto)
    return count + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _add(out: Floats, running: Floats, steps: Floats, ends: Ints) -> None:
    """Add the sums at every shift, four steps at once, so that `out` is read and written a quarter as often."""
    n, count = len(out), len(steps)
    for k in range(0, count - count % 4, 4):
        a, b, c, d = steps[k], steps[k + 1], steps[k + 2], steps[k + 3]
        ra, rb = running[ends[k] : ends[k] + n], running[ends[k + 1] : ends[k + 1] + n]
        rc, rd = running[ends[k + 2] : ends[k + 2] + n], running[ends[k + 3] : ends[k + 3] + n]
        for s in range(n):
            out[s] += (a * ra[s] + b * rb[s]) + (c * rc[s] + d * rd[s])
    for k in range(count - count % 4, count):
        step, row = steps[k], running[ends[k] : ends[k] + n]
        for s in range(n):
            out[s] += step * row[s]
