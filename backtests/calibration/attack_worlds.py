"""Kinds of worlds that attack the verdict: in each, something other than a change of the mean goes with the past.

As in `worlds`, the expected return of every session is the same whatever is known before it.

    sv          log volatility follows an AR(1), 0.98 from session to session, its innovations 0.12; the crypto leg
                drifts upwards by 50 % a year
    vol of vol  the same with 0.95 and 0.35, no drift: volatility doubles and halves within weeks
    calm crash  sv with innovations of 0.10; while the crypto leg's volatility is under its median one session in 170
                brings a fall of 25 %, and all others of the same kind make up for it
    any crash   the same with one session in 330, calm or wild
    deep crash  calm crash at half the volatility: the same fall is 10 to 15 deviations
    leverage    a fall raises the variance, a rise does not (GJR-GARCH), and one session in a hundred falls by 10 %
    walk        independent normal returns
    boom        garch, and the crypto leg drifts upwards by 150 % a year
    weekdays    garch, and the volatility of Mondays is twice that of Fridays
    others      decided on a garch world, traded at the given prices' own returns from a random session on, in a circle
"""

from collections.abc import Callable

import numpy as np

from unlockstep.backtests.calibration.worlds import (
    ALPHA,
    BETA,
    BURN_IN,
    COUPLED,
    FLOOR,
    FREEDOM,
    KINDS,
    SPELL,
    VOLATILITY,
    WILDEST,
    World,
    market_of,
)
from unlockstep.signals.jit import njit
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

UNIT = np.array(VOLATILITY) / np.sqrt(SESSIONS_PER_YEAR)
"""Standard deviation of a session, of either leg."""

FALL, JUMP = -0.25, -0.10
SV_DRIFT, BOOM = 0.50, 1.50


@njit(cache=True)
def garch(shocks: Floats, alpha: float, beta: float, leverage: float) -> Floats:
    """T x 2 returns in units of their deviation, from T x 2 shocks; a fall adds `leverage` to alpha (Glosten,
    Jagannathan and Runkle 1993).
    """
    returns, variance = np.empty_like(shocks), np.ones(2)
    for t in range(len(shocks)):
        for a in range(2):
            returns[t, a] = np.sqrt(variance[a]) * shocks[t, a]
            steep = alpha + leverage if returns[t, a] < 0.0 else alpha
            grown = 1.0 - alpha - beta - leverage / 2 + steep * returns[t, a] ** 2 + beta * variance[a]
            variance[a] = min(WILDEST, grown)
    return returns


def _shocks(rng: np.random.Generator, length: int, *, normal: bool = False) -> Floats:
    """T x 2 shocks whose correlation switches as in `worlds`; Student's t unless normal."""
    rho = np.where(np.logical_xor.accumulate(rng.random(length) < 1.0 / SPELL), COUPLED, 0.0)
    shocks = rng.standard_normal((length, 2))
    if not normal:
        shocks *= np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (length, 1)))
    shocks[:, 0] = rho * shocks[:, 1] + np.sqrt(1.0 - rho**2) * shocks[:, 0]
    return shocks


def _garch_world(rng: np.random.Generator, length: int, *, leverage: float = 0.0, alpha: float = ALPHA) -> Floats:
    units = garch(_shocks(rng, length + BURN_IN), alpha, BETA - leverage / 2, leverage)
    return np.asarray(units[BURN_IN:] * UNIT)


def _stochastic(rng: np.random.Generator, length: int, *, keep: float, innovation: float) -> tuple[Floats, Floats]:
    """(T x 2 simple returns of mean zero, T x 2 volatilities, 1 on average in the square)."""
    from scipy.signal import lfilter

    total = length + BURN_IN
    logs = lfilter([innovation], [1.0, -keep], rng.standard_normal((total, 2)), axis=0)[BURN_IN:]
    volatility = np.exp(logs - innovation**2 / (1.0 - keep**2))
    return volatility * _shocks(rng, length, normal=True) * UNIT, volatility


def _alone(returns: Floats) -> World:
    bounded = np.maximum(returns, FLOOR)
    return World(market_of(bounded), bounded)


def _sv(rng: np.random.Generator, length: int) -> World:
    returns, _ = _stochastic(rng, length, keep=0.98, innovation=0.12)
    return _alone(returns + np.array([SV_DRIFT / SESSIONS_PER_YEAR, 0.0]))


def _crashes(rng: np.random.Generator, length: int, *, hazard: float, calm_only: bool, size: float = 1.0) -> World:
    returns, volatility = _stochastic(rng, length, keep=0.98, innovation=0.10)
    exposed = volatility[:, 0] < np.median(volatility[:, 0]) if calm_only else np.ones(length, dtype=bool)
    falls = exposed & (rng.random(length) < hazard)
    returns[:, 0] = size * returns[:, 0] + FALL * (falls - hazard * exposed)
    return _alone(returns)


def _leverage(rng: np.random.Generator, length: int) -> World:
    returns = _garch_world(rng, length, leverage=0.10, alpha=0.03)
    returns[:, 0] += JUMP * ((rng.random(length) < 0.01) - 0.01)
    return _alone(returns)


def _weekdays(rng: np.random.Generator, length: int) -> World:
    returns = _garch_world(rng, length)
    weekday = np.asarray(market_of(np.zeros_like(returns)).sessions.day_of_week)
    return _alone(returns * (2.0 ** (1.0 - weekday / 4.0) / 1.45)[:, None])


def _others(rng: np.random.Generator, length: int, history: Floats) -> World:
    rows = (rng.integers(len(history)) + np.arange(length)) % len(history)
    return World(_alone(_garch_world(rng, length)).decided, np.asarray(history[rows]))


ATTACK_KINDS: dict[str, Callable[[np.random.Generator, int, Floats], World]] = {
    "sv": lambda rng, length, _: _sv(rng, length),
    "vol of vol": lambda rng, length, _: _alone(_stochastic(rng, length, keep=0.95, innovation=0.35)[0]),
    "calm crash": lambda rng, length, _: _crashes(rng, length, hazard=1 / 170, calm_only=True),
    "any crash": lambda rng, length, _: _crashes(rng, length, hazard=1 / 330, calm_only=False),
    "deep crash": lambda rng, length, _: _crashes(rng, length, hazard=1 / 170, calm_only=True, size=0.5),
    "leverage": lambda rng, length, _: _leverage(rng, length),
    "walk": lambda rng, length, _: _alone(rng.standard_normal((length, 2)) * UNIT),
    "boom": lambda rng, length, _: _alone(_garch_world(rng, length) + np.array([BOOM / SESSIONS_PER_YEAR, 0.0])),
    "weekdays": lambda rng, length, _: _weekdays(rng, length),
    "others": _others,
}
"""Kind → its worlds, as `worlds.KINDS`."""

ALL_KINDS = {**KINDS, **ATTACK_KINDS}
"""Every kind that can be asked for by name; the first seven are those of the published tables of version 0.2."""
