"""The timing test with a null distribution for rules that look back: histories in which the rule decides again.

Positions made from the very returns that they earn carry a mark of them, edge or none. The sample's mean is taken out
of its returns, so that a fall is followed by a rise more often than not (a bridge): whoever buys falls has a t of about
+0.2 on average, whoever follows trends as much below 0, in returns that nobody could foresee. Shifts cannot show
that. Histories can: the deviations of the sample's own returns from their mean get signs drawn anew, one for each
session and both legs together (the wild bootstrap of Wu 1986 and Liu 1988 with Rademacher weights, under the null that
the expected return of every session is the same). Each keeps the path of volatility, the size of every session and how
the legs go together in it, and has no trend and no reversal but by chance; the rule decides again on it, and the same
t is taken of the positions that it then holds.

What trends in truth is therefore evidence for a rule that rides it. For positions that know nothing of them, returns
that persist are no evidence, but make t wilder than such histories say. So the t of the truth is divided by its
standard deviation over the clear shifts (`clear_shifts`), which keep what persists in returns and in positions, where
that is above 1, and then held against the histories.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.stats.power import critical_value, detectable
from unlockstep.backtests.stats.timing_test import adjusted_p, competing_groups, single_p
from unlockstep.signals.market import Floats

HISTORIES = 199
"""Drawn beside the true one: p-values are multiples of 1/200."""

AT_ONCE = 20
"""Histories that are worked on together."""

FEWEST = 60
"""Histories that the bias is measured on, where more are not needed."""

HOPELESS_T = 1.2
"""Under this t is exceeded by more than 6 % of histories, also where chance takes 0.3 from t on average."""

FLOOR = -0.95
"""No session of a history loses more: a price stays a price."""


Statistics = tuple[Floats, Floats]
"""Length V: of scores, and of standardised returns."""


@dataclass(frozen=True, eq=False)
class RedecidedTest:
    """Results for V variants.

    p:         one-sided p-value of t for each on its own, the true history counted among the others
    p_family:  the same, adjusted for the whole family and the primary's share, as in `timing_test`
    p_standardised: p_family of t_standardised
    null:      (H + 1) x V, t in every history; row 0 is the truth, divided by its spread
    critical, critical_primary: scalars, as in `timing_test`
    detectable: smallest information ratio that this sample would show with 80 % power, in its family
    bias: what chance alone adds to t of raw returns, its mean over the histories: below 0 for whoever follows trends
    p-values are 1, the rest NaN, for a variant whose weights never vary.
    """

    p: Floats
    p_family: Floats
    p_standardised: Floats
    null: Floats
    critical: float
    critical_primary: float
    detectable: Floats
    bias: Floats


def signs(sessions: int, *, seed: int | list[int], histories: int = HISTORIES) -> NDArray[np.float64]:
    """H x T signs, 1 or -1 with the same probability."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], (histories, sessions))


def with_signs(returns: Floats, sign: Floats) -> Floats:
    """T x A simple returns whose deviations from their means have these T signs.

    Simple returns, not logs: of logs turned round the expected simple return would grow with their volatility, and a
    rule that times volatility would time something.
    """
    mean = returns.mean(axis=0)
    return np.asarray(np.maximum(mean + sign[:, None] * (returns - mean), FLOOR))


def redecided_test(
    t: Statistics,
    statistics: Callable[[int, int], Floats],
    *,
    spread: Statistics,
    gain: Floats,
    sessions: int,
    histories: int = HISTORIES,
    primary: int | None = None,
    primary_share: float = 0.5,
    alpha: float = 0.05,
    hopeless: float | None = None,
) -> RedecidedTest:
    """The test of V variants against histories in which they decide again.

    t, spread: t and t_standardised, and the spread of each, length V, of their timing test by clear shifts; gain
    and sessions as there. statistics: (first, stop) → n x 3 x V, t, t_standardised and t of raw returns in the
    histories numbered first to stop - 1. primary, primary_share, alpha: as in `timing_test`. A variant that never
    varies in a history has found nothing in it: t = 0. hopeless: draw no more histories than it takes to know that
    every p_family is above this (0.06 or less), as a calibration of thousands of worlds does; p-values above it,
    and what could be detected, are then rough.
    """
    truth = t[0] / np.maximum(1.0, spread[0])
    drawn: list[Floats] = []
    if hopeless is not None and not (truth >= HOPELESS_T).any():
        histories = min(histories, FEWEST)
    for first in range(0, histories, AT_ONCE):
        stop = min(first + AT_ONCE, histories)
        drawn += list(np.nan_to_num(statistics(first, stop)))
        if hopeless is not None and stop >= FEWEST and stop - first == AT_ONCE:
            scored = np.stack(drawn)[:, 0]
            better = scored >= truth if primary is not None else scored.max(axis=1, keepdims=True) >= truth
            if (better.sum(axis=0)[np.isfinite(truth)] > hopeless * (histories + 1)).all():
                break
    of_scores, of_standardised, of_raw = np.stack(drawn, axis=1)
    null = np.vstack([truth, of_scores])
    even = np.vstack([t[1] / np.maximum(1.0, spread[1]), of_standardised])
    varies = np.isfinite(null[0])
    for statistic in (null, even):
        statistic[:, ~varies] = np.nan
    groups = competing_groups(null, varies, primary, primary_share, alpha)
    named = primary is not None and bool(varies[primary])
    return RedecidedTest(
        p=single_p(null, varies),
        p_family=adjusted_p(null, varies, primary=primary, primary_share=primary_share),
        p_standardised=adjusted_p(even, varies, primary=primary, primary_share=primary_share),
        null=null,
        critical=critical_value(null[1:], groups[-1]) if groups else float("nan"),
        critical_primary=critical_value(null[1:], groups[0]) if named else float("nan"),
        detectable=detectable(null[1:], groups, gain=gain, spread=spread[0], sessions=sessions, scaled=True),
        bias=np.where(varies, of_raw.mean(axis=0), np.nan),
    )
