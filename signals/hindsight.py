"""Breaks dated in hindsight, from the whole sample: for pictures and for dating, never for trading.

A session's value here depends on sessions after it. A strategy that reads one of these signals is refused.
"""

from abc import abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.change_point import (
    PENALTY,
    SHORTEST,
    change_points,
    fall_between,
    product_of,
    standardised,
)
from unlockstep.signals.critical import CRITICAL
from unlockstep.signals.long_run import correlation_influence, long_run_variance
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.resolution import resolution
from unlockstep.signals.rolling import pearson
from unlockstep.signals.scores import MEMORY, scores
from unlockstep.signals.signal import Signal


class Hindsight(Signal):
    """Base: the correlation of daily log returns between one break and the next, the same on all sessions of a segment.

    Dates are looked for in the scores; sessions without one, as where a leg did not vary, are passed over. NaN before
    the first session with a score can be, and in segments in which a leg does not vary.
    """

    hindsight: ClassVar[bool] = True
    unit: ClassVar[str] = "correlation"

    @property
    def warmup(self) -> int:
        return MEMORY + 1

    @abstractmethod
    def dated(self, pair_scores: Floats) -> list[int]:
        """Rows of n x 2 finite scores that begin a segment, without the first, in order."""

    def breaks(self, market: Market) -> list[int]:
        """Numbers of the sessions that begin a segment, without the first, in order."""
        pair_scores = scores(market)
        rows = np.flatnonzero(np.isfinite(pair_scores).all(axis=1))
        return [int(rows[row]) + self.warmup for row in self.dated(pair_scores[rows])]

    def values(self, market: Market) -> Floats:
        returns = market.log_returns.to_numpy()
        edges = [self.warmup, *self.breaks(market), len(returns)]
        out = np.full(len(returns), np.nan)
        for start, stop in pairwise(edges):
            out[start:stop] = pearson(returns[None, start:stop, 0], returns[None, start:stop, 1])[0]
        return out


def constancy_statistic(x: Floats) -> tuple[float, int]:
    """(statistic, row): the constant-correlation test of Wied, Krämer and Dehling (2012) of n x 2 observations.

        Q = D max_j j / sqrt(n) |r_j - r_n|,  2 <= j <= n,  r_j the correlation of the first j rows

    with 1 / D the long-run standard deviation of the correlation by their delta method, which is that of its influence
    function, with weights of Newey and West (1987) up to lag log n. The row is the first after the maximum, their
    estimate of the date. Under a constant correlation Q behaves as the maximum of the absolute Brownian bridge
    (Kolmogorov): 1.358 is exceeded in 5 % of long samples. NaN and 0 where a column does not vary, or holds NaN.
    """
    n = len(x)
    if n < 2 * SHORTEST:
        return float("nan"), 0
    deviation = x.std(axis=0)
    if not np.isfinite(deviation).all() or not (deviation > resolution(x)).all():
        return float("nan"), 0
    u = (x - x.mean(axis=0)) / deviation
    variance = long_run_variance(correlation_influence(u), int(np.log(n)))
    j = np.arange(1, n + 1)
    mean, square = (np.cumsum(values, axis=0) / j[:, None] for values in (u, u * u))
    cross = np.cumsum(product_of(u)) / j
    spread = np.sqrt(np.maximum(square - mean**2, 0.0).prod(axis=1))
    so_far = np.divide(cross - mean.prod(axis=1), spread, out=np.zeros(n), where=spread > 1e-12)
    distance = j / np.sqrt(n) * np.abs(so_far - so_far[-1])
    distance[0] = 0.0
    row = int(np.argmax(distance))
    return float(distance[row] / np.sqrt(variance)) if variance > 0 else float("nan"), row + 1


class ConstancyHindsight(Hindsight):
    """Breaks of a constant correlation, dated in hindsight (Wied, Krämer and Dehling 2012).

    The test is made on the scores of the whole sample, and again on either side of each break that it finds (binary
    segmentation, Galeano and Wied 2014), on stretches of at least `shortest` sessions.
    """

    name: ClassVar[str] = "constancy_hindsight"
    meaning: ClassVar[str] = "IN HINDSIGHT: correlation between the breaks that the constancy test dates"

    shortest: int = Field(default=60, ge=40, le=1000, description="sessions between two breaks at least")
    critical: float = Field(
        default=CRITICAL["constancy_hindsight"], gt=0, description="value of the test that makes a break"
    )

    def dated(self, pair_scores: Floats) -> list[int]:
        starts, open_ = [], [(0, len(pair_scores))]
        while open_:
            start, stop = open_.pop()
            statistic, row = constancy_statistic(pair_scores[start:stop])
            if statistic > self.critical and self.shortest <= row <= stop - start - self.shortest:
                starts.append(start + row)
                open_ += [(start, start + row), (start + row, stop)]
        return sorted(starts)


class SegmentsHindsight(Hindsight):
    """Change points of the coupling in the whole sample, in hindsight (PELT; see `change_point`).

    PELT segments the products of the scores at a low price of a change point. Of its change points the one at which
    Fisher's z of the scores differs least between the stretches on either side is taken out, until all differ by
    `critical` standard errors: what remains is a change of the correlation and not of the scores' size.
    """

    name: ClassVar[str] = "segments_hindsight"
    meaning: ClassVar[str] = "IN HINDSIGHT: correlation between the change points of the whole sample"

    critical: float = Field(
        default=CRITICAL["segments_hindsight"],
        gt=0,
        description="difference in standard errors that makes a break",
    )

    def dated(self, pair_scores: Floats) -> list[int]:
        if len(pair_scores) < 2 * SHORTEST:
            return []
        values = standardised(product_of(pair_scores))
        if not np.isfinite(values).all():
            return []
        changes = change_points(values, PENALTY)
        return next((left for weakest, left in thinned(pair_scores, changes) if weakest >= self.critical), [])


def thinned(pair_scores: Floats, changes: list[int]) -> Iterator[tuple[float, list[int]]]:
    """(smallest difference at one of them, change points) of n x 2 scores: all, then without the weakest, down to one.

    The difference is that of Fisher's z between the stretches on either side, in standard errors; NaN, smaller than
    any, where a leg does not vary in a stretch.
    """
    left = list(changes)
    while left:
        edges = [0, *left, len(pair_scores)]
        stretches = [pair_scores[start:stop] for start, stop in pairwise(edges)]
        differences = [abs(fall_between(before, after)) for before, after in pairwise(stretches)]
        weakest = int(np.argmin(differences))  # the first that is NaN, where one is
        yield differences[weakest], list(left)
        del left[weakest]
