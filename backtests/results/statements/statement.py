"""The words and the statistics that every finding is made of."""

import numpy as np

from unlockstep.signals.market import Floats
from unlockstep.signals.rolling import pearson

RECENT = 252
"""Sessions of "recently": a year."""


def word(ci: tuple[float, float], *, above: bool, null: float = 0.0) -> str:
    """The finding's first word, of a statement that is true where the estimate lies above (or below) the null value."""
    if not np.isfinite(ci).all() or ci[0] <= null <= ci[1]:
        return "Cannot tell"
    return "Supported" if (ci[0] > null) == above else "Contradicted"


def span(ci: tuple[float, float]) -> str:
    """The interval in words."""
    return f"95 % interval {ci[0]:+z.2f} to {ci[1]:+z.2f}"


def corr(x: Floats) -> float:
    """Correlation of the two columns; NaN where one does not vary."""
    return float(pearson(x[None, :, 0], x[None, :, 1])[0])


def exact_share(successes: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson's (1934) 95 % interval of a share: never too narrow; fewer than 6 cases decide nothing."""
    from scipy.stats import beta

    low = beta.ppf(0.025, successes, n - successes + 1) if successes > 0 else 0.0
    high = beta.ppf(0.975, successes + 1, n - successes) if successes < n else 1.0
    return float(low), float(high)
