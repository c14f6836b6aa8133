"""The common work, in arrays: what every competitor is asked to do, and what it answers.

From target weights each competitor computes, for every variant: the simulation of one account with cash shared by two
legs, its session returns, their annual Sharpe ratio, and the final value. Orders are filled at the close of their
session, sells first; a buy that the cash does not cover, fee included, is cut to what it covers; units are fractional.

Nothing of the project is imported here, so that a competitor's cold start is its own.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CAPITAL = 100_000.0
FEE = 0.001
"""Share of the traded value, on both legs: 10 basis points. There is no slippage, borrow cost or interest."""
YEAR = 252
"""Sessions in a year."""


@dataclass(frozen=True, eq=False)
class Work:
    """The same work for all.

    dates:   T days, datetime64
    prices:  T x 2 closes, at which orders are filled and accounts valued
    targets: T x V x 2 shares of the account to hold, in the row of the session of the fill; NaN: no order, so that
             holdings drift
    tickers: of both legs
    """

    dates: NDArray[np.datetime64]
    prices: Floats
    targets: Floats
    tickers: tuple[str, str]

    @property
    def sessions(self) -> int:
        """T."""
        return len(self.prices)

    @property
    def variants(self) -> int:
        """V."""
        return int(self.targets.shape[1])

    def first(self, variants: int) -> "Work":
        """The work on the first variants only."""
        return replace(self, targets=np.ascontiguousarray(self.targets[:, :variants]))

    def crypto_only(self) -> "Work":
        """The same with nothing ever wanted of the equity leg, for those who know one asset only."""
        return replace(self, targets=self.targets * np.array([1.0, 0.0]))

    def save(self, file: Path) -> None:
        """Write the work to an .npz file, for a fresh process to load."""
        np.savez(file, dates=self.dates, prices=self.prices, targets=self.targets, tickers=np.array(self.tickers))

    @classmethod
    def load(cls, file: Path) -> "Work":
        """The work in a file that `save` wrote."""
        with np.load(file) as arrays:
            first, second = arrays["tickers"]
            return cls(arrays["dates"], arrays["prices"], arrays["targets"], (str(first), str(second)))


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a competitor answers.

    sharpe: V annual Sharpe ratios of session returns against zero, ddof 1; NaN where an account never traded
    final:  V account values at the last close, in currency
    """

    sharpe: Floats
    final: Floats

    @classmethod
    def of_values(cls, values: Floats) -> "Outcome":
        """From T x V account values, the capital first."""
        returns = values[1:] / values[:-1] - 1.0
        deviation = returns.std(axis=0, ddof=1)
        moves = deviation > 0.0
        ratio = np.divide(returns.mean(axis=0), deviation, out=np.full(len(moves), np.nan), where=moves)
        return cls(ratio * np.sqrt(YEAR), values[-1])

    def first(self, variants: int) -> "Outcome":
        """The answer on the first variants only."""
        return Outcome(self.sharpe[:variants], self.final[:variants])
