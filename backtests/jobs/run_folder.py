"""From a study to a run folder, and from run folders to a comparison."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from unlockstep.backtests.config.study import SEALED_AFTER, Study
from unlockstep.backtests.engine.experiment import Progress, no_progress
from unlockstep.backtests.jobs.compare import comparison
from unlockstep.backtests.jobs.run import Run, run_study
from unlockstep.backtests.storage import StoredRun, write_folder
from unlockstep.backtests.storage.atomic import reason, replace_file
from unlockstep.backtests.storage.run_folder import COMPARISON, NOTE, PAGE, RESULT, STUDY, as_json
from unlockstep.backtests.trials.dataset_identity import recalled
from unlockstep.backtests.trials.ledger import Ledger, ledger_place
from unlockstep.signals.errors import RunError


def run_into(
    study: Study, out: Path, *, ledger: Path | None = None, force: bool = False, progress: Progress = no_progress
) -> StoredRun:
    """Run a study and write its folder, all or nothing; its trials are recorded in the ledger whatever becomes of it.

    ledger: the file, see `store.ledger.ledger_place`.
    Raises what `pipeline.run_study`, `store.write_folder` and `Ledger.open` raise.
    """
    run = run_study(study, progress, records=Ledger.open(ledger_place(ledger)))
    progress("report")
    return write_run(run, out, force=force)


def write_run(run: Run, out: Path, *, force: bool = False) -> StoredRun:
    """Write the folder of a run that was made, all or nothing; raises what `store.write_folder` raises."""
    from unlockstep.backtests.reports.html import study_page
    from unlockstep.backtests.reports.study.markdown import study_markdown

    stored = _stored(run, out)
    files = {
        RESULT: as_json(stored.result),
        STUDY: run.study.as_toml(),
        PAGE: study_page(stored),
        NOTE: study_markdown(stored),
    }
    write_folder(out, files, stored.frames, force=force)
    return stored


def write_report(run: Run, path: Path) -> Path:
    """Write the report of a run as one file, .html or .md, in place of one that is there.

    Raises RunError for another ending, or where the file cannot be written.
    """
    from unlockstep.backtests.reports.html import study_page
    from unlockstep.backtests.reports.study.markdown import study_markdown

    pages = {".html": study_page, ".md": study_markdown}
    if path.suffix not in pages:
        raise RunError(f"A report is an HTML page or a Markdown note; call it {path.stem or 'report'}.html or .md.")
    try:
        replace_file(path, pages[path.suffix](_stored(run, path.parent)))
    except OSError as error:
        raise RunError(f"'{path}' cannot be written: {reason(error)}.") from None
    return path


def _stored(run: Run, out: Path) -> StoredRun:
    """The run as its folder will hold it."""
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    result = run.result.model_copy(update={"created_at": ended}).as_json()
    frames = {"returns": run.returns, "weights": run.weights, "trades": run.trades, "signals": run.signals}
    return StoredRun(out, result, frames)


def as_looked_at(runs: Sequence[StoredRun], ledger: Path | None = None) -> list[StoredRun]:
    """The runs, and in the entry "seal" of each the looks that the ledger knows today. Raises LedgerError."""
    book = Ledger(ledger_place(ledger))
    updated = []
    for run in runs:
        seal, data = run.result.get("seal"), recalled(run.result["data"])
        if seal is not None and data is not None:
            after = min(date.fromisoformat(seal["after"]), SEALED_AFTER)
            looks = [asdict(look) for look in book.looks(data, after)]
            seal = {**seal, "looks": max(seal["looks"] or [], looks, key=len)}
            run = replace(run, result={**run.result, "seal": seal})
        updated.append(run)
    return updated


def compare_into(
    runs: Sequence[StoredRun], out: Path, *, baseline: str | None = None, rank: bool = False, force: bool = False
) -> dict[str, Any]:
    """Write comparison.json, report.html and report.md into the new folder `out`; returns the first's content.

    baseline, rank: see `compare.comparison`.
    """
    from unlockstep.backtests.reports.compare.markdown import compare_markdown
    from unlockstep.backtests.reports.html import compare_page

    compared = comparison(runs, baseline=baseline, rank=rank)
    files = {
        COMPARISON: as_json(compared),
        PAGE: compare_page(runs, compared),
        NOTE: compare_markdown(runs, compared),
    }
    write_folder(out, files, {}, force=force)
    return compared
