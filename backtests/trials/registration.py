"""An idea of one's own, registered before its first evaluation, and the share of the error that it has for itself.

A rule that is judged among many others must beat what the best of all of them reaches by chance. One that was named,
with its code, before anybody saw what it does on some prices need not: it has a share of the error for itself, as the
primary of a study has. Such shares come out of one sum that the prices have once and for all, so that whoever registers
again and again spends it and errs no more often: the first registration has half of it, each later one half of what is
left, and after the fifth nothing is left to have.

A registration after other results were seen may resemble what did well. Its p-value is scaled by N^r, N the effective
number of trials on these prices that were evaluated before it was registered and r the largest correlation of its
timing with that of any of them: a copy is one of all, a rule unlike any of them keeps its share whole.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.trials.return_sketches import DRAWS

SUM = 1.0 / 3.0
"""All shares together, as a part of the error rate: beside a study's 3 % they spend 1 %."""

MOST = 5
"""Registrations that have a share on the same prices."""


@dataclass(frozen=True)
class Registration:
    """A file that was registered on some prices.

    file: sha256 of it and of what it imports.  variants: full names of its variants, which split its share.
    at: UTC instant.  place: which registration on these prices it is, from 1.
    """

    file: str
    name: str
    variants: tuple[str, ...]
    why: str
    at: str
    place: int

    @property
    def day(self) -> str:
        """The day of the registration, YYYY-MM-DD."""
        return str(self.at)[:10]

    @property
    def share(self) -> float:
        """The part of the error rate that each of its variants has for itself."""
        return share_of(self.place) / len(self.variants)


@dataclass(frozen=True)
class Claim:
    """What a registered variant has for itself when it is judged.

    share: part of the error rate.  before: effective number of the trials evaluated before its registration.
    likeness: largest correlation of its timing with theirs.
    """

    registration: Registration
    share: float
    before: float
    likeness: float

    def p(self, p: float) -> float:
        """Its p-value, to be compared with the whole error rate; p: its own, alone."""
        return registered_p(p, share=self.share, before=self.before, likeness=self.likeness)

    def needed(self, alpha: float) -> float:
        """The largest p-value of its own with which it passes at this error rate."""
        return float(alpha * self.share / max(self.before, 1.0) ** self.likeness)


def share_of(place: int) -> float:
    """The share of the registration that is the first, second … on its prices; 0 where none is left."""
    return float(SUM * 0.5**place) if 1 <= place <= MOST else 0.0


def registered_p(p: float, *, share: float, before: float, likeness: float) -> float:
    """A registered variant's p-value, to be compared with the whole error rate.

    p: its own, alone.  before: effective number of the trials evaluated before it was registered.  likeness: largest
    correlation of its timing with theirs, 0 to 1.
    """
    return float(min(1.0, p * max(before, 1.0) ** likeness / share))


def likeness_to(timing: bytes, others: Collection[bytes]) -> float:
    """The largest correlation of a sketch of timing with others, 0 at least; of those that vary."""
    if not others:
        return 0.0
    rows = np.frombuffer(b"".join((timing, *others)), dtype=np.float16).reshape(-1, DRAWS).astype(float)
    rows = rows[np.isfinite(rows).all(axis=1)]
    rows = rows - rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1)
    if len(rows) < 2 or not norms[0] > 0:
        return 0.0
    correlations = rows[1:] @ rows[0] / np.where(norms[1:] > 0, norms[1:] * norms[0], np.inf)
    return float(np.clip(correlations.max(), 0.0, 1.0))
