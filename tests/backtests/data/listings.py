"""Made-up listings for the local Yahoo."""

import numpy as np
import pandas as pd

from tests.backtests.data.yahoo_server import Listing
from unlockstep.backtests.data.calendar import sessions_between

QUOTES = ("open", "high", "low", "close", "adj_close")


def prices(dates: pd.DatetimeIndex, *, seed: int = 1) -> pd.DataFrame:
    """A walk of prices with highs above and lows below; adj_close is the close."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal(len(dates))))
    opens = close * np.exp(0.005 * rng.standard_normal(len(dates)))
    high, low = 1.01 * np.maximum(opens, close), 0.99 * np.minimum(opens, close)
    volume = np.round(1e6 * np.exp(0.3 * rng.standard_normal(len(dates))))
    columns = {"open": opens, "high": high, "low": low, "close": close, "adj_close": close, "volume": volume}
    return pd.DataFrame(columns, index=dates)


def eth(last: str, *, first: str = "2023-06-01") -> Listing:
    """ETH-USD from `first` to `last`, around the clock."""
    return Listing(prices(pd.date_range(first, last, unit="us"), seed=2), zone="UTC")


def iwm(last: str, *, first: str = "2023-06-01") -> Listing:
    """IWM from `first` to `last`; a dividend of 0.5 went ex on 2023-09-26."""
    bars = prices(sessions_between(pd.Timestamp(first), pd.Timestamp(last)), seed=3)
    listing = Listing(bars)
    if pd.Timestamp("2023-09-26") in bars.index:
        pay(listing, "2023-09-26", 0.5)
    return listing


def bills(last: str, *, first: str = "2023-06-01", percent: float = 5.0) -> Listing:
    """^IRX from `first` to `last`, always at this discount; Chicago's exchange quotes it."""
    dates = sessions_between(pd.Timestamp(first), pd.Timestamp(last))
    quotes = dict.fromkeys(QUOTES, percent)
    return Listing(pd.DataFrame(quotes | {"volume": 0.0}, index=dates), zone="America/Chicago")


def pay(listing: Listing, day: str, amount: float) -> None:
    """A dividend goes ex on `day`: Yahoo takes it out of every adjusted close before."""
    before = listing.bars.index < pd.Timestamp(day)
    last = listing.bars["close"][before].iloc[-1]
    listing.bars.loc[before, "adj_close"] *= 1.0 - amount / last
    listing.dividends[day] = amount


def split(listing: Listing, day: str, new: int, old: int) -> None:
    """A split of `new` for `old` on `day`: Yahoo divides every price before, whether it calls it adjusted or not."""
    before = listing.bars.index < pd.Timestamp(day)
    listing.bars.loc[before, list(QUOTES)] *= old / new
    listing.bars.loc[before, "volume"] *= new / old
    listing.splits[day] = (new, old)
