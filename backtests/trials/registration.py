"""The shares of the error that ideas have on the same prices: finite, given once and for all.

The first study on some prices has the whole error rate. Whoever comes later has seen its results, and may choose; so
later ideas share a sum of their own, whatever they are and however many studies there will be:

registered  Named with its code before its first evaluation, an idea is judged alone, as the primary of a study is: the
            first registration has half of a third of the error rate, each later one half of what is left, five in all.
later       The first ten later studies have a sixtieth each, for what is first tried in them and was not registered.

Beside its share an idea is judged by what it adds to all that was tried before it (`spanning`), so that one that
resembles what did well gains nothing by it, and the shares bound the error together: 3 % + 1 % + 0.5 %.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unlockstep.backtests.trials.spanning import Span

SUM = 1.0 / 3.0
"""The shares of registrations together, as a part of the error rate: 1 % beside the first study's 3 %."""

MOST = 5
"""Registrations that have a share on the same prices."""

MOST_LATER = 10
"""Later studies whose unregistered ideas have a share on the same prices."""

LATER_SUM = 1.0 / 6.0
"""Their shares together, as a part of the error rate: another 0.5 %."""


@dataclass(frozen=True)
class Registration:
    """A file that was registered on some prices.

    file: sha256 of it and of what it imports.  variants: full names of its variants, which split its share.
    at: UTC instant.  place: which registration on these prices it is, from 1.  after: number of the last evaluation in
    the ledger when it was made.
    """

    file: str
    name: str
    variants: tuple[str, ...]
    why: str
    at: str
    place: int
    after: int

    @property
    def day(self) -> str:
        """The day of the registration, YYYY-MM-DD."""
        return str(self.at)[:10]

    @property
    def share(self) -> float:
        """The part of the error rate that each of its variants has for itself."""
        return share_of(self.place) / len(self.variants)


@dataclass(frozen=True)
class Share:
    """What an idea has of the error for itself, and what it adds to the trials before it.

    part: of the error rate.  place: which registration, or which later study, on these prices it is of, from 1.
    span: what earlier trials explain of its timing.  added_p: p-value of what it adds to them.
    unknown: effective number of earlier trials of which no t is known, such as a sweep's: it is one of all of them.
    registration: None of an idea that was not registered.
    """

    part: float
    place: int
    span: "Span"
    added_p: float
    unknown: float = 0.0
    registration: Registration | None = None

    def p(self, p: float) -> float:
        """Its p-value, to be compared with the whole error rate; p: its own, alone."""
        if not self.part:
            return 1.0
        return float(min(1.0, max(p, self.added_p) * max(self.unknown, 1.0) / self.part))

    def needed(self, alpha: float) -> float:
        """The largest p-value of its own with which it passes at this error rate; 0 where none does."""
        needed = alpha * self.part / max(self.unknown, 1.0)
        return float(needed if self.added_p <= needed else 0.0)


def share_of(place: int) -> float:
    """The share of the registration that is the first, second … on its prices; 0 where none is left."""
    return float(SUM * 0.5**place) if 1 <= place <= MOST else 0.0


def later_share(place: int) -> float:
    """The share of the first, second … study after the first one on its prices; 0 where none is left."""
    return LATER_SUM / MOST_LATER if 1 <= place <= MOST_LATER else 0.0
