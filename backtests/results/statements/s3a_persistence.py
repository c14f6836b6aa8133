"""S3a: the regime has shifted; the correlation has fallen, and such changes last."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.results.model.statements import Course, Healed, S3aDetail, S3aResult
from unlockstep.backtests.results.statements.s1_correlation import correlation_change
from unlockstep.backtests.results.statements.statement import (
    RECENT,
    corr,
    exact_share,
    signed,
    span,
    word,
)
from unlockstep.backtests.stats.half_life import BLOCK, HalfLife, block_correlations, half_life
from unlockstep.signals.breakdown import COUPLED, DECOUPLED, onsets
from unlockstep.signals.market import Floats

HEALS = (60, 120, 250)
LASTING = 120
"""Sessions, half a year: a deviation of which less than half is left by then is one that heals."""

UNIT = "share"

COURSES: dict[Course, str] = {
    "fell": "a fall",
    "rose": "a coupling, which is no break however long it lasts",
    "unclear": "neither clearly less nor clearly more",
}
"""Which way the correlation went → in words."""


def judge_persistence(returns: Floats, state: Floats, sessions: pd.DatetimeIndex) -> S3aResult:
    """S3a: the share of a deviation of the correlation from its mean that is left 120 sessions later; over one half,
    which is a half-life of over 120 sessions, changes last.

    Estimated from blocks that share no session, whichever way the correlation went: a coupling that lasts looks like a
    break that lasts. "Supported" needs besides that the correlation fell from the earlier half of the sample to the
    later one, by more than its interval leaves in doubt. Where a constant correlation cannot be ruled out there is
    nothing to time, and the finding is "cannot tell".

    Error rates and powers: `python -m unlockstep.backtests.calibration.statements`, printed in docs/method.md.
    """
    breaks = _breaks(state, sessions)
    if len(returns) < 2 * RECENT:
        return S3aResult.cannot_tell(f"under {2 * RECENT} sessions of returns.", UNIT, null=0.5, detail=breaks)
    estimate = half_life(returns)
    if not np.isfinite(estimate.evidence):
        why = f"a leg's returns did not vary through {BLOCK} sessions, so that they have no correlation."
        return S3aResult.cannot_tell(why, UNIT, null=0.5, detail=breaks)
    share, ci = estimate.left_after(LASTING)
    doubt = "" if estimate.varies else "; its changes are no larger than chance makes them, so nothing need be healing"
    half = len(returns) // 2
    before, after = corr(returns[:half]), corr(returns[half:])
    change, change_ci = correlation_change(returns[:half], returns[half:])
    course = _course(change_ci)
    decided = word(ci, above=True, null=0.5) if estimate.varies else "Cannot tell"
    if decided == "Supported" and course != "fell":
        decided = "Cannot tell"
    blocks = np.tanh(block_correlations(returns))
    ends = sessions[::-1][: BLOCK * len(blocks) : BLOCK][::-1]
    return S3aResult(
        finding=f"{decided}: half of a change of the correlation is gone after {_sessions(estimate)}, so that "
        f"{share:.0%} of it is left after {LASTING} (95 % interval {ci[0]:.0%} to {ci[1]:.0%}){doubt}. The correlation "
        f"was {before:+z.2f} in the earlier half and {after:+z.2f} in the later one, {COURSES[course]} "
        f"(change {signed(change, change_ci)}, {span(change_ci)}). {_healed_sentence(breaks.healed[str(LASTING)])}; "
        f"today the pair is {breaks.now}.",
        estimate=share,
        ci=ci,
        unit=UNIT,
        detail=S3aDetail(
            half_life=estimate.sessions,
            half_life_ci=estimate.ci,
            varies=estimate.varies,
            evidence=estimate.evidence,
            earlier_half=before,
            later_half=after,
            course=course,
            change_ci=change_ci,
            block_correlations=blocks.tolist(),
            block_ends=[str(end.date()) for end in ends],
            healed=breaks.healed,
            onsets=breaks.onsets,
            share_decoupled=breaks.share_decoupled,
            now=breaks.now,
        ),
        null=0.5,
    )


def _course(change_ci: tuple[float, float]) -> Course:
    """Which way the correlation went from one half of the sample to the other, a key of COURSES."""
    return "fell" if change_ci[1] < 0 else "rose" if change_ci[0] > 0 else "unclear"


def _healed_sentence(healed: Healed) -> str:
    """How many breaks had healed, of those that began early enough, in words."""
    n = healed.breaks
    if n == 0:
        return "No break began early enough to tell how it went on"
    return f"Of {n} break{'s' if n > 1 else ''} {healed.healed} had healed by then"


def _sessions(estimate: HalfLife) -> str:
    """The half-life and its interval in words."""
    low, high = estimate.ci
    until = f"{high:.0f}" if np.isfinite(high) else "never"
    about = (
        f"about {estimate.sessions:.0f} sessions" if np.isfinite(estimate.sessions) else "no time that could be seen"
    )
    return f"{about} (95 % interval {low:.0f} to {until})"


def _breaks(state: Floats, sessions: pd.DatetimeIndex) -> S3aDetail:
    """Breaks and how many had healed after so many sessions, of those that began as long before the end.

    A break that the sample began with is none: nobody saw it begin. One that began too late to be judged is left out
    whether it has healed or not, so that the exact interval holds.
    """
    starts = np.flatnonzero(onsets(state) == 1.0)
    states = state[np.isfinite(state)]
    return S3aDetail(
        healed={str(after): _healed(state, starts[starts + after < len(state)], after) for after in HEALS},
        onsets=[str(sessions[int(start)].date()) for start in starts],
        share_decoupled=float((states == DECOUPLED).mean()) if len(states) else None,
        now="decoupled" if len(states) and states[-1] == DECOUPLED else "coupled" if len(states) else "unknown",
    )


def _healed(state: Floats, starts: NDArray[np.intp], after: int) -> Healed:
    healed = sum(bool((state[start : start + after + 1] == COUPLED).any()) for start in starts)
    n = len(starts)
    ci = exact_share(healed, n) if n else (None, None)
    return Healed(breaks=n, healed=healed, share=healed / n if n else None, ci=ci)
