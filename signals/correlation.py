"""Co-movement of returns and, labelled as such, of price levels.

The two can say opposite things at the same moment. Two independent random walks show a level correlation beyond 0.6 in
either direction in about a quarter of all years, so a level correlation says next to nothing about coupling; it is here
because the market note of January 2026 reads it.
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from signals.market import Floats, Market
from signals.rolling import align, pearson, slope, windows
from signals.signal import Signal

Window = Annotated[int, Field(ge=10, le=1000)]
"""A look-back in sessions."""


class Correlation(Signal):
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


class LevelCorrelation(Signal):
    """The note's reading: rolling Pearson correlation of price levels. It is no measure of coupling.

    Adjusted closes. Spurious by nature: trends alone move it (Yule 1926; Granger and Newbold 1974).
    """

    name: ClassVar[str] = "level_correlation"
    meaning: ClassVar[str] = "the note's reading, of price LEVELS: whether both trended the same way, not coupling"
    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=90, description="sessions")

    @property
    def warmup(self) -> int:
        return self.window - 1

    def values(self, market: Market) -> Floats:
        crypto, equity = (windows(leg.close, self.window) for leg in market.legs)
        return align(pearson(crypto, equity), len(market.sessions))


class Beta(Signal):
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
