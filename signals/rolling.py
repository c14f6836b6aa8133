"""Exact rolling statistics: every window is computed from its own numbers alone.

Running updates are faster, but they carry rounding errors of the whole history into each value; then a value would
depend, in its last digits, on where the history begins.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import resolution

T = TypeVar("T", bound=np.generic)


def windows(values: NDArray[T], length: int) -> NDArray[T]:
    """View of shape (T - length + 1, length): row i holds values[i : i + length]."""
    return sliding_window_view(values, length)


def align(tail: Floats, sessions: int) -> Floats:
    """`tail` as the last values of an array of length `sessions` that starts with NaN."""
    out = np.full(sessions, np.nan)
    out[sessions - len(tail) :] = tail
    return out


AT_ONCE = 16_384
"""Numbers of one array that are worked on together: what is made of them on the way stays in a processor's cache."""


def in_parts(statistic: Callable[..., Floats], *arrays: Floats) -> Floats:
    """The statistic of each row of n x k arrays, some rows at a time; no row knows the others."""
    n, length = arrays[0].shape
    rows = max(1, AT_ONCE // max(length, 1))
    parts = [statistic(*(array[begin : begin + rows] for array in arrays)) for begin in range(0, n, rows)]
    return np.concatenate(parts) if parts else np.empty(0)


def pearson(x: Floats, y: Floats, weights: Floats | None = None) -> Floats:
    """Pearson correlation of each row of x with the same row of y, both n x k; k `weights` sum to one.

    NaN where a row of x or y does not vary or holds NaN.
    """
    weighed = np.full(x.shape[1], 1.0 / x.shape[1]) if weights is None else weights
    return in_parts(lambda x, y: _pearson(x, y, weighed), x, y)


def _pearson(x: Floats, y: Floats, weights: Floats) -> Floats:
    # Row sums, not matrix products: BLAS groups rows, and then the last digit of one row depends on its neighbours.
    dx = x - (x * weights).sum(axis=1, keepdims=True)
    dy = y - (y * weights).sum(axis=1, keepdims=True)
    covariance = (dx * dy * weights).sum(axis=1)
    square_x, square_y = ((d * d * weights).sum(axis=1) for d in (dx, dy))
    spread = np.sqrt(square_x * square_y)
    varies = (square_x > resolution(x, 1)[:, 0] ** 2) & (square_y > resolution(y, 1)[:, 0] ** 2)
    ratio = np.divide(covariance, spread, out=np.full(len(x), np.nan), where=varies)
    return np.asarray(np.clip(ratio, -1.0, 1.0))


def slope(y: Floats, x: Floats) -> Floats:
    """Least-squares slope of each row of y on the same row of x, both n x k; NaN where x does not vary."""
    return in_parts(_slope, y, x)


def _slope(y: Floats, x: Floats) -> Floats:
    dx = x - x.mean(axis=1, keepdims=True)
    dy = y - y.mean(axis=1, keepdims=True)
    variance = (dx * dx).sum(axis=1)
    varies = variance > x.shape[1] * resolution(x, 1)[:, 0] ** 2
    return np.asarray(np.divide((dx * dy).sum(axis=1), variance, out=np.full(len(x), np.nan), where=varies))
