"""How often levels correlate so little by chance: against known answers and random walks drawn one by one."""

import numpy as np
import pytest

from unlockstep.backtests.calibration import level_rates as script
from unlockstep.signals import Correlation, LevelCorrelation, LevelFalseDecoupling, Market, level_rates
from unlockstep.signals.correlation import false_decoupling_rate
from unlockstep.signals.market import Floats


def rate(returns: float, levels: float) -> float:
    return float(false_decoupling_rate(np.array(returns), np.array(levels)))


def walked(correlation: float, worlds: int, window: int, seed: int) -> Floats:
    """Level correlations of pairs of random walks, each by numpy."""
    rng = np.random.default_rng(seed)
    result = np.empty(worlds)
    for i in range(worlds):
        idiosyncratic, common = rng.standard_normal((2, window))
        steps = np.vstack([common, correlation * common + np.sqrt(1 - correlation**2) * idiosyncratic])
        result[i] = np.corrcoef(np.cumsum(steps, axis=1))[0, 1]
    return result


def test_known_answers() -> None:
    # known_answers: below zero in 19 % of windows at 0.45, in 23 % at 0.4; |ρ| > 0.6 in 27 % of unrelated pairs
    assert rate(0.45, 0.0) == pytest.approx(0.19, abs=0.01)
    assert rate(0.40, 0.0) == pytest.approx(0.23, abs=0.01)
    assert rate(0.0, -0.6) + 1 - rate(0.0, 0.6) == pytest.approx(0.27, abs=0.015)


@pytest.mark.parametrize(("correlation", "level"), [(0.57, -0.39), (0.33, 0.2), (-0.28, -0.5), (0.93, 0.9)])
def test_rates_between_the_nodes_are_those_of_walks_drawn_one_by_one(correlation: float, level: float) -> None:
    share = float((walked(correlation, 4000, 90, seed=3) <= level).mean())
    error = np.sqrt(share * (1 - share) / 4000)
    assert rate(correlation, level) == pytest.approx(share, abs=4 * error + 0.003)


@pytest.mark.slow
def test_the_shipped_figures_are_those_that_the_script_makes() -> None:
    # to one in ten thousand: another processor may round a sum differently
    made = np.round(script.simulate(), 4)
    np.testing.assert_allclose(level_rates.RATES, made, rtol=0, atol=1.5e-4)
    np.testing.assert_array_equal(level_rates.NODES, script.NODES)
    np.testing.assert_array_equal(level_rates.DISTANCES, script.DISTANCES)
    assert script.interpolation_error(level_rates.RATES, worlds=40_000) < 0.006  # the walks' own error included


def test_the_written_module_reads_back_as_the_figures() -> None:
    space: dict[str, Floats] = {}
    exec(script.module_text(level_rates.RATES), space)
    np.testing.assert_allclose(space["RATES"], level_rates.RATES, rtol=0, atol=1e-12)


def test_a_rate_rises_with_the_level_falls_with_the_returns_and_is_symmetric() -> None:
    grid = np.linspace(-0.99, 0.99, 67)
    table = false_decoupling_rate(*np.meshgrid(grid, grid, indexing="ij"))
    assert (np.diff(table, axis=1) >= 0).all()
    assert (np.diff(table, axis=0) <= 1e-4).all()  # a rounded figure
    np.testing.assert_allclose(table, 1 - table[::-1, ::-1], rtol=0, atol=1e-4)
    assert (table >= 0).all()
    assert (table <= 1).all()


def test_corners_are_certain_and_what_is_unknown_stays_unknown() -> None:
    assert rate(0.5, 1.0) == 1.0
    assert rate(0.5, -1.0) == 0.0
    assert rate(1.0, 0.5) == 0.0
    assert np.isnan(rate(float("nan"), 0.5))
    assert np.isnan(rate(0.5, float("nan")))


def test_the_signal_is_the_rate_of_both_readings_over_the_same_window(demo: Market) -> None:
    levels, returns = LevelCorrelation(window=60).compute(demo), Correlation(window=60).compute(demo)
    signal = LevelFalseDecoupling(window=60).compute(demo)
    for session in (60, 1000, 2000):
        assert signal.iloc[session] == rate(returns.iloc[session], levels.iloc[session])
