"""Returns to try detectors and S1 on that steady worlds lack: jumps, and the volatility of real prices.

In both the correlation of the shocks is what the caller says, session by session; where it never changes, nothing that
a detector watches has changed. No price in them existed.

jumps    GARCH with Student's t as in `worlds`, and jumps of 3 to 8 average daily deviations, of either sign: once a
         year, on average, one that both legs take alike, and twice a year, in each leg, one of its own. They enter the
         variance of the sessions after them, as real ones do.
prices   the volatility of given prices, session by session, times normal shocks. Returns over such a volatility have
         an excess kurtosis of 0.1 to 0.7 in funds and 1.7 in ETH, under a tenth of what the returns have.
"""

import numpy as np

from unlockstep.backtests.calibration.worlds import FLOOR, FREEDOM, next_variance, simple_returns
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Market

COMMON_JUMPS, LEG_JUMPS = 1.0, 2.0
"""Jumps a year that both legs take, and that each takes alone."""

SMALLEST, LARGEST = 3.0, 8.0
"""Size of a jump, in average daily deviations of its leg; sizes between them are equally likely."""

HALF_LIFE, REACH = 10, 100
"""Of the weights of a volatility of given prices, in sessions to either side, and how far they reach."""


def correlated(shocks: Floats, correlation: Floats) -> Floats:
    """T x 2 shocks with the first column made to correlate with the second, by T correlations."""
    first = correlation * shocks[:, 1] + np.sqrt(1.0 - correlation**2) * shocks[:, 0]
    return np.column_stack([first, shocks[:, 1]])


def jumping_returns(rng: np.random.Generator, correlation: Floats) -> Floats:
    """T x 2 simple returns with jumps, of mean zero; correlation: T + BURN_IN of the shocks."""
    total = len(correlation)
    tails = np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (total, 1)))
    shocks = correlated(rng.standard_normal((total, 2)) * tails, correlation)
    jumps = _jumps(rng, (total, 1), COMMON_JUMPS) + _jumps(rng, (total, 2), LEG_JUMPS)
    variance, returns = np.ones(2), np.empty((total, 2))
    for t in range(total):
        returns[t] = np.sqrt(variance) * shocks[t] + jumps[t]
        variance = next_variance(variance, returns[t])
    return simple_returns(returns)


def _jumps(rng: np.random.Generator, shape: tuple[int, int], a_year: float) -> Floats:
    """Jumps in deviations, 0 where there is none."""
    happens = rng.random(shape) < a_year / SESSIONS_PER_YEAR
    return np.where(happens, rng.choice([-1.0, 1.0], shape) * rng.uniform(SMALLEST, LARGEST, shape), 0.0)


def volatility_path(market: Market) -> Floats:
    """(T - 1) x 2 volatilities of the legs' log returns: roots of exponentially weighted means of their squares, the
    sessions before and after and the session itself.

    It looks ahead, as a world may: the worlds made from it are not the prices. Raises ParameterError for a leg that
    stands still so long that it has none.
    """
    squares = market.log_returns.to_numpy()[1:] ** 2
    weights = 0.5 ** (np.abs(np.arange(-REACH, REACH + 1)) / HALF_LIFE)
    total = np.convolve(np.ones(len(squares)), weights)[REACH:-REACH]
    path = np.column_stack([np.convolve(leg, weights)[REACH:-REACH] / total for leg in squares.T])
    if not (path > 0).all():
        pair = "/".join(market.pair)
        raise ParameterError(f"{pair} stand still too long for a volatility", name=pair, remedy="choose another pair")
    return np.sqrt(path)


def priced_returns(rng: np.random.Generator, correlation: Floats, volatility: Floats) -> Floats:
    """T x 2 simple returns with T correlations of their normal shocks and T of the given volatilities, from a random
    session on, in a circle where there are fewer.
    """
    length = len(correlation)
    start = rng.integers(max(len(volatility) - length, 0) + 1)
    rows = (start + np.arange(length)) % len(volatility)
    shocks = correlated(rng.standard_normal((length, 2)), correlation)
    return np.asarray(np.maximum(np.expm1(volatility[rows] * shocks), FLOOR))
