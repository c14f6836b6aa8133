"""All trials ever made on the same prices, and what they do to a p-value.

A family-wise p-value counts the variants of one study. Whoever ran other studies on the same prices before has drawn
from a larger urn, and knows what came out of it when the next study is written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from unlockstep.backtests.trials.return_sketches import DRAWS, Sketches, independent_trials

SAME_BET = 0.9
"""Correlation of two sketches of one rule's timing from which on they are one bet: prices went on by up to a fifth."""


class TrialSpec(NamedTuple):
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
    """One trial, or all of a sweep; with equal terms and sketches it is the same one, counted once.

    sketch, timing: the bytes of the sketches of its net returns and of its timing.  They tell trials apart whose code
    was changed under the same name.  Of a sweep they are two rows, the largest and the smallest at each draw.
    variants: how many variants a sweep evaluated; 1 for a single trial.
    t: what its timing test gave, t of scores over its spread where that is above 1; None where it is not known.
    """

    spec: TrialSpec
    sketch: bytes
    timing: bytes
    variants: int = 1
    t: float | None = field(default=None, compare=False)

    def same_bet(self, other: "Trial") -> bool:
        """Whether naming either beforehand names the other: the same terms, on more sessions or fewer.

        Timing that a file's new bytes left as it was is the same bet; where the file's bytes are the same, timing
        that resembles the other's is, so that a rule may be run again on prices that went on, and not with code that
        was changed elsewhere.
        """
        ours, theirs = (each.spec._replace(file="", first="", last="") for each in (self, other))
        if ours != theirs:
            return False
        if self.timing == other.timing:
            return True
        return self.spec.file == other.spec.file and _likeness(self.timing, other.timing) >= SAME_BET


class UniverseOrigin(NamedTuple):
    """The universe that a study is one pair of. name: what it is called.  day: of the evaluation."""

    name: str
    pairs: int
    day: str


class Evaluated(NamedTuple):
    """The first evaluation of a trial. number: its own in the ledger, growing with time.  study: the study's number.

    named: whether that study named the trial beforehand.  universe: the one that the study is of, None of a single one.
    """

    number: int
    study: int
    named: bool
    universe: UniverseOrigin | None = None


@dataclass(frozen=True)
class Record:
    """What is known of the trials on some prices: all of them with their first evaluation, the earliest first, and
    those that studies named beforehand.
    """

    first: Mapping[Trial, Evaluated]
    primaries: Collection[Trial]

    @property
    def trials(self) -> list[Trial]:
        """All of them."""
        return list(self.first)


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
class TrialCount:
    """A study's trials among all that were ever made on its prices.

    trials:           distinct ones, the study's and every variant of sweeps included
    effective:        effective number of independent trials, by their timing
    study_effective:  the same of the trials that its family-wise p-values count
    earlier:          those that are not the study's; None where no ledger was asked
    other_primaries:  variants that other studies on these prices named beforehand, or this one's primary on other terms
    tried_unnamed:    whether the primary had been evaluated by a study that did not name it
    """

    trials: int
    effective: float
    study_effective: float
    earlier: int | None
    other_primaries: tuple[str, ...] = ()
    tried_unnamed: bool = False

    @property
    def named_too_late(self) -> bool:
        """Whether naming the primary was a choice made with results known, so that it has no share for itself."""
        return bool(self.other_primaries) or self.tried_unnamed

    @property
    def searched_before(self) -> bool:
        """Whether other studies came before."""
        return bool(self.earlier or self.named_too_late)

    @property
    def searched(self) -> bool:
        """Whether there is more to count than the family-wise p-values do."""
        return self.searched_before or self.effective > self.study_effective

    def entry(self) -> dict[str, Any]:
        """The count as the result files hold it."""
        return {"own" if name == "study_effective" else name: value for name, value in asdict(self).items()}

    def p_all_trials(self, *, p: float, p_family: float, named: bool) -> float:
        """A p-value that counts every trial ever made on these prices; never below `p_family`.

        p: of the variant alone.  p_family: adjusted for the study's variants.  named: whether the study names this
        variant beforehand.

        Šidák: 1 − (1 − p_family)^(effective/study_effective), as if the study had been done so many times over, its
        split of the error included. Where other studies named other variants beforehand, or tried this one without
        naming it, naming it is no longer a thing done beforehand: it is one of all, 1 − (1 − p)^effective. What is
        first tried in a later study has a share of the error besides, see `registration`.
        """
        p_scaled = max(p_family, _sidak(p_family, self.effective / max(self.study_effective, 1.0)))
        return max(p_scaled, _sidak(p, self.effective)) if named and self.named_too_late else p_scaled


def count_trials(
    trials: Iterable[Trial], record: Record | None, primary: str | None, *, beside: Iterable[Trial] = ()
) -> TrialCount:
    """Count the trials of a study with this primary among those of the record; None: without a ledger.

    beside: what the study tried besides, in a family of its own.
    """
    mine, more = set(trials), set(beside)
    earlier = set(record.trials) - mine - more if record else set()
    theirs = earlier | more
    named = next((trial for trial in mine if trial.spec.variant == primary), None)
    others = [each for each in record.primaries if not (named and each.same_bet(named))] if record else []
    alone = independent_timings(mine)
    return TrialCount(
        trials=_counted(mine | theirs),
        effective=independent_timings(mine | theirs) if theirs else alone,
        study_effective=alone,
        earlier=None if record is None else _counted(earlier),
        other_primaries=tuple(sorted({each.spec.variant for each in others})),
        tried_unnamed=bool(record and named and _unnamed(named, record)),
    )


def universes_of(trials: Iterable[Trial], record: Record) -> dict[UniverseOrigin, tuple[str, ...]]:
    """Universe → the rules among these that it was the first to evaluate on the prices of the record, by full name.

    A rule is the same one on more sessions or fewer, and at other costs.
    """
    first: dict[tuple[str, str], Evaluated] = {}
    for trial, evaluated in record.first.items():
        rule = trial.spec.variant, trial.spec.file
        first[rule] = min(first.get(rule, evaluated), evaluated)
    origins: dict[UniverseOrigin, tuple[str, ...]] = {}
    for trial in trials:
        earliest = first.get((trial.spec.variant, trial.spec.file))
        if earliest is not None and earliest.universe is not None:
            origins[earliest.universe] = (*origins.get(earliest.universe, ()), trial.spec.variant)
    return origins


def _unnamed(named: Trial, record: Record) -> bool:
    """Whether the first evaluation of the same bet was by a study that did not name it."""
    bets = (evaluated for trial, evaluated in record.first.items() if trial.same_bet(named))
    first = min(bets, default=None)
    return first is not None and not first.named


def independent_timings(trials: Collection[Trial]) -> float:
    """How many independent trials these amount to, by their timing."""
    sketches = [trial.timing for trial in trials]
    if all(trial.variants == 1 for trial in trials):
        return independent_trials(_stacked(sketches))
    singles = {sketch for trial, sketch in zip(trials, sketches, strict=True) if trial.variants == 1}
    swept = sum(trial.variants for trial in trials if trial.variants > 1)
    return independent_trials(_stacked(sketches), most=len(singles) + swept)


def _counted(trials: Iterable[Trial]) -> int:
    return sum(trial.variants for trial in trials)


def _sidak(p: float, n: float) -> float:
    """p-value of the best of n independent trials of which each has this p or a larger one."""
    return float(1.0 - (1.0 - p) ** n)


def _likeness(one: bytes, other: bytes) -> float:
    """Correlation of two sketches; 0 where one of them is of timing that never varies."""
    z = _stacked([one, other]).astype(float)
    return float(np.corrcoef(z)[0, 1]) if np.isfinite(z).all() and (z.std(axis=1) > 0).all() else 0.0


def _stacked(sketches: Sequence[bytes]) -> Sketches:
    return np.frombuffer(b"".join(sketches), dtype=np.float16).reshape(-1, DRAWS)
