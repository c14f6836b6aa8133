"""The trials of an experiment, recorded and counted among all that were ever made on the same prices."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256 as digest
from pathlib import Path
from typing import Protocol

import numpy as np

from backtests.data_set import DataSet, data_set_of
from backtests.experiment import Experiment
from backtests.own import load
from backtests.results.sketches import sketches
from backtests.results.tally import Record, Tally, Terms, Trial, tally
from backtests.study import Study


class Records(Protocol):
    """What keeps trials: the ledger."""

    def record(
        self, data: DataSet, trials: Sequence[Trial], *, study: str, primary: str | None, now: datetime
    ) -> Record:
        """Keep the trials; answer with everything known of the same prices, these included."""


def tally_of(experiment: Experiment, resolved: Study, records: Records | None) -> Tally:
    """The experiment's trials among all others; recorded first, so that a run which ends early counts too."""
    trials, primary = trials_of(experiment), experiment.primary
    if records is None:
        return tally(trials, None, primary)
    known = records.record(
        data_set_of(experiment.market), trials, study=hash_of(resolved), primary=primary, now=datetime.now(UTC)
    )
    return tally(trials, known, primary)


def trials_of(experiment: Experiment) -> list[Trial]:
    """A trial for each claiming variant; benchmarks claim nothing, so they are none."""
    study, sessions = experiment.study, experiment.evaluated.sessions[1:]
    if not experiment.claims:
        return []
    files = _files_of(experiment)
    costs = json.dumps(asdict(experiment.costs), sort_keys=True)
    window = str(sessions[0].date()), str(sessions[-1].date())
    drawn = sketches(experiment.returns(1.0)[experiment.claims].to_numpy(), sessions)
    return [
        Trial(
            Terms(variant, files.get(variant, ""), study.fill, study.lag, costs, *window),
            np.ascontiguousarray(sketch).tobytes(),
        )
        for variant, sketch in zip(experiment.claims, drawn, strict=True)
    ]


def _files_of(experiment: Experiment) -> dict[str, str]:
    """Variant → sha256 of the user's file that its strategy is defined in."""
    defined = {
        name: own.sha256
        for own in (load(Path(path), sha256) for path, sha256 in experiment.study.files.items())
        for name in own.strategies
    }
    return {s.label: defined[s.name] for s in experiment.strategies if s.name in defined}


def hash_of(resolved: Study) -> str:
    """The sha256 of a resolved study's TOML."""
    return digest(resolved.as_toml().encode()).hexdigest()
