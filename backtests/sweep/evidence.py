"""What chance alone makes of a sweep: its variants at every other alignment, and how many independent ones they are.

Every variant's t (see `results.timing`) is computed with its positions shifted against the returns by every number of
sessions, in a circle. Over all variants of a sweep two things are kept of that: the largest t at each shift, which
gives family-wise p-values, and how many t of all variants and shifts lie above each level, which says how many of the
best would be as good by luck. And of the sketches of `results.sketches` the largest and the smallest of each draw: the
number of independent trials needs no more, so that a sweep of any size enters the ledger whole.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np
import pandas as pd
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from backtests.results.sketches import DRAWS, draws
from backtests.results.timing import ROUNDING, scores
from backtests.sweep.accounts import Terms
from signals.market import Floats

STEP = 0.01
"""Width of the levels of t that are counted."""

LEVELS = 2400
"""Number of levels, half of them below 0; what lies beyond counts with the first and the last."""


@dataclass(frozen=True, eq=False)
class Luck:
    """Over some variants, all of which were kept and vary.

    variants: how many.  largest: length E, the largest t at each shift; the first is the true alignment.
    counts: length LEVELS, how many t of all variants and shifts lie in each level.
    returns, timing: 2 x DRAWS, the largest and smallest sketch of the net returns, and of the timing.
    """

    variants: int
    largest: Floats
    counts: NDArray[np.int64]
    returns: Floats
    timing: Floats

    @classmethod
    def none(cls, sessions: int) -> Self:
        """Over no variants, for E sessions."""
        ends = np.array([[-np.inf], [np.inf]]).repeat(DRAWS, axis=1)
        return cls(0, np.full(sessions, -np.inf), np.zeros(LEVELS, dtype=np.int64), ends, ends)

    def and_(self, other: Self) -> Self:
        """Over the variants of both."""
        return type(self)(
            self.variants + other.variants,
            np.maximum(self.largest, other.largest),
            self.counts + other.counts,
            _ends(self.returns, other.returns),
            _ends(self.timing, other.timing),
        )

    def p_family(self, t: float) -> float:
        """Share of the alignments at which some variant has this t or a larger one; 1 for NaN."""
        return float((self.largest >= t - ROUNDING).mean()) if np.isfinite(t) else 1.0

    def expected(self, t: float) -> float:
        """How many variants have this t or a larger one at an alignment that tells nothing, on average.

        Counted by levels of STEP, the one that t lies in included.
        """
        return float(self.counts[level_of(np.array([t]))[0] :].sum() / len(self.largest))


class Weigher:
    """Weighs blocks of variants that are traded on the same terms."""

    def __init__(self, terms: Terms) -> None:
        score, _ = scores(terms.earned - terms.earned.mean(axis=0))
        self.score = score
        self.spectra = [scipy.fft.rfft(outcome) for outcome in score.T]
        pairs = [(0, 0), (0, 1), (1, 1)]
        self.pairs = [(a, b, scipy.fft.rfft(score[:, a] * score[:, b]) * (1 + (a != b))) for a, b in pairs]
        sessions = terms.evaluated.sessions[1:]
        self.drawn_returns = _drawn(sessions)
        self.drawn_timing = _drawn(sessions[terms.lag :])

    def weigh(self, returns: Floats, weights: Floats) -> Luck:
        """The luck of n variants: n x (S - 1) net returns, n x E x 2 weights in force. Those that never vary have
        none.
        """
        centred = weights - weights.mean(axis=1, keepdims=True)
        varies = np.abs(centred).max(axis=(1, 2), initial=0.0) > 1e-12
        none = Luck.none(weights.shape[1])
        if not varies.any():
            return none
        centred, returns = centred[varies], returns[varies]
        _gather(*self._shifted(centred), none.largest, none.counts)
        timing = np.einsum("vta,ta->vt", centred, self.score)
        return Luck(
            len(centred),
            none.largest,
            none.counts,
            _sketched(returns, self.drawn_returns),
            _sketched(timing, self.drawn_timing),
        )

    def _shifted(self, centred: Floats) -> tuple[Floats, Floats]:
        """(sums of scores, sums of their squares), both n x E, at every shift; as `results.timing.all_shifts`."""
        legs = [np.ascontiguousarray(centred[:, :, a]) for a in (0, 1)]
        held = [leg for leg in (0, 1) if np.any(legs[leg])]
        n, sessions = centred.shape[:2]
        total, squares = np.zeros((2, n, sessions // 2 + 1), dtype=complex)
        for a in held:
            total += np.conj(scipy.fft.rfft(legs[a], axis=1)) * self.spectra[a]
        for a, b, spectrum in self.pairs:
            if a in held and b in held:
                squares += np.conj(scipy.fft.rfft(legs[a] * legs[b], axis=1)) * spectrum
        return scipy.fft.irfft(total, n=sessions, axis=1), scipy.fft.irfft(squares, n=sessions, axis=1)


def together(parts: list[Luck]) -> Luck:
    """Over the variants of all parts, of which there is one at least."""
    return reduce(Luck.and_, parts)


def level_of(t: Floats) -> NDArray[np.int64]:
    """The level in which each t lies."""
    return np.clip(np.floor(t / STEP).astype(np.int64) + LEVELS // 2, 0, LEVELS - 1)


def _drawn(sessions: pd.DatetimeIndex) -> NDArray[np.float32]:
    return np.ascontiguousarray(draws(sessions), dtype=np.float32)


def _ends(one: Floats, other: Floats) -> Floats:
    return np.stack([np.maximum(one[0], other[0]), np.minimum(one[1], other[1])])


def _sketched(values: Floats, drawn: NDArray[np.float32]) -> Floats:
    """2 x DRAWS largest and smallest sketches of n x T values, in single precision: they are kept in half."""
    spread = values.std(axis=1, keepdims=True)
    varying = spread[:, 0] > 1e-12
    if not varying.any():
        return Luck.none(1).returns
    standard = ((values - values.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0))[varying]
    z = standard.astype(np.float32) @ drawn / np.float32(np.sqrt(values.shape[1]))
    return np.stack([z.max(axis=0), z.min(axis=0)]).astype(np.float64)


@njit(cache=True, nogil=True)
def _gather(total: Floats, squares: Floats, largest: Floats, counts: NDArray[np.int64]) -> None:
    """Add the t of n variants at E shifts to the largest at each shift, and to the counts of the levels."""
    for i in range(len(total)):
        floor = max(1e-12 * max(squares[i].max(), 1e-300), 1e-300)
        for k in range(total.shape[1]):
            t = total[i, k] / np.sqrt(max(squares[i, k], floor))
            largest[k] = max(largest[k], t)
            counts[min(max(int(np.floor(t / STEP)) + LEVELS // 2, 0), LEVELS - 1)] += 1
