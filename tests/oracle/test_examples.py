"""Every example decides, and earns, what a loop over its bars does."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.build import PAIR
from tests.oracle.accounting import keep_books
from tests.oracle.example_rules import ALLOCATIONS, RULES, Bars, History, Wanted, decisions
from tests.oracle.test_oracle import CAPITAL, DEAR, DUST, TOLERANCE, assert_same_trades, paying, tariff_of
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.engine.portfolio import run
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.signals import FisherBreak, Market
from unlockstep.signals.market import Leg

EXAMPLES = Path(__file__).parents[2] / "examples"


ON_THREE = Costs((40.0, 20.0, 5.0), (30.0, 10.0, 2.0), borrow_rate=0.10)


@pytest.fixture(scope="module")
def three() -> Market:
    return load_market("demo", (*PAIR, "SPY"), start=None, end=None, seed=1)


def bars_of(leg: Leg) -> Bars:
    high, low, close, volume = (leg.series(field).tolist() for field in ("high", "low", "close", "volume"))
    return Bars(high, low, close, volume)


def history_of(market: Market) -> History:
    states = FisherBreak().compute(market).tolist()
    coupled = [None if np.isnan(state) else state == 0.0 for state in states]
    days = [session.date() for session in market.sessions]
    vix = market.context_series("vix").close.tolist()
    return History(days, [bars_of(leg) for leg in market.legs], vix, coupled)


def check(rule: Callable[[History], Wanted], market: Market, costs: Costs) -> None:
    """What the example of that name decides, run by the engine, is what the rule decides, kept in the books."""
    (strategy,) = load(EXAMPLES / f"{rule.__name__}.py").strategies.values()
    history = history_of(market)
    market, interest = paying(market, "daily")
    result = run(market, [strategy().decide(market)], costs, fill="close", lag=1, capital=CAPITAL)
    books = keep_books(
        list(zip(*(leg.open.tolist() for leg in market.legs), strict=True)),
        list(zip(*(leg.close.tolist() for leg in market.legs), strict=True)),
        decisions(rule(history), history.days),
        fill="close",
        lag=1,
        tariff=tariff_of(costs),
        capital=CAPITAL,
        interest=interest,
    )
    (name,) = result.value.columns
    np.testing.assert_allclose(result.value[name], books.values, rtol=TOLERANCE)
    np.testing.assert_allclose(result.exposure[name], books.exposures, rtol=TOLERANCE, atol=1e-10)
    made = [trade for trade in books.trades if abs(trade.units) * trade.price > DUST]
    assert len(made) > 5
    assert_same_trades(market, name, result.trades[result.trades["size"] * result.trades["price"] > DUST], made)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_an_example_fills_and_earns_what_a_loop_over_its_bars_does(
    rule: Callable[[History], Wanted], edge: Market
) -> None:
    check(rule, edge, DEAR)


@pytest.mark.parametrize("rule", ALLOCATIONS, ids=lambda rule: rule.__name__)
def test_an_example_of_three_legs_fills_and_earns_what_a_loop_over_its_bars_does(
    rule: Callable[[History], Wanted], three: Market
) -> None:
    check(rule, three, ON_THREE)


def test_every_example_has_its_loop() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == sorted(rule.__name__ for rule in RULES + ALLOCATIONS)
