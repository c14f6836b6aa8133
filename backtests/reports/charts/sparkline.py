"""An account in the size of a word: growth on a log scale from first session to last, as a line or as characters."""

import numpy as np

from unlockstep.backtests.reports.charts.lines import Floats, growth

POINTS, WIDTH, HEIGHT, EDGE = 33, 96.0, 22.0, 2.0
"""How many sessions stand for all, and the box that they are drawn in."""

CHARACTERS = "▁▂▃▄▅▆▇█"


def sparkline(returns: Floats) -> str:
    """Points of an SVG polyline, "0,12 2,11.5"; the highest value is at the top; "" without two finite ones.

    An account that never moves is a level line.
    """
    taken = _levels(returns, POINTS)
    if taken is None:
        return ""
    across = np.linspace(EDGE, WIDTH - EDGE, len(taken))
    down = EDGE + (1.0 - taken) * (HEIGHT - 2.0 * EDGE)
    return " ".join(f"{x:.0f},{y:.1f}" for x, y in zip(across, down, strict=True))


def blocks(returns: Floats, width: int) -> str:
    """The same in so many characters or fewer, "▁▂▄▆█"; "" without two finite values."""
    taken = _levels(returns, width)
    if taken is None:
        return ""
    return "".join(CHARACTERS[round(float(x) * (len(CHARACTERS) - 1))] for x in taken)


def _levels(returns: Floats, points: int) -> Floats | None:
    """The growth at so many sessions or fewer, its logarithm between 0 and 1; one half where it never moves."""
    path = np.concatenate([[1.0], growth(returns)])
    path = path[np.isfinite(path)]
    if len(path) < 2:
        return None
    taken = np.log(path[np.unique(np.linspace(0, len(path) - 1, points).round().astype(int))])
    low, spread = taken.min(), np.ptp(taken)
    return np.asarray((taken - low) / spread) if spread > 0 else np.full(len(taken), 0.5)
