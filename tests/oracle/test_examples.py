"""Every example decides, and earns, what a loop over its bars does."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.oracle.accounting import keep_books
from tests.oracle.example_rules import RULES, Bars, History, Wanted, decisions
from tests.oracle.test_oracle import CAPITAL, DEAR, DUST, TOLERANCE, assert_same_trades, paying, tariff_of
from unlockstep.backtests.engine.portfolio import run
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.signals import FisherBreak, Market
from unlockstep.signals.market import Leg

EXAMPLES = Path(__file__).parents[2] / "examples"


def bars_of(leg: Leg) -> Bars:
    high, low, close, volume = (leg.series(field).tolist() for field in ("high", "low", "close", "volume"))
    return Bars(high, low, close, volume)


@pytest.fixture(scope="module")
def history(edge: Market) -> History:
    states = FisherBreak().compute(edge).tolist()
    coupled = [None if np.isnan(state) else state == 0.0 for state in states]
    days = [session.date() for session in edge.sessions]
    vix = edge.context_series("vix").close.tolist()
    return History(days, bars_of(edge.crypto), bars_of(edge.equity), vix, coupled)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_an_example_fills_and_earns_what_a_loop_over_its_bars_does(
    rule: Callable[[History], Wanted], edge: Market, history: History
) -> None:
    (strategy,) = load(EXAMPLES / f"{rule.__name__}.py").strategies.values()
    market, interest = paying(edge, "daily")
    result = run(market, [strategy().decide(market)], DEAR, fill="close", lag=1, capital=CAPITAL)
    books = keep_books(
        list(zip(market.crypto.open.tolist(), market.equity.open.tolist(), strict=True)),
        list(zip(market.crypto.close.tolist(), market.equity.close.tolist(), strict=True)),
        decisions(rule(history), history.days),
        fill="close",
        lag=1,
        tariff=tariff_of(DEAR),
        capital=CAPITAL,
        interest=interest,
    )
    (name,) = result.value.columns
    np.testing.assert_allclose(result.value[name], books.values, rtol=TOLERANCE)
    np.testing.assert_allclose(result.exposure[name], books.exposures, rtol=TOLERANCE, atol=1e-10)
    made = [trade for trade in books.trades if abs(trade.units) * trade.price > DUST]
    assert len(made) > 5
    assert_same_trades(market, name, result.trades[result.trades["size"] * result.trades["price"] > DUST], made)


def test_every_example_has_its_loop() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == sorted(rule.__name__ for rule in RULES)
