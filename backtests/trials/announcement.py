"""What a study is about to add to the ledger, said before anything of it is recorded or shown.

Trials cannot be taken back once their result was seen, so whoever starts a run or a sweep hears first what it costs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of
from unlockstep.backtests.trials.registration import MOST_LATER, Registration, later_share
from unlockstep.backtests.trials.shares import next_place
from unlockstep.backtests.trials.trial_count import Record, Trial, independent_timings
from unlockstep.backtests.trials.trial_recording import Reads, specs_of, timing_of

NOTHING_NEW = "Adds no trial: all are in the ledger already"


def _numbered(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


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
            added = NOTHING_NEW
        else:
            trials = f"{'' if self.sure else 'up to '}{_numbered(self.adds, 'trial')}"
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


@dataclass(frozen=True)
class UniverseAnnouncement:
    """What a universe is about to add, each pair's trials on its own prices.

    adds: trials that the ledger does not hold yet, of all pairs.  pairs: on which it adds any.  later: those of them on
    which what is new belongs to a later study.  there: trials on the prices of all pairs so far.
    """

    adds: int
    pairs: int
    later: int
    there: int

    @classmethod
    def of(cls, pairs: Sequence[Announcement]) -> "UniverseAnnouncement":
        """Of what is added on each pair."""
        adding = [pair for pair in pairs if pair.adds]
        return cls(
            adds=sum(pair.adds for pair in adding),
            pairs=len(adding),
            later=sum(bool(pair.place) for pair in adding),
            there=sum(pair.there for pair in pairs),
        )

    @property
    def sentence(self) -> str:
        """Adds 444 trials on 37 pairs; on their prices there are 23. On 2 pairs what is new is a later study's."""
        if not self.adds:
            return f"{NOTHING_NEW}; on the prices of its pairs there are {self.there:,}."
        added = f"Adds {_numbered(self.adds, 'trial')} on {_numbered(self.pairs, 'pair')}"
        there = f"on their prices there are {f'{self.there:,}' if self.there else 'none yet'}"
        later = f" On {_numbered(self.later, 'pair')} what is new is a later study's." if self.later else ""
        return f"{added}; {there}.{later}"


Announce = Callable[[Announcement | UniverseAnnouncement], None]


def no_announcement(announcement: Announcement | UniverseAnnouncement) -> None:
    """An announcement that nobody hears."""


def announcement(experiments: Sequence[Experiment], reads: Reads) -> Announcement:
    """What a study's run adds: the candidates of its experiments, the plain one first, that were not evaluated before
    with the same timing and terms.
    """
    mine = [
        Trial(spec, b"", timed.tobytes())
        for each in experiments
        if (specs := specs_of(each))
        for spec, timed in zip(specs, timing_of(each), strict=True)
    ]
    return announced_on(data_set_of(experiments[0].market), mine, reads)


def announced_on(data: DataSet, mine: Sequence[Trial], reads: Reads) -> Announcement:
    """What these trials of one study add to those on its prices."""
    if not mine:
        return announced([], Record({}, ()))
    spec = mine[0].spec
    return announced(mine, reads.read_window(data, spec.first, spec.last), reads.registrations(data))


def announced(mine: Sequence[Trial], record: Record, registrations: Sequence[Registration] = ()) -> Announcement:
    """What these trials, whose returns are not known yet, add to a record."""
    recorded = {(trial.spec, trial.timing) for trial in record.trials}
    fresh = [trial for trial in mine if (trial.spec, trial.timing) not in recorded]
    place = next_place(fresh, record, registrations)
    return Announcement(len(fresh), independent_timings(fresh), *there(record), place=place)


def there(record: Record) -> tuple[int, float]:
    """How many trials a record holds, and to how many independent ones they amount."""
    return sum(trial.variants for trial in record.trials), independent_timings(list(record.trials))
