"""From a study to a run folder, and from run folders to a comparison."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from unlockstep.backtests.config.study import SEALED_AFTER, Study
from unlockstep.backtests.engine.experiment import Progress, no_progress
from unlockstep.backtests.jobs.compare import Comparison, comparison
from unlockstep.backtests.jobs.run import run_study
from unlockstep.backtests.jobs.run_files import write_run
from unlockstep.backtests.results.model.comparison import ComparisonResult
from unlockstep.backtests.results.model.run import LookResult
from unlockstep.backtests.results.stored_run import StoredRun
from unlockstep.backtests.trials.dataset_identity import recalled
from unlockstep.backtests.trials.ledger import Ledger, ledger_place


def run_into(
    study: Study, out: Path, *, ledger: Path | None = None, force: bool = False, progress: Progress = no_progress
) -> StoredRun:
    """Run a study and write its folder, all or nothing; its trials are recorded in the ledger whatever becomes of it.

    ledger: the file, see `store.ledger.ledger_place`.
    Raises what `pipeline.run_study`, `store.write_folder` and `Ledger.open` raise.
    """
    run = run_study(study, progress, records=Ledger.open(ledger_place(ledger)))
    progress("report")
    stored = run.stored(out)
    write_run(stored, study=run.study, force=force)
    return stored


def as_looked_at(runs: Sequence[StoredRun], ledger: Path | None = None) -> list[StoredRun]:
    """The runs, and in the entry "seal" of each the looks that the ledger knows today. Raises LedgerError."""
    book = Ledger(ledger_place(ledger))
    updated = []
    for run in runs:
        seal, data = run.result.seal, recalled(run.result.data.model_dump())
        if data is not None:
            after = min(date.fromisoformat(seal.after), SEALED_AFTER)
            looks = tuple(LookResult(**asdict(look)) for look in book.looks(data, after))
            seal = seal.model_copy(update={"looks": max(seal.looks or (), looks, key=len)})
            run = replace(run, result=run.result.model_copy(update={"seal": seal}))
        updated.append(run)
    return updated


def compare_into(
    runs: Sequence[StoredRun], out: Path, *, baseline: str | None = None, rank: bool = False, force: bool = False
) -> ComparisonResult:
    """Write comparison.json, report.html and report.md into the new folder `out`.

    baseline, rank: see `compare.comparison`.
    """
    compared = Comparison(tuple(runs), comparison(runs, baseline=baseline, rank=rank))
    compared.save(out, force=force)
    return compared.content
