"""The timing test of many pairs at once: did the same rules carry information on average over them?

Each pair has its own timing test (`timing_test`), on its own sessions. What is pooled is a weighted sum of their t,

    T = Σ a t,    a ≥ 0,    a'Ca = 1,

where C holds the correlations of t between pairs. Were the information ratio of all P pairs the same μ, the t of a pair
with Y years would be μ √Y on average; the weights are those that show it best, C a = √Y (generalised least squares,
Aitken 1936), none below zero. A pair that copies another shares its weight with it and adds nothing; pairs that are
independent add all they have. C is read off the sample's own timing returns, x: cosines of x on the sessions that two
pairs share, over the whole length of each. Turning the signs of whole sessions round leaves C, and so a, as they are.

Null distribution: joint. Histories draw one sign a session for all pairs together (`redecided_test`), so that what
binds the pairs to each other stays, and every rule decides again on every pair. For what persists both in returns and
in positions, the truth is divided by the spread of T over joint clear shifts: the positions of all pairs are moved by
the same number of sessions, forwards and backwards, each in its own circle, at most by the shortest history, so that
the pairs keep their alignment to each other. Pairs of different lengths count by √Y.

Of one pair alone T is its t, and everything here is what its own test says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from unlockstep.backtests.stats.circular_shifts import ROUNDING
from unlockstep.backtests.stats.clear_shifts import half_width
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

RIDGE = 1e-9
"""Added to the diagonal of correlations, so that copies, whose correlation is 1, share their weight evenly."""


SCORES, STANDARDISED, MONEY = range(3)
"""The three statistics of a timing test, in the order in which histories have them: of scores, of returns in units of
volatility, of returns in money."""


@dataclass(frozen=True, eq=False)
class PairTiming:
    """The timing test of V variants on one pair, and where its sessions lie among those of all pairs.

    information_ratio: length V, annual, in money.  gain: length V, see `clear_shifts.ClearNull`.
    t:      3 x V, in the order SCORES, STANDARDISED, MONEY; NaN for a variant that never varies.
    x:      3 x T x V, the terms of t.
    null:   3 x S x V, t at the pair's clear shifts, had it found nothing.
    rows:   length T, the number of each session among those of all pairs together.
    margin: the first clear shift; the last is T less as many sessions.
    """

    information_ratio: Floats
    gain: Floats
    t: Floats
    x: Floats
    null: Floats
    rows: NDArray[np.int64]
    margin: int

    @property
    def sessions(self) -> int:
        """T."""
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Pooled:
    """P pairs and V variants, pooled; arrays of length V unless said otherwise.

    weights:     P x V, a; 0 where a variant never varies on a pair, NaN for one that varies on none
    correlation: V x P x P, C; 0 beside the diagonal where a variant never varies
    years:       length P, of each pair
    sessions:    from the first evaluated session of any pair to the last
    t:           3 x V, T of scores, of standardised returns and in money
    null:        3 x K x V, the same at joint clear shifts
    x:           3 x sessions x V, the terms of T but for its studentising
    information_ratio: annual, of the pooled timing return in money, over all sessions
    gain:        by how much t grows with the pooled information ratio, against how it does in money
    """

    weights: Floats
    correlation: Floats
    years: Floats
    sessions: int
    t: Floats
    null: Floats
    x: Floats
    information_ratio: Floats
    gain: Floats

    @property
    def span(self) -> float:
        """Years from the first evaluated session of any pair to the last."""
        return self.sessions / SESSIONS_PER_YEAR

    @property
    def of_average_pair(self) -> Floats:
        """The pooled information ratio, were that of every pair 1."""
        return np.asarray(np.sqrt(self.years / self.span) @ self.weights)

    @property
    def effective_pairs(self) -> Floats:
        """As many independent pairs, over all sessions, would show the average information ratio as precisely."""
        return self.of_average_pair**2

    @property
    def spread(self) -> Floats:
        """3 x V: standard deviations of t over the joint clear shifts."""
        return np.asarray(self.null.std(axis=1))

    @property
    def p_money(self) -> Floats:
        """One-sided p-value of T in money over the joint clear shifts, the truth counted among them."""
        reached = (self.null[MONEY] >= self.t[MONEY] - ROUNDING).sum(axis=0)
        return np.where(np.isfinite(self.t[MONEY]), (reached + 1) / (self.null.shape[1] + 1), 1.0)

    def half_width(self, probability: float) -> Floats:
        """How far above its mean the pooled information ratio lies at most, with this probability."""
        return np.asarray(half_width(self.null[MONEY], probability) / np.sqrt(self.span))

    def pool(self, statistics: Floats) -> Floats:
        """... x V: what ... x P x V t of all pairs, each in the same history, are together; NaN counts as 0."""
        return _pooled(statistics, self.weights)


def pooled_timing(pairs: Sequence[PairTiming], sessions: int) -> Pooled:
    """The pooled timing of P pairs, each with the same V variants.

    sessions: of all pairs together, from the first evaluated one to the last.
    Raises HistoryError where a pair is too short for joint shifts.
    """
    years = np.array([pair.sessions for pair in pairs]) / SESSIONS_PER_YEAR
    terms = np.stack([_terms(pair, sessions) for pair in pairs], axis=2)  # 3 x sessions x P x V
    varies = np.stack([np.isfinite(pair.t[SCORES]) for pair in pairs])
    correlation = np.einsum("tpv,tqv->vpq", terms[SCORES], terms[SCORES], optimize=True)
    for cosines in correlation:
        np.fill_diagonal(cosines, 1.0)
    columns = [_weights(cosines, years, has) for cosines, has in zip(correlation, varies.T, strict=True)]
    weights = np.column_stack(columns)
    shifts = joint_clear_shifts(pairs)
    length = np.sqrt(years * SESSIONS_PER_YEAR / sessions)[:, None]
    return Pooled(
        weights=weights,
        correlation=correlation,
        years=years,
        sessions=sessions,
        t=_pooled(np.stack([pair.t for pair in pairs], axis=1), weights),
        null=_pooled(np.stack([_at(pair, shifts) for pair in pairs], axis=2), weights),
        x=_pooled(terms, weights),
        information_ratio=_pooled(np.stack([pair.information_ratio for pair in pairs]) * length, weights),
        gain=_pooled(np.stack([pair.gain for pair in pairs]) * length, weights) / (weights * length).sum(axis=0),
    )


def _pooled(statistics: Floats, weights: Floats) -> Floats:
    """... x V of ... x P x V, by P x V weights; NaN counts as 0, but of a variant that varies on no pair all is NaN."""
    return np.asarray((np.nan_to_num(statistics) * weights).sum(axis=-2))


def _terms(pair: PairTiming, sessions: int) -> Floats:
    """3 x sessions x V: the terms of t in units of √Σx², 0 where the pair has no session or a variant never varies."""
    terms = np.zeros((3, sessions, pair.x.shape[2]))
    size = np.sqrt((pair.x**2).sum(axis=1, keepdims=True))
    terms[:, pair.rows] = np.divide(pair.x, size, out=np.zeros_like(pair.x), where=size > 0)
    return terms


def sessions_needed(pairs: Sequence[PairTiming]) -> int:
    """Sessions from which on a pair can be moved, together with these, clear of what any of them looks back on."""
    return 2 * max(pair.margin for pair in pairs)


def joint_clear_shifts(pairs: Sequence[PairTiming]) -> NDArray[np.int64]:
    """Numbers of sessions, below 0 backwards, at which the positions of every pair are clear of what they look back on.

    Of pairs of one length backwards is forwards, and each shift counts once. Raises HistoryError where a pair is so
    short that there is none.
    """
    lengths, needed = {pair.sessions for pair in pairs}, sessions_needed(pairs)
    margin, most = needed // 2, min(lengths) - needed // 2
    if most < margin:
        raise HistoryError(
            f"The shortest pair has {min(lengths)} evaluated sessions, and {needed} are needed to be moved clear of "
            "what the slowest variant looks back on",
            limit=needed,
        )
    forwards = np.arange(margin, most + 1)
    return forwards if len(lengths) == 1 else np.concatenate([forwards, -forwards])


def _at(pair: PairTiming, shifts: NDArray[np.int64]) -> Floats:
    """3 x K x V: the pair's null t at these shifts, in its own circle."""
    return pair.null[:, shifts % pair.sessions - pair.margin]


def _weights(correlation: Floats, years: Floats, varies: NDArray[np.bool_]) -> Floats:
    """Length P: a ≥ 0 with the largest a'√Y at a'Ca = 1; 0 for pairs on which nothing varies, NaN where none does."""
    weights = np.zeros(len(years))
    if not varies.any():
        return np.full(len(years), np.nan)
    chosen = np.flatnonzero(varies)
    root = np.sqrt(years[chosen])
    lower = np.linalg.cholesky(correlation[np.ix_(chosen, chosen)] + RIDGE * np.eye(len(chosen)))
    best, _ = nnls(lower.T, np.linalg.solve(lower, root))
    weights[chosen] = best / np.sqrt(best @ correlation[np.ix_(chosen, chosen)] @ best)
    return weights
