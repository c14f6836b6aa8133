"""S1: the correlation of daily returns has weakened.

Decided on scores, returns over a volatility known before them and bounded at two deviations. The correlation of plain
returns hangs on a few wild sessions: where both legs jump together once a year, a year without a jump looks weaker than
three years that held some, and no error computed within either sample knows of it. Measured at constant correlations
with jumps and on the volatility of real prices, the interval of plain returns left out the truth in 4 to 18 % of
worlds, that of scores in 2 to 4 %; and a fall from 0.5 to 0.2 was found in 77 % by the one and 92 % by the other
(docs/method.md).
"""

import numpy as np

from unlockstep.backtests.results.model.statements import S1Detail, S1Result
from unlockstep.backtests.results.pair_state import level_rate
from unlockstep.backtests.results.statements.statement import LEGS, RECENT, corr, signed, span, still_leg, word
from unlockstep.signals.long_run import correlation_influence, long_run_variance
from unlockstep.signals.market import Floats
from unlockstep.signals.scores import scores_of

BEFORE = 756
UNIT = "difference of correlations"
CHANGE_CRITICAL = 2.4
"""Simulated: volatility clusters make the normal value, 1.96, reject twice too often. The rates of both are printed by
`python -m unlockstep.backtests.calibration.statements`."""


def _correlation_error(x: Floats, lag: int = 20) -> float:
    """HAC standard error of the correlation of T x 2 returns, by its influence function and Newey–West weights."""
    u = (x - x.mean(axis=0)) / x.std(axis=0)
    return float(np.sqrt(max(long_run_variance(correlation_influence(u), lag), 0.0) / len(x)))


def correlation_change(before: Floats, recent: Floats) -> tuple[float, tuple[float, float]]:
    """The correlation of T x 2 returns, or scores, less that of N x 2 earlier ones, and its 95 % interval.

    The errors take the correlation to be constant within either sample.
    """
    change = corr(recent) - corr(before)
    half = CHANGE_CRITICAL * float(np.hypot(_correlation_error(recent), _correlation_error(before)))
    return change, (change - half, change + half)


def judge_correlation(returns: Floats, level: float, false_decoupling: float) -> S1Result:
    """S1: correlation of the scores of N x 2 daily log returns, the last 252 sessions less the 756 before.

    level, false_decoupling: the correlation of price levels over 90 sessions and its rate; they decide nothing.
    """
    if len(returns) < 2 * RECENT:
        return S1Result.cannot_tell(f"under {2 * RECENT} sessions of returns.", UNIT)
    recent, before = returns[-RECENT:], returns[-RECENT - BEFORE : -RECENT]
    now, then = corr(recent), corr(before)
    if not np.isfinite(now - then):
        which = (
            f"in the last {RECENT} sessions"
            if not np.isfinite(now)
            else f"in the {len(before)} before the last {RECENT}"
        )
        leg = still_leg(recent if not np.isfinite(now) else before)
        return S1Result.cannot_tell(f"{leg}'s returns did not vary {which}.", UNIT)
    bounded = scores_of(returns)
    if not np.isfinite(bounded).all():
        leg = LEGS[int(np.isfinite(bounded).sum(axis=0).argmin())]
        why = f"{leg} stood still so long that its returns have no volatility to be measured by."
        return S1Result.cannot_tell(why, UNIT)
    change, ci = correlation_change(bounded[-RECENT - BEFORE : -RECENT], bounded[-RECENT:])
    return S1Result(
        finding=f"{word(ci, above=False)}: the correlation of daily returns was {then:+z.2f} in the {len(before)} "
        f"sessions before and {now:+z.2f} in the last {RECENT}; that of returns over their volatility, bounded so that "
        f"no jump decides, changed by {signed(change, ci)}, {span(ci)}.{_levels(level, false_decoupling)}",
        estimate=change,
        ci=ci,
        unit=UNIT,
        detail=S1Detail(
            recent=now,
            before=then,
            level_correlation=level,
            level_false_decoupling=false_decoupling,
            sessions=(RECENT, len(before)),
        ),
        null=0.0,
    )


def _levels(level: float, false_decoupling: float) -> str:
    """What the correlation of levels says, where there is one."""
    if not np.isfinite(level):
        return ""
    return (
        f" The correlation of price levels, {level:+z.2f} over 90 sessions ({level_rate(false_decoupling)}), is no "
        "evidence either way."
    )
