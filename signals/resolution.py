"""What prices can resolve: a deviation at or below it is rounding, and no statistic divides by it."""

import numpy as np

from unlockstep.signals.market import Floats

RESOLUTION = 4e-12
"""Standard deviation that log returns get from rounding alone, where prices are written with 12 digits or more."""


def resolution(x: Floats, axis: int | None = None) -> Floats:
    """The smallest standard deviation along `axis` (of all, by default) that is more than rounding, kept as an axis.

    x: log returns, or levels, ranks and scores, whose rounding grows with their size.
    """
    return np.asarray(RESOLUTION * np.maximum(1.0, np.abs(x).max(axis=axis, initial=0.0, keepdims=axis is not None)))


RELATED = 1e-9
"""Share of a series that may be left after a regression for it to be a linear function of the regressors: what rounding
leaves, with room for the regressors' own."""
