"""All trials ever made on the same prices, and what they do to a p-value.

A family-wise p-value counts the variants of one study. Whoever ran other studies on the same prices before has drawn
from a larger urn, and knows what came out of it when the next study is written.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from backtests.results.sketches import DRAWS, independent_trials


class Terms(NamedTuple):
    """What was tried, and how.

    variant: full name.  file: sha256 of the user's file that its strategy comes from, "" for a built-in one.
    costs: as JSON.  first, last: first and last session evaluated.
    """

    variant: str
    file: str
    fill: str
    lag: int
    costs: str
    first: str
    last: str


@dataclass(frozen=True)
class Trial:
    """One trial and the bytes of the sketch of its net returns; with equal ones it is the same trial, counted once.

    The sketch tells trials apart whose code was changed under the same name.
    """

    terms: Terms
    sketch: bytes


@dataclass(frozen=True)
class Record:
    """What is known of the trials on some prices: all of them, and the variants that studies named beforehand."""

    trials: Sequence[Trial]
    primaries: Collection[str]


@dataclass(frozen=True)
class Look:
    """One look at sealed sessions.

    at: the day.  by: the run that was unsealed, or the study whose period reached past the seal.
    answer: the verdict of an unsealing, None where it was broken off before; "" of a study.
    """

    at: str
    by: str
    first: str
    last: str
    answer: str | None


@dataclass(frozen=True)
class Tally:
    """A study's trials among all that were ever made on its prices.

    trials:           distinct ones, the study's own included
    effective:        independent ones that they amount to
    own:              independent ones that the study's own amount to
    earlier:          those that are not the study's; None where no ledger was asked
    other_primaries:  variants that other studies on these prices named beforehand
    """

    trials: int
    effective: float
    own: float
    earlier: int | None
    other_primaries: tuple[str, ...] = ()

    @property
    def searched(self) -> bool:
        """Whether there is more to count than the study itself does."""
        return bool(self.earlier or self.other_primaries)

    def p_ever(self, *, p: float, p_family: float, named: bool) -> float:
        """A p-value that counts every trial ever made on these prices; never below `p_family`.

        p: of the variant alone.  p_family: adjusted for the study's variants.  named: whether the study names this
        variant beforehand.

        Šidák: 1 − (1 − p_family)^(effective/own), as if the study had been done so many times over, its split of the
        error included. Where other studies named other variants beforehand, naming this one is no longer a thing done
        beforehand: it is one of all, 1 − (1 − p)^effective. Both assume independence, which makes them conservative.
        """
        found = max(p_family, _sidak(p_family, self.effective / max(self.own, 1.0)))
        return max(found, _sidak(p, self.effective)) if named and self.other_primaries else found


def tally(own: Iterable[Trial], record: Record | None, primary: str | None) -> Tally:
    """The tally of a study with these trials and this primary; `record` holds everything known, None: no ledger."""
    mine = set(own)
    theirs = set(record.trials) - mine if record else set()
    amount = _independent(mine)
    return Tally(
        trials=len(mine) + len(theirs),
        effective=_independent(mine | theirs) if theirs else amount,
        own=amount,
        earlier=None if record is None else len(theirs),
        other_primaries=tuple(sorted(set(record.primaries) - {primary})) if record else (),
    )


def _sidak(p: float, n: float) -> float:
    """p-value of the best of n independent trials of which each has this p or a larger one."""
    return float(1.0 - (1.0 - p) ** n)


def _independent(trials: Collection[Trial]) -> float:
    kept = b"".join(trial.sketch for trial in trials)
    return independent_trials(np.frombuffer(kept, dtype=np.float16).reshape(-1, DRAWS))
