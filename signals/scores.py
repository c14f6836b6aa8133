"""Bounded scores of returns: what is left of a return once its volatility and its tails are taken out.

A correlation of raw returns is ruled by a few wild sessions, and volatility clusters make it wander where nothing has
changed: a naive Fisher z test of two windows rejects a constant correlation three times too often. Scores cure most of
it. Each return is divided by a volatility known before it and bounded at two deviations; their correlation is a little
closer to zero than that of the returns, and tells a change of it sooner (measured: docs/method.md).
"""

import numpy as np

from unlockstep.signals.market import Floats, Market
from unlockstep.signals.resolution import RESOLUTION
from unlockstep.signals.rolling import windows

MEMORY, HALF_LIFE = 100, 20
"""Sessions that a volatility remembers, and the half-life of their weights."""

BOUND = 2.0
"""Deviations at which a score is cut off (Huber 1964)."""

_WEIGHTS = 0.5 ** (np.arange(MEMORY, 0, -1) / HALF_LIFE)
_WEIGHTS /= _WEIGHTS.sum()


def scores(market: Market) -> Floats:
    """(T - 1 - MEMORY) x 2 scores of the legs' daily log returns; row i belongs to session i + 1 + MEMORY.

    The volatility is the root of an exponentially weighted mean of the MEMORY squared returns before (RiskMetrics 1996,
    with a finite memory). NaN where a leg has not varied for so long. Empty for shorter markets.
    """
    return scores_of(market.log_returns.to_numpy()[1:])


def scores_of(returns: Floats) -> Floats:
    """(N - MEMORY) x 2 scores of N x 2 log returns, see `scores`."""
    if len(returns) <= MEMORY:
        return np.empty((0, 2))
    columns = []
    for leg in returns.T:
        squares = np.ascontiguousarray(windows(leg * leg, MEMORY)[:-1])
        deviation = np.sqrt((squares * _WEIGHTS).sum(axis=1))
        scaled = np.divide(leg[MEMORY:], deviation, out=np.full(len(deviation), np.nan), where=deviation > RESOLUTION)
        columns.append(np.clip(scaled, -BOUND, BOUND))
    return np.column_stack(columns)
