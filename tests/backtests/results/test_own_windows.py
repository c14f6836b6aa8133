"""A variant's own longest window: its figures are those of a study of it alone."""

from typing import Any

import numpy as np
import pytest

from tests.backtests.build import FAST, experiment_of
from tests.build import earning, random_market
from unlockstep.backtests.results.metrics import measure
from unlockstep.backtests.results.own_windows import own_windows
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
    own = own_windows(experiment_of(market, FAST, SLOW, **fixed))[name]
    alone = experiment_of(market, variant)
    figures, returns = measure(alone.backtest)[name], alone.backtest.returns[name].to_numpy()
    first = str(alone.evaluated.sessions[1].date())
    assert (own.first, own.sessions, own.warmup) == (first, len(returns), warmup)
    assert own.net_return == pytest.approx(float(np.prod(1.0 + returns)) - 1.0, abs=1e-9)
    assert (own.cagr, own.sharpe, own.max_drawdown) == pytest.approx(
        (figures.cagr, figures.sharpe, figures.max_drawdown), abs=1e-9
    )
    assert own.timing_ir == pytest.approx(alone.timing.information_ratio[0], abs=1e-12)


def test_a_benchmark_has_all_sessions_and_no_timing(market: Market) -> None:
    own = own_windows(experiment_of(market, SLOW))["cash"]
    assert (own.sessions, own.warmup, own.timing_ir) == (len(market.sessions) - 1, 0, None)
    assert own.net_return == pytest.approx(np.prod(1.0 + market.cash_returns[1:]) - 1.0, abs=1e-9)
