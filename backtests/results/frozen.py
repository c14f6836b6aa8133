"""What is known of a run's frozen variants: which study the ledger recorded, and what came after that day.

Variants are frozen once they are written down where they cannot be edited. The ledger is such a place: what it recorded
when the study ran is compared with what the folder holds. The sealed sessions after that day were seen by nobody when
the variants were chosen; of the others nobody can know.
"""

from datetime import date

import numpy as np
import pandas as pd

from unlockstep.backtests.config.study import SEALED_AFTER, Study
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.results.model.unseal import FrozenResult
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.backtests.trials.recorded_study import RecordedStudy, differences, made_by
from unlockstep.backtests.trials.return_sketches import sketches
from unlockstep.backtests.trials.trial_recording import hash_of
from unlockstep.signals.errors import DataError, RunError
from unlockstep.signals.market import Market
from unlockstep.signals.signal import SignalCache

FROZEN = "A run is unsealed as it was: run the study as it is now, and unseal that"

AGREED = 1e-9
"""Largest difference between two net returns of one session that are the same."""


def frozen_result(recorded: RecordedStudy | None, sealed: pd.DatetimeIndex, ledger: Ledger) -> FrozenResult:
    """What is known of the variants of a recorded study, None for one that the ledger lacks, on these sessions."""
    after = 0 if recorded is None else int((sealed > pd.Timestamp(recorded.at)).sum())
    return FrozenResult(
        recorded_at=None if recorded is None else recorded.at,
        sessions_after=after,
        ledger_began=ledger.began(),
        authors_knew=str(SEALED_AFTER),
        sessions_authors_knew=int((sealed <= pd.Timestamp(SEALED_AFTER)).sum()),
    )


def recorded_study(run: StoredRun, study: Study, ledger: Ledger) -> RecordedStudy | None:
    """The study of the run as the ledger recorded it; None where it knows neither the study nor the run's returns.

    study: the run's, with its prices where the run had them.
    Raises RunError, which names what differs, where the returns in the folder are those of another study.
    """
    studies, study_hash = ledger.recorded_studies(), hash_of(study)
    same = next((each for each in studies if each.sha256 == study_hash), None)
    if same is not None:
        return same
    strategies = study.strategies()
    candidates = [s.label for s in strategies if not s.benchmark]
    benchmarks = {s.label for s in strategies if s.benchmark}
    returns = run.frames["returns"]
    columns = returns[[name for name in returns.columns if name not in benchmarks]]
    other = made_by([row.tobytes() for row in sketches(columns.to_numpy(), pd.DatetimeIndex(returns.index))], studies)
    if other is None:
        return None
    entry = study.model_dump(mode="json", exclude_none=True)
    raise RunError(
        f"The run in '{run.path}' is not the one that ran: the ledger knows its returns as those of study "
        f"{other.sha256[:8]}, recorded on {other.at}, and "
        f"{differences(other, entry, candidates, study.primary_of(strategies))}",
        name=str(run.path),
        dates=[date.fromisoformat(other.at)],
        remedy=FROZEN,
    )


def cash_earns_the_same(study: Study, part: Market) -> bool:
    """Whether cash earns on these sessions what a resolved study pins; a constant needs no pin."""
    pin, cash = study.costs.cash_rate_sha256, part.risk_free
    return pin is None or (cash is not None and cash.sha256 == pin)


def check_series_continue(run: StoredRun, study: Study, part: Market) -> tuple[str, ...]:
    """The pinned series that are not bit for bit what the run read, though its variants decide the same on them.

    part: the prices up to the run's last session. DataError where a variant decides otherwise on such a series.
    """
    restated = tuple(name for name, pin in study.series_sha256.items() if pin and part.series_sha256(name) != pin)
    if not restated:
        return ()
    experiment = build_experiment(study, SignalCache(part), study.strategies())
    differing = [
        decision.variant
        for decision in experiment.decisions
        if not _decided_the_same(decision.frame, pd.DataFrame(run.frames["weights"][decision.variant]).dropna())
    ]
    if differing:
        raise DataError(
            f"{', '.join(restated)} up to {run.result.data.last} {'is' if len(restated) == 1 else 'are'} not what the "
            f"run in '{run.path}' read, and on it {', '.join(differing)} decided otherwise",
            name=", ".join(restated),
            dates=[date.fromisoformat(run.result.data.last)],
            remedy="Bring the run's series back, or run the study on these and unseal that",
        )
    return restated


def _decided_the_same(now: pd.DataFrame, then: pd.DataFrame) -> bool:
    """Whether two frames of decisions, a column a leg, hold the same shares in the same sessions."""
    return now.index.equals(then.index) and np.allclose(now.to_numpy(), then.to_numpy(), rtol=0.0, atol=AGREED)


def check_reproduced(run: StoredRun, study: Study, market: Market) -> None:
    """RunError where a run that no ledger knows holds other returns than its study gives on its prices.

    market: the run's prices and what has come since. Prices, and rates of cash, that were restated give other returns
    in truth; they are not compared.
    """
    part = market.slice(0, int((market.sessions <= pd.Timestamp(run.result.data.last)).sum()))
    if part.sha256 != study.data_sha256 or not cash_earns_the_same(study, part):
        return
    experiment = build_experiment(study, SignalCache(part), study.strategies())
    now, then = experiment.returns(1.0)[experiment.candidates], run.frames["returns"]
    differing = [
        variant
        for variant in experiment.candidates
        if variant not in then.columns
        or len(then) != len(now)
        or not np.allclose(now[variant].to_numpy(), then[variant].to_numpy(), rtol=0.0, atol=AGREED)
    ]
    if differing:
        raise RunError(
            f"The run in '{run.path}' does not hold the returns that its study gives: {', '.join(differing)} "
            f"{'differs' if len(differing) == 1 else 'differ'}, and the ledger does not know the run",
            name=str(run.path),
            remedy=FROZEN,
        )
