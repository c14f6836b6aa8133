"""Change points of the coupling, found by `ruptures`."""

from functools import lru_cache
from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.correlation import Window
from unlockstep.signals.critical import CRITICAL
from unlockstep.signals.detector import Detector
from unlockstep.signals.fluctuation import fisher_z
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.resolution import resolution
from unlockstep.signals.rolling import align, pearson
from unlockstep.signals.scores import MEMORY, scores

SHORTEST = 20
"""Sessions of the shortest segment."""

PENALTY = 6.0
"""Price of a change point in squared standard deviations; low, since what is found is tested again."""

WEEK = 5
"""No week of the exchange holds more sessions."""


def change_points(values: Floats, penalty: float) -> list[int]:
    """Rows at which the mean of n `values` changes, so that squared errors plus `penalty` a change are least.

    PELT (Killick, Fearnhead and Eckley 2012) as `ruptures` computes it (Truong, Oudre and Vayatis 2020); its pruning
    knows no shortest segment, so that now and then the least is missed by a little. Each row is the first of its
    segment; segments hold at least SHORTEST rows. `values` are in units of their standard deviation.
    """
    from ruptures import KernelCPD

    if len(values) < 2 * SHORTEST:
        return []
    ends = KernelCPD(kernel="linear", min_size=SHORTEST).fit(values[:, None]).predict(pen=penalty)
    return [int(row) for row in ends[:-1]]


def standardised(products: Floats) -> Floats:
    """Products of scores in units of their standard deviation; NaN where they do not vary."""
    deviation = products.std()
    return products / deviation if deviation > resolution(products) else np.full(len(products), np.nan)


class ChangePoint(Detector):
    """The last change point of the coupling within the past `window` sessions, looked for anew each week.

    The series segmented is the product of the legs' scores, whose mean is their covariance. With n1 and n2 the
    sessions of the two last segments, z1 and z2 Fisher's transforms of the correlations of the scores within them:

        statistic(D) = (z1 - z2) / sqrt(1 / (n1 - 3) + 1 / (n2 - 3));  0 where there is no change point

    The products say where something has changed, the correlations how much of it was the coupling: for weeks after a
    jump or a crisis the scores of both legs are small, since the volatility that they are divided by remembers it, and
    their products fall while their correlation does not. The segmentation of a session uses the sessions before it
    and itself; it is made in the first session of each week and stands until the next.
    """

    name: ClassVar[str] = "change_point"
    meaning: ClassVar[str] = "1 = the last change point of the past two years was a fall of the coupling, else 0"

    window: Window = Field(default=500, description="sessions searched")
    penalty: float = Field(
        default=PENALTY, gt=0, description="price of a change point, about the logarithm of the window"
    )
    critical: float = Field(
        default=CRITICAL["change_point"],
        gt=0,
        description="fall at the last change, in standard errors, that makes a break",
    )

    @property
    def warmup(self) -> int:
        return MEMORY + self.window + WEEK - 1

    def statistic(self, market: Market) -> Floats:
        in_force = _falls(market, self.window, self.penalty).copy()
        in_force[: self.warmup] = np.nan
        return in_force


@lru_cache(maxsize=1)  # of one market `change_point` and `any_break` are read, by the same searches
def _falls(market: Market, window: int, penalty: float) -> Floats:
    """T falls at the last change point that each week's search dates. They are shared, so callers copy them."""
    sessions = len(market.sessions)
    evidence = np.full(sessions, np.nan)
    pair_scores = np.column_stack([align(column, sessions) for column in scores(market).T])
    weeks = (market.sessions.to_numpy().astype("M8[D]").astype(int) + 3) // 7  # they begin on Mondays
    opening = np.flatnonzero(np.diff(weeks, prepend=-1))
    for row in opening[opening >= MEMORY + window]:
        evidence[row] = _last_fall(pair_scores[row + 1 - window : row + 1], penalty)
    latest = np.maximum.accumulate(np.where(np.isin(np.arange(sessions), opening), np.arange(sessions), 0))
    return np.asarray(evidence[latest])


def product_of(pair_scores: Floats) -> Floats:
    """Products of the two scores of each row."""
    return np.asarray(pair_scores[:, 0] * pair_scores[:, 1])


def fall_between(before: Floats, after: Floats) -> float:
    """Fall of Fisher's z from n x 2 scores to m x 2 later ones, in standard errors; negative for a rise."""
    then, now = (fisher_z(pearson(part[None, :, 0], part[None, :, 1]))[0] for part in (before, after))
    return float((then - now) / np.sqrt(1 / (len(before) - 3) + 1 / (len(after) - 3)))


def _last_fall(pair_scores: Floats, penalty: float) -> float:
    """Fall at the last change point, 0 where there is none; NaN where nothing varies."""
    values = standardised(product_of(pair_scores))
    if not np.isfinite(values).all():
        return float("nan")
    changes = [0, *change_points(values, penalty)]
    if len(changes) == 1:
        return 0.0
    return fall_between(pair_scores[changes[-2] : changes[-1]], pair_scores[changes[-1] :])
