"""The variance of a mean when what is averaged depends on itself."""

from signals.market import Floats


def long_run_variance(x: Floats, lags: int) -> float:
    """Long-run variance of n values of mean zero, with Newey and West's (1987) weights 1 - k / (lags + 1).

    The variance of their mean is this over n. NaN in, NaN out.
    """
    n = len(x)
    variance = float(x @ x) / n
    for k in range(1, lags + 1):
        variance += 2.0 * (1.0 - k / (lags + 1)) * float(x[k:] @ x[:-k]) / n
    return variance
