"""What chance alone makes of a sweep: its variants at every other alignment, and how many independent ones they are.

Every variant's t (see `results.timing`) is computed with its positions shifted against the returns by every number of
sessions, in a circle. Over all variants of a sweep two things are kept of that: the largest t at each shift, which
gives family-wise p-values, and how many t of all variants and shifts lie above each level, which says how many of the
best would be as good by chance. And of the sketches of `trials.return_sketches` the largest and the smallest of each
draw: the number of independent trials needs no more, so that a sweep of any size enters the ledger whole.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.stats.circular_shifts import ROUNDING, scores
from unlockstep.backtests.stats.timing_bootstrap import resampled_rows
from unlockstep.backtests.sweep.accounts import TradingTerms
from unlockstep.backtests.sweep.stretches import Totals, alike, moves, running, side_by_side
from unlockstep.backtests.sweep.transforms import Transforms, largest_in_histories
from unlockstep.backtests.trials.return_sketches import DRAWS, draws
from unlockstep.signals.jit import njit
from unlockstep.signals.market import Floats

STEP = 0.01
"""Width of the levels of t that are counted."""

LEVELS = 2400
"""Number of levels, half of them below 0; what lies beyond counts with the first and the last."""


SELDOM = 8
"""Positions that change in less than one of so many sessions are summed by stretches, others by transforms."""


@dataclass(frozen=True, eq=False)
class NullDistribution:
    """Over some variants, all of which were kept and vary.

    variants: how many.  largest: length E, the largest t at each shift; the first is the true alignment.
    whose: 2 x E, space and number of the variant that has it, of equal ones the first; -1 where there is none.
    counts: length LEVELS, how many t of all variants and shifts lie in each level.
    resampled: the largest t in each of some resampled histories; empty where none were asked for.
    returns, timing: 2 x DRAWS, the largest and smallest sketch of the net returns, and of the timing.
    """

    variants: int
    largest: Floats
    whose: NDArray[np.int64]
    counts: NDArray[np.int64]
    resampled: Floats
    returns: Floats
    timing: Floats

    @classmethod
    def none(cls, sessions: int, draws: int = 0) -> Self:
        """Over no variants, for E sessions and so many resampled histories."""
        ends = np.array([[-np.inf], [np.inf]]).repeat(DRAWS, axis=1)
        largest, resampled = np.full(sessions, -np.inf), np.full(draws, -np.inf)
        whose = np.full((2, sessions), -1)
        return cls(0, largest, whose, np.zeros(LEVELS, dtype=np.int64), resampled, ends, ends)

    def and_(self, other: Self) -> Self:
        """Over the variants of both."""
        return type(self)(
            self.variants + other.variants,
            np.maximum(self.largest, other.largest),
            np.where(other.largest > self.largest + ROUNDING, other.whose, self.whose),
            self.counts + other.counts,
            np.maximum(self.resampled, other.resampled),
            _ends(self.returns, other.returns),
            _ends(self.timing, other.timing),
        )

    def p_family(self, t: float) -> float:
        """Share of the alignments at which some variant has this t or a larger one; 1 for NaN."""
        return float(self.p_families(np.array(t))) if np.isfinite(t) else 1.0

    def p_families(self, t: Floats) -> Floats:
        """The same of many t at once, in their shape; NaN for NaN."""
        smaller = np.searchsorted(np.sort(self.largest), t - ROUNDING, side="left")
        return np.where(np.isnan(t), np.nan, (len(self.largest) - smaller) / len(self.largest))

    def p_resampled(self, t: float) -> float | None:
        """Share of the resampled histories, the true one among them, in which some variant is as good; None without."""
        if not len(self.resampled):
            return None
        return float((1 + (self.resampled >= t - ROUNDING).sum()) / (1 + len(self.resampled)))

    def expected(self, t: float) -> float:
        """How many variants have this t or a larger one at an alignment that tells nothing, on average.

        Counted by levels of STEP, the one that t lies in included.
        """
        return float(self.counts[level_of(np.array([t]))[0] :].sum() / len(self.largest))


class NullAccumulator:
    """Computes the null distribution of blocks of variants that are traded on the same terms."""

    def __init__(self, terms: TradingTerms, *, draws: int = 0, seed: int = 0) -> None:
        """draws: resampled histories, as `results.timing_bootstrap` draws them with this seed."""
        score, _ = scores(terms.earned - terms.earned.mean(axis=0))
        self.score = score
        self.totals = Totals(np.concatenate([score, score]).T, running)
        self.draws, self.seed = draws, seed
        sessions = terms.evaluated.sessions[1:]
        self.drawn_returns = _drawn(sessions)
        self.drawn_timing = _drawn(sessions[terms.lag :])

    @cached_property
    def transforms(self) -> Transforms:
        """For variants that change often."""
        return Transforms(self.score)

    @cached_property
    def drawn(self) -> Floats:
        """2 x draws x E: resampled scores of both legs, each history centred."""
        rows, _ = resampled_rows(self.score, seed=self.seed, draws=self.draws)
        drawn = self.score[rows]
        drawn -= drawn.mean(axis=1, keepdims=True)
        return np.moveaxis(drawn, 2, 0)

    @cached_property
    def drawn_totals(self) -> Totals:
        """Running totals of the histories."""
        return Totals(self.drawn, side_by_side)

    def accumulate(
        self,
        returns: Floats,
        weights: Floats,
        *,
        space: int = 0,
        numbers: NDArray[np.int64] | None = None,
        times: NDArray[np.int64] | None = None,
    ) -> NullDistribution:
        """The null distribution of n variants: n x (S - 1) net returns, n x E x 2 weights in force. Those that never
        vary have none.

        space, numbers: their names in `whose`; numbered as they come unless said.  times: how many variants each stands
        for, which decide the same; one unless said.
        """
        none = NullDistribution.none(weights.shape[1], self.draws)
        legs, varies = centred(weights)
        if not varies.any():
            return none
        legs, returns = np.ascontiguousarray(legs[:, varies]), returns[varies]
        counted = np.ones(len(returns), dtype=np.int64) if times is None else times[varies]
        named = np.flatnonzero(varies) if numbers is None else numbers[varies]
        rows = np.zeros(len(none.largest), dtype=np.int64)
        total, squares = np.empty((2, *legs.shape[1:]))
        often = moves(legs) > legs.shape[2] // SELDOM
        for mine in (often, ~often):
            if mine.any():
                some = legs if mine.all() else np.ascontiguousarray(legs[:, mine])
                total[mine], squares[mine] = self._weighed(some, none.resampled, often=mine is often)
        _gather(total, squares, counted, none.largest, rows, none.counts)
        timing = legs[0] * self.score[:, 0] + legs[1] * self.score[:, 1]
        return NullDistribution(
            int(counted.sum()),
            none.largest,
            np.stack([np.full(len(rows), space), named[rows]]),
            none.counts,
            none.resampled,
            _sketched(returns, self.drawn_returns),
            _sketched(timing, self.drawn_timing),
        )

    def _weighed(self, legs: Floats, resampled: Floats, *, often: bool) -> tuple[Floats, Floats]:
        """(sums of scores, sums of their squares), both n x E, at every shift; as `results.timing.all_shifts`.

        resampled: the largest t in each resampled history, raised to those of these variants.
        """
        if often:
            if self.draws:
                np.maximum(resampled, largest_in_histories(legs, self.drawn), out=resampled)
            return self.transforms.shifted_sums(legs)
        total, squares = np.empty((2, *legs.shape[1:]))
        for mine, stretches in alike(legs):
            if self.draws:
                stretches.raise_in_histories(self.drawn_totals, resampled)
            total[mine], squares[mine] = stretches.shifted_sums(self.totals)
        return total, squares


def level_of(t: Floats) -> NDArray[np.int64]:
    """The level in which each t lies."""
    return np.clip(np.floor(t / STEP).astype(np.int64) + LEVELS // 2, 0, LEVELS - 1)


def _drawn(sessions: pd.DatetimeIndex) -> NDArray[np.float32]:
    return np.ascontiguousarray(draws(sessions), dtype=np.float32)


def _ends(one: Floats, other: Floats) -> Floats:
    return np.stack([np.maximum(one[0], other[0]), np.minimum(one[1], other[1])])


def _sketched(values: Floats, drawn: NDArray[np.float32]) -> Floats:
    """2 x DRAWS largest and smallest sketches of n x T values, in single precision: they are kept in half."""
    standard, varies = _standard(values)
    if not varies.any():
        return NullDistribution.none(1).returns
    standard = standard[varies]
    z = standard @ drawn / np.float32(np.sqrt(values.shape[1]))
    return np.stack([z.max(axis=0), z.min(axis=0)]).astype(np.float64)


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(
    total: Floats,
    squares: Floats,
    times: NDArray[np.int64],
    largest: Floats,
    rows: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Add the t of n variants at E shifts to the largest at each shift, its row beside it, and to the levels; to these
    as often as `times` says.
    """
    for i in range(len(total)):
        floor = max(1e-12 * max(squares[i].max(), 1e-300), 1e-300)
        for k in range(total.shape[1]):
            t = total[i, k] / np.sqrt(max(squares[i, k], floor))
            if t > largest[k]:
                rows[k] = i if t > largest[k] + ROUNDING else rows[k]
                largest[k] = t
            counts[min(max(int(np.floor(t / STEP)) + LEVELS // 2, 0), LEVELS - 1)] += times[i]


@njit(cache=True, nogil=True, error_model="numpy")
def centred(weights: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """(2 x n x E weights less their means, a leg after the other; which of the n variants vary)."""
    n, sessions, _ = weights.shape
    legs, varies = np.empty((2, n, sessions)), np.zeros(n, dtype=np.bool_)
    for leg in range(2):
        for i in range(n):
            mean = 0.0
            for t in range(sessions):
                mean += weights[i, t, leg]
            mean /= sessions
            largest = 0.0
            for t in range(sessions):
                legs[leg, i, t] = weights[i, t, leg] - mean
                largest = max(largest, abs(legs[leg, i, t]))
            varies[i] |= largest > 1e-12
    return legs, varies


@njit(cache=True, nogil=True, error_model="numpy")
def _standard(values: Floats) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(N x T values less their mean over their deviation; which of the n rows vary)."""
    n, sessions = values.shape
    standard, varies = np.zeros((n, sessions), dtype=np.float32), np.zeros(n, dtype=np.bool_)
    for i in range(n):
        mean = values[i].sum() / sessions
        square = 0.0
        for t in range(sessions):
            square += (values[i, t] - mean) ** 2
        deviation = np.sqrt(square / sessions)
        varies[i] = deviation > 1e-12
        if varies[i]:
            for t in range(sessions):
                standard[i, t] = (values[i, t] - mean) / deviation
    return standard, varies
