"""The book: one account that divides its capital among the accounts of many pairs, at equal risk, in vectorbt.

Each pair's own account, net of its costs and with interest on its cash, is an asset whose price is its value. In the
first session of a month the book sets the share of each: one over the volatility of the pair, measured on the sessions
before, of the shares of all pairs that trade then: one that has ended has none. They are filled a session later, and
what moves between accounts pays what moving it between their legs would. So all that is known of a share is known
before it is held.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from unlockstep.backtests.engine.portfolio import portfolio_class
from unlockstep.signals.market import Floats
from unlockstep.strategies.rebalancing import dates_of

LOOK_BACK = 252
"""Sessions that a pair's volatility is measured on, fewer at its beginning."""

FEWEST = 21
"""Sessions after which a pair has a volatility, and so a share."""

QUIET = 21
"""Sessions without a return after which a pair has ended: more than any holiday takes."""


def equal_risk(sessions: pd.DatetimeIndex, equal_mix: pd.DataFrame) -> pd.DataFrame:
    """T x P shares of the book that are ordered in each session, NaN in sessions without an order.

    equal_mix: returns of the two legs of each pair in equal parts, NaN before its first evaluated session; the
    volatility in session D is of the LOOK_BACK sessions up to D. A pair without a return in the QUIET sessions up to D
    has no share.
    """
    deviation = equal_mix.rolling(LOOK_BACK, min_periods=FEWEST).std().reindex(sessions).ffill()
    trades = equal_mix.notna().rolling(QUIET, min_periods=1).max().reindex(sessions).ffill() > 0
    inverse = (1.0 / deviation.where((deviation > 0) & trades)).fillna(0.0)
    total = inverse.sum(axis=1)
    shares = inverse.div(total.where(total > 0), axis=0)
    turns = dates_of("monthly", sessions.to_numpy())
    turns[int(np.argmax(total.to_numpy() > 0))] = True
    decided = shares.where(pd.Series(turns, index=sessions), axis=0)
    return decided.shift(1)  # filled a session after it was decided


def book_returns(shares: pd.DataFrame, accounts: Sequence[pd.DataFrame], cost_bps: Floats) -> pd.DataFrame:
    """T - 1 x B net simple returns of B books, on the sessions of the shares.

    shares: T x P, see `equal_risk`.  accounts: of each of the P pairs the net returns of B accounts, the same in each.
    cost_bps: length P, of what moves into or out of a pair's account.
    """
    names = list(accounts[0].columns)
    values = [(1.0 + each.reindex(shares.index).fillna(0.0)).cumprod() for each in accounts]
    columns = pd.MultiIndex.from_product([range(len(names)), shares.columns], names=["variant", "asset"])
    wide = np.stack([value.to_numpy() for value in values], axis=2).reshape(len(shares), -1)
    portfolio = portfolio_class().from_orders(
        close=pd.DataFrame(wide, index=shares.index, columns=columns),
        size=np.tile(shares.to_numpy(), (1, len(names))),
        size_type="targetpercent",
        fees=np.tile(cost_bps / 1e4, len(names)),
        group_by="variant",
        cash_sharing=True,
        call_seq="auto",
        freq="1D",
    )
    value = np.asarray(portfolio.value().to_numpy().reshape(len(shares), len(names)))
    return pd.DataFrame(value[1:] / value[:-1] - 1.0, index=shares.index[1:], columns=names)
