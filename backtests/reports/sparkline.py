"""An account in the size of a word: the points of a line, growth on a log scale from first session to last."""

import numpy as np

from backtests.reports.lines import Floats, growth

POINTS, WIDTH, HEIGHT, EDGE = 33, 96.0, 22.0, 2.0
"""How many sessions stand for all, and the box that they are drawn in."""


def sparkline(returns: Floats) -> str:
    """Points of an SVG polyline, "0,12 2,11.5"; the highest value is at the top; "" without two finite ones.

    An account that never moves is a level line.
    """
    path = np.concatenate([[1.0], growth(returns)])
    path = path[np.isfinite(path)]
    if len(path) < 2:
        return ""
    taken = np.log(path[np.unique(np.linspace(0, len(path) - 1, POINTS).round().astype(int))])
    low, spread = taken.min(), np.ptp(taken)
    height = (taken - low) / spread if spread > 0 else np.full(len(taken), 0.5)
    across = np.linspace(EDGE, WIDTH - EDGE, len(taken))
    down = EDGE + (1.0 - height) * (HEIGHT - 2.0 * EDGE)
    return " ".join(f"{x:.0f},{y:.1f}" for x, y in zip(across, down, strict=True))
