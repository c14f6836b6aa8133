"""A plain compiled loop: the obvious accounting, one variant after another, one session after another, one thread.

What anyone would write with numba in an afternoon. It knows nothing of the strategies and spares nothing by knowing.
"""

import numpy as np
from numba import njit

from benchmarks.work import CAPITAL, FEE, YEAR, Floats, Outcome, Work


def arranged(work: Work) -> Floats:
    """V x T x 2 targets, one variant's after another's: the order in which the loop reads them."""
    return np.ascontiguousarray(work.targets.transpose(1, 0, 2))


def simulate(work: Work, targets: Floats | None = None) -> Outcome:
    """`targets`: what `arranged` made of the work; where it is given, arranging them is not part of what is timed."""
    sharpe, final = _run(work.prices, arranged(work) if targets is None else targets, CAPITAL, FEE, YEAR)
    return Outcome(sharpe, final)


@njit()
def _run(
    prices: Floats, targets: Floats, capital: float, fee: float, year: float
) -> tuple[Floats, Floats]:  # pragma: no cover - compiled
    variants, sessions = targets.shape[0], prices.shape[0]
    sharpe, final = np.empty(variants), np.empty(variants)
    returns = np.empty(sessions - 1)
    units = np.empty(2)
    wanted = np.empty(2)
    for variant in range(variants):
        cash = capital
        units[:] = 0.0
        before = 0.0
        for session in range(sessions):
            price = prices[session]
            target = targets[variant, session]
            if not np.isnan(target[0]):
                value = cash + units[0] * price[0] + units[1] * price[1]
                for leg in range(2):
                    wanted[leg] = target[leg] * value - units[leg] * price[leg]
                first = 0 if wanted[0] <= wanted[1] else 1
                for leg in (first, 1 - first):  # sells first: they pay for the buys
                    amount = wanted[leg]
                    if amount > 0.0:
                        amount = min(amount, cash / (1.0 + fee))
                    units[leg] += amount / price[leg]
                    cash -= amount + fee * abs(amount)
            value = cash + units[0] * price[0] + units[1] * price[1]
            if session > 0:
                returns[session - 1] = value / before - 1.0
            before = value
        mean = returns.mean()
        variance = ((returns - mean) ** 2).sum() / (sessions - 2)
        sharpe[variant] = mean / np.sqrt(variance) * np.sqrt(year) if variance > 0.0 else np.nan
        final[variant] = before
    return sharpe, final
