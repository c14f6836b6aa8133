"""What a study is about to add to the ledger, said before anything of it is recorded or shown.

Trials cannot be taken back once their result was seen, so whoever starts a run or a sweep hears first what it costs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.trials.dataset_identity import data_set_of
from unlockstep.backtests.trials.registration import MOST_LATER, Registration, later_share
from unlockstep.backtests.trials.shares import next_place
from unlockstep.backtests.trials.trial_count import Record, Trial, independent_timings
from unlockstep.backtests.trials.trial_recording import Reads, specs_of, timing_of


@dataclass(frozen=True)
class Announcement:
    """What is added, and what is there.

    adds: trials that the ledger does not hold yet, a sweep's all; effective: to how many independent ones they amount,
    about.  there, there_effective: the same of the trials on these prices so far.  sure: whether `adds` is exact.
    place: which later study on these prices it is, 0 of the first one; None where nothing is new that was not
    registered, and of a sweep, which finds no edge by itself.
    """

    adds: int
    effective: float
    there: int
    there_effective: float
    sure: bool = True
    place: int | None = None

    @property
    def sentence(self) -> str:
        """Adds 19 trials, about 8 independent; on these prices there are 23, worth 9."""
        if not self.adds:
            added = "Adds no trial: all are in the ledger already"
        else:
            trials = f"{'' if self.sure else 'up to '}{self.adds:,} {'trial' if self.adds == 1 else 'trials'}"
            added = f"Adds {trials}, about {self.effective:,.0f} independent"
        if not self.there:
            return f"{added}; on these prices there are none yet."
        return f"{added}; on these prices there are {self.there:,}, worth {self.there_effective:,.0f}.{self._share}"

    @property
    def _share(self) -> str:
        """The share of what is new, in a sentence after a space; "" of the first study and of nothing new."""
        if not self.place:
            return ""
        if self.place > MOST_LATER:
            return f" What is new cannot become an edge: {MOST_LATER} later studies have had their share of the error."
        share = f"{later_share(self.place) * 100:.2g} % of the error"
        return f" What is new has {share}: later study {self.place} of {MOST_LATER}."


Announce = Callable[[Announcement], None]


def no_announcement(announcement: Announcement) -> None:
    """An announcement that nobody hears."""


def announcement(experiments: Sequence[Experiment], reads: Reads) -> Announcement:
    """What a study's run adds: the candidates of its experiments, the plain one first, that were not evaluated before
    with the same timing and terms.
    """
    specs = specs_of(experiments[0])
    if not specs:
        return announced([], Record({}, ()))
    mine = [
        Trial(spec, b"", timed.tobytes())
        for each in experiments
        for spec, timed in zip(specs_of(each), timing_of(each), strict=True)
    ]
    data = data_set_of(experiments[0].market)
    return announced(mine, reads.read_window(data, specs[0].first, specs[0].last), reads.registrations(data))


def announced(mine: list[Trial], record: Record, registrations: Sequence[Registration] = ()) -> Announcement:
    """What these trials, whose returns are not known yet, add to a record."""
    recorded = {(trial.spec, trial.timing) for trial in record.trials}
    fresh = [trial for trial in mine if (trial.spec, trial.timing) not in recorded]
    place = next_place(fresh, record, registrations)
    return Announcement(len(fresh), independent_timings(fresh), *there(record), place=place)


def there(record: Record) -> tuple[int, float]:
    """How many trials a record holds, and to how many independent ones they amount."""
    return sum(trial.variants for trial in record.trials), independent_timings(list(record.trials))
