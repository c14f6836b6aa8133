"""Falls of the correlation between a recent window and the history before it, by Fisher's z."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.correlation import Window
from unlockstep.signals.critical import CRITICAL
from unlockstep.signals.detector import Detector
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import align, pearson, windows
from unlockstep.signals.scores import MEMORY, scores


def fisher_z(correlation: Floats) -> Floats:
    """Fisher's (1921) transform, artanh; a correlation of 1 or -1 counts as 0.999999, so that it stays finite."""
    return np.asarray(np.arctanh(np.clip(correlation, -0.999999, 0.999999)))


class FisherBreak(Detector):
    """Fisher's z test of the last `recent` sessions against the `history` before them, scanned session by session.

        statistic(D) = (z_history - z_recent) / sqrt(1 / (recent - 3) + 1 / (history - 3)),  z = artanh(correlation)

    of the scores of daily log returns (Fisher 1921; see `scores`). The normal critical value, 1.64, belongs to one test
    of independent normal returns; scanned over windows that overlap it finds a break in nearly every history of a few
    years that has none. The default is simulated.
    """

    name: ClassVar[str] = "fisher_break"
    meaning: ClassVar[str] = "1 = Fisher's z: the last quarter correlates less than the year before, else 0"

    recent: Window = Field(default=60, description="sessions watched")
    history: Window = Field(default=250, description="sessions before them, for comparison")
    critical: float = Field(
        default=CRITICAL["fisher_break"],
        gt=0,
        description="fall in standard errors that makes a break",
    )

    @property
    def warmup(self) -> int:
        return MEMORY + self.recent + self.history

    def statistic(self, market: Market) -> Floats:
        pair_scores = scores(market)
        now = fisher_z(_rolling(pair_scores[self.history :], self.recent))
        before = fisher_z(_rolling(pair_scores[: len(pair_scores) - self.recent], self.history))
        error = np.sqrt(1 / (self.recent - 3) + 1 / (self.history - 3))
        return align((before - now) / error, len(market.sessions))


class MonitorBreak(Detector):
    """Monitoring: the most striking fall of the correlation over any recent stretch, against the history before.

        statistic(D) = max over k of (z_history - z_k) / sqrt(1 / (k - 3) + 1 / (history - 3))

    for k from `shortest` to `longest`, where z_k is Fisher's transform of the correlation of the last k scores and
    z_history that of the `history` sessions before the last `longest`. The fluctuation detector of Wied and Galeano
    (2013), which compares the correlation since a fixed date with the one before it, with the date moved along as in
    the window-limited rules of Lai (1995): its memory is finite, so its rate of false alarms does not depend on when
    one began to watch.
    """

    name: ClassVar[str] = "monitor_break"
    meaning: ClassVar[str] = "1 = monitoring: some stretch of the last months correlates less than before, else 0"
    ordered: ClassVar = (("shortest", "<=", "longest"),)

    shortest: int = Field(default=20, ge=10, le=500, description="sessions of the shortest stretch")
    longest: int = Field(default=120, ge=10, le=1000, description="sessions of the longest stretch")
    history: Window = Field(default=250, description="sessions before the longest stretch, for comparison")
    critical: float = Field(
        default=CRITICAL["monitor_break"],
        gt=0,
        description="largest fall, in standard errors, that makes a break",
    )

    @property
    def warmup(self) -> int:
        return MEMORY + self.longest + self.history

    def statistic(self, market: Market) -> Floats:
        pair_scores = scores(market)
        before = fisher_z(_rolling(pair_scores[: len(pair_scores) - self.longest], self.history))
        now = fisher_z(_trailing(pair_scores[self.history :], self.shortest, self.longest))
        lengths = np.arange(self.shortest, self.longest + 1)
        error = np.sqrt(1 / (lengths - 3) + 1 / (self.history - 3))
        return align(((before[:, None] - now) / error).max(axis=1), len(market.sessions))


def _rolling(pair_scores: Floats, length: int) -> Floats:
    """Correlations of the two columns over each window of that length."""
    return pearson(windows(pair_scores[:, 0], length), windows(pair_scores[:, 1], length))


def _trailing(pair_scores: Floats, shortest: int, longest: int) -> Floats:
    """(n - longest + 1) x (longest - shortest + 1) correlations of the last `shortest` ... `longest` rows of each
    window.
    """
    # newest first, so that a running sum within each row is the sum of its last k
    x, y = (windows(column, longest)[:, ::-1] for column in pair_scores.T)
    lengths = np.arange(1, longest + 1)
    mean_x, mean_y, square_x, square_y, product = (
        (np.cumsum(values, axis=1) / lengths)[:, shortest - 1 :] for values in (x, y, x * x, y * y, x * y)
    )
    spread = (square_x - mean_x**2) * (square_y - mean_y**2)
    covariance = product - mean_x * mean_y
    return np.divide(covariance, np.sqrt(np.maximum(spread, 0)), out=np.full_like(spread, np.nan), where=spread > 1e-12)
