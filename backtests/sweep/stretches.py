"""Compiled: sums of products of positions and outcomes, at every shift and in resampled histories, from running totals.

A position stands still between two changes, so that its product with outcomes is a sum over few stretches: each is the
position times a difference of two running totals. The work grows with the changes and not with the sessions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.jit import njit
from unlockstep.signals.market import Floats

CRYPTO, EQUITY, CRYPTO_2, BOTH_2, EQUITY_2, SWITCH, SWITCH_2 = range(7)
"""What is multiplied: positions c and e with the scores of their legs; c², 2 c e and e² with the products of scores;
where e = −c, c with the difference of the scores, and c² with its square."""

SQUARES = (CRYPTO_2, BOTH_2, EQUITY_2, SWITCH_2)
"""Those that add up to the squares; the others add up to the sums."""

SAME = 1e-12
"""Centred positions that add up to less than this are opposite."""

WIDE = 64
"""Histories that are summed together: their running totals stay in a processor's cache."""

Ints = NDArray[np.int64]


class Totals:
    """Running totals of scores and their products, each made when it is first asked for."""

    def __init__(self, score: Floats, lay_out: Callable[[Floats], Floats]) -> None:
        """score: 2 x … x T.  lay_out: what makes running totals of … x T outcomes."""
        self.score, self.lay_out = score, lay_out
        self._made: dict[int, Floats] = {}

    def of(self, product: int) -> Floats:
        """Running totals of one of the products."""
        if product not in self._made:
            crypto, equity = self.score
            outcomes = {
                CRYPTO: lambda: crypto,
                EQUITY: lambda: equity,
                CRYPTO_2: lambda: crypto * crypto,
                BOTH_2: lambda: crypto * equity,
                EQUITY_2: lambda: equity * equity,
                SWITCH: lambda: crypto - equity,
                SWITCH_2: lambda: (crypto - equity) ** 2,
            }
            self._made[product] = self.lay_out(outcomes[product]())
        return self._made[product]


@dataclass(frozen=True, eq=False)
class Stretches:
    """2 x n x E positions, between which sessions they stand still, and which products add up to what they earn.

    points, edges: as `_changes` answers.
    """

    legs: Floats
    points: Ints
    edges: Ints
    products: tuple[int, ...]

    def shifted_sums(self, totals: Totals) -> tuple[Floats, Floats]:
        """(sums of scores, sums of their squares), both n x E, at every shift; totals: as `running`."""
        total, squares = np.zeros((2, *self.legs.shape[1:]))
        for product in self.products:
            out = squares if product in SQUARES else total
            _add_shifted(self.legs[0], self.legs[1], self.points, self.edges, product, totals.of(product), out)
        return total, squares

    def raise_in_histories(self, totals: Totals, largest: Floats) -> None:
        """Raise `largest`, a number a history, to the largest t of the variants in each; totals: as `side_by_side`."""
        parts = -(-len(largest) // WIDE)
        total, squares = np.zeros((2, self.legs.shape[1], parts * WIDE))
        for product in self.products:
            out = squares if product in SQUARES else total
            _add_in_histories(self.legs[0], self.legs[1], self.points, self.edges, product, totals.of(product), out)
        t = (total / np.sqrt(np.maximum(squares, 1e-300))).max(axis=0)
        np.maximum(largest, t[: len(largest)], out=largest)


def alike(legs: Floats) -> list[tuple[NDArray[np.bool_], Stretches]]:
    """(which of the variants, their stretches), of 2 x n x E centred positions: apart those that hold one leg, those
    that switch between the two, and all others.
    """
    crypto, equity, both = (np.abs(each).max(axis=1) > SAME for each in (*legs, legs[0] + legs[1]))
    kinds = {
        (CRYPTO, CRYPTO_2): crypto & ~equity,
        (EQUITY, EQUITY_2): ~crypto & equity,
        (SWITCH, SWITCH_2): crypto & equity & ~both,
        (CRYPTO, EQUITY, CRYPTO_2, BOTH_2, EQUITY_2): crypto & equity & both,
    }
    results = []
    for products, mine in kinds.items():
        if mine.any():
            some = legs if mine.all() else np.ascontiguousarray(legs[:, mine])
            results.append((mine, Stretches(some, *_changes(some), products)))
    return results


def running(outcomes: Floats) -> Floats:
    """T + 1 running totals of T outcomes, which begin with 0."""
    return np.concatenate([[0.0], np.cumsum(outcomes)])


def side_by_side(outcomes: Floats) -> Floats:
    """Parts x (T + 1) x WIDE running totals of draws x T outcomes, WIDE histories beside each other in a part; 0 where
    there are no more.
    """
    draws, sessions = outcomes.shape
    totals = np.zeros((-(-draws // WIDE), sessions + 1, WIDE))
    for part, begin in enumerate(range(0, draws, WIDE)):
        some = outcomes[begin : begin + WIDE].T
        np.cumsum(some, axis=0, out=totals[part, 1:, : some.shape[1]])
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
def _add_shifted(
    crypto: Floats, equity: Floats, points: Ints, edges: Ints, product: int, running: Floats, out: Floats
) -> None:
    """Add the sums of a product at every shift to `out`, n x E."""
    sessions = crypto.shape[1]
    steps, ends = np.empty(sessions + 1), np.empty(sessions + 1, dtype=np.int64)
    for i in range(len(out)):
        count = _steps(crypto[i], equity[i], points[edges[i] : edges[i + 1]], product, steps, ends)
        _add(out[i], running, steps[:count], ends[:count])


@njit(cache=True, nogil=True, error_model="numpy")
def _add_in_histories(
    crypto: Floats, equity: Floats, points: Ints, edges: Ints, product: int, running: Floats, out: Floats
) -> None:
    """Add the sums of a product in every history to `out`, n x histories."""
    sessions = crypto.shape[1]
    steps, ends = np.empty(sessions + 1), np.empty(sessions + 1, dtype=np.int64)
    for part in range(len(running)):
        for i in range(len(out)):
            count = _steps(crypto[i], equity[i], points[edges[i] : edges[i + 1]], product, steps, ends)
            sums = out[i, part * WIDE : (part + 1) * WIDE]
            for k in range(count):
                step, row = steps[k], running[part, ends[k]]
                for h in range(WIDE):
                    sums[h] += step * row[h]


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(crypto: Floats, equity: Floats, points: Ints, product: int, steps: Floats, ends: Ints) -> int:
    """Fill in by how much each running total counts, and which it is; answers how many there are.

    Σ vₖ (R[bₖ₊₁] − R[bₖ]) = Σ (vₖ₋₁ − vₖ) R[bₖ] + v R[E], where vₖ is the product of positions from session bₖ on.
    """
    before, count = 0.0, 0
    for point in points:
        c, e = crypto[point], equity[point]
        if product in (CRYPTO, SWITCH):
            value = c
        elif product == EQUITY:
            value = e
        elif product in (CRYPTO_2, SWITCH_2):
            value = c * c
        elif product == BOTH_2:
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
