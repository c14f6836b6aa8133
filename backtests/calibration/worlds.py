"""Worlds whose truth is known. No price in them ever existed, also where they are made from prices that did.

A world is two markets on the same sessions: the one that is decided on and the one that is traded. In most kinds they
are one and the same; where the traded one is drawn independently, decisions know nothing by construction, whatever
trends or clusters either has.

No rule has edge in any kind: given the past, the expected return of every session is the same constant. (But for two
things too small to time: a price cannot fall by more than FLOOR in a session, and the one crash of `crash` comes sooner
or later.)

    garch       GARCH(0.08, 0.90) with Student's t of 5 degrees of freedom, 80 % and 20 % annual volatility, never
                more than five times that in a session; the correlation switches between 0.6 and 0, on average every
                120 sessions
    drift       the same, and the crypto leg drifts upwards by 80 % a year: exposure pays
    linked      the same as garch, but correlated 0.7 while the crypto leg is wild, else 0: positions follow volatility
    crash       the same as garch, and the crypto leg loses 80 % in one session, with no warning
    skewed      the same as garch, but one session in a hundred brings a loss of 3 deviations while coupled, a gain of 3
                while not, and the other sessions balance it: mean and median of the two states lie 0.06 deviations
                further apart in one than in the other (0.05 in ETH's own returns), while their means are the same
    flipped     the given prices' returns, both legs' signs drawn anew each session: volatility and correlation stay
    resampled   blocks of 120 sessions of the given prices; decided on one draw, traded in an independent one
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.data.calendar import bar_times, sessions_between
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Leg, Market, read_only

PAIR = ("ETH-USD", "IWM")
CLOCKS = ("24/7", "XNYS")
LAST = pd.Timestamp("2025-12-31")
ALPHA, BETA, FREEDOM = 0.08, 0.90, 5.0
VOLATILITY = (0.80, 0.20)
COUPLED, SPELL = 0.6, 120
LINKED = 0.7
DRIFT = 0.80
CRASH = -0.80
RARE, JUMP = 0.01, 3.0
BLOCK = 120
BURN_IN = 250
WILDEST = 25.0
"""Largest variance of a session, in multiples of the average: five times its volatility."""

FLOOR = -0.95
"""No session loses more: a price stays a price."""


@dataclass(frozen=True, eq=False)
class World:
    """A market to decide on, and the T x 2 simple returns of the market to trade in, the first row a placeholder."""

    decided: Market
    returns: Floats

    def traded(self) -> Market:
        """The market to trade in."""
        return market_of(self.returns)

    def planted(self, extra: Floats) -> "World":
        """The same with T extra simple returns of the crypto leg in the market traded."""
        returns = self.returns.copy()
        returns[:, 0] = np.maximum(returns[:, 0] + extra, FLOOR)
        return replace(self, returns=returns)


def market_of(returns: Floats) -> Market:
    """The market of T x 2 simple returns, the first row of which is ignored; it ends with 2025."""
    sessions, opens, closes = _clocks(len(returns))
    legs = []
    for i, ticker in enumerate(PAIR):
        close = 100.0 * np.cumprod(np.concatenate([[1.0], 1.0 + returns[1:, i]]))
        # an open that says nothing new: the close before
        opening = np.concatenate([[100.0], close[:-1]])
        leg = Leg(ticker, CLOCKS[i], read_only(opening), read_only(close), opens[i], closes[i])
        legs.append(leg if i else replace(leg, before_open=leg.open))
    return Market(sessions, legs[0], legs[1], "SYNTHETIC world of a calibration", synthetic=True)


@cache
def _clocks(length: int) -> tuple[pd.DatetimeIndex, list[pd.DatetimeIndex], list[pd.DatetimeIndex]]:
    years = length // 250 + 2
    sessions = sessions_between(LAST - pd.DateOffset(years=years), LAST)[-length:]
    times = [bar_times(clock, sessions) for clock in CLOCKS]
    return sessions, [opens for opens, _ in times], [closes for _, closes in times]


def _garch(rng: np.random.Generator, length: int, *, linked: bool = False, skewed: bool = False) -> Floats:
    """T x 2 simple returns of mean zero; see the module's docstring."""
    total = length + BURN_IN
    coupled = np.logical_xor.accumulate(rng.random(total) < 1.0 / SPELL)
    shocks = rng.standard_normal((total, 2)) * np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (total, 1)))
    crypto_only, common = shocks[:, 0], shocks[:, 1]
    jumps = rng.random(total) < RARE
    variance, returns = [1.0, 1.0], np.empty((total, 2))
    for t in range(total):
        wild = variance[0] > 1.0
        rho = (LINKED if wild else 0.0) if linked else (COUPLED if coupled[t] else 0.0)
        crypto = rho * common[t] + np.sqrt(1.0 - rho * rho) * crypto_only[t]
        returns[t] = np.sqrt(variance[0]) * crypto, np.sqrt(variance[1]) * common[t]
        grown = [1.0 - ALPHA - BETA + ALPHA * returns[t, i] ** 2 + BETA * variance[i] for i in range(2)]
        variance = [min(WILDEST, each) for each in grown]  # fat tails can set off a spiral that no market has seen
    if skewed:
        rare = np.where(jumps, 1.0 - RARE, -RARE) * JUMP  # mean zero
        returns[:, 0] += rare * np.where(coupled, -1.0, 1.0)
    return simple_returns(returns)


def next_variance(variance: Floats, returns: Floats, alpha: float = ALPHA, beta: float = BETA) -> Floats:
    """GARCH(1, 1) variances of the session after the one with these returns; of mean 1, WILDEST at most."""
    return np.minimum(WILDEST, 1.0 - alpha - beta + alpha * returns**2 + beta * variance)


def simple_returns(returns: Floats) -> Floats:
    """Simple returns of two legs, in the last axis, from those in units of their volatility, without the burn-in."""
    return np.asarray(np.maximum(returns[BURN_IN:] * (np.array(VOLATILITY) / np.sqrt(SESSIONS_PER_YEAR)), FLOOR))


def _flipped(rng: np.random.Generator, length: int, history: Floats) -> Floats:
    """The history from a random session on, in a circle, its deviations from the mean with signs drawn anew."""
    rows = (rng.integers(len(history)) + np.arange(length)) % len(history)
    mean = history.mean(axis=0)
    signs = rng.choice([-1.0, 1.0], (length, 1))
    return np.asarray(np.maximum(mean + signs * (history[rows] - mean), FLOOR))


def resampled_rows(rng: np.random.Generator, length: int, sessions: int) -> NDArray[np.int64]:
    """Row numbers of blocks of BLOCK sessions, each begun at random in a circle of so many."""
    starts = rng.integers(sessions, size=length // BLOCK + 1)
    return np.asarray((starts[:, None] + np.arange(BLOCK)).ravel()[:length] % sessions)


def _resampled(rng: np.random.Generator, length: int, history: Floats) -> Floats:
    return np.asarray(history[resampled_rows(rng, length, len(history))])


def _alone(returns: Floats) -> World:
    return World(market_of(returns), returns)


def _crash(rng: np.random.Generator, length: int) -> World:
    returns = _garch(rng, length)
    returns[rng.integers(length // 4, length), 0] = CRASH
    return _alone(returns)


def _drift(rng: np.random.Generator, length: int) -> World:
    returns = _garch(rng, length)
    returns[:, 0] += DRIFT / SESSIONS_PER_YEAR
    return _alone(returns)


def _independent(rng: np.random.Generator, length: int, history: Floats) -> World:
    return World(market_of(_resampled(rng, length, history)), _resampled(rng, length, history))


KINDS: dict[str, Callable[[np.random.Generator, int, Floats], World]] = {
    "garch": lambda rng, length, _: _alone(_garch(rng, length)),
    "drift": lambda rng, length, _: _drift(rng, length),
    "linked": lambda rng, length, _: _alone(_garch(rng, length, linked=True)),
    "crash": lambda rng, length, _: _crash(rng, length),
    "skewed": lambda rng, length, _: _alone(_garch(rng, length, skewed=True)),
    "flipped": lambda rng, length, history: _alone(_flipped(rng, length, history)),
    "resampled": _independent,
}
"""Kind → its worlds: (generator, sessions, T x 2 simple returns of the given prices) → a world without edge."""


def history_of(market: Market) -> Floats:
    """(T - 1) x 2 simple returns from session to session."""
    close = market.close.to_numpy()
    return np.asarray(close[1:] / close[:-1] - 1.0)
