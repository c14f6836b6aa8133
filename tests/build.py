"""Small markets made by hand."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.signals.market import Leg, Market, read_only
from unlockstep.signals.risk_free import RiskFree

Floats = NDArray[np.float64]

PAIR = ("ETH-USD", "IWM")
REAL_BEGIN, REAL_END = date(2015, 12, 1), date(2025, 12, 31)


def market_of(
    crypto: ArrayLike,
    equity: ArrayLike,
    *,
    crypto_open: ArrayLike | None = None,
    equity_open: ArrayLike | None = None,
    sessions: pd.DatetimeIndex | None = None,
    tickers: tuple[str, str] = PAIR,
) -> Market:
    """A market of the given closes; opens equal closes unless given. Sessions are weekdays from 2024-01-01.

    The crypto bar runs from 00:00 to 24:00 UTC of its date, the equity bar from 14:30 to 21:00 UTC.
    """
    closes = read_only(crypto), read_only(equity)
    opens = tuple(
        close if given is None else read_only(given)
        for given, close in zip((crypto_open, equity_open), closes, strict=True)
    )
    if sessions is None:
        sessions = pd.bdate_range("2024-01-01", periods=len(closes[0]), name="session")
    midnight = sessions.tz_localize("UTC")
    hours = pd.Timedelta(hours=1)
    return Market(
        sessions,
        Leg(tickers[0], "24/7", opens[0], closes[0], midnight, midnight + 24 * hours, before_open=opens[0]),
        Leg(tickers[1], "XNYS", opens[1], closes[1], midnight + 14.5 * hours, midnight + 21 * hours),
        source="made by hand",
    )


def with_legs(market: Market, legs: int, seed: int) -> Market:
    """The market with random walks as further legs, `legs` in all: every other one trades around the clock."""
    rng = np.random.default_rng([seed, legs])
    sessions = len(market.sessions)
    further = []
    for number in range(2, legs):
        like = market.pair_legs[number % 2]
        logs = np.cumsum(0.02 * rng.standard_normal(sessions)) + rng.uniform(0, 8)
        before = np.concatenate([logs[:1], logs[:-1]])
        opens = np.exp(before + rng.uniform(0, 1, sessions) * (logs - before))
        ticker = f"L{number}"
        further.append(
            replace(
                like, ticker=ticker, open=read_only(opens), close=read_only(np.exp(logs)), high=None, low=None,
                volume=None, traded=None, identity=None, before_open=None,
            )
        )  # fmt: skip
    return replace(market, further=tuple(further))


def earning(market: Market, rates: ArrayLike) -> Market:
    """The market whose cash has these simple returns, one for each session, or the same in all of them."""
    returns = np.broadcast_to(np.asarray(rates, dtype=float), len(market.sessions))
    return replace(market, risk_free=RiskFree(read_only(returns), "by hand", "made by hand"))


def random_market(
    seed: int, sessions: int, *, correlation: float = 0.4, daily: tuple[float, float] = (0.04, 0.012)
) -> Market:
    """Geometric random walks with correlated normal steps; the open lies part of the way from close to close."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((sessions, 2))
    shocks[:, 1] = correlation * shocks[:, 0] + np.sqrt(1 - correlation**2) * shocks[:, 1]
    logs = np.cumsum(shocks * daily, axis=0) + np.log([2000.0, 200.0])
    before = np.vstack([logs[:1], logs[:-1]])
    opens = before + rng.uniform(0, 1, (sessions, 2)) * (logs - before)
    close, open_ = np.exp(logs), np.exp(opens)
    return market_of(close[:, 0], close[:, 1], crypto_open=open_[:, 0], equity_open=open_[:, 1])


def breaking(seed: int, before: float, after: float, *, at: int, sessions: int, wild: bool = True) -> Market:
    """Log returns of correlation `before`, from session number `at` on `after`; volatility of the legs breathes."""
    rng = np.random.default_rng(seed)
    correlation = np.where(np.arange(sessions) < at, before, after)
    equity, idiosyncratic = rng.standard_normal((2, sessions))
    breath = np.exp(0.5 * np.sin(np.arange(sessions) / 40)) if wild else 1.0
    crypto = 0.04 * breath * (correlation * equity + np.sqrt(1 - correlation**2) * idiosyncratic)
    dates = sessions_between(pd.Timestamp("2012-01-03"), pd.Timestamp("2025-12-31"))[:sessions]
    return market_of(np.exp(np.cumsum(crypto)), np.exp(np.cumsum(0.012 * breath * equity)), sessions=dates)
