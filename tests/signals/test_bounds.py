"""Bands round the two correlations; expected values from Fisher, from simulation and by hand."""

import numpy as np
import pytest

from tests.build import market_of
from unlockstep.signals import Correlation, LevelFalseDecoupling, Market
from unlockstep.signals.bounds import CorrelationBound, LevelBound, chance_bound
from unlockstep.signals.correlation import false_decoupling_rate


def bounds(market: Market, window: int) -> tuple[np.ndarray, np.ndarray]:
    low, high = (CorrelationBound(window=window, side=side).values(market) for side in ("low", "high"))
    return low, high


def test_for_normal_returns_the_band_is_fishers() -> None:
    rng = np.random.default_rng(5)
    n = 1000
    steps = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], n) * 0.01
    market = market_of(*(100 * np.exp(np.cumsum(np.vstack([[0, 0], steps]), axis=0))).T)
    low, high = (x[-1] for x in bounds(market, n))
    r = Correlation(window=n).values(market)[-1]
    # Fisher (1921): artanh r is normal with variance 1/(n − 3)
    expected = np.tanh(np.arctanh(r) + np.array([-1.96, 1.96]) / np.sqrt(n - 3))
    assert [low, high] == pytest.approx(expected, abs=0.01)


def test_wild_and_quiet_sessions_widen_the_band_as_they_must() -> None:
    """One session in ten four times as wild: the band holds the true correlation far more often than Fisher's."""
    rng = np.random.default_rng(6)
    n, samples, positions, fisher = 120, 600, 0, 0
    for _ in range(samples):
        wild = np.where(rng.random(n) < 0.1, 4.0, 1.0)[:, None]
        steps = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], n) * wild * 0.01
        market = market_of(*(100 * np.exp(np.cumsum(np.vstack([[0, 0], steps]), axis=0))).T)
        low, high = (x[-1] for x in bounds(market, n))
        positions += low <= 0.4 <= high
        r = Correlation(window=n).values(market)[-1]
        fisher += abs(np.arctanh(r) - np.arctanh(0.4)) <= 1.96 / np.sqrt(n - 3)
    assert 0.85 <= positions / samples <= 0.97
    assert (positions - fisher) / samples > 0.15


@pytest.mark.parametrize("returns", [-0.9, -0.3, 0.0, 0.2, 0.45, 0.8])
def test_levels_lie_beyond_the_bounds_as_often_as_the_rate_says(returns: float) -> None:
    low, high = (chance_bound(np.array([returns]), side)[0] for side in ("low", "high"))
    assert false_decoupling_rate(np.array([returns]), np.array([low]))[0] == pytest.approx(0.025, abs=0.004)
    assert false_decoupling_rate(np.array([returns]), np.array([high]))[0] == pytest.approx(0.975, abs=0.004)
    assert -1.0 <= low < returns < high <= 1.0


def test_bounds_are_known_when_the_correlation_is(demo: Market) -> None:
    r = Correlation().values(demo)
    for signal in (CorrelationBound(side="low"), LevelBound(side="high"), LevelFalseDecoupling()):
        assert (np.isnan(signal.values(demo)) == np.isnan(r)).all()
    low, high = bounds(demo, 90)
    finite = np.isfinite(r)
    assert (low[finite] < r[finite]).all()
    assert (r[finite] < high[finite]).all()
