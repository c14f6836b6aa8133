"""The best variants of a sweep as a study: frozen, on the sweep's prices and terms, and counted with all its trials."""

from pathlib import Path

from pydantic import ValidationError

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.plugins.trust import Trust, trusted_files
from unlockstep.backtests.results.model.sweep import SweepResult
from unlockstep.backtests.storage.run_folder import SWEEP, read_content
from unlockstep.backtests.trials.ledger import Ledger
from unlockstep.signals.errors import LedgerError, RunError, StudyError


def study_of_best(folder: Path, best: int, records: Ledger, *, trust: Trust) -> Study:
    """The study that runs the `best` variants of the sweep in a folder, as they were found.

    Prices, costs and terms are those of the sweep, pinned, and so is the first evaluated session: the accounts are the
    same. None is named beforehand. records: the ledger that holds the sweep, so that its trials count in the verdict.
    Raises RunError for a folder that holds no sweep, StudyError where it lists fewer variants, LedgerError where the
    ledger does not know the sweep, TrustError for code that may not run.
    """
    result = _result_in(folder)
    _check(result, folder, best, records)
    values = {
        **result.study,
        "start": result.study.get("start") or result.data.first,
        "end": result.study.get("end") or result.data.last,
        "evaluate_from": result.data.evaluated.first,
        "files": trusted_files(result.study.get("files", {}), trust, study=folder),
        "variants": [{"strategy": each.strategy, "params": dict(each.params)} for each in result.best[:best]],
    }
    study = Study.make(**values)
    study.strategies()  # what is wrong with a file is said before prices are read
    return study


def _result_in(folder: Path) -> SweepResult:
    try:
        return SweepResult.of(read_content(folder, SWEEP))
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        raise RunError(
            f"The {SWEEP} in '{folder}' is not as a sweep writes it, at {place}", name=place, remedy="sweep again"
        ) from None


def _check(result: SweepResult, folder: Path, best: int, records: Ledger) -> None:
    if len(result.best) < best:
        raise StudyError(
            f"The sweep in '{folder}' lists its best {len(result.best)}, not {best}",
            name="best",
            limit=len(result.best),
            remedy=f"take --best {len(result.best)}, or sweep again with --best {best}"
            if result.best
            else "none of its variants changes its position: sweep others",
        )
    if not result.ledger_sha256:
        raise RunError(
            f"The sweep in '{folder}' is of an earlier version, and does not say how the ledger knows it",
            name=str(folder),
            remedy="sweep again",
        )
    if not records.knows_study(result.ledger_sha256):
        raise LedgerError(
            f"The ledger '{records.path}' does not hold the sweep in '{folder}', whose {result.variants:,} trials "
            "count in what its best are worth",
            name=str(records.path),
            remedy="name the ledger of the sweep with --ledger, or sweep again",
        )
