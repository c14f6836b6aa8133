"""State machines over many variants at once, compiled.

Arrays of n x T, a row a variant, a column a session. Each function is held bit for bit against the form that a signal
or a rule of a single variant uses. Imported where a block of variants is computed, and not before: numba takes a while.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from unlockstep.signals.market import Floats


@njit(cache=True, nogil=True)
def states(levels: Floats, rows: NDArray[np.intp], below: Floats, above: Floats, min_stay: NDArray[np.int64]) -> Floats:
    """States, n x T, as `breakdown.hysteresis` of row `rows[i]` of `levels` with thresholds and stay number i."""
    out = np.empty((len(rows), levels.shape[1]))
    for i in range(len(rows)):
        level, low, high, stay = levels[rows[i]], below[i], above[i], min_stay[i]
        state, under, over = np.nan, 0, 0
        for t in range(len(level)):
            under = under + 1 if level[t] < low else 0
            over = over + 1 if level[t] > high else 0
            if over >= stay:
                state = 0.0
            elif under >= stay:
                state = 1.0
            out[i, t] = state
    return out


@njit(cache=True, nogil=True)
def onsets(states: Floats) -> Floats:
    """Onsets, n x T, as `breakdown.onsets` of each row."""
    out = np.empty_like(states)
    for i in range(len(states)):
        before = np.nan
        for t in range(states.shape[1]):
            now = states[i, t]
            out[i, t] = np.nan if np.isnan(now) or np.isnan(before) else 1.0 if now > before else 0.0
            before = now
    return out


@njit(cache=True, nogil=True)
def recent(onsets: Floats, hold: NDArray[np.int64]) -> Floats:
    """The largest of the last `hold[i]` values of row i, each 0 or 1, n x T; NaN where fewer are known."""
    out = np.empty_like(onsets)
    for i in range(len(onsets)):
        last, unknown = -len(onsets[i]) - hold[i], -1
        for t in range(onsets.shape[1]):
            value = onsets[i, t]
            if np.isnan(value):
                unknown = t
            elif value == 1.0:
                last = t
            if t - unknown < hold[i]:
                out[i, t] = np.nan
            else:
                out[i, t] = 1.0 if t - last < hold[i] else 0.0
    return out


@njit(cache=True, nogil=True)
def lasting(states: Floats, persist: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether row i of 0, 1 and NaN has been 1 for `persist[i]` sessions in a row, n x T."""
    out = np.empty(states.shape, dtype=np.bool_)
    for i in range(len(states)):
        run = 0
        for t in range(states.shape[1]):
            run = run + 1 if states[i, t] == 1.0 else 0
            out[i, t] = run >= persist[i]
    return out


@njit(cache=True, nogil=True)
def at_entry(side: Floats, level: Floats) -> Floats:
    """The `level` at the last session in which `side` changed to something other than 0, n x T; unknown ones are
    passed over.

    0 before the first; every NaN of `side` counts as a change.
    """
    out = np.empty_like(side)
    for i in range(len(side)):
        entry_level, before = 0.0, np.nan
        for t in range(side.shape[1]):
            if side[i, t] != before and side[i, t] != 0.0 and not np.isnan(level[i, t]):
                entry_level = level[i, t]
            before = side[i, t]
            out[i, t] = entry_level
    return out
