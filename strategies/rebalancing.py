"""When a mix, which drifts with prices, is brought back to its weights, though nothing new was decided.

monthly  in the first session of each month
daily    in each session
never    only when the wanted weights change
a band   such as 0.05: when a leg's share of the account is off by more than that

A whole account in one leg or in cash cannot drift. What is in force is the same whichever is chosen; only what trading
costs, and how far holdings stray from it, differ.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BeforeValidator

from unlockstep.signals.market import Floats, Market

RebalanceDates = Literal["monthly", "daily", "never"]
"""What the calendar alone decides."""


def _checked(value: Any) -> Any:
    if value is None or value in get_args(RebalanceDates):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1:
        return float(value)
    raise ValueError("monthly, daily, never, or a band between 0 and 1 such as 0.05 is needed")


Rebalance: TypeAlias = RebalanceDates | float
"""When a mix is rebalanced; a number is a band."""

RebalanceSetting: TypeAlias = Annotated[Rebalance | None, BeforeValidator(_checked)]
"""The same as a setting, refused in one sentence where it is neither; None for each strategy's own."""


def rebalance_of(setting: Rebalance | None, rules: Iterable[Rebalance]) -> Rebalance:
    """When an account that switches between rules is rebalanced: as a study says, else as all the rules do, else
    monthly.
    """
    every = set(rules)
    return setting or (every.pop() if len(every) == 1 else "monthly")


def dates_of(rebalance: Rebalance, sessions: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Length T: True in the sessions in which a mix is rebalanced whatever it has become; none for a band."""
    if rebalance == "daily":
        return np.ones(len(sessions), dtype=bool)
    if rebalance != "monthly":
        return np.zeros(len(sessions), dtype=bool)
    months = sessions.astype("M8[M]").astype(np.int64)
    return np.concatenate([[False], np.diff(months) != 0])


def first_of_month(sessions: pd.Index) -> pd.Series:
    """Length T: True in the first session of each month, in which a rule that decides once a month does.

    The first of all sessions is none: whether the month began with it is not known.
    """
    return pd.Series(dates_of("monthly", sessions.to_numpy()), sessions)


def drifts(weights: Floats) -> NDArray[np.bool_]:
    """Length T: whether T x k weights are those of a mix; NaN counts as one."""
    return np.asarray(~((weights == 0.0) | (weights == 1.0)).all(axis=1))


def growth_of(market: Market) -> Floats:
    """T x (N + 1): by what each leg and cash have grown from the close before; 1 in the first session."""
    closes = np.column_stack([leg.close for leg in market.legs])
    growth = np.ones((len(closes), closes.shape[1] + 1))
    growth[1:, :-1] = closes[1:] / closes[:-1]
    growth[1:, -1] = 1.0 + market.cash_returns[1:]
    return growth


def drifted(
    wanted: Sequence[Floats], warmups: NDArray[np.int64], opening: int, market: Market, band: float, lag: int
) -> NDArray[np.bool_]:
    """N x T: True where holdings have drifted by more than the band, and no order is under way.

    wanted: n x T shares of each leg, or of the first of them, NaN for no change.  warmups: length n, the session before
    which nothing is decided.  opening: the session in which the account is opened, with what is then in force.  market:
    of T sessions, the prices at which holdings drift.  lag: sessions from a decision to its fill.
    Holdings are reckoned from the close of the fill; what trading and borrowing cost is left out.
    """
    from unlockstep.signals.compiled_positions import beyond_band

    growth = growth_of(market)[:, [*range(len(wanted)), -1]]
    return np.asarray(beyond_band(np.stack(wanted), warmups, opening, growth, band, lag))
