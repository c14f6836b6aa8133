"""Growth of an account."""

import numpy as np

from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats


def cagr(returns: Floats) -> float:
    """Compound annual growth of T simple returns."""
    return float(np.exp(np.log1p(returns).mean() * SESSIONS_PER_YEAR) - 1.0)
