"""Worlds of many pairs whose truth is known: panels of returns without edge, to decide on and to trade in.

As in `worlds`, the expected return of every session is the same constant, given the past, in every kind but
`persistent` and `resampled`, whose decisions know nothing of the returns traded in: both are drawn independently.

    factor      legs B share a market factor, and those of one group its own; GARCH(0.08, 0.90) with Student's t of 5
                degrees of freedom; the correlation of the two legs of a pair switches between 0.6 and 0, in all pairs
                of a group at once, on average every 120 sessions
    linked      the same, but 0.7 while leg A is wild, else 0: positions follow volatility
    persistent  the same as factor, drawn twice; the returns of a session are 0.15 of those of the session before, and
                more: variance ratio 1.3
    unequal     the same as factor; pairs begin at random, the shortest in the last 40 % of the sessions
    dominated   the same as factor; one group holds all pairs but two, which are their own, and its factor makes up most
                of its legs A
    resampled   blocks of 120 sessions of given prices, all pairs together; decided on one draw, traded in another
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.calibration.worlds import (
    BURN_IN,
    COUPLED,
    FLOOR,
    FREEDOM,
    LINKED,
    SPELL,
    World,
    market_of,
    next_variance,
    resampled_rows,
    simple_returns,
)
from unlockstep.signals.market import Floats

GROUPS = 4
"""Groups of a panel, of as even a size as can be."""

MARKET, GROUP, DOMINANT = 0.2, 0.3, 0.8
"""Shares of variance: of legs B by the market's factor, of all legs by their group's; of a dominant group's."""

PERSISTENCE = 0.15

SHORTEST = 0.4
"""Share of the sessions that the shortest pair of `unequal` has."""


@dataclass(frozen=True, eq=False)
class Panel:
    """P pairs: the world of each, on the last of the panel's sessions, and the number of its group."""

    worlds: tuple[World, ...]
    groups: tuple[int, ...]


def panel(kind: str, rng: np.random.Generator, pairs: int, length: int, shortest: int, history: Floats) -> Panel:
    """A panel of this kind.

    length: sessions of the longest pair, the first a placeholder.  shortest: that any pair must have.
    history: T x P' x 2 simple returns of given prices, P' at least `pairs`; only `resampled` reads them.
    """
    groups = _dominated(pairs) if kind == "dominated" else tuple(number * GROUPS // pairs for number in range(pairs))
    decided, traded = KINDS[kind](rng, np.array(groups), length, history)
    starts = np.zeros(pairs, dtype=int)
    if kind == "unequal":
        latest = max(0, min(length - shortest, int(length * (1.0 - SHORTEST))))
        starts = rng.integers(latest + 1, size=pairs)
        starts[0] = 0
    worlds = []
    for number, start in enumerate(starts):
        before, earned = decided[start:, number], traded[start:, number]
        worlds.append(World(market_of(before), earned))
    return Panel(tuple(worlds), groups)


def _dominated(pairs: int) -> tuple[int, ...]:
    return tuple(max(0, number - (pairs - 3)) for number in range(pairs))


def _garch(
    rng: np.random.Generator, groups: NDArray[np.int64], length: int, *, linked: bool = False, dominant: bool = False
) -> Floats:
    """T x P x 2 simple returns of mean zero."""
    total, pairs = length + BURN_IN, len(groups)
    members = groups.max() + 1
    coupled = np.logical_xor.accumulate(rng.random((total, members)) < 1.0 / SPELL, axis=0)[:, groups]
    share = np.where((groups == 0) & dominant, DOMINANT, GROUP)[None, :, None]
    specific = rng.standard_normal((total, pairs, 2))
    shared = rng.standard_normal((total, members, 2))[:, groups]
    market = np.sqrt(np.array([0.0, MARKET])) * rng.standard_normal((total, 1, 1))
    rest = np.maximum(0.0, 1.0 - share - np.array([0.0, MARKET]))
    shocks = np.sqrt(share) * shared + market + np.sqrt(rest) * specific
    shocks /= np.sqrt(share + rest + np.array([0.0, MARKET]))
    shocks *= np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (total, 1, 1)))
    variance, returns = np.ones((pairs, 2)), np.empty((total, pairs, 2))
    for t in range(total):
        rho = np.where(variance[:, 0] > 1.0, LINKED, 0.0) if linked else np.where(coupled[t], COUPLED, 0.0)
        alone, common = shocks[t, :, 0], shocks[t, :, 1]
        both = np.column_stack([rho * common + np.sqrt(1.0 - rho**2) * alone, common])
        returns[t] = np.sqrt(variance) * both
        variance = next_variance(variance, returns[t])
    return simple_returns(returns)


def _persistent(rng: np.random.Generator, groups: NDArray[np.int64], length: int) -> Floats:
    from scipy.signal import lfilter

    scale = np.sqrt(1.0 - PERSISTENCE**2)
    returns = lfilter([scale], [1.0, -PERSISTENCE], _garch(rng, groups, length), axis=0)
    return np.asarray(np.maximum(returns, FLOOR))


def _alike(returns: Floats) -> tuple[Floats, Floats]:
    return returns, returns


def _resampled(rng: np.random.Generator, pairs: int, length: int, history: Floats) -> tuple[Floats, Floats]:
    chosen = np.sort(rng.permutation(history.shape[1])[:pairs])
    first, second = (history[resampled_rows(rng, length, len(history))][:, chosen] for _ in range(2))
    return first, second


Make = Callable[[np.random.Generator, NDArray[np.int64], int, Floats], tuple[Floats, Floats]]

KINDS: dict[str, Make] = {
    "factor": lambda rng, groups, length, _: _alike(_garch(rng, groups, length)),
    "linked": lambda rng, groups, length, _: _alike(_garch(rng, groups, length, linked=True)),
    "persistent": lambda rng, groups, length, _: (_persistent(rng, groups, length), _persistent(rng, groups, length)),
    "unequal": lambda rng, groups, length, _: _alike(_garch(rng, groups, length)),
    "dominated": lambda rng, groups, length, _: _alike(_garch(rng, groups, length, dominant=True)),
    "resampled": lambda rng, groups, length, history: _resampled(rng, len(groups), length, history),
}
"""Kind → T x P x 2 simple returns to decide on, and the same to trade in."""
