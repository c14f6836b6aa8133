"""What a move known before the open says of what the open, and the session after it, bring.

    y = a + b x + u,    t = b / √(Σ (x − x̄)² u² / (Σ (x − x̄)²)²)

White's (1980) t allows wild weekends. Its distribution is that of the same t at every circular shift of the moves
against the outcomes, among the same stretches of closed hours: shifts keep the clusters and trends of both.
"""

from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.stats.circular_shifts import ROUNDING
from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import RELATED

FEWEST = 20
"""Rows under which no slope is given."""


@dataclass(frozen=True)
class OpeningResponse:
    """n rows; slope, White's t, correlation r and the two-sided p-value of t by shifts.

    NaN where there are fewer than FEWEST rows, or either does not vary.
    """

    n: int
    slope: float
    t: float
    r: float
    p: float


def opening_response(moves: Floats, outcomes: Floats) -> OpeningResponse:
    """The response of n outcomes to n moves, in order of time; no NaN. Deterministic: every shift counts."""
    n, nan = len(moves), float("nan")
    if n < FEWEST:
        return OpeningResponse(n, nan, nan, nan, nan)
    x, y = moves - moves.mean(), outcomes - outcomes.mean()
    xx, yy = float(x @ x), float(y @ y)
    if min(np.sqrt(xx / n), np.sqrt(yy / n)) <= RELATED * max(np.abs(moves).max(), np.abs(outcomes).max(), 1e-300):
        return OpeningResponse(n, nan, nan, nan, nan)
    shifted = y[(np.arange(n) + np.arange(n)[:, None]) % n]
    slopes = shifted @ x / xx
    residuals = shifted - slopes[:, None] * x
    errors = np.sqrt(((x * residuals) ** 2).sum(axis=1)) / xx
    t = np.divide(slopes, errors, out=np.full(n, np.inf), where=errors > RELATED * np.abs(slopes))
    reached = int((np.abs(t) >= np.abs(t[0]) - ROUNDING).sum())
    return OpeningResponse(n, float(slopes[0]), float(t[0]), float(slopes[0] * np.sqrt(xx / yy)), reached / n)
