"""Worlds to try the statements in: without effect, with a planted one, and with correlations of every course.

demo      seeds of the demo
garch     the kind of that name in `worlds`
trending  `garch` with trends as real prices have them: ETH's log returns hold an AR(1) drift of mean zero, which
          makes their variance over 60 sessions 1.65 times what it would be
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from unlockstep.backtests.calibration.worlds import ALPHA, BETA, BURN_IN, FREEDOM, KINDS, PAIR, market_of, next_variance
from unlockstep.backtests.data.load import load_market
from unlockstep.signals import Market, YoY
from unlockstep.signals.closed_hours import ClosedHoursMove
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, read_only

SEED, SESSIONS = 20261124, 2514
TREND_DECAY, TREND_SHARE = 0.98, 0.0159
"""Of the drift in `trending`: what a session leaves of it, and its share of the variance of a session's return."""


def demo(world: int) -> Market:
    """The demo of a seed of its own."""
    return load_market("demo", PAIR, start=None, end=None, seed=SEED + world)


def garch(world: int) -> Market:
    """A `garch` world."""
    return KINDS["garch"](np.random.default_rng([SEED, world]), SESSIONS, np.empty((0, 2))).decided


def trending(world: int) -> Market:
    """A `garch` world whose simple returns, of mean zero, are taken as log returns, with a drift in ETH's."""
    rng = np.random.default_rng([SEED, world])
    returns = KINDS["garch"](rng, SESSIONS, np.empty((0, 2))).returns.copy()
    drift, steps = np.empty(SESSIONS), rng.standard_normal(SESSIONS)
    drift[0] = steps[0]
    for t in range(1, SESSIONS):
        drift[t] = TREND_DECAY * drift[t - 1] + np.sqrt(1.0 - TREND_DECAY**2) * steps[t]
    garch_returns = returns[:, 0]
    returns[:, 0] = np.sqrt(1.0 - TREND_SHARE) * garch_returns + np.sqrt(TREND_SHARE) * garch_returns.std() * drift
    return market_of(np.expm1(returns))


SOURCES: dict[str, Callable[[int], Market]] = {"demo": demo, "garch": garch, "trending": trending}
"""Name → the world of a number."""


def faded_lift(market: Market, lift: float) -> Market:
    """ETH drifts by `lift` a year while IWM's YoY is positive, in the earlier half of the sessions with a known YoY."""
    state = YoY(leg="equity").compute(market).to_numpy()[:-1]
    defined = np.flatnonzero(np.isfinite(state))
    early = defined[: len(defined) // 2]
    returns = log_returns(market)
    returns[early, 0] += lift / SESSIONS_PER_YEAR * (state[early] > 0)
    return _with(market, returns)


def closing_spread(market: Market, half_lived: float) -> Market:
    """ETH returns to 1.5 times IWM, with this half-life in sessions."""
    returns = log_returns(market)
    spread_steps, distance = returns[:, 0] - 1.5 * returns[:, 1], 0.0
    for t, step in enumerate(spread_steps):
        moved = 0.5 ** (1.0 / half_lived) * distance + step
        returns[t, 0] = 1.5 * returns[t, 1] + moved - distance
        distance = moved
    return _with(market, returns)


def led(market: Market, slope: float) -> Market:
    """IWM follows ETH two sessions later; slope in standard deviations."""
    returns = log_returns(market)
    crypto, equity = returns.std(axis=0)
    returns[2:, 1] += slope * returns[:-2, 0] * equity / crypto
    return _with(market, returns)


def with_opening_response(market: Market, gap: float, session: float) -> Market:
    """IWM moves with ETH's moves in closed hours of more than one night: by `gap` of them in its gap, by `session` of
    them from its open to its close.
    """
    moves = np.nan_to_num(ClosedHoursMove().compute(market).to_numpy())
    before = np.cumsum((gap + session) * moves)
    opens = market.equity.open * np.exp(before - session * moves)
    close = market.equity.close * np.exp(before)
    return replace(
        market,
        equity=replace(market.equity, open=read_only(opens), close=read_only(close), high=None, low=None, volume=None),
    )


def log_returns(market: Market) -> Floats:
    """(T - 1) x 2 log returns from session to session, a copy."""
    return np.array(market.log_returns.to_numpy()[1:])


def _with(market: Market, returns: Floats) -> Market:
    """The market with these (T - 1) x 2 log returns."""
    legs = []
    for leg, moves in zip(market.pair_legs, returns.T, strict=True):
        close = read_only(leg.close[0] * np.exp(np.concatenate([[0.0], np.cumsum(moves)])))
        legs.append(replace(leg, open=close, close=close, high=None, low=None, volume=None, before_open=None))
    return replace(market, crypto=legs[0], equity=legs[1])


def garch_t(correlation: Floats, rng: np.random.Generator, alpha: float = ALPHA, beta: float = BETA) -> Floats:
    """Worlds x T x 2 returns of T x worlds correlations: GARCH with Student's t as in `worlds`, the size left out."""
    sessions, worlds = correlation.shape
    variance, returns = np.ones((worlds, 2)), np.empty((sessions + BURN_IN, worlds, 2))
    for t in range(sessions + BURN_IN):
        rho = correlation[max(t - BURN_IN, 0)]
        shocks = rng.standard_normal((worlds, 2)) * np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (worlds, 1)))
        shocks[:, 0] = rho * shocks[:, 1] + np.sqrt(1.0 - rho**2) * shocks[:, 0]
        returns[t] = np.sqrt(variance) * shocks
        variance = next_variance(variance, returns[t], alpha, beta)
    return np.asarray(returns[BURN_IN:].transpose(1, 0, 2))


Draw = Callable[[np.random.Generator, int, int], Floats]
"""(generator, sessions, worlds) → sessions x worlds correlations."""


def swinging(half_lived: float, size: float) -> Draw:
    """Around 0.3: an AR(1) in Fisher's z of this half-life and standard deviation."""
    decay = 0.5 ** (1.0 / half_lived)

    def draw(rng: np.random.Generator, sessions: int, worlds: int) -> Floats:
        z = rng.standard_normal((sessions, worlds))
        for t in range(1, sessions):
            z[t] = decay * z[t - 1] + np.sqrt(1.0 - decay**2) * z[t]
        return np.asarray(np.tanh(np.arctanh(0.3) + size * z))

    return draw


def switching(half_lived: float) -> Draw:
    """Between 0.6 and 0, so often that half of a deviation from the mean is gone after so many sessions."""
    often = (1.0 - 0.5 ** (1.0 / half_lived)) / 2.0

    def draw(rng: np.random.Generator, sessions: int, worlds: int) -> Floats:
        return np.asarray(0.6 * np.logical_xor.accumulate(rng.random((sessions, worlds)) < often, axis=0))

    return draw


def steady(before: float, after: float) -> Draw:
    """One correlation in the earlier half of the sample, one in the later."""

    def draw(_: np.random.Generator, sessions: int, worlds: int) -> Floats:
        path = np.where(np.arange(sessions) < sessions // 2, before, after)
        return np.repeat(path[:, None], worlds, axis=1)

    return draw


COURSES: tuple[tuple[str, Draw, float | None], ...] = (
    *((f"constant {rho}", steady(rho, rho), None) for rho in (0.0, 0.45, 0.7)),
    *((f"half-life {h}", swinging(h, 0.35), h) for h in (20, 40, 120, 500)),
    ("half-life 120, small swings", swinging(120, 0.2), 120),
    *((f"switching, half-life {h}", switching(h), h) for h in (42, 120)),
    ("falls for good, 0.5 to 0.05", steady(0.5, 0.05), None),
    ("rises for good, 0.05 to 0.5", steady(0.05, 0.5), None),
)
"""The correlation's course, how to draw it, and the true half-life of its deviations, if there is one."""
