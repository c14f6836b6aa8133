"""The timing test with a null distribution for rules that look back: histories in which the rule decides again.

Positions made from the very returns that they earn carry a mark of them, edge or none. The sample's mean is taken out
of its returns, so that a fall is followed by a rise more often than not (a bridge): whoever buys falls has a t of about
+0.2 on average, whoever follows trends as much below 0, in returns that nobody could foresee. Shifts cannot show
that. Histories can: the deviations of the sample's own returns from their mean get signs drawn anew, one for each
session and both legs together (the wild bootstrap of Wu 1986 and Liu 1988 with Rademacher weights, under the null that
the expected return of every session is the same). Each keeps the path of volatility, the size of every session and how
the legs go together in it, and has no trend and no reversal but by chance; the rule decides again on it, and the same
t is taken of the positions that it then holds.

What trends in truth is therefore evidence for a rule that rides it. Returns that trend are no evidence for positions
that know nothing of them, but make their t wilder than these histories say; there the shifts, which keep the trends,
are the stricter null. A candidate that can decide again must pass both, see `combined`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.stats.circular_shifts import scores
from unlockstep.backtests.stats.timing_test import adjusted_p, single_p
from unlockstep.signals.market import Floats

HISTORIES = 199
"""Drawn beside the true one: p-values are multiples of 1/200."""

FLOOR = -0.95
"""No session of a history loses more: a price stays a price."""


@dataclass(frozen=True, eq=False)
class RedecidedTest:
    """Results for V variants.

    p:         one-sided p-value of t for each on its own, the true history counted among the others
    p_family:  the same, adjusted for the whole family and the primary's share, as in `timing_test`
    null:      (H + 1) x V, t in every history; row 0 is the truth
    p-values are 1 for a variant whose weights never vary.
    """

    p: Floats
    p_family: Floats
    null: Floats


def signs(sessions: int, *, seed: int, histories: int = HISTORIES) -> NDArray[np.float64]:
    """H x T signs, 1 or -1 with the same probability."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], (histories, sessions))


def with_signs(returns: Floats, sign: Floats) -> Floats:
    """T x A simple returns whose deviations from their means have these T signs.

    Simple returns, not logs: of logs turned round the expected simple return would grow with their volatility, and a
    rule that times volatility would time something.
    """
    mean = returns.mean(axis=0)
    return np.asarray(np.maximum(mean + sign[:, None] * (returns - mean), FLOOR))


def studentised(weights: Floats, returns: Floats) -> Floats:
    """Length V: t of the scores of T x A returns under T x V x A weights, as `timing_test`; NaN where none varies."""
    centred = weights - weights.mean(axis=0)
    score, _ = scores(returns - returns.mean(axis=0))
    x = np.einsum("tva,ta->tv", centred, score)
    size = np.sqrt((x**2).sum(axis=0))
    return np.asarray(np.divide(x.sum(axis=0), size, out=np.full(x.shape[1], np.nan), where=size > 1e-12))


def redecided_test(
    weights: Floats,
    returns: Floats,
    history: Callable[[int], tuple[Floats, Floats]],
    *,
    histories: int,
    primary: int | None = None,
    primary_share: float = 0.5,
) -> RedecidedTest:
    """The test of V variants against histories in which they decide again.

    weights, returns: T x V x A and T x A, the truth.  history: number → the same of one history.  primary,
    primary_share: as in `timing_test`. A variant that never varies in a history has found nothing in it: t = 0.
    """
    null = np.stack([studentised(weights, returns), *(studentised(*history(i)) for i in range(histories))])
    varies = np.isfinite(null[0])
    null[1:] = np.where(np.isfinite(null[1:]), null[1:], 0.0)
    null[:, ~varies] = np.nan
    return RedecidedTest(
        single_p(null, varies), adjusted_p(null, varies, primary=primary, primary_share=primary_share), null
    )
