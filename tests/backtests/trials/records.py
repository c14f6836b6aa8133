"""Records of trials as a ledger would hold them."""

from collections.abc import Collection, Sequence

from unlockstep.backtests.trials.trial_count import Evaluated, Record, Trial


def record_of(*studies: Sequence[Trial], named: Collection[Trial] = ()) -> Record:
    """What is known after these studies, one after the other; named: the trials that their first study named."""
    first: dict[Trial, Evaluated] = {}
    number = 0
    for study, trials in enumerate(studies, 1):
        for trial in trials:
            number += 1
            first.setdefault(trial, Evaluated(number, study, trial in named))
    return Record(first, named)
