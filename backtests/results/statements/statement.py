"""The words and the statistics that every finding is made of."""

import numpy as np

from unlockstep.signals.market import Floats
from unlockstep.signals.rolling import pearson

LEGS = ("ETH", "IWM")
"""The legs in the words of a finding, which are substituted for the pair's tickers."""

MOST = 6
"""Most decimals of a figure in a finding."""

RECENT = 252
"""Sessions of "recently": a year."""


def word(ci: tuple[float, float], *, above: bool, null: float = 0.0) -> str:
    """The finding's first word, of a statement that is true where the estimate lies above (or below) the null value."""
    if not np.isfinite(ci).all() or ci[0] <= null <= ci[1]:
        return "Cannot tell"
    return "Supported" if (ci[0] > null) == above else "Contradicted"


def _decimals(ci: tuple[float, float]) -> int:
    """Decimals with which an estimate and its interval are written: two, or as many as show the interval's width, and
    on which side of zero it lies.
    """
    half = (ci[1] - ci[0]) / 2.0
    return next(
        (n for n in range(2, MOST) if half >= 10.0**-n and all(x == 0 or round(x, n) != 0 for x in ci)),
        2 if not np.isfinite(half) else MOST,
    )


def signed(estimate: float, ci: tuple[float, float]) -> str:
    """An estimate, as exact as its interval."""
    return f"{estimate:+z.{_decimals(ci)}f}"


def span(ci: tuple[float, float]) -> str:
    """The interval in words."""
    n = _decimals(ci)
    return f"95 % interval {ci[0]:+z.{n}f} to {ci[1]:+z.{n}f}"


def still_leg(returns: Floats) -> str:
    """The leg of N x 2 log returns that varies least, in the words of a finding."""
    return LEGS[int(returns.std(axis=0).argmin())]


def corr(x: Floats) -> float:
    """Correlation of the two columns; NaN where one does not vary."""
    return float(pearson(x[None, :, 0], x[None, :, 1])[0])


def exact_share(successes: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson's (1934) 95 % interval of a share: never too narrow; fewer than 6 cases decide nothing."""
    from scipy.stats import beta

    low = beta.ppf(0.025, successes, n - successes + 1) if successes > 0 else 0.0
    high = beta.ppf(0.975, successes + 1, n - successes) if successes < n else 1.0
    return float(low), float(high)
