"""The trials of an experiment, recorded and counted among all that were ever made on the same prices."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256 as digest
from typing import Protocol

import numpy as np

from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of
from unlockstep.backtests.trials.registration import Registration, Share
from unlockstep.backtests.trials.return_sketches import Sketches, sketches, timing_sketches
from unlockstep.backtests.trials.shares import shares_of
from unlockstep.backtests.trials.trial_count import (
    Look,
    Record,
    Trial,
    TrialCount,
    TrialSpec,
    UniverseOrigin,
    count_trials,
    universes_of,
)
from unlockstep.signals.market import Market
from unlockstep.strategies.rebalancing import Rebalance


class Looks(Protocol):
    """What knows who has looked at sealed sessions: the ledger."""

    def looks(self, data: DataSet, after: date) -> list[Look]:
        """Every look at sessions of the same prices after this date, the earliest first."""


class Reads(Protocol):
    """What knows the trials that were made: the ledger."""

    def read_window(self, data: DataSet, first: str, last: str) -> Record:
        """What is known of the same prices: trials on sessions of this window, those named beforehand too."""

    def registrations(self, data: DataSet) -> list[Registration]:
        """The ideas registered on the same prices, in their order."""


class Records(Looks, Reads, Protocol):
    """What keeps trials: the ledger."""

    def shown(self, study: str) -> None:
        """Keep that the result of a study, by the hash of its study.toml, is shown from now on: it stays a trial."""

    def record(
        self,
        data: DataSet,
        trials: Sequence[Trial],
        *,
        study: str,
        primary: str | None,
        now: datetime,
        toml: str | None = None,
        exploratory: bool = False,
        universe: UniverseOrigin | None = None,
    ) -> Record:
        """Keep the trials; answer with everything known of the same sessions, these included."""


@dataclass(frozen=True)
class CountedTrials:
    """The trials of an experiment among all others.

    shares: variant → its share of the error.  universes: those that were the first to evaluate some of the variants.
    """

    count: TrialCount
    shares: Mapping[str, Share]
    universes: Mapping[UniverseOrigin, tuple[str, ...]]


def count_experiment_trials(
    experiments: Sequence[Experiment], resolved: Study, records: Records | None
) -> list[CountedTrials]:
    """The trials of the experiments of one study, the plain one first; recorded first, so that a run which ends early
    counts too.

    They are one study's, on the prices of the first, and each counts those of the other.
    """
    tried, primary = [trials_of(each) for each in experiments], experiments[0].primary
    everything = [trial for trials in tried for trial in trials]
    if records is None:
        record, registrations = None, []
    else:
        data = data_set_of(experiments[0].market)
        record = records.record(
            data, everything, study=hash_of(resolved), primary=primary, now=datetime.now(UTC), toml=resolved.as_toml(),
            exploratory=bool(resolved.scratch),
        )  # fmt: skip
        registrations = records.registrations(data)
    counted = []
    for experiment, trials in zip(experiments, tried, strict=True):
        shares = {} if record is None else shares_of(trials, record, registrations)
        by_variant = {
            variant: shares[trial]
            for variant, trial in zip(experiment.candidates, trials, strict=True)
            if trial in shares
        }
        beside = [trial for others in tried if others is not trials for trial in others]
        count = count_trials(trials, record, experiment.primary, beside=beside)
        counted.append(CountedTrials(count, by_variant, universes_of(trials, record) if record else {}))
    return counted


def trials_of(experiment: Experiment) -> list[Trial]:
    """A trial for each claiming variant; benchmarks claim nothing, so they are none."""
    specs = specs_of(experiment)
    if not specs:
        return []
    sessions = experiment.evaluated.sessions[1:]
    returns = sketches(experiment.returns(1.0)[experiment.candidates].to_numpy(), sessions)
    columns = [experiment.place[variant] for variant in experiment.candidates]
    t = experiment.timing.t / np.maximum(experiment.timing.spread, 1.0)
    return [
        Trial(spec, sketch.tobytes(), timed.tobytes(), t=float(t[column]) if np.isfinite(t[column]) else None)
        for spec, sketch, timed, column in zip(specs, returns, timing_of(experiment), columns, strict=True)
    ]


def timing_of(experiment: Experiment) -> Sketches:
    """The sketch of the timing of each claiming variant, one at least; known before anything is simulated."""

    def sketched() -> Sketches:
        earned, columns = experiment.earned(), [experiment.place[variant] for variant in experiment.candidates]
        sessions = experiment.evaluated.sessions[1:][experiment.study.lag :]
        return timing_sketches(experiment.weights[: len(earned), columns], earned, sessions)

    return experiment.cached("timing sketches", sketched)


def specs_of(experiment: Experiment) -> list[TrialSpec]:
    """What each claiming variant is and how it is evaluated; known before anything is simulated."""
    study, sessions = experiment.study, experiment.evaluated.sessions[1:]
    files = {s.label: study.source_of(type(s)).get("sha256", "") for s in experiment.strategies}
    costs = {
        v: costs_entry(experiment.variant_costs[v], experiment.market, study.rebalance) for v in experiment.candidates
    }
    window = str(sessions[0].date()), str(sessions[-1].date())
    pair = "" if experiment.hedge is None else f" on {' | '.join(experiment.market.pair)}"
    return [
        TrialSpec(f"{variant}{pair}", files[variant], study.fill, study.lag, costs[variant], *window)
        for variant in experiment.candidates
    ]


def costs_entry(costs: Costs, market: Market, rebalance: Rebalance | None) -> str:
    """What trading cost, what cash earned and when mixes were rebalanced, as the ledger tells trials apart by it: JSON.

    A file of rates goes by its name, wherever it lies.  rebalance: what the study says; None is left out.
    """
    cash = market.risk_free
    rate = 0.0 if cash is None else cash.source if isinstance(cash.rate, str) else cash.rate
    said = {} if rebalance is None else {"rebalance": rebalance}
    return json.dumps({**asdict(costs), "cash_rate": rate, **said}, sort_keys=True)


def hash_of(resolved: Study) -> str:
    """The sha256 of a resolved study's TOML."""
    return digest(resolved.as_toml().encode()).hexdigest()
