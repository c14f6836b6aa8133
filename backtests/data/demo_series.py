"""What the demo has beside its opens and closes: highs, lows, volumes and ^VIX. All of it is SYNTHETIC.

It is drawn apart from the closes and changes none of them. ^VIX, an index of expected volatility, is made of the past
moves of IWM and of noise, so that it knows no more of what follows than they do.
"""

import numpy as np
import pandas as pd

from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

VIX = "^VIX"

FURTHER = {"BTC-USD": ("ETH-USD", 0.6, 0.6, 0.45), "SPY": ("IWM", 0.7, 0.4, 0.08)}
"""Further ticker → the ticker of its kind, its share in that one's moves, the volatility of its own in those of that
one's, and its annual drift."""

GROUPS = {
    "IWM": ("ETH-USD", "SYN-A2", "SYN-A3"),
    "SYN-B": ("SYN-B1", "SYN-B2", "SYN-B3"),
    "SYN-C": ("SYN-C1", "SYN-C2", "SYN-C3"),
    "SYN-D": ("SYN-D1", "SYN-D2", "SYN-D3"),
}
"""The demo's universe: ticker that a group hangs on → the first tickers of its pairs."""

MADE_UP = tuple(
    ticker for base, firsts in GROUPS.items() for ticker in (base, *firsts) if ticker not in ("ETH-USD", "IWM")
)
"""Tickers of the demo's universe alone."""


SHADOW = 0.6  # what a bar reaches beyond its body, in means of the bodies' length
SHARES = {"crypto": 5e5, "equity": 3e7}  # median volume of a bar
BUSY = 0.4  # by how much the log volume rises with the move of the bar, in means
PERSISTENCE = 0.9  # of log volume and of the noise in ^VIX, from bar to bar
MEMORY = 0.94  # weight of the past in the variance that ^VIX shows (RiskMetrics 1996)
PREMIUM = 1.15  # by which it exceeds that volatility


def with_highs_lows_volume(frame: pd.DataFrame, median_volume: float, rng: np.random.Generator) -> pd.DataFrame:
    """A price frame of opens and closes with what a bar has besides."""
    opens, closes = frame["open"].to_numpy(), frame["close"].to_numpy()
    body = np.abs(np.log(closes / opens))
    above, below = np.abs(rng.standard_normal((2, len(frame)))) * SHADOW * body.mean()
    wave = autoregressive(rng, len(frame), PERSISTENCE)
    volume = median_volume * np.exp(0.3 * wave + BUSY * (np.minimum(body / body.mean(), 4.0) - 1.0))
    columns = {
        "high": np.maximum(opens, closes) * np.exp(above),
        "low": np.minimum(opens, closes) * np.exp(-below),
        "volume": np.round(volume),
    }
    return frame.assign(**columns)


def vix_frame(equity: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The price frame of ^VIX on the sessions of the equity leg; no volume, as an index has none."""
    closes = equity["close"].to_numpy()
    moves = np.diff(np.log(closes), prepend=np.log(equity["open"].iloc[0]))
    variance = pd.Series(moves**2).ewm(alpha=1.0 - MEMORY).mean().to_numpy()
    noise = 0.08 * autoregressive(rng, len(equity), PERSISTENCE)
    level = 100.0 * PREMIUM * np.sqrt(SESSIONS_PER_YEAR * variance) * np.exp(noise)
    level = np.maximum(level, 5.0)
    opens = np.concatenate([level[:1], level[:-1]]) * np.exp(0.01 * rng.standard_normal(len(level)))
    bars = pd.DataFrame({"open": opens, "high": opens, "low": opens, "close": level}, index=equity.index)
    return with_highs_lows_volume(bars, 1.0, rng).drop(columns="volume")


def autoregressive(rng: np.random.Generator, count: int, persistence: float) -> Floats:
    """A stationary AR(1) of unit variance."""
    steps = rng.standard_normal(count)
    level = np.empty(count)
    level[0] = steps[0]
    for i in range(1, count):
        level[i] = persistence * level[i - 1] + np.sqrt(1.0 - persistence**2) * steps[i]
    return level
