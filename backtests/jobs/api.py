"""The jobs as functions of Python: what `unlockstep.run` and its neighbours are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from threadpoolctl import threadpool_limits

from unlockstep.backtests.config.chosen_strategies import Choice
from unlockstep.backtests.config.python_values import Prices
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.study_options import StudyOptions
from unlockstep.backtests.engine.experiment import Progress, no_progress
from unlockstep.backtests.jobs.run import Run, run_study
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
