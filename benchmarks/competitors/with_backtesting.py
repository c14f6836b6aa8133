"""backtesting.py: one asset, one backtest a variant, a loop over the sessions in Python.

It knows no second asset, so it is given the crypto leg alone, and its answers are compared with those of the engine
where nothing is ever wanted of the equity leg. Two things differ by its design:

 - Units are whole numbers. FractionalBacktest makes them 1e-8 of a unit, and an order is rounded down to that.
 - The fee of a fill at the close is in the account's value from the next session on. Final values agree but for the
   rounding; the Sharpe ratio sees each fee a session later.
"""

import warnings
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.work import CAPITAL, FEE, Outcome, Work

SMALLEST = 1e-8
"""Units are multiples of this."""


def simulate(work: Work) -> Outcome:
    """The crypto leg's targets; those of the equity leg are not read."""
    from backtesting.lib import FractionalBacktest

    close = pd.Series(work.prices[:, 0], pd.DatetimeIndex(work.dates))
    bars = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close"), close)).assign(Volume=0.0)
    values = np.empty((work.sessions, work.variants))
    # Its progress bar would cost time and be seen; trades still open at the end are valued at the close.
    with warnings.catch_warnings(), patch("backtesting.backtesting._tqdm", lambda bars, **_: bars):
        warnings.filterwarnings("ignore", "Some trades remain open")
        for variant in range(work.variants):
            answer = FractionalBacktest(
                bars,
                _following(work.targets[:, variant, 0]),
                cash=CAPITAL,
                commission=FEE,
                trade_on_close=True,  # an order given at a session's close is filled at that close
                fractional_unit=SMALLEST,
            ).run()
            values[:, variant] = answer["_equity_curve"]["Equity"].to_numpy()
    return Outcome.of_values(values)


def _following(targets: Any) -> Any:
    """A strategy class that trades to the targets, T shares of the account, NaN where nothing is ordered."""
    from backtesting import Strategy

    class Following(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            pass

        def next(self) -> None:
            target = targets[len(self.data) - 1]
            if np.isnan(target):
                return
            price = self.data.Close[-1]
            amount = target * self.equity - self.position.size * price
            if amount > 0.0:
                cash = self.equity - self.position.size * price
                amount = min(amount, cash / (1.0 + FEE))
            units = int(abs(amount) / price)
            if units:
                (self.buy if amount > 0.0 else self.sell)(size=units)

    return Following
