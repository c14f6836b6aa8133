"""Performance figures: by hand, and against vectorbt's own."""

import numpy as np
import pandas as pd
import pytest

from tests.build import earning, market_of, random_market
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


def test_ratios_are_of_returns_in_excess_of_cash_and_growth_is_of_all_of_them() -> None:
    # all in from the second close on, without costs: 0, 4, -2 and 2 %, where cash earns 1 % a session
    closes = [100.0, 100.0, 104.0, 104.0 * 0.98, 104.0 * 0.98 * 1.02]
    market = earning(market_of(closes, [50.0] * 5), 0.01)
    hold = all_strategies()["hold_eth"]().decide(market)
    free = engine.Costs((0.0, 0.0), (0.0, 0.0), borrow_rate=0.0)
    result = measure(engine.run(market, [hold], free))["hold_eth"]
    # the first session is in cash, 1 %, an excess of nothing; then 3, -3 and 1 %: mean 0.25, squares about it 18.75
    assert result.sharpe == pytest.approx(0.0025 / np.sqrt(18.75e-4 / 3) * np.sqrt(252))
    assert result.sortino == pytest.approx(0.0025 / np.sqrt(9e-4 / 4) * np.sqrt(252))
    assert result.cagr == pytest.approx((1.01 * 1.04 * 0.98 * 1.02) ** 63 - 1)
    assert result.volatility == pytest.approx(np.std([1.0, 4.0, -2.0, 2.0], ddof=1) / 100 * np.sqrt(252))


@pytest.mark.parametrize("capital", [1000.0, 12_345.67, 100_000.0])
def test_cash_itself_has_no_sharpe_ratio_whatever_it_earns(capital: float) -> None:
    rates = 0.0002 + 0.0001 * np.sin(np.arange(200))
    market = earning(random_market(3, 200), rates)
    result = measure(engine.run(market, [all_strategies()["cash"]().decide(market)], capital=capital))["cash"]
    assert np.isnan([result.sharpe, result.sortino, result.calmar]).all()
    assert result.cagr == pytest.approx(np.prod(1.0 + rates[1:]) ** (252 / 199) - 1)


def test_a_year_s_sharpe_ratio_is_over_the_cash_of_its_sessions() -> None:
    sessions = pd.DatetimeIndex(["2024-12-30", "2024-12-31", "2025-01-02", "2025-01-03"])
    years = by_year(pd.Series([0.03, 0.01, 0.05, 0.01], index=sessions), np.array([0.01, 0.01, 0.0, 0.01]))
    # 2, 0 %: mean 1, deviation √2; 5, 0 %: mean 2.5, deviation √12.5
    assert [y.sharpe for y in years] == pytest.approx([np.sqrt(252 / 2), 2.5 / np.sqrt(12.5) * np.sqrt(252)])
    assert years[0].simple_return == pytest.approx(1.03 * 1.01 - 1)


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
