"""Do two computations say the same of the past? Each value is compared on its own scale.

Sums of other lengths and matrix products may change the last digits of a number, so a difference counts from one part
in a billion of the value on. A value near zero is what is left of larger ones, whose last digits it carries: there the
small values of its column are the scale. One huge value hides nothing, and what a column says before its warm-up has a
scale of its own.
"""

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.market import Floats

TOLERANCE = 1e-9
"""Of a value's own size."""

SMALL = 0.01
"""Share of a column's values that are smaller than the least scale on which one of them is compared."""


def changed(left: Floats, right: Floats, warmup: int = 0) -> NDArray[np.bool_]:
    """Where two arrays of the same shape, rows x columns, say different things; NaN equals NaN.

    warmup: rows before it are compared on a scale of their own.
    """
    if left.tobytes() == right.tobytes():
        return np.zeros(left.shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        sizes = np.maximum(_sizes(left), _sizes(right))
        scale = np.vstack([np.maximum(part, _least(part)) for part in (sizes[:warmup], sizes[warmup:])])
        apart = np.abs(left - right) > TOLERANCE * scale
    infinite = (np.isinf(left) | np.isinf(right)) & (left != right)
    return np.asarray(apart | infinite | (np.isnan(left) != np.isnan(right)))


def _sizes(values: Floats) -> Floats:
    return np.where(np.isfinite(values), np.abs(values), 0.0)


def _least(sizes: Floats) -> Floats:
    """The small values of each column, zeros left out; 0 where there are no others."""
    if len(sizes) == 0:
        return np.zeros(sizes.shape[1])
    ordered = np.sort(sizes, axis=0)
    zeros = (ordered == 0.0).sum(axis=0)
    place = np.minimum(zeros + ((len(sizes) - 1 - zeros) * SMALL).astype(int), len(sizes) - 1)
    return np.asarray(np.take_along_axis(ordered, place[None], axis=0)[0])
