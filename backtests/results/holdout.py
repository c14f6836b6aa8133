"""The holdout: the sealed sessions, which no study sees.

The sessions up to `sealed_after` have been searched, by the author of the rules and by everybody who ran them. The
later ones can judge a variant once, while nobody has looked at them. So every job takes its market from
`split_holdout`, which leaves the sealed sessions out; only `unseal` evaluates a run's frozen variants on them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from unlockstep.backtests.config.study import SEALED_AFTER, Study
from unlockstep.backtests.data.cash_rate import bill_of, with_cash
from unlockstep.backtests.data.context_load import with_bridges
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.model.run import HoldoutResult, LookResult
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of, recalled
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.backtests.trials.trial_recording import Looks
from unlockstep.signals.errors import StudyError
from unlockstep.signals.market import Market


@dataclass(frozen=True, eq=False)
class HoldoutSplit:
    """The market that a study may look at, and what is left out of it.

    sealed: number of sealed sessions.  last: the last session of the prices, sealed or not.  whole: the identity of all
    prices, by which the ledger finds the earlier looks.  no_chain: why the market lacks the study's bridges, in a
    sentence; "" where it has them, or where the study names none.
    """

    market: Market
    whole: DataSet
    sealed: int
    last: date
    no_chain: str = ""


def market_of(study: Study) -> Market:
    """The market on all of the study's sessions, sealed ones too; raises what `load_market` raises."""
    return _with_chain(study)[0]


def _with_chain(study: Study) -> tuple[Market, str]:
    """(the market with its bridges, why it lacks them or "")."""
    market = load_market(
        study.data,
        study.traded,
        start=study.start,
        end=study.end,
        seed=study.seed,
        stale=study.stale,
        accept_doubtful=study.accept_doubtful,
        frames=study.frames,
        stated=study.stated,
        fx=study.fx,
        context=study.context_sources,
    )
    if not study.chain_bridges:
        return market, ""
    return with_bridges(
        market,
        study.chain_bridges,
        data=study.data,
        seed=study.seed,
        stale=study.stale,
        accept_doubtful=study.accept_doubtful,
        frames=study.frames,
        stated=study.stated,
    )


def split_holdout(study: Study, *, cash: bool = False) -> HoldoutSplit:
    """The study's market without its sealed sessions.

    cash: whether accounts are kept on it, so that it must say what cash earns.
    Raises StudyError where nothing else is left, and what `market_of` and `with_cash` raise.
    """
    if study.start is not None and study.start > study.sealed_after:
        raise _wholly_sealed(study, study.start)
    market, no_chain = _with_chain(study)
    looked_at = open_part(study, market)
    sealed = len(market.sessions) - len(looked_at.sessions)
    if cash:
        bill = bill_of(study.data, stale=study.stale, frames=study.frames)
        looked_at = with_cash(looked_at, study.costs.cash_rate, bill)
    return HoldoutSplit(looked_at, data_set_of(market), sealed, market.sessions[-1].date(), no_chain)


def open_part(study: Study, market: Market) -> Market:
    """The market on its sessions that are not sealed; StudyError where there are none."""
    n_open = int((market.sessions <= pd.Timestamp(study.sealed_after)).sum())
    if not n_open:
        raise _wholly_sealed(study, market.sessions[0].date())
    return market.slice(0, n_open) if n_open < len(market.sessions) else market


def _wholly_sealed(study: Study, first: date) -> StudyError:
    return StudyError(
        f"The study begins on {first}, but all after {study.sealed_after} is sealed until a run is unsealed",
        name="start",
        dates=[first, study.sealed_after],
        remedy="start earlier, or give the study a later sealed_after, which is a look at the sealed period "
        "and is told as one",
    )


def holdout_result(study: Study, split: HoldoutSplit, records: Looks | None) -> HoldoutResult:
    """The part "seal" of result.json.

    after: the last open date.  sessions: number of sessions after it.  looks: the recorded looks at sessions after it,
    or after the default date where the study's is later; None without a ledger.
    """
    after, looks = study.sealed_after, None
    if records is not None:
        looks = tuple(LookResult(**asdict(look)) for look in records.looks(split.whole, min(after, SEALED_AFTER)))
    return HoldoutResult(after=str(after), sessions=split.sealed, looks=looks)


def with_looks_of_today(runs: Sequence[StoredRun], ledger: Path | None = None) -> list[StoredRun]:
    """The runs, and in the entry "seal" of each the looks that the ledger knows today. Raises LedgerError."""
    book = Ledger(ledger_place(ledger))
    updated = []
    for run in runs:
        seal, data = run.result.seal, recalled(run.result.data.model_dump())
        after = min(date.fromisoformat(seal.after), SEALED_AFTER)
        looks = tuple(LookResult(**asdict(look)) for look in book.looks(data, after))
        seal = seal.model_copy(update={"looks": max(seal.looks or (), looks, key=len)})
        run = replace(run, result=run.result.model_copy(update={"seal": seal}))
        updated.append(run)
    return updated
