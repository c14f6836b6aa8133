"""The variance of a mean, and of a correlation, when what is averaged depends on itself."""

import numpy as np

from unlockstep.signals.market import Floats


def long_run_variance(x: Floats, lags: int) -> float:
    """Long-run variance of n values of mean zero, with Newey and West's (1987) weights 1 - k / (lags + 1).

    The variance of their mean is this over n. NaN in, NaN out.
    """
    n = len(x)
    variance = float(x @ x) / n
    for k in range(1, lags + 1):
        variance += 2.0 * (1.0 - k / (lags + 1)) * float(x[k:] @ x[:-k]) / n
    return variance


def correlation_influence(u: Floats) -> Floats:
    """Length n influence of each row on the correlation of n x 2 values u, with columns of mean zero and variance one.

    u1 u2 - r (u1² + u2²) / 2, of mean zero; the long-run variance of the correlation is that of its mean (delta
    method).
    """
    product = u[:, 0] * u[:, 1]
    return np.asarray(product - product.mean() * (u * u).sum(axis=1) / 2.0)
