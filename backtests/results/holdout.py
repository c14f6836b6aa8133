"""The seal: sessions that no study looks at before it has been settled what is looked for.

Everything up to `sealed_after` has been searched, by whoever wrote the rules and by whoever ran them. What comes after
can judge a variant once, if nobody has looked. So every job that studies prices gets them from here, without the
sealed sessions; only `unseal` evaluates a run's frozen variants on them.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pandas as pd

from unlockstep.backtests.config.study import SEALED_AFTER, Study
from unlockstep.backtests.data import load_market
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of
from unlockstep.backtests.trials.trial_recording import Looks
from unlockstep.signals.errors import StudyError
from unlockstep.signals.market import Market


@dataclass(frozen=True, eq=False)
class Opened:
    """The market that a study may look at, and what is left out of it.

    sealed: number of sessions after the seal.  last: the last session of the prices, sealed or not.  whole: what is
    remembered of all of them, by which the ledger knows who has looked.
    """

    market: Market
    whole: DataSet
    sealed: int
    last: date


def open_market(study: Study) -> Opened:
    """The study's market without its sealed sessions.

    Raises StudyError where nothing else is left, and what `load_market` raises.
    """
    if study.start is not None and study.start > study.sealed_after:
        raise _wholly_sealed(study, study.start)
    market = load_market(study.data, study.pair, start=study.start, end=study.end, seed=study.seed, stale=study.stale)
    opened = int((market.sessions <= pd.Timestamp(study.sealed_after)).sum())
    if not opened:
        raise _wholly_sealed(study, market.sessions[0].date())
    sealed = len(market.sessions) - opened
    looked_at = market.slice(0, opened) if sealed else market
    return Opened(looked_at, data_set_of(market), sealed, market.sessions[-1].date())


def _wholly_sealed(study: Study, first: date) -> StudyError:
    return StudyError(
        f"The study begins on {first}, but all after {study.sealed_after} is sealed until a run is unsealed; start "
        "earlier, or give the study a later sealed_after, which is a look at the sealed period and is told as one."
    )


def seal_entry(study: Study, opened: Opened, records: Looks | None) -> dict[str, Any]:
    """The entry "seal" in result.json.

    after: the last open date.  sessions: how many after it the prices hold.  looks: those that the ledger knows at what
    lies after it, or after the usual seal where the study has moved it later; None without a ledger.
    """
    after, looks = study.sealed_after, None
    if records is not None:
        looks = [asdict(look) for look in records.looks(opened.whole, min(after, SEALED_AFTER))]
    return {"after": str(after), "sessions": opened.sealed, "looks": looks}
