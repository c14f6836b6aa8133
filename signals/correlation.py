"""Co-movement of returns and, labelled as such, of price levels.

The two can say opposite things at the same moment. Two independent random walks show a level correlation beyond 0.6 in
either direction in about a quarter of all years, so a level correlation says next to nothing about coupling; it is here
because the market note of January 2026 reads it.
"""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from unlockstep.signals.histories import Histories, ManyHistories, align_all, one_by_one
from unlockstep.signals.level_rates import DISTANCES, NODES, RATES
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import align, pearson, slope, windows
from unlockstep.signals.signal import Signal

Window = Annotated[int, Field(ge=10, le=1000)]
"""A look-back in sessions."""


class Correlation(Signal, ManyHistories):
    """Rolling correlation of the legs' daily log returns.

    method: pearson; spearman (Pearson of ranks, average ranks for ties); ewma (Pearson with weights decay^k on the
    return k sessions back, RiskMetrics 1996, cut off at `window` so that its memory is finite).
    NaN also where a leg's return does not vary within a window.
    """

    name: ClassVar[str] = "correlation"
    meaning: ClassVar[str] = "how strongly daily returns move together: 1 in lockstep, 0 unrelated"
    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=90, description="sessions")
    method: Literal["pearson", "spearman", "ewma"] = Field(default="pearson", description="kind of correlation")
    decay: float = Field(
        default=0.97, gt=0.5, lt=1, description="weight ratio from one session to the one before (ewma)"
    )

    @property
    def warmup(self) -> int:
        return self.window

    def values(self, market: Market) -> Floats:
        if self.method == "pearson":
            return _pearson(market, self.window).copy()
        returns = market.log_returns.to_numpy()[1:]
        crypto, equity = windows(returns[:, 0], self.window), windows(returns[:, 1], self.window)
        weights: Floats | None = None
        if self.method == "spearman":
            from scipy.stats import rankdata

            crypto, equity = rankdata(crypto, axis=1), rankdata(equity, axis=1)
        elif self.method == "ewma":
            fading = self.decay ** np.arange(self.window - 1, -1, -1.0)
            weights = np.asarray(fading / fading.sum())
        return align(pearson(crypto, equity, weights), len(market.sessions))

    def values_of(self, histories: Histories) -> Floats:
        if self.method != "pearson":
            return one_by_one(self, histories)
        return align_all(histories.moments(self.window).correlation(), histories.sessions)


@lru_cache(maxsize=8)  # states by many thresholds, and the parts of a decoupling, stand on few windows
def _pearson(market: Market, window: int) -> Floats:
    """T rolling correlations of daily log returns. They are shared, so callers copy them."""
    crypto, equity = (windows(leg, window) for leg in market.log_returns.to_numpy()[1:].T)
    return align(pearson(crypto, equity), len(market.sessions))


class LevelCorrelation(Signal):
    """The note's reading: rolling Pearson correlation of price levels. It is no measure of coupling.

    Adjusted closes. Spurious by nature: trends alone move it (Yule 1926; Granger and Newbold 1974). Read it beside
    `level_false_decoupling`, which says how often it comes out so low with no decoupling at all.
    """

    name: ClassVar[str] = "level_correlation"
    meaning: ClassVar[str] = "the note's reading, of price LEVELS: whether both trended the same way, not coupling"
    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=90, description="sessions")

    @property
    def warmup(self) -> int:
        return self.window - 1

    def values(self, market: Market) -> Floats:
        crypto, equity = (windows(leg.close, self.window) for leg in market.pair_legs)
        return align(pearson(crypto, equity), len(market.sessions))


def false_decoupling_rate(returns: Floats, levels: Floats) -> Floats:
    """How often two series whose returns correlate `returns` show a level correlation of `levels` or lower.

    Arrays of one shape, correlations in [-1, 1]; shares in [0, 1]; NaN where either is. Random walks with i.i.d. normal
    steps and no drift, whose true correlation is the one observed, simulated over 90 sessions: `signals.level_rates`.
    Interpolated to within 0.003. Windows of 60 to 252 sessions, prices instead of their logs, and GARCH(0.08, 0.90)
    with Student's t of 5 degrees of freedom move a share by at most 0.011. Returns that persist as ETH's do (variance
    ratio 1.4 at 20 sessions) make low readings up to three times as frequent, so that the share is rather a floor.
    """
    certain = np.nextafter(1.0, 0.0)
    returns, levels = np.clip(returns, -certain, certain), np.clip(levels, -certain, certain)
    strength = np.abs(returns)
    distance = np.arctanh(levels) - np.arctanh(returns)
    # with one leg turned upside down both correlations change sign
    place = np.clip(np.where(returns < 0, -distance, distance), DISTANCES[0], DISTANCES[-1])
    row, below = _between(strength, NODES)
    column, left = _between(place, DISTANCES)
    near = (1.0 - left) * RATES[row, column] + left * RATES[row, column + 1]
    far = (1.0 - left) * RATES[row + 1, column] + left * RATES[row + 1, column + 1]
    share = (1.0 - below) * near + below * far
    return np.asarray(np.where(returns < 0, 1.0 - share, share))


def _between(values: Floats, nodes: Floats) -> tuple[NDArray[np.intp], Floats]:
    """For each value the node at or before it, and how far it lies on the way to the next one; NaN stays NaN."""
    before = np.clip(np.searchsorted(nodes, values, side="right") - 1, 0, len(nodes) - 2)
    return before, (values - nodes[before]) / (nodes[1] - nodes[0])


class LevelFalseDecoupling(Signal):
    """How often two series with the observed correlation of returns show such a correlation of levels, or a lower one,
    with no decoupling at all. See `false_decoupling_rate`.

    The true correlation is taken to be the one observed over the same window; its error adds at most 0.006. No drift
    and no persistence: with those of ETH low readings come more often than it says. NaN also where a leg does not vary
    within a window.
    """

    name: ClassVar[str] = "level_false_decoupling"
    meaning: ClassVar[str] = "how often the level correlation comes out so low with no decoupling at all"
    unit: ClassVar[str] = "share of windows"

    window: Window = Field(default=90, description="sessions")

    @property
    def warmup(self) -> int:
        return self.window

    def values(self, market: Market) -> Floats:
        returns, levels = Correlation(window=self.window), LevelCorrelation(window=self.window)
        rates = false_decoupling_rate(returns.values(market), levels.values(market))
        rates[: self.warmup] = np.nan
        return rates


class Beta(Signal, ManyHistories):
    """Rolling least-squares slope of the crypto leg's daily log returns on the equity leg's."""

    name: ClassVar[str] = "beta"
    meaning: ClassVar[str] = "how many percent ETH moved for each percent of IWM"
    unit: ClassVar[str] = "ratio"

    window: Window = Field(default=252, description="sessions")

    @property
    def warmup(self) -> int:
        return self.window

    def values(self, market: Market) -> Floats:
        returns = market.log_returns.to_numpy()[1:]
        slopes = slope(windows(returns[:, 0], self.window), windows(returns[:, 1], self.window))
        return align(slopes, len(market.sessions))

    def values_of(self, histories: Histories) -> Floats:
        return align_all(histories.moments(self.window).beta(), histories.sessions)
