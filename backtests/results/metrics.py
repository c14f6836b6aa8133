"""What each account did: performance figures of a simulation, net of all costs. Annual figures per 252 sessions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.backtests.engine.portfolio import BacktestResult
from unlockstep.backtests.stats.cagr import cagr
from unlockstep.backtests.stats.sharpe import excess_returns, sharpe_ratio
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.signals.resolution import RESOLUTION


@dataclass(frozen=True)
class Metrics:
    """Figures of one variant; fractions, not percent; NaN where a figure does not exist (no variation, no drawdown).

    cagr: compound annual growth.  volatility: annual standard deviation.
    sharpe, sortino: of returns in excess of cash.
    max_drawdown: largest fall from a peak, zero or negative.  calmar: cagr / |max_drawdown|.
    turnover: value traded a year, buys and sells, as a multiple of the account.
    exposure: ticker → average share of the account at the close.  trades: number of fills.
    costs_paid: fees, slippage and borrow cost a year, as a fraction of the account at the time.
    """

    cagr: float
    volatility: float
    sharpe: float
    sortino: float
    max_drawdown: float
    calmar: float
    turnover: float
    exposure: dict[str, float]
    trades: int
    costs_paid: float


def max_drawdown(returns: Floats) -> float:
    """Largest fall from a peak of the account that T simple returns build up, the start included; zero or negative."""
    value = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    return float((value / np.maximum.accumulate(value) - 1.0).min())


def sortino(returns: Floats) -> float:
    """Annual mean of T excess returns over the annual root mean square of the negative ones; NaN without any."""
    downside = float(np.sqrt((np.minimum(returns, 0.0) ** 2).mean()))
    return float(returns.mean() / downside * np.sqrt(SESSIONS_PER_YEAR)) if downside > RESOLUTION else float("nan")


def measure(result: BacktestResult) -> dict[str, Metrics]:
    """The metrics of every variant of a simulation, by name."""
    fills = result.trades.groupby("variant").size()
    before = result.value.shift().iloc[1:]
    turnover = (result.traded.iloc[1:] / before).mean() * SESSIONS_PER_YEAR
    paid = (result.costs_paid.iloc[1:] / before).mean() * SESSIONS_PER_YEAR
    exposure = result.exposure.iloc[:-1].mean()  # what was held while each session's return was earned
    return {
        name: _metrics(
            result.returns[name].to_numpy(),
            result.risk_free,
            turnover=float(turnover[name]),
            exposure={str(ticker): float(share) for ticker, share in exposure[name].items()},
            trades=int(fills.get(name, 0)),
            costs_paid=float(paid[name]),
        )
        for name in result.returns.columns
    }


def _metrics(
    returns: Floats, risk_free: Floats, *, turnover: float, exposure: dict[str, float], trades: int, costs_paid: float
) -> Metrics:
    growth, fall, excess = cagr(returns), max_drawdown(returns), excess_returns(returns, risk_free)
    return Metrics(
        cagr=growth,
        volatility=float(returns.std(ddof=1) * np.sqrt(SESSIONS_PER_YEAR)),
        sharpe=sharpe_ratio(excess),
        sortino=sortino(excess),
        max_drawdown=fall,
        calmar=growth / -fall if fall < -RESOLUTION else float("nan"),
        turnover=turnover,
        exposure=exposure,
        trades=trades,
        costs_paid=costs_paid,
    )


@dataclass(frozen=True)
class YearFigures:
    """A calendar year of an account: its number of sessions, compounded return and annual Sharpe ratio over cash."""

    year: int
    sessions: int
    simple_return: float
    sharpe: float


def by_year(returns: pd.Series, risk_free: Floats) -> list[YearFigures]:
    """The figures of each calendar year; risk_free: simple returns of cash on the same sessions."""
    excess = pd.Series(excess_returns(returns.to_numpy(), risk_free), returns.index)
    years = returns.groupby(pd.DatetimeIndex(returns.index).year)
    return [
        YearFigures(
            year=int(year),
            sessions=len(part),
            simple_return=float(np.prod(1.0 + part.to_numpy()) - 1.0),
            sharpe=sharpe_ratio(excess[part.index].to_numpy()),
        )
        for year, part in years
    ]
