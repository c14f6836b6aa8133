"""Which decoupling? The correlation of daily returns changes because the legs' co-movement does, because the equity
leg's volatility does, or because the two clocks tear apart what belongs together; here each is told from the others.

    raw                  R  correlation of daily log returns, bars joined by label
    synchronised         S  the same, with the hours that the clocks' labels tear apart put back
    adjusted             A  S as it would be at the volatility of a reference period (Forbes and Rigobon 2002)

    change of R  =  (A − S before)  +  (S − A)     +  change of (R − S)
                    correlation        volatility     clock
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from unlockstep.signals.correlation import Correlation, Window
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Market
from unlockstep.signals.resolution import RESOLUTION
from unlockstep.signals.rolling import align, pearson, slope, windows
from unlockstep.signals.signal import Signal
from unlockstep.signals.trend import Volatility

Part = Literal["correlation", "volatility", "clock"]
PARTS: tuple[Part, ...] = ("correlation", "volatility", "clock")

Reference = Annotated[int, Field(ge=20, le=1000)]
"""Sessions of a reference period."""


def adjusted(correlation: Floats, variance_ratio: Floats) -> Floats:
    """Forbes and Rigobon's (2002) correlation: ρ / √(1 + δ (1 − ρ²)), 1 + δ = `variance_ratio`; arrays of one shape.

    What the correlation would be at the variance of the reference period. NaN where an input is; ratios are positive.
    """
    return np.asarray(correlation / np.sqrt(1.0 + (variance_ratio - 1.0) * (1.0 - correlation**2)))


def later(market: Market) -> Floats:
    """T signs: 1 where the crypto leg's bar of the session ends after the equity leg's, −1 before, 0 together."""
    crypto, equity = (leg.known_at.tz_convert(None).to_numpy() for leg in market.pair_legs)
    return np.sign((crypto - equity) / np.timedelta64(1, "s"))


def torn(returns: Floats, order: Floats) -> tuple[NDArray[np.bool_], Floats, Floats, Floats]:
    """What two clocks tear apart: the last hours of one leg's bar of t − 1 lie in the other leg's bar of t.

    returns: n x 2; order: n signs of `later`. Arrays for t = 1 … n − 1: whether the bars of t − 1 ended apart; the
    return in t − 1 of the leg whose bar ended later; the other leg's in t − 1; the other leg's in t.
    """
    before, after = returns[:-1], returns[1:]
    crypto_later = order[:-1] > 0
    return (
        order[:-1] != 0,
        np.where(crypto_later, before[:, 0], before[:, 1]),
        np.where(crypto_later, before[:, 1], before[:, 0]),
        np.where(crypto_later, after[:, 1], after[:, 0]),
    )


class OverlapCorrelation(Signal):
    """Rolling correlation of the legs' log returns over `horizon` sessions, one ending in each session.

    Returns over h sessions share all but one h-th of what the clocks tear apart (Forbes and Rigobon 2002 use two-day
    averages for this), so that a rise with the horizon is clocks, or a response that takes days. Overlap makes the
    standard error √((2h² + 1) / 3h) times that of one session where the legs are unrelated: 1.2 at 2, 1.8 at 5. At
    horizon 1 it is `correlation`. NaN also where a leg does not vary within a window.
    """

    name: ClassVar[str] = "overlap_correlation"
    meaning: ClassVar[str] = "how strongly returns over several sessions move together; the clocks matter less"
    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=90, description="returns, one ending in each session")
    horizon: Literal[1, 2, 5] = Field(default=5, description="sessions of a return")

    @property
    def warmup(self) -> int:
        return self.window + self.horizon - 1

    def values(self, market: Market) -> Floats:
        logs = [np.log(leg.close) for leg in market.pair_legs]
        crypto, equity = (windows(x[self.horizon :] - x[: -self.horizon], self.window) for x in logs)
        return align(pearson(crypto, equity), len(market.sessions))


class SynchronisedCorrelation(Signal):
    """Rolling correlation of daily log returns, corrected for bars that end at different hours.

        S = R + cov(x(t−1), Y(t)) / (sd(X) sd(Y)),   clipped to −1 … 1,

    where X is the leg whose bar of a session ends later (`known_at`): ETH, 3 to 7 hours after IWM's close. Those hours
    lie in Y(t), and in what Y(t−1) leaves unexplained of X(t−1): x, its residual. The neighbouring covariance is the
    one of Scholes and Williams (1977) and of Dimson (1979) whose bars share hours; where they divide by
    autocorrelation, the residual takes out what Y's own autocorrelation carries from one session to the next. No second
    term where the bars end together: a pair on one clock has S = R. Assumes that neither leg foreshadows the other; a
    true lead of the later leg by a session would be counted as clock. The second term costs precision: the standard
    error is 1.4 times that of R. NaN also where a leg does not vary within a window.
    """

    name: ClassVar[str] = "synchronised_correlation"
    meaning: ClassVar[str] = "the correlation of daily returns with the hours put back that two clocks tear apart"
    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=90, description="sessions")

    @property
    def warmup(self) -> int:
        return self.window + 1

    def values(self, market: Market) -> Floats:
        returns = market.log_returns.to_numpy()[1:]
        apart, *pieces = torn(returns, later(market)[1:])
        crypto, equity, early, beside, late = (
            windows(x, self.window) for x in (returns[1:, 0], returns[1:, 1], *pieces)
        )
        torn_apart = windows(apart, self.window)
        return align(synchronised(crypto, equity, torn_apart, early, beside, late), len(market.sessions))


def synchronised(
    crypto: Floats, equity: Floats, apart: NDArray[np.bool_], early: Floats, beside: Floats, late: Floats
) -> Floats:
    """S of `SynchronisedCorrelation` for each row, all n x k: returns of both legs, and what `torn` gives beside them.

    NaN where a leg does not vary in a row.
    """
    residual = _centred(early) - slope(early, beside)[:, None] * _centred(beside)
    across = np.where(apart, residual * _centred(late), 0.0).sum(axis=1)
    spread = np.sqrt((_centred(crypto) ** 2).sum(axis=1) * (_centred(equity) ** 2).sum(axis=1))
    raw = pearson(crypto, equity)
    put_back = np.divide(across, spread, out=np.full(len(raw), np.nan), where=np.isfinite(raw))
    return np.asarray(np.clip(raw + put_back, -1.0, 1.0))


def _centred(rows: Floats) -> Floats:
    """Rows less their means."""
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


class _Against(Signal):
    """Base of signals that hold a window against the reference period that ends where the window begins."""

    window: Window = Field(default=90, description="sessions")
    reference: Reference = Field(default=252, description="sessions before them, the reference period")

    def _before(self, values: Floats) -> Floats:
        """T values as they stood `window` sessions earlier."""
        return align(values[: -self.window], len(values))

    def _variance_ratio(self, market: Market) -> Floats:
        """T ratios of the equity leg's variance in the window to that in the reference period; NaN for no variance."""
        now = Volatility(leg="equity", window=self.window).values(market)
        then = self._before(Volatility(leg="equity", window=self.reference).values(market))
        still = RESOLUTION * np.sqrt(SESSIONS_PER_YEAR)
        ratio = np.divide(now, then, out=np.full(len(now), np.nan), where=np.minimum(then, now) > still)
        return np.asarray(ratio * ratio)


class AdjustedCorrelation(_Against):
    """Rolling correlation of daily log returns as it would be at the equity leg's volatility of the reference period.

        A = R / √(1 + δ (1 − R²)),   δ = var(IWM, window) / var(IWM, reference) − 1

    Forbes and Rigobon (2002): where ETH = a + b IWM + e with b and var(e) constant, R rises with IWM's variance alone,
    and A does not. Contested: it takes all shocks to come from IWM or to be ETH's own, and var(e) to be constant.
    Corsetti, Pericoli and Sbracia (2005) show that it overcorrects where the common shock is not IWM itself; where
    ETH's own volatility rises along with IWM's, R does not change and A falls. NaN also where a leg does not vary.
    """

    name: ClassVar[str] = "adjusted_correlation"
    meaning: ClassVar[str] = "the correlation of daily returns, had IWM been as volatile as in the year before"
    unit: ClassVar[str] = "correlation"

    @property
    def warmup(self) -> int:
        return self.window + self.reference

    def values(self, market: Market) -> Floats:
        raw = Correlation(window=self.window).values(market)
        return adjusted(raw, self._variance_ratio(market))


class DecouplingPart(_Against):
    """What `part` contributes to the change of the raw correlation of daily returns, window less reference period.

        correlation   A − S(reference)      volatility   S − A      clock   [R − S] − [R − S](reference)

    with R raw, S synchronised and A = S adjusted to the volatility of the reference period (`adjusted_correlation`
    adjusts R). The three add up to the change exactly. Volatility carries Forbes and Rigobon's assumptions, see
    there; the clock's part is mostly noise. NaN also where a leg does not vary.
    """

    name: ClassVar[str] = "decoupling_part"
    meaning: ClassVar[str] = "what correlation, volatility or the clock adds to the change of the return correlation"
    unit: ClassVar[str] = "difference of correlations"

    part: Part = Field(default="correlation", description="correlation, volatility or clock")

    @property
    def warmup(self) -> int:
        return self.window + self.reference + 1

    def values(self, market: Market) -> Floats:
        now = SynchronisedCorrelation(window=self.window).values(market)
        then = self._before(SynchronisedCorrelation(window=self.reference).values(market))
        if self.part == "clock":
            raw = Correlation(window=self.window).values(market)
            raw_then = self._before(Correlation(window=self.reference).values(market))
            return (raw - now) - (raw_then - then)
        level = adjusted(now, self._variance_ratio(market))
        part = level - then if self.part == "correlation" else now - level
        part[: self.warmup] = np.nan
        return part
