"""Markets to measure on: the embedded demo, and synthetic histories of any length."""

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from unlockstep.backtests.data.load import load_market
from unlockstep.signals.market import Floats, Leg, Market, read_only

PAIR = ("ETH-USD", "IWM")
SEED = 7
BEGINNING = pd.Timestamp("1800-01-01")  # 100,000 weekdays later it is 2183, which nanoseconds can still count
DAILY = (0.045, 0.012)
"""Daily volatility of the legs' log returns."""
PULL = 0.002
"""Share of the way back to its mean that a log price goes in a session, so that no price leaves the range of floats."""
CORRELATIONS = (0.60, -0.15)
SPELLS = (60, 180)
"""Shortest and longest spell of one correlation, in sessions."""


def demo() -> Market:
    """The market of `--data demo`: ten years, openly synthetic."""
    return load_market("demo", PAIR, start=None, end=None, seed=SEED)


def long_market(sessions: int, seed: int = SEED) -> Market:
    """A SYNTHETIC market of any length, up to 100,000 sessions (weekdays from 1800 on, no holidays).

    Log prices return to a mean; the correlation of the legs' shocks alternates in spells of random length, so that
    breaks begin and end as often in every part of the history. The same seed gives the same prices.
    """
    rng = np.random.default_rng([seed, sessions])
    equity, idiosyncratic = rng.standard_normal((2, sessions))
    correlation = _spells(rng, sessions)
    crypto = correlation * equity + np.sqrt(1.0 - correlation**2) * idiosyncratic
    dates = pd.DatetimeIndex(pd.bdate_range(BEGINNING, periods=sessions), name="session")
    midnight = dates.tz_localize("UTC")
    hour = pd.Timedelta(hours=1)
    eth, iwm = (_walk(volatility * shock) for volatility, shock in zip(DAILY, (crypto, equity), strict=True))
    return Market(
        dates,
        Leg(PAIR[0], "24/7", eth, eth, midnight, midnight + 24 * hour),
        Leg(PAIR[1], "XNYS", iwm, iwm, midnight + 14.5 * hour, midnight + 21 * hour),
        source=f"SYNTHETIC market of {sessions} sessions, seed {seed}",
        synthetic=True,
    )


def _walk(shocks: Floats) -> Floats:
    logs = lfilter([1.0], [1.0, -(1.0 - PULL)], shocks)
    return read_only(100.0 * np.exp(logs))


def _spells(rng: np.random.Generator, sessions: int) -> Floats:
    lengths = rng.integers(SPELLS[0], SPELLS[1] + 1, size=sessions // SPELLS[0] + 1)
    return np.repeat(np.resize(CORRELATIONS, len(lengths)), lengths)[:sessions]
