"""S3a: the regime has shifted; breaks last."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtests.results.half_life import BLOCK, HalfLife, block_correlations, half_life
from backtests.results.statements.statement import RECENT, Statement, cannot_tell, corr, exact_share, word
from signals.breakdown import DECOUPLED, onsets
from signals.market import Floats

HEALS = (60, 120, 250)
LASTING = 120
"""Sessions, half a year: a deviation of which less than half is left by then is one that heals."""


def lasting(returns: Floats, state: Floats, sessions: pd.DatetimeIndex) -> Statement:
    """S3a: the share of a deviation of the correlation from its mean that is left 120 sessions later; over one half,
    which is a half-life of over 120 sessions, breaks last.

    Estimated from blocks that share no session. Where a constant correlation cannot be ruled out there is no deviation
    to time, and the finding is "cannot tell". Anything else was said of 0.5 to 1.2 % of 600 GARCH-t worlds of constant
    correlation, and of 3.5 to 5.8 % with a half-life of exactly 120. Half-lives of 20 and 40 sessions were found to be
    shorter in 60 and 37 %, one of 500 to be longer in 28 %, and a shift for good by 0.45 in 84 %.
    """
    unit, breaks = "share", _breaks(state, sessions)
    if len(returns) < 2 * RECENT:
        return cannot_tell(f"under {2 * RECENT} sessions of returns.", unit, null=0.5, detail=breaks)
    found = half_life(returns)
    if not np.isfinite(found.evidence):
        return cannot_tell("the returns of a leg did not vary.", unit, null=0.5, detail=breaks)
    share, ci = found.left_after(LASTING)
    decided = word(ci, above=True, null=0.5) if found.varies else "Cannot tell"
    doubt = "" if found.varies else "; its changes are no larger than chance makes them, so nothing need be healing"
    within = breaks["healed"][str(LASTING)]
    half = len(returns) // 2
    blocks = np.tanh(block_correlations(returns))
    ends = sessions[::-1][: BLOCK * len(blocks) : BLOCK][::-1]
    before, after = corr(returns[:half]), corr(returns[half:])
    return Statement(
        f"{decided}: half of a change of the correlation is gone after {_sessions(found)}, so that {share:.0%} of it "
        f"is left after {LASTING} (95 % interval {ci[0]:.0%} to {ci[1]:.0%}){doubt}. The correlation was {before:+.2f} "
        f"in the earlier half and {after:+.2f} in the later one. Of {within['breaks']} breaks {within['healed']} had "
        f"healed by then; today the pair is {breaks['now']}.",
        share,
        ci,
        unit,
        {
            "half_life": found.sessions,
            "half_life_ci": list(found.ci),
            "varies": found.varies,
            "evidence": found.evidence,
            "earlier_half": before,
            "later_half": after,
            "block_correlations": blocks.tolist(),
            "block_ends": [str(end.date()) for end in ends],
            **breaks,
        },
        null=0.5,
    )


def _sessions(found: HalfLife) -> str:
    """The half-life and its interval in words."""
    low, high = found.ci
    until = f"{high:.0f}" if np.isfinite(high) else "never"
    about = f"about {found.sessions:.0f} sessions" if np.isfinite(found.sessions) else "no time that could be seen"
    return f"{about} (95 % interval {low:.0f} to {until})"


def _breaks(state: Floats, sessions: pd.DatetimeIndex) -> dict[str, Any]:
    """Breaks and how many had healed after so many sessions, of those that began as long before the end.

    A break that the sample began with is none: nobody saw it begin. One that began too late to be judged is left out
    whether it has healed or not, so that the exact interval holds.
    """
    starts = np.flatnonzero(onsets(state) == 1.0)
    known = state[np.isfinite(state)]
    return {
        "healed": {str(after): _healed(state, starts[starts + after < len(state)], after) for after in HEALS},
        "onsets": [str(sessions[int(start)].date()) for start in starts],
        "share_decoupled": float((known == DECOUPLED).mean()) if len(known) else float("nan"),
        "now": "decoupled" if len(known) and known[-1] == DECOUPLED else "coupled" if len(known) else "unknown",
    }


def _healed(state: Floats, starts: NDArray[np.intp], after: int) -> dict[str, Any]:
    healed = sum(bool((state[start : start + after + 1] != DECOUPLED).any()) for start in starts)
    n = len(starts)
    return {
        "breaks": n,
        "healed": healed,
        "share": healed / n if n else float("nan"),
        "ci": list(exact_share(healed, n)) if n else [float("nan")] * 2,
    }
