"""The runs of a comparison by name, each part of a result knowing its place in its run's file."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from unlockstep.backtests.results.model.base import annotate_path
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.stored_run import StoredRun, run_names
from unlockstep.backtests.storage.run_folder import RESULT


@dataclass(frozen=True, eq=False)
class NamedRun:
    """A run. returns: sessions by variants, simple net returns."""

    name: str
    result: RunResult
    returns: pd.DataFrame


def named_runs(runs: Sequence[StoredRun]) -> list[NamedRun]:
    """The runs by the names of their folders."""
    return [
        NamedRun(name, annotate_path(run.result.model_copy(deep=True), f"{name}/{RESULT}"), run.frames["returns"])
        for run, name in zip(runs, run_names(runs), strict=True)
    ]


def synthetic_names(runs: Sequence[NamedRun]) -> list[str]:
    """The names of the runs on synthetic prices."""
    return [run.name for run in runs if run.result.data.synthetic]
