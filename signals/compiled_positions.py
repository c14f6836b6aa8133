"""Positions with state over many variants at once, compiled: the loops of `strategies.holding`, `exits` and `sizing`.

Arrays of n x T, a row a variant, a column a session; one row stands for all n where there is only one. A wanted share
that is NaN is no change: the one before it stays in force. Session t reads columns up to t only. Imported where a rule
asks for one of them, and not before: numba takes a while.
"""

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.jit import njit
from unlockstep.signals.market import Floats

LOSS, TRAILING, PROFIT = 0, 1, 2
"""What closes a position: a loss since the entry, a fall from the best close since, a gain since the entry."""

ROUNDING = 1e-12
"""A close that misses its limit by no more than this share has reached it: 110 is 10 % over 100."""


@njit(cache=True, nogil=True)
def _row(rows: Floats, i: int) -> Floats:
    """Row i, or the only one, which is every variant's."""
    row: Floats = rows[i if len(rows) > 1 else 0]
    return row


@njit(cache=True, nogil=True)
def _carried(rows: Floats, i: int) -> Floats:
    """Row i, or the only one, each NaN replaced by the value before it; NaN before the first."""
    values = _row(rows, i).copy()
    for t in range(1, len(values)):
        if np.isnan(values[t]):
            values[t] = values[t - 1]
    return values


@njit(cache=True, nogil=True)
def latched(entry: Floats, leaving: Floats, n: int) -> Floats:
    """1 from an entry (1) on, 0 from an exit (1) on, which wins where both come; NaN before the first of either."""
    out = np.empty((n, entry.shape[1]))
    for i in range(n):
        enter, leave = _row(entry, i), _row(leaving, i)
        state = np.nan
        for t in range(entry.shape[1]):
            if leave[t] == 1.0:
                state = 0.0
            elif enter[t] == 1.0:
                state = 1.0
            out[i, t] = state
    return out


@njit(cache=True, nogil=True)
def closed_at(wanted: Floats, close: Floats, limit: Floats, kind: int) -> Floats:
    """The wanted share, 0 from the session in which the close has moved by `limit[i]` until the rule itself leaves."""
    n = len(limit)
    out = np.empty((n, wanted.shape[1]))
    for i in range(n):
        shares, prices = _carried(wanted, i), _row(close, i)
        side, reference, stopped = 0.0, np.nan, False
        for t in range(len(shares)):
            share = shares[t]
            if np.isnan(share):
                out[i, t] = np.nan
                continue
            if np.sign(share) != side:
                side, reference, stopped = np.sign(share), prices[t], False
            price = prices[t]
            if side != 0.0 and not stopped:
                if np.isnan(reference) or (kind == TRAILING and (price - reference) * side > 0.0):
                    reference = price
                towards = side if kind == PROFIT else -side  # the direction of the move that closes the position
                level = reference * (1.0 + towards * limit[i])
                stopped = (price - level) * towards >= -ROUNDING * reference
            out[i, t] = 0.0 if stopped else share
    return out


@njit(cache=True, nogil=True)
def paused(wanted: Floats, sessions: NDArray[np.int64]) -> Floats:
    """The wanted share, and 0 in the `sessions[i]` sessions from that on in which a position was left or turned."""
    n = len(sessions)
    out = np.empty((n, wanted.shape[1]))
    for i in range(n):
        shares = _carried(wanted, i)
        side, waited = 0.0, sessions[i]
        for t in range(len(shares)):
            share = shares[t]
            if np.isnan(share):
                out[i, t] = np.nan
                continue
            if side != 0.0 and np.sign(share) != side:
                side, waited = 0.0, 0
            if side == 0.0 and waited >= sessions[i]:
                side = np.sign(share)
            out[i, t] = share if side != 0.0 else 0.0
            waited += 1
    return out


@njit(cache=True, nogil=True)
def built_up(wanted: Floats, sessions: NDArray[np.int64]) -> Floats:
    """The wanted share in equal parts over the first `sessions[i]` sessions of a position."""
    n = len(sessions)
    out = np.empty((n, wanted.shape[1]))
    for i in range(n):
        shares = _carried(wanted, i)
        side, age = 0.0, 0
        for t in range(len(shares)):
            share = shares[t]
            age = age + 1 if np.sign(share) == side else 1
            side = np.sign(share)
            out[i, t] = share * min(age, sessions[i]) / sessions[i]
    return out


@njit(cache=True, nogil=True)
def banded(wanted: Floats, band: Floats) -> Floats:
    """The last share taken over; another is where it is 0, of the other side, or off by more than `band[i]`."""
    n = len(band)
    out = np.empty((n, wanted.shape[1]))
    for i in range(n):
        shares = _row(wanted, i)
        share = np.nan
        for t in range(len(shares)):
            now = shares[t]
            if not np.isnan(now):
                off = abs(now - share) > band[i] + ROUNDING
                if np.isnan(share) or off or now == 0.0 or np.sign(now) != np.sign(share):
                    share = now
            out[i, t] = share
    return out


@njit(cache=True, nogil=True)
def beyond_band(
    wanted: Floats,
    warmups: NDArray[np.int64],
    opening: int,
    growth: Floats,
    band: float,
    lag: int,
) -> NDArray[np.bool_]:
    """Whether holdings are off by more than the band, n x T, as `strategies.rebalancing.drifted` says.

    wanted: N x n x T, growth: T x (N + 1), cash last.
    """
    legs, n, length = wanted.shape
    out = np.zeros((n, length), dtype=np.bool_)
    targets = np.empty((length, legs))  # by the session of the decision
    now, holdings = np.empty(legs), np.empty(legs)
    for i in range(n):
        targets[:] = np.nan
        now[:] = np.nan
        holdings[:] = 0.0
        cash, latest = 1.0, -lag - 1
        for t in range(warmups[i], length):
            changed = False
            if not np.isnan(wanted[0, i, t]):
                for leg in range(legs):
                    changed = changed or now[leg] != wanted[leg, i, t]
                    now[leg] = wanted[leg, i, t]
            if t < opening or np.isnan(now[0]):
                continue
            if t > opening:
                cash *= growth[t, legs]
                account = 0.0
                for leg in range(legs):
                    holdings[leg] *= growth[t, leg]
                    account += holdings[leg]
                account += cash
                holdings /= account
                cash /= account
            if t - lag >= opening and not np.isnan(targets[t - lag, 0]):
                cash = 1.0
                for leg in range(legs):
                    holdings[leg] = targets[t - lag, leg]
                    cash -= holdings[leg]
            mix, off = False, 0.0
            for leg in range(legs):
                mix = mix or not (now[leg] == 0.0 or now[leg] == 1.0)
                off = max(off, abs(holdings[leg] - now[leg]))
            if changed or t == opening:
                targets[t], latest = now, t
            elif mix and t - latest >= lag and off > band + ROUNDING:
                out[i, t] = True
                targets[t], latest = now, t
    return out
