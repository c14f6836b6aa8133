"""Months and crises: what an account brought in each, from its net returns a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from unlockstep.backtests.engine.orders import SMALLEST_ORDER
from unlockstep.backtests.results.metrics import max_drawdown
from unlockstep.backtests.results.model.run import CrisisResult
from unlockstep.backtests.results.model.variant import CalendarYear, CrisisReturn
from unlockstep.signals.market import Market
from unlockstep.signals.resolution import RESOLUTION

MIN_CORRELATED = 10
"""Fewest sessions whose correlation says anything at all."""


def months(returns: pd.Series) -> tuple[CalendarYear, ...]:
    """A row a year: its twelve months' compounded returns, None for those without a session, and the year's.

    The first and the last may be parts.

    returns: simple returns by session. No NaN.
    """
    sessions = pd.DatetimeIndex(returns.index)
    log = np.log1p(returns.to_numpy())
    place = sessions.year.to_numpy() * 12 + sessions.month.to_numpy() - 1
    rows = []
    for year in np.unique(sessions.year):
        of = [log[place == 12 * year + number] for number in range(12)]
        compounded = [float(np.expm1(month.sum())) if len(month) else None for month in of]
        total = float(np.expm1(sum(float(m.sum()) for m in of)))
        rows.append(CalendarYear(year=int(year), months=compounded, total=total))
    return tuple(rows)


@dataclass(frozen=True)
class Crisis:
    """A stretch of time that readers ask about: its first and last session, and what happened."""

    name: str
    first: date
    last: date
    description: str


CRISES: Sequence[Crisis] = (
    Crisis("crypto winter", date(2018, 1, 16), date(2018, 12, 14), "ETH falls from its peak of January to its low"),
    Crisis("sell-off of 2018", date(2018, 9, 21), date(2018, 12, 24), "S&P 500 from peak to low"),
    Crisis("pandemic", date(2020, 2, 20), date(2020, 3, 23), "S&P 500 from peak to low"),
    Crisis("crypto crash", date(2021, 5, 12), date(2021, 5, 21), "China's ban on mining and payment services"),
    Crisis("bear market of 2022", date(2022, 1, 4), date(2022, 10, 12), "S&P 500 from peak to low; rates rise"),
    Crisis("Terra", date(2022, 5, 6), date(2022, 5, 13), "the stablecoin UST loses its peg"),
    Crisis("FTX", date(2022, 11, 7), date(2022, 11, 21), "the exchange fails"),
    Crisis("regional banks", date(2023, 3, 8), date(2023, 3, 17), "Silicon Valley Bank fails"),
    Crisis("carry trades", date(2024, 8, 1), date(2024, 8, 5), "the yen rises, leverage is unwound"),
    Crisis("tariffs", date(2025, 4, 3), date(2025, 4, 8), "tariffs announced on April 2"),
    Crisis("liquidations", date(2025, 10, 10), date(2025, 10, 17), "leveraged crypto positions are closed by force"),
)
"""Chosen with hindsight, and by what fell: they describe, and test nothing."""


def crises(market: Market) -> tuple[CrisisResult, ...]:
    """The crises wholly within the sessions of the accounts' returns, each with its correlation of log returns.

    market: the evaluated window; its first session has no return.
    correlation: None with fewer than MIN_CORRELATED sessions, or where a leg does not vary.
    """
    logs = market.log_returns
    entries = []
    for crisis in _within(market.sessions[1:]):
        inside = logs.loc[str(crisis.first) : str(crisis.last)].to_numpy()
        enough = len(inside) >= MIN_CORRELATED and bool((inside.std(axis=0) > RESOLUTION).all())
        entries.append(
            CrisisResult(
                name=crisis.name,
                first=str(crisis.first),
                last=str(crisis.last),
                told=crisis.description,
                sessions=len(inside),
                correlation=float(np.corrcoef(inside.T)[0, 1]) if enough else None,
            )
        )
    return tuple(entries)


def through_crises(returns: pd.Series, exposure: pd.Series) -> tuple[CrisisReturn, ...]:
    """What an account brought in each crisis, in the order of `crises`: its return, and its worst fall from a peak.

    returns: simple returns of the evaluated window's sessions.  exposure: the share of the account, gross, that earned
    each of them.
    """
    rows = []
    for crisis in _within(pd.DatetimeIndex(returns.index)):
        stretch = slice(str(crisis.first), str(crisis.last))
        inside, share = returns.loc[stretch].to_numpy(), float(exposure.loc[stretch].mean())
        rows.append(
            CrisisReturn(
                simple_return=float(np.prod(1.0 + inside) - 1.0),
                fall=max_drawdown(inside),
                exposure=share if share > SMALLEST_ORDER else 0.0,
            )
        )
    return tuple(rows)


def _within(sessions: pd.DatetimeIndex) -> list[Crisis]:
    if not len(sessions):
        return []
    first, last = sessions[0].date(), sessions[-1].date()
    return [crisis for crisis in CRISES if first < crisis.first and crisis.last <= last]
