"""Worlds to try detectors in: a correlation that never changes, or that falls on a known date. No price in them
existed.

Returns follow GARCH with Student's t as in `worlds`; the correlation is all that differs. A world is a market of
LENGTH sessions; in each, one year of YEAR sessions is judged. Where a kind has a break, it comes at the beginning of
that year, which is drawn anew for each world, so that no detector that looks at the calendar is favoured.

    steady      correlation 0.4, always: the kind on which critical values are simulated
    loose       0, always
    firm        0.6, always
    tight       0.85, always
    wild        0.4, and volatility that clusters more: GARCH(0.15, 0.83)
    tails       0.4, and each leg has wild sessions of its own (chi-square drawn for each leg)
    to zero     0.6, and 0 from the break on
    to half     0.6, and 0.3 from the break on
    from 0.4    0.4, and 0 from the break on
    brief       0.6, and 0 for 60 sessions from the break on
    jump 0.2, jump 0.5, jump 0.8  so much, always, and rare jumps of both legs and of either: see `hard_worlds`
    real 0.2, real 0.5, real 0.8  so much, always, on volatilities of given prices: see `hard_worlds`
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unlockstep.backtests.calibration.hard_worlds import jumping_returns, priced_returns
from unlockstep.backtests.calibration.worlds import (
    ALPHA,
    BETA,
    BURN_IN,
    FREEDOM,
    market_of,
    next_variance,
    simple_returns,
)
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Market

BEFORE, SPREAD, YEAR = 1060, 126, SESSIONS_PER_YEAR
LENGTH = BEFORE + SPREAD + YEAR
"""Sessions before the year judged, at least; further ones that are drawn; those judged; those of a world."""


@dataclass(frozen=True)
class Kind:
    """A kind of world: its correlation before the break and after it, for how long, and its volatility.

    made: how its returns are made, by GARCH alone, with jumps, or on the volatility of given prices.
    """

    before: float
    after: float | None = None
    lasting: int = LENGTH
    alpha: float = ALPHA
    beta: float = BETA
    independent_tails: bool = False
    made: Literal["garch", "jumps", "prices"] = "garch"


KINDS: dict[str, Kind] = {
    "steady": Kind(0.4),
    "loose": Kind(0.0),
    "firm": Kind(0.6),
    "tight": Kind(0.85),
    "wild": Kind(0.4, alpha=0.15, beta=0.83),
    "tails": Kind(0.4, independent_tails=True),
    "to zero": Kind(0.6, 0.0),
    "to half": Kind(0.6, 0.3),
    "from 0.4": Kind(0.4, 0.0),
    "brief": Kind(0.6, 0.0, lasting=60),
    "jump 0.2": Kind(0.2, made="jumps"),
    "jump 0.5": Kind(0.5, made="jumps"),
    "jump 0.8": Kind(0.8, made="jumps"),
    "real 0.2": Kind(0.2, made="prices"),
    "real 0.5": Kind(0.5, made="prices"),
    "real 0.8": Kind(0.8, made="prices"),
}


@dataclass(frozen=True, eq=False)
class BreakWorld:
    """A market, and the number of the session that opens the year judged, from which on the correlation is another."""

    market: Market
    opening: int


def needs_prices(kinds: Sequence[str]) -> bool:
    """Whether one of these kinds is made from given prices."""
    return any(KINDS[kind].made == "prices" for kind in kinds)


def break_world(kind: str, rng: np.random.Generator, volatilities: Sequence[Floats] = ()) -> BreakWorld:
    """A world of that kind. volatilities: the paths, of which kinds that are made from prices draw one."""
    parameters = KINDS[kind]
    opening = BEFORE + int(rng.integers(SPREAD))
    correlation = np.full(LENGTH + BURN_IN, parameters.before)
    if parameters.after is not None:
        start = BURN_IN + opening
        correlation[start : start + parameters.lasting] = parameters.after
    if parameters.made == "jumps":
        returns = jumping_returns(rng, correlation)
    elif parameters.made == "prices":
        returns = priced_returns(rng, correlation[BURN_IN:], volatilities[int(rng.integers(len(volatilities)))])
    else:
        returns = _returns(rng, correlation, parameters)
    return BreakWorld(market_of(returns), opening)


def _returns(rng: np.random.Generator, correlation: Floats, kind: Kind) -> Floats:
    """T x 2 simple returns of mean zero with these T + BURN_IN correlations of their shocks."""
    total = len(correlation)
    tails = rng.chisquare(FREEDOM, (total, 2 if kind.independent_tails else 1))
    shocks = rng.standard_normal((total, 2)) * np.sqrt((FREEDOM - 2) / tails)
    shocks[:, 0] = correlation * shocks[:, 1] + np.sqrt(1.0 - correlation**2) * shocks[:, 0]
    variance, returns = np.ones(2), np.empty((total, 2))
    for t in range(total):
        returns[t] = np.sqrt(variance) * shocks[t]
        variance = next_variance(variance, returns[t], kind.alpha, kind.beta)
    return simple_returns(returns)
