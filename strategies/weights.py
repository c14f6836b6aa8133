"""TargetWeights: what to hold, stamped with the session of the decision.

When is a decision taken? In each session in which the wanted weights change. Where they are a mix, which drifts with
prices, also when it is rebalanced (`rebalancing`): in the first session of each month, unless said otherwise.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.signals.errors import WeightsError
from unlockstep.signals.market import Instant, Market
from unlockstep.strategies.rebalancing import Rebalance, dates_of, drifted, drifts

MAX_GROSS = 2.0
"""Largest sum of absolute weights: twice the account."""


Cause: TypeAlias = Literal["decision", "rebalancing", "exit"]
"""Why something is ordered: the rule wants other weights; a mix has drifted; an exit rule, or the end of a day trade,
has closed a position."""

Causes: TypeAlias = NDArray[np.str_]
"""A cause a decision."""


@dataclass(frozen=True, eq=False)
class TargetWeights:
    """Decisions of one variant.

    variant:  its name
    frame:    one row a decision, index `session` (the session of the decision), a column a ticker: the share of the
              account to hold, negative for a short; the rest is cash. Between two rows nothing is decided and the
              holdings drift with prices.
    stated_causes: the `Cause` of each row; None where all are decisions
    available: when what a decision reads of its session is known
    day_trades: True for weights that are held from the open of the session to its close, and not after it
    """

    variant: str
    frame: pd.DataFrame
    stated_causes: Causes | None = None
    available: Instant = "after_close"
    day_trades: bool = False

    @property
    def causes(self) -> Causes:
        """The `Cause` of each row."""
        return np.full(len(self.frame), "decision") if self.stated_causes is None else self.stated_causes

    def __post_init__(self) -> None:
        if len(self.causes) != len(self.frame):
            raise WeightsError(
                f"{self.variant}: {len(self.causes)} causes of {len(self.frame)} decisions", name=self.variant
            )
        values = self.frame.to_numpy(dtype=float)
        index = self.frame.index
        if not (index.is_unique and index.is_monotonic_increasing):
            raise WeightsError(f"{self.variant}: decisions must be in order, one a session", name=self.variant)
        for problem, limit, bad in (
            ("a weight that is no finite number", None, ~np.isfinite(values).all(axis=1)),
            ("long weights of more than the whole account", 1, np.clip(values, 0, None).sum(axis=1) > 1 + 1e-9),
            (
                f"weights of more than {MAX_GROSS:g} times the account",
                MAX_GROSS,
                np.abs(values).sum(axis=1) > MAX_GROSS + 1e-9,
            ),
        ):
            if bad.any():
                row = int(np.argmax(bad))
                shown = ", ".join(f"{t} {w:.4g}" for t, w in zip(self.frame.columns, values[row], strict=True))
                raise WeightsError(
                    f"{self.variant} decided {problem} on {index[row].date()}: {shown}",
                    name=self.variant,
                    dates=[index[row]],
                    limit=limit,
                )

    @classmethod
    def from_wanted(
        cls,
        variant: str,
        wanted: pd.DataFrame,
        rebalance: Rebalance = "monthly",
        *,
        market: Market | None = None,
        lag: int = 1,
        exits: NDArray[np.bool_] | None = None,
    ) -> "TargetWeights":
        """The decisions that follow from T x N wanted weights, a row a session; NaN where nothing is wanted yet.

        rebalance: when a mix is; a band needs the `market` of these sessions, whose prices it drifts with, and the
        `lag` from decision to fill.  exits: length T, True where an exit rule keeps a position closed; the change in
        the first session of each stretch has that cause.
        """
        values = wanted.to_numpy()
        defined = np.isfinite(values).all(axis=1)
        before = np.vstack([np.full((1, values.shape[1]), np.nan), values[:-1]])
        changed = (values != before).any(axis=1)
        restated = dates_of(rebalance, wanted.index.to_numpy()) & drifts(values)
        if not isinstance(rebalance, str):
            if market is None:
                raise WeightsError(f"{variant}: a band needs the prices that holdings drift with", name=variant)
            legs = tuple(np.ascontiguousarray(leg)[None] for leg in values.T)
            restated = drifted(legs, np.zeros(1, dtype=np.int64), 0, market, rebalance, lag)[0]
        taken = defined & (changed | restated)
        causes = np.where(changed, "decision", "rebalancing")
        if exits is not None:
            causes[changed & exits & ~np.concatenate([[False], exits[:-1]])] = "exit"
        return cls(variant, wanted.loc[taken], causes[taken])

    @classmethod
    def of_day_trades(cls, variant: str, wanted: pd.DataFrame, available: Instant) -> "TargetWeights":
        """The decisions that follow from T x N weights to hold within each session; a row for each session in which
        something is, and for each change.
        """
        values = wanted.to_numpy()
        before = np.vstack([np.full((1, values.shape[1]), np.nan), values[:-1]])
        taken = np.isfinite(values).all(axis=1) & ((values != before) | (values != 0.0)).any(axis=1)
        return cls(variant, wanted.loc[taken], available=available, day_trades=True)

    def rebalanced(self, market: Market, rebalance: Rebalance, lag: int) -> "TargetWeights":
        """The same changes of weights on the sessions of `market`, with mixes rebalanced so; see `from_wanted`."""
        again = self.from_wanted(
            self.variant, self.weights_in_force(market.sessions), rebalance, market=market, lag=lag
        )
        left = again.frame.index.isin(self.frame.index[self.causes == "exit"]) & (again.causes == "decision")
        return replace(again, stated_causes=np.where(left, "exit", again.causes))

    def weights_in_force(self, sessions: pd.DatetimeIndex) -> pd.DataFrame:
        """The decision in force at the end of each session: T rows, NaN before the first decision."""
        decided = np.vstack([np.full((1, self.frame.shape[1]), np.nan), self.frame.to_numpy(dtype=float)])
        latest = self.frame.index.searchsorted(sessions, side="right")
        # not copied, so that rows stay together in memory: the last digit of an average over sessions depends on it
        return pd.DataFrame(decided[latest], sessions, self.frame.columns, copy=False)

    def since(self, session: pd.Timestamp) -> "TargetWeights":
        """The decisions from `session` on, opening with the one then in force (none where none was).

        Of day trades those after it: at its close, with which an account opens, they are over.
        """
        later = int(self.frame.index.searchsorted(session, side="right"))
        if self.day_trades:
            return replace(self, frame=self.frame.iloc[later:])
        if not later:
            return self
        dates = self.frame.index.to_numpy()[later - 1 :].copy()
        dates[0] = session.to_datetime64()
        index = pd.DatetimeIndex(dates, name="session")
        causes = self.causes[later - 1 :].copy()
        causes[0] = "decision"
        return TargetWeights(self.variant, self.frame.iloc[later - 1 :].set_axis(index, axis=0), causes)
