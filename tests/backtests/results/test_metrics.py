"""Performance figures: by hand, and against vectorbt's own."""

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.results.metrics import by_year, max_drawdown, measure, sortino
from unlockstep.backtests.stats.cagr import cagr
from unlockstep.signals import Market
from unlockstep.strategies.registry import all_strategies


def test_growth_is_compounded_per_252_sessions() -> None:
    assert cagr(np.full(252, 0.001)) == pytest.approx(1.001**252 - 1)
    assert cagr(np.array([0.1, -0.05])) == pytest.approx((1.1 * 0.95) ** 126 - 1)


def test_the_drawdown_counts_a_fall_from_the_start() -> None:
    # 1 → 0.9 → 0.99 → 0.792: the peak is the start itself
    assert max_drawdown(np.array([-0.1, 0.1, -0.2])) == pytest.approx(0.792 - 1)
    assert max_drawdown(np.array([0.1, 0.2])) == 0.0


def test_sortino_divides_by_the_root_mean_square_of_losses() -> None:
    returns = np.array([0.02, -0.01, 0.03, -0.02])
    assert sortino(returns) == pytest.approx(0.005 / np.sqrt((0.01**2 + 0.02**2) / 4) * np.sqrt(252))
    assert np.isnan(sortino(np.array([0.01, 0.0])))


def test_every_figure_equals_vectorbt_s_own(demo: Market) -> None:
    decisions = [cls().decide(demo) for name, cls in all_strategies().items() if name != "cash"]
    result = engine.run(demo, decisions)
    single, accessor = measure(result), result.returns.vbt.returns(freq="1D", year_freq="252 days")
    for name in result.returns.columns:
        theirs = {
            "cagr": accessor.annualized()[name],
            "volatility": accessor.annualized_volatility()[name],
            "sharpe": accessor.sharpe_ratio()[name],
            "sortino": accessor.sortino_ratio()[name],
            "max_drawdown": accessor.max_drawdown()[name],
            "calmar": accessor.calmar_ratio()[name],
        }
        for figure, value in theirs.items():
            assert getattr(single[name], figure) == pytest.approx(value, rel=1e-9), (name, figure)


def test_turnover_costs_and_exposure_of_one_purchase_by_hand() -> None:
    market = market_of([100.0, 100.0, 110.0, 121.0], [50.0, 50.0, 50.0, 50.0])
    hold = all_strategies()["hold_eth"]().decide(market)
    costs = engine.Costs(fee_bps=(10.0, 0.0), slippage_bps=(0.0, 0.0))
    result = measure(engine.run(market, [hold], costs, capital=1000.0))["hold_eth"]
    # bought at the second close: 1000 / 1.001 of ETH, the rest of 1000 is the fee
    invested, fee = 1000 / 1.001, 1000 - 1000 / 1.001
    assert result.trades == 1
    assert result.turnover == pytest.approx(invested / 1000 / 3 * 252)
    assert result.costs_paid == pytest.approx(fee / 1000 / 3 * 252)
    assert result.exposure == pytest.approx({"ETH-USD": 2 / 3, "IWM": 0.0})  # of three sessions it was in for two
    assert result.cagr == pytest.approx((1.21 / 1.001) ** 84 - 1)


def test_years_are_compounded_each_on_its_own() -> None:
    sessions = pd.DatetimeIndex(["2024-12-30", "2024-12-31", "2025-01-02"])
    years = by_year(pd.Series([0.1, 0.1, -0.5], index=sessions), np.zeros(3))
    assert [(y.year, y.sessions) for y in years] == [(2024, 2), (2025, 1)]
    assert [y.simple_return for y in years] == pytest.approx([0.21, -0.5])
