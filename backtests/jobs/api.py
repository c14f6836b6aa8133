"""The jobs as functions of Python: what `unlockstep.run` and its neighbours are."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Unpack

from threadpoolctl import threadpool_limits

from unlockstep.backtests.config.chosen_strategies import Choice
from unlockstep.backtests.config.python_values import Prices
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_options import StudyOptions
from unlockstep.backtests.engine.experiment import Progress, no_progress
from unlockstep.backtests.jobs.audit import AuditResult, Target, load_targets, markets_for, run_audit
from unlockstep.backtests.jobs.run import Run, run_study
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.backtests.trials.ledger import Ledger, ledger_place


def run(
    study: Study | str | Path | None = None,
    *,
    data: Prices | None = None,
    strategies: Choice | Sequence[Choice] | None = None,
    ledger: str | Path | None = None,
    progress: Progress = no_progress,
    **options: Unpack[StudyOptions],
) -> Run:
    """Run a study in memory: signals, strategies, simulation, verdict. Nothing is written but its trials.

    study: a `Study`, or the path of one in TOML; the default study where it is left out. Everything else overrides it.
    data: demo, demo:edge, yahoo, a folder of price files, or frames {ticker: DataFrame} of pandas, polars or Arrow.
    strategies: names, Python files, classes (also of a notebook's cell) and instances, each in one or several variants.
    ledger: the file in which trials are counted; the one of the environment or the user's where it is left out.
    progress: called with a word at the beginning of each step.
    options: as `Study` has them.
    Raises UnlockstepError, in one sentence, for what is wrong with the study, its prices, its strategies or the ledger.
    """
    values = {"data": data, "strategies": strategies}
    chosen = _study_of(study, {**options, **{key: value for key, value in values.items() if value is not None}})
    records = Ledger.open(ledger_place(None if ledger is None else Path(ledger)))
    with threadpool_limits(1):  # the last digits of a matrix product depend on how many threads share it
        return run_study(chosen, progress, records=records)


def _study_of(study: Study | str | Path | None, values: dict[str, object]) -> Study:
    if study is None:
        return Study.make(**values)
    if isinstance(study, Study):
        return study.changed(**values) if values else study
    return Study.read(Path(study), **values)


def audit(
    what: Target,
    *,
    data: Prices | None = None,
    pair: tuple[str, str] | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
    seed: int = 7,
) -> AuditResult:
    """Does a signal or strategy look ahead? Its future is cut off and altered, and its past must not change.

    what: a name, "all", a Python file, a class (also of a notebook's cell), or one signal or strategy.
    data, pair, start, end: prices to audit on besides two synthetic markets; as `run` takes them.
    seed: of the synthetic markets and futures.

    First calls are made in copies of this process. A file is executed anew before; a class or an instance is taken as
    it is, so that what its code has kept from calls before the audit, in a cache for instance, can hide a look-ahead:
    the result notes that. Where the system cannot copy processes (Windows) nothing kept from a first call is looked
    for. The line of a look-ahead is named where Python has the source, of cells of IPython too.
    Raises UnlockstepError, in one sentence, for what cannot be found or used.
    """
    targets = load_targets(what)
    values = {"data": data, "pair": pair, "start": start, "end": end}
    chosen = {key: value for key, value in values.items() if value is not None}
    with threadpool_limits(1):
        given = split_holdout(Study.make(**chosen, seed=seed)).market if chosen else None
        return run_audit(targets, markets_for(seed, given), seed=seed)
