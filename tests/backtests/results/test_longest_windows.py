"""A variant's own longest window: its figures are those of a study of it alone."""

from typing import Any

import numpy as np
import pytest

from tests.backtests.build import FAST, experiment_of
from tests.build import earning, random_market
from unlockstep.backtests.results.longest_windows import longest_windows
from unlockstep.backtests.results.metrics import measure
from unlockstep.signals.market import Market

SLOW = {"strategy": "eth_leads", "params": {"trend": 200}}
NAMES = {"fast": "eth_leads(trend=10)", "slow": "eth_leads(trend=200)"}


@pytest.fixture(scope="module")
def market() -> Market:
    made = random_market(3, 500)
    return earning(made, np.full(len(made.sessions), 1e-4))


@pytest.mark.parametrize(("variant", "warmup"), [(FAST, 10), (SLOW, 200)])
@pytest.mark.parametrize("evaluate_from", [None, "fixed"])
def test_they_are_the_figures_of_the_variant_alone(
    market: Market, variant: dict[str, Any], warmup: int, evaluate_from: str | None
) -> None:
    fixed: dict[str, Any] = {"evaluate_from": market.sessions[300].date()} if evaluate_from else {}
    name = NAMES["fast" if warmup == 10 else "slow"]
    longest = longest_windows(experiment_of(market, FAST, SLOW, **fixed))[name]
    alone = experiment_of(market, variant)
    figures, returns = measure(alone.backtest)[name], alone.backtest.returns[name].to_numpy()
    first = str(alone.evaluated.sessions[1].date())
    assert (longest.first, longest.sessions, longest.warmup) == (first, len(returns), warmup)
    assert longest.net_return == pytest.approx(float(np.prod(1.0 + returns)) - 1.0, abs=1e-9)
    assert (longest.cagr, longest.sharpe, longest.max_drawdown) == pytest.approx(
        (figures.cagr, figures.sharpe, figures.max_drawdown), abs=1e-9
    )
    assert longest.timing_ir == pytest.approx(alone.timing.information_ratio[0], abs=1e-12)


@pytest.mark.parametrize("rebalance", ["daily", 0.03])
def test_they_are_rebalanced_as_the_study_says(market: Market, rebalance: str | float) -> None:
    mix = {"strategy": "when", "params": {"hold": "both", "otherwise": "both"}}
    (name,) = (s.label for s in experiment_of(market, mix).strategies if s.name == "when")
    longest = longest_windows(experiment_of(market, mix, SLOW, rebalance=rebalance))[name]
    alone = experiment_of(market, mix, rebalance=rebalance)
    returns = alone.backtest.returns[name].to_numpy()
    assert longest.sessions == len(returns)
    assert longest.net_return == pytest.approx(float(np.prod(1.0 + returns)) - 1.0, abs=1e-9)
    monthly = longest_windows(experiment_of(market, mix, SLOW))[name].net_return
    assert monthly != pytest.approx(longest.net_return, abs=1e-4)


def test_a_benchmark_has_all_sessions_and_no_timing(market: Market) -> None:
    longest = longest_windows(experiment_of(market, SLOW))["cash"]
    assert (longest.sessions, longest.warmup, longest.timing_ir) == (len(market.sessions) - 1, 0, None)
    assert longest.net_return == pytest.approx(np.prod(1.0 + market.cash_returns[1:]) - 1.0, abs=1e-9)
