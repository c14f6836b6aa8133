"""Intervals by resampling blocks of sessions (Politis and Romano 1992), through arch."""

from collections.abc import Callable

import numpy as np

from unlockstep.signals.lean_arch import import_arch
from unlockstep.signals.market import Floats

BLOCK = 20
"""Sessions a block: a month, longer than the memory of daily returns, and ten years still hold a hundred of them."""


def circular_block(
    data: Floats, statistic: Callable[[Floats], Floats | float], *, seed: int, block: int = BLOCK, draws: int = 1000
) -> Floats:
    """`draws` values of a statistic of resampled data, draws x k.

    data: T x columns, resampled by rows in blocks of `block` sessions, in a circle. statistic: data → k numbers.
    Assumes a stationary series whose memory is shorter than a block.
    """
    import_arch()
    from arch.bootstrap import CircularBlockBootstrap

    resampler = CircularBlockBootstrap(min(block, len(data)), data, seed=np.random.default_rng(seed))
    return np.array([np.atleast_1d(statistic(np.asarray(drawn[0]))) for drawn, _ in resampler.bootstrap(draws)])


def interval(draws: Floats, level: float = 0.95) -> Floats:
    """K x 2 percentile interval of draws x k values; NaN draws are left out."""
    tail = (1.0 - level) / 2.0
    return np.nanquantile(draws, [tail, 1.0 - tail], axis=0).T
