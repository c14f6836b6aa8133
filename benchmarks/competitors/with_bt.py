"""bt: a tree of nodes, one backtest a variant, its own loop over the sessions (compiled with Cython).

Two ways, both with fractional units:

simulate    as its users write it, WeighTarget and Rebalance. bt lets an order *cost* the wanted change of the position,
            fee included, where the engine lets the position *be* the target and pays the fee besides; and it trades in
            the order of the columns. So the accounts differ by about the fee of the traded part.
in_concert  the same accounting as the engine: a step of ours sizes the orders, bt executes, charges and values them.

bt computes its own performance statistics in every run; there is no way to ask it not to.
"""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.work import CAPITAL, FEE, Outcome, Work


def simulate(work: Work) -> Outcome:
    """Orders as bt sizes them."""
    import bt

    return _run(work, lambda weights: [bt.algos.WeighTarget(weights), bt.algos.Rebalance()])


def in_concert(work: Work) -> Outcome:
    """Orders as the engine sizes them."""
    return _run(work, lambda weights: [_orders_of(weights)])


def _run(work: Work, steps: Any) -> Outcome:
    import bt

    dates = pd.DatetimeIndex(work.dates)
    prices = pd.DataFrame(work.prices, dates, list(work.tickers))
    values = np.empty((work.sessions, work.variants))
    for variant in range(work.variants):
        weights = pd.DataFrame(work.targets[:, variant], dates, prices.columns).dropna()
        backtest = bt.Backtest(
            bt.Strategy(str(variant), steps(weights)),
            prices,
            initial_capital=CAPITAL,
            commissions=_fee,
            integer_positions=False,
        )
        backtest.run()
        values[:, variant] = backtest.strategy.values.to_numpy()[1:]  # bt begins a day before the first session
    return Outcome.of_values(values)


def _fee(quantity: float, price: float) -> float:
    return abs(quantity) * price * FEE


def _orders_of(weights: pd.DataFrame) -> Any:
    """A step of bt that trades to the weights of the session: sells first, buys cut to what the cash covers."""
    wanted_at = dict(zip(weights.index, weights.to_numpy(), strict=True))
    tickers = list(weights.columns)

    def trade(strategy: Any) -> bool:
        target = wanted_at.get(strategy.now)
        if target is None:
            return True
        prices = strategy.universe.loc[strategy.now]
        value, orders = strategy.value, []
        for ticker, share in zip(tickers, target, strict=True):
            position = strategy.children[ticker].position if ticker in strategy.children else 0.0
            orders.append((share * value - position * prices[ticker], ticker))
        for amount, ticker in sorted(orders):
            spent = min(amount, strategy.capital / (1.0 + FEE))
            if spent != 0.0:
                strategy.transact(spent / prices[ticker], ticker)
        return True

    return trade
