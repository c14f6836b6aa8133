"""RiskFree: what cash earns from one session to the next."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

SESSIONS_PER_YEAR = 252
"""Sessions in a year, used wherever a figure is made annual."""

CONSTANT, NOTHING = "a constant rate", "nothing"
"""Sources of what cash earns that are no series."""


@dataclass(frozen=True, eq=False)
class RiskFree:
    """What cash earns on T sessions.

    returns: T simple returns of cash, each from the session before; no account has the first, before which none is.
    rate: what a study calls it, its annual rate or the name of a series.  source: where it comes from, in words.
    """

    returns: NDArray[np.float64]
    rate: float | str
    source: str

    @classmethod
    def constant(cls, rate: float, sessions: int) -> "RiskFree":
        """An annual rate that never changes, a 252nd of it from each session to the next."""
        return cls(np.full(sessions, rate / SESSIONS_PER_YEAR), rate, CONSTANT if rate else NOTHING)

    def slice(self, start: int, stop: int) -> "RiskFree":
        """The same on the sessions numbered start to stop - 1."""
        return RiskFree(self.returns[start:stop], self.rate, self.source)

    @property
    def earned(self) -> NDArray[np.float64]:
        """T - 1 simple returns that an account has of its cash, the second session's first."""
        return self.returns[1:]

    @property
    def annual(self) -> float:
        """Average simple return a year; NaN for a single session."""
        return float(self.earned.mean() * SESSIONS_PER_YEAR) if len(self.earned) else float("nan")

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of the returns that an account has."""
        return hashlib.sha256(self.earned.astype("<f8").tobytes()).hexdigest()
