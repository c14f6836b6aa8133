"""How low the correlation of two price levels comes by chance, for every correlation of their returns: a table.

    python -m unlockstep.backtests.calibration.level_rates

simulates WORLDS pairs of random walks with i.i.d. normal steps and writes the module `signals/level_rates.py`, whose
figures `signals.correlation.false_decoupling_rate` reads. It takes half a minute and gives the same figures each time.

Both correlations enter by their Fisher transforms z = artanh. The distribution of z(levels) − z(returns) changes
little with the returns' correlation and has a limit at 1, so that straight lines between the nodes are enough.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from unlockstep import signals
from unlockstep.signals.market import Floats

WORLDS, WINDOW, SEED = 1_000_000, 90, 20260131
AT_ONCE = 20_000
NODES = np.linspace(0.0, 1.0, 21)
"""Correlations of returns; those below 0 follow by symmetry."""

DISTANCES = np.linspace(-2.5, 2.5, 41)
"""z(levels) − z(returns)."""

LIMIT = 0.9999
"""Stands in for a correlation of 1, at which z has no value."""

Moments = tuple[Floats, Floats, Floats]
"""Variance of one walk, its covariance with another, variance of the other, within each window."""


def walks(rng: np.random.Generator, worlds: int, window: int) -> Moments:
    """Moments of two independent random walks over `window` sessions, in that many worlds."""
    levels = np.cumsum(rng.standard_normal((2, worlds, window)), axis=2)
    levels -= levels.mean(axis=2, keepdims=True)
    x, y = levels
    return (x * x).mean(axis=1), (x * y).mean(axis=1), (y * y).mean(axis=1)


def level_correlation(moments: Moments, correlation: float) -> Floats:
    """Level correlations of x and ρ x + √(1 − ρ²) y, whose steps correlate ρ, one a world."""
    xx, xy, yy = moments
    residual = np.sqrt(1.0 - correlation**2)
    covariance = correlation * xx + residual * xy
    variance = correlation**2 * xx + 2.0 * correlation * residual * xy + residual**2 * yy
    return np.asarray(covariance / np.sqrt(xx * variance))


def _chunks(worlds: int, window: int, seed: int) -> Iterator[Moments]:
    rng = np.random.default_rng(seed)
    for _ in range(worlds // AT_ONCE):
        yield walks(rng, AT_ONCE, window)


def simulate(worlds: int = WORLDS, window: int = WINDOW, seed: int = SEED) -> Floats:
    """NODES x DISTANCES: share of worlds in which z(levels) − z(returns) is at most so much.

    The same walks serve every correlation. The binomial error of a share is at most 0.5 / √worlds.
    """
    counts = np.zeros((len(NODES), len(DISTANCES)))
    for moments in _chunks(worlds, window, seed):
        for i, node in enumerate(np.minimum(NODES, LIMIT)):
            distance = np.sort(np.arctanh(level_correlation(moments, float(node))) - np.arctanh(node))
            counts[i] += np.searchsorted(distance, DISTANCES, side="right")
    shares = counts / (worlds // AT_ONCE * AT_ONCE)
    shares[0] = (shares[0] + 1.0 - shares[0, ::-1]) / 2.0  # unrelated walks know no sign
    return shares


def interpolation_error(rates: Floats, worlds: int = 200_000, seed: int = SEED) -> float:
    """Largest distance of straight lines between the nodes from the truth half-way between them, the same walks."""
    between, half_way = (NODES[1:] + NODES[:-1]) / 2, (DISTANCES[1:] + DISTANCES[:-1]) / 2
    lines = (rates[1:, 1:] + rates[1:, :-1] + rates[:-1, 1:] + rates[:-1, :-1]) / 4
    truth = np.zeros_like(lines)
    for moments in _chunks(worlds, WINDOW, seed):
        for i, node in enumerate(between):
            distance = np.sort(np.arctanh(level_correlation(moments, float(node))) - np.arctanh(node))
            truth[i] += np.searchsorted(distance, half_way, side="right") / worlds
    return float(np.abs(lines - truth).max())


def module_text(rates: Floats) -> str:
    """The module of figures, in shares of ten thousand."""
    rows = []
    for row in rates:
        figures = [f"{round(10_000 * share):d}" for share in row]
        rows += [" ".join(figures[:21]), " ".join(figures[21:])]
    table = "\n".join(rows)
    return f'''"""Simulated: how low price levels correlate by chance. Written by a script, not by hand.

Made by `python -m unlockstep.backtests.calibration.level_rates` ({WORLDS:,} pairs of random walks with i.i.d. normal
steps, {WINDOW} sessions, seed {SEED}); read by `signals.correlation.false_decoupling_rate`.
"""

import numpy as np

NODES = np.linspace({NODES[0]:g}, {NODES[-1]:g}, {len(NODES)})
"""Correlations of returns, a row of RATES each."""

DISTANCES = np.linspace({DISTANCES[0]:g}, {DISTANCES[-1]:g}, {len(DISTANCES)})
"""artanh(correlation of levels) − artanh(correlation of returns), a column of RATES each."""

_TEN_THOUSANDTHS = """
{table}
"""

RATES = np.array(_TEN_THOUSANDTHS.split(), dtype=np.float64).reshape(len(NODES), len(DISTANCES)) / 10_000
"""Share of worlds in which the distance is at most so much."""
'''


def main() -> None:
    """Simulate and write the module."""
    rates = simulate()
    place = Path(signals.__file__).with_name("level_rates.py")
    place.write_text(module_text(rates), encoding="utf-8")
    print(f"{place.name}: largest error between the nodes {interpolation_error(rates):.4f}")  # noqa: T201


if __name__ == "__main__":
    main()
