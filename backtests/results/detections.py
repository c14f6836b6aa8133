"""What the detectors say: since when the legs have been apart by each, and where breaks lie in hindsight."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.results.model.base import State
from unlockstep.backtests.results.model.pair import DetectorResult, DetectorsResult, HindsightResult, Segment, Spell
from unlockstep.signals.breakdown import COUPLED, DECOUPLED, onsets
from unlockstep.signals.critical import PROMISED
from unlockstep.signals.hindsight import Hindsight
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.signals.registry import DETECTORS, HINDSIGHT
from unlockstep.signals.signal import Signal, SignalCache
from unlockstep.signals.worst_rates import WORST


def detections(signal_cache: SignalCache) -> DetectorsResult:
    """The "detectors" of result.json: every detector's state at the last session, and the breaks dated in hindsight.

    promise: share of years with a false alarm (in hindsight: of samples with a false break) where nothing changes, at
    the default parameters. worst, worst_in: the largest such share measured, and the kind of world. since: first
    session of the present state, None where unknown. years: those in which the state was known. by_chance: how many of
    them the promise lets have a false alarm. known, decoupled: stretches of sessions with a state, and with this one.
    """
    return DetectorsResult(
        session=str(signal_cache.market.sessions[-1].date()),
        states=[_state_entry(signal_cache, signal) for signal in DETECTORS],
        hindsight=[_dated(signal_cache, cls()) for cls in HINDSIGHT.values()],
    )


def _state_entry(signal_cache: SignalCache, signal: Signal) -> DetectorResult:
    states, sessions = signal_cache.values(signal), signal_cache.market.sessions
    finite = states[np.isfinite(states)]
    begun, years = _begun(states), len(finite) / SESSIONS_PER_YEAR
    return DetectorResult(
        name=signal.name,
        label=signal.label,
        meaning=signal.meaning,
        promise=PROMISED[signal.name],
        worst=WORST[signal.name].share,
        worst_in=WORST[signal.name].kind,
        state=state_name(float(states[-1])),
        since=None if begun is None else str(sessions[begun].date()),
        onsets=[str(sessions[i].date()) for i in np.flatnonzero(onsets(states) == 1.0).tolist()],
        years=years,
        by_chance=PROMISED[signal.name] * years,
        share_decoupled=float((finite == DECOUPLED).mean()) if len(finite) else None,
        known=_spells(np.isfinite(states), sessions),
        decoupled=_spells(states == DECOUPLED, sessions),
    )


def _spells(during: NDArray[np.bool_], sessions: pd.DatetimeIndex) -> tuple[Spell, ...]:
    """The stretches over which T values are true."""
    edges = np.diff(np.concatenate([[0], during.astype(int), [0]]))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return tuple(
        Spell(first=str(sessions[a].date()), last=str(sessions[b].date()))
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    )


def state_name(state: float) -> State:
    """A state of a signal in words; NaN is unknown."""
    return "decoupled" if state == DECOUPLED else "coupled" if state == COUPLED else "unknown"


def _begun(states: Floats) -> int | None:
    """Number of the session in which the last state began; None where it is unknown."""
    if np.isnan(states[-1]):
        return None
    others = np.flatnonzero(states != states[-1])
    return int(others[-1]) + 1 if len(others) else 0


def _dated(signal_cache: SignalCache, signal: Hindsight) -> HindsightResult:
    market = signal_cache.market
    breaks: Sequence[int] = ()
    segments: list[Segment] = []
    if signal_cache.has(signal):
        breaks, values = signal.breaks(market), signal_cache.values(signal)
        segments = [
            Segment(
                first=str(market.sessions[start].date()),
                last=str(market.sessions[stop - 1].date()),
                correlation=values[start],
            )
            for start, stop in pairwise((signal.warmup, *breaks, len(values)))
        ]
    return HindsightResult(
        name=signal.name,
        label=signal.label,
        meaning=signal.meaning,
        promise=PROMISED[signal.name],
        worst=WORST[signal.name].share,
        worst_in=WORST[signal.name].kind,
        breaks=[str(market.sessions[row].date()) for row in breaks],
        segments=segments,
    )
