"""Which share of the error the trials of a study have: registered, first tried in a later study, or the first study's.

A study is a later one where trials of another study came before it on the same prices. Trials that are the same bet as
one of an earlier study, run again or on prices that went on, belong to that one. A sweep and the study that follows it
are one, since a sweep by itself finds no edge.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.trials.registration import Registration, Share, later_share
from unlockstep.backtests.trials.spanning import span
from unlockstep.backtests.trials.trial_count import Evaluated, Record, Trial, independent_timings


def shares_of(mine: Collection[Trial], record: Record, registrations: Sequence[Registration]) -> dict[Trial, Share]:
    """Trial → its share, of those of a study that do not belong to the first study on these prices.

    record: of these prices, the study's own trials included.  A registered variant that was evaluated at other terms
    too has tried more than one thing: it has the share of the study that tried it first.
    """
    history = _history(record, registrations)
    shares = {}
    for trial in mine:
        registration = history.registered.get((trial.spec.file, trial.spec.variant))
        if registration and len(history.bets_of(trial)) == 1:
            part, place, last = registration.share, registration.place, registration.after
        else:
            registration = None
            study = history.studies[record.first[history.bet[trial]].study]
            if not study.place:
                continue
            part, place, last = later_share(study.place) / max(study.independent, 1.0), study.place, study.begin - 1
        seen = [each for each, first in record.first.items() if first.number <= last]
        measured = [each for each in seen if each.variants == 1 and each.t is not None]
        spanned = span(
            trial.timing, [each.timing for each in measured], np.array([each.t for each in measured], dtype=float)
        )
        unmeasured = independent_timings([each for each in seen if each.variants > 1 or each.t is None])
        added = spanned.p(float("nan") if trial.t is None else trial.t)
        shares[trial] = Share(part, place, spanned, added, unmeasured, registration)
    return shares


def later_studies(record: Record, registrations: Sequence[Registration]) -> int:
    """How many studies after the first one tried something new on these prices that was not registered."""
    return max((study.place for study in _history(record, registrations).studies.values()), default=0)


def next_place(mine: Collection[Trial], record: Record, registrations: Sequence[Registration]) -> int | None:
    """The place that a study with these trials would have: 0 of the first one; None where it tries nothing new.

    Nothing new, too, where all that is new was registered.
    """
    last = max((first.number for first in record.first.values()), default=0)
    study = max((first.study for first in record.first.values()), default=0) + 1
    fresh = {trial: Evaluated(last + i, study, False) for i, trial in enumerate(mine, 1) if trial not in record.first}
    after = _history(Record({**record.first, **fresh}, record.primaries), registrations)
    return after.studies[study].place if study in after.studies else None


@dataclass(frozen=True)
class _Study:
    """place: 0 of the first study on these prices.  begin: number of its first evaluation.

    independent: effective number of the unregistered trials that it was the first to evaluate.
    """

    place: int
    begin: int
    independent: float


@dataclass(frozen=True)
class _History:
    """bet: trial → the first one that is the same bet.  studies: by their number, those that tried something new."""

    bet: dict[Trial, Trial]
    registered: dict[tuple[str, str], Registration]
    studies: dict[int, _Study]

    def bets_of(self, trial: Trial) -> set[Trial]:
        """All that was tried under the name of a trial, from the same file."""
        name = trial.spec.file, trial.spec.variant
        return {bet for each, bet in self.bet.items() if (each.spec.file, each.spec.variant) == name}


def _history(record: Record, registrations: Sequence[Registration]) -> _History:
    registered = {(each.file, variant): each for each in registrations for variant in each.variants}
    order = sorted(record.first, key=lambda trial: record.first[trial].number)
    bet: dict[Trial, Trial] = {}
    alike: dict[tuple[str, ...], list[Trial]] = {}
    for trial in order:
        spec = trial.spec
        firsts = alike.setdefault((spec.variant, spec.fill, str(spec.lag), spec.costs), [])
        bet[trial] = next((each for each in firsts if trial.same_bet(each)), trial)
        if bet[trial] is trial:
            firsts.append(trial)
    new: dict[int, list[Trial]] = {}
    named: set[tuple[str, str]] = set()
    for trial in order:
        name = trial.spec.file, trial.spec.variant
        if bet[trial] is not trial or (name in registered and name not in named):
            named.add(name)
            continue
        new.setdefault(record.first[trial].study, []).append(trial)
    studies: dict[int, _Study] = {}
    place, after_sweep = -1, False
    for number, trials in new.items():
        swept = any(trial.variants > 1 for trial in trials)
        place += not (after_sweep and not swept)
        after_sweep = swept
        studies[number] = _Study(place, min(record.first[t].number for t in trials), independent_timings(trials))
    return _History(bet, registered, studies)
