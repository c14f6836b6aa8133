"""TargetWeights: what to hold, stamped with the session of the decision.

When is a decision taken? In each session in which the wanted weights change. Where they are a mix, which drifts with
prices, in the first session of each month too; a whole account in one leg or in cash cannot drift.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.signals.errors import WeightsError

MAX_GROSS = 2.0
"""Largest sum of absolute weights: twice the account."""


@dataclass(frozen=True, eq=False)
class TargetWeights:
    """Decisions of one variant.

    variant:  its name
    frame:    one row a decision, index `session` (the session of the decision), a column a ticker: the share of the
              account to hold, negative for a short; the rest is cash. Between two rows nothing is decided and the
              holdings drift with prices.
    """

    variant: str
    frame: pd.DataFrame

    def __post_init__(self) -> None:
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
    def from_wanted(cls, variant: str, wanted: pd.DataFrame) -> "TargetWeights":
        """The decisions that follow from T x 2 wanted weights, a row a session; NaN where nothing is wanted yet."""
        values = wanted.to_numpy()
        defined = np.isfinite(values).all(axis=1)
        before = np.vstack([np.full((1, values.shape[1]), np.nan), values[:-1]])
        changed = (values != before).any(axis=1)
        months = wanted.index.to_numpy().astype("M8[M]").astype(np.int64)
        new_month = np.concatenate([[False], np.diff(months) != 0])
        drifts = ~((values == 0.0) | (values == 1.0)).all(axis=1)
        return cls(variant, wanted.loc[defined & (changed | (new_month & drifts))])

    def weights_in_force(self, sessions: pd.DatetimeIndex) -> pd.DataFrame:
        """The decision in force at the end of each session: T rows, NaN before the first decision."""
        decided = np.vstack([np.full((1, self.frame.shape[1]), np.nan), self.frame.to_numpy(dtype=float)])
        latest = self.frame.index.searchsorted(sessions, side="right")
        # not copied, so that rows stay together in memory: the last digit of an average over sessions depends on it
        return pd.DataFrame(decided[latest], sessions, self.frame.columns, copy=False)

    def since(self, session: pd.Timestamp) -> "TargetWeights":
        """The decisions from `session` on, opening with the one then in force (none where none was)."""
        later = int(self.frame.index.searchsorted(session, side="right"))
        if not later:
            return self
        dates = self.frame.index.to_numpy()[later - 1 :].copy()
        dates[0] = session.to_datetime64()
        index = pd.DatetimeIndex(dates, name="session")
        return TargetWeights(self.variant, self.frame.iloc[later - 1 :].set_axis(index, axis=0))
