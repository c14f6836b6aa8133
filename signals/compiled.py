"""State machines over many variants at once, compiled.

Arrays of n x T, a row a variant or a history, a column a session. Each state machine is held bit for bit against the
form that a signal or a rule of a single variant uses. Imported where a block of variants is computed, and not before:
numba takes a while.
"""

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.jit import njit
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


DEGENERATE = 1e-6
"""A sum of squares about the mean that is a smaller part of the largest so far is computed from its window alone."""


@njit(cache=True, nogil=True)
def rolling_moments(x: Floats, y: Floats, window: int) -> tuple[Floats, Floats, Floats]:
    """Σ(x - x̄)², Σ(y - ȳ)² and Σ(x - x̄)(y - ȳ) of every `window` values of each row, n x (T - window + 1) each.

    Running sums, unlike `rolling`: right to about 1e-12, which is enough where thousands of histories are counted. A
    window that does not vary has sums of 0.
    """
    n, length = x.shape
    count = max(length - window + 1, 0)
    xx, yy, xy = np.empty((n, count)), np.empty((n, count)), np.empty((n, count))
    for i in range(n):
        sx, sy, sxx, syy, sxy = 0.0, 0.0, 0.0, 0.0, 0.0
        most_x, most_y = 0.0, 0.0
        for t in range(length):
            a, b = x[i, t], y[i, t]
            sx, sy, sxx, syy, sxy = sx + a, sy + b, sxx + a * a, syy + b * b, sxy + a * b
            if t >= window:
                a, b = x[i, t - window], y[i, t - window]
                sx, sy, sxx, syy, sxy = sx - a, sy - b, sxx - a * a, syy - b * b, sxy - a * b
            most_x, most_y = max(most_x, sxx), max(most_y, syy)
            row = t - window + 1
            if row < 0:
                continue
            vx, vy, vxy = sxx - sx * sx / window, syy - sy * sy / window, sxy - sx * sy / window
            if vx <= DEGENERATE * most_x or vy <= DEGENERATE * most_y:
                vx, vy, vxy = 0.0, 0.0, 0.0
                mx, my = x[i, row : t + 1].mean(), y[i, row : t + 1].mean()
                wx, wy = 0.0, 0.0
                for k in range(row, t + 1):
                    a, b = x[i, k] - mx, y[i, k] - my
                    vx, vy, vxy = vx + a * a, vy + b * b, vxy + a * b
                    wx, wy = wx + x[i, k] * x[i, k], wy + y[i, k] * y[i, k]
                vx = vx if vx > 1e-28 * wx else 0.0
                vy = vy if vy > 1e-28 * wy else 0.0
            xx[i, row], yy[i, row], xy[i, row] = vx, vy, vxy
    return xx, yy, xy


@njit(cache=True, nogil=True)
def in_force(wanted: Floats, warmup: NDArray[np.int64], opening: int, legs: int) -> Floats:
    """N x (T - opening) x legs: what was last wanted of all legs at once, from `warmup[i]` on; 0 before that.

    wanted: k x n x T, of the first k legs; the others are never held.
    """
    k, n, length = wanted.shape
    out = np.zeros((n, length - opening, legs))
    for i in range(n):
        latest = -1
        for t in range(length):
            if t >= warmup[i]:
                complete = True
                for leg in range(k):
                    complete = complete and not np.isnan(wanted[leg, i, t])
                if complete:
                    latest = t
            if t >= opening and latest >= 0:
                for leg in range(k):
                    out[i, t - opening, leg] = wanted[leg, i, latest]
    return out


@njit(cache=True, nogil=True)
def studentised_rows(weights: Floats, outcomes: Floats) -> Floats:
    """H x K x V: t = Σx / √Σx², x = Σ (w - w̄) y over N legs; NaN where none of it varies.

    weights: H x V x S x N.  outcomes: y, H x K x R x N, R no more than S.
    """
    histories, kinds, rows, legs = outcomes.shape
    variants = weights.shape[1]
    t = np.empty((histories, kinds, variants))
    x = np.empty((kinds, rows))
    for h in range(histories):
        for v in range(variants):
            x[:] = 0.0
            for leg in range(legs):
                mean = 0.0
                for s in range(rows):
                    mean += weights[h, v, s, leg]
                mean /= rows
                for k in range(kinds):
                    for s in range(rows):
                        x[k, s] += (weights[h, v, s, leg] - mean) * outcomes[h, k, s, leg]
            for k in range(kinds):
                total, square = 0.0, 0.0
                for s in range(rows):
                    total += x[k, s]
                    square += x[k, s] * x[k, s]
                size = np.sqrt(square)
                t[h, k, v] = total / size if size > 1e-12 else np.nan
    return t
