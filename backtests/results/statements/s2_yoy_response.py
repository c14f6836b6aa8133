"""S2: a positive year-over-year growth of IWM no longer lifts ETH; its response is muted."""

import numpy as np
import pandas as pd

from unlockstep.backtests.results.model.statements import LiftPath, ResponseCurve, S2Detail, S2Result
from unlockstep.backtests.results.statements.statement import RECENT, signed, span, word
from unlockstep.backtests.stats.yoy_response import (
    BLOCK,
    LEAST,
    Change,
    Curve,
    bin_edges,
    has_both_signs,
    lift_change,
    response_curve,
)
from unlockstep.signals import Response, SignalCache, YoY
from unlockstep.signals.market import Floats

EVERY = 20
"""Sessions between the points of the path that a chart shows: a month."""

UNIT = "annual log return"


def judge_yoy_response(signal_cache: SignalCache, *, seed: int) -> S2Result:
    """S2: ETH's mean return while IWM's YoY is positive less while it is not, the later half less the earlier.

    Horizon: the next session's log return, as an annual rate; the state turns so slowly that longer horizons tell the
    same with overlapping outcomes. The halves are those of the sessions with a known YoY.

    Wrongly found in 4 to 5 % of demo seeds and GARCH-t worlds, with and without trends. A lift of 2 a year that is gone
    in the later half was found in 28 and 36 %, one of 4 in 58 and 75 %: ten years hold few turns of the YoY.
    (`python -m unlockstep.backtests.calibration.statements`)
    """
    market = signal_cache.market
    state = signal_cache.values(YoY(leg="equity"))[:-1]  # of session D, against the return from D to D + 1
    moves = market.log_returns["crypto"].to_numpy()[1:]
    defined = np.isfinite(state)
    state, moves, ends = state[defined], moves[defined], market.sessions[1:][defined]
    split = len(state) // 2
    if split < RECENT or not (has_both_signs(state[:split]) and has_both_signs(state[split:])):
        return S2Result.cannot_tell(
            f"the sample is short, or in one half of it IWM's year-over-year growth kept one sign but for under "
            f"{LEAST} sessions.",
            UNIT,
        )
    if np.ptp(moves) == 0:
        return S2Result.cannot_tell("ETH's returns do not vary.", UNIT)
    edges = bin_edges(state)
    early = response_curve(state[:split], moves[:split], edges, seed=seed)
    late = response_curve(state[split:], moves[split:], edges, seed=seed + 1)
    change = lift_change(state, moves, split)
    since = _outside_since(change, ends[split:])
    ci = (change.estimate - change.half, change.estimate + change.half)
    left = f"has lain outside its earlier band since {since}" if since else "lies inside its earlier band"
    return S2Result(
        finding=f"{word(ci, above=False)}: a positive YoY of IWM went with {early.lift:+z.2f} a year more of ETH in "
        f"the earlier half and {late.lift:+z.2f} in the later one; change {signed(change.estimate, ci)}, "
        f"{span(ci)}. The "
        f"response {left}.",
        estimate=change.estimate,
        ci=ci,
        unit=UNIT,
        detail=S2Detail(
            lift_early=early.lift,
            lift_early_ci=early.lift_ci,
            lift_late=late.lift,
            lift_late_ci=late.lift_ci,
            split=str(ends[split].date()),
            outside_since=since,
            curve=_curve(state, edges, early, late),
            path=_path(change, ends[split:]),
            share_muted_recently=_share_muted(signal_cache),
            response_now=signal_cache.values(Response())[-1],
        ),
        null=0.0,
    )


def _outside_since(change: Change, ends: pd.DatetimeIndex) -> str | None:
    """The session since which the lift has been outside its band without a break up to the end; None where inside."""
    inside = np.flatnonzero(~change.outside)
    first = int(inside[-1]) + 1 if len(inside) else 0
    return str(ends[first].date()) if first < len(ends) else None


def _curve(state: Floats, edges: Floats, early: Curve, late: Curve) -> ResponseCurve:
    bins = np.searchsorted(edges, state, side="left")
    return ResponseCurve(
        edges=edges.tolist(),
        grid=[float(np.median(state[bins == b])) if (bins == b).any() else None for b in range(5)],
        early=early.mean.tolist(),
        early_band=early.band.tolist(),
        early_sessions=early.sessions.tolist(),
        late=late.mean.tolist(),
        late_band=late.band.tolist(),
        late_sessions=late.sessions.tolist(),
        block=BLOCK,
        horizon=1,
    )


def _path(change: Change, ends: pd.DatetimeIndex) -> LiftPath:
    """The lift since the split as it stood every month, with its band, from its first value on."""
    shown = np.flatnonzero(np.isfinite(change.later))[::-1][::EVERY][::-1]
    return LiftPath(
        sessions=[str(ends[i].date()) for i in shown],
        lift=change.later[shown].tolist(),
        low=change.band[shown, 0].tolist(),
        high=change.band[shown, 1].tolist(),
    )


def _share_muted(signal_cache: SignalCache) -> float | None:
    """How often the `response` signal was under one half lately while IWM's YoY was positive; None if it never was."""
    response, growth = signal_cache.values(Response()), signal_cache.values(YoY(leg="equity"))
    judged = response[np.isfinite(response) & (growth > 0)][-RECENT:]
    return float((judged < 0.5).mean()) if len(judged) else None
