"""One pair of a universe: its decisions, accounts and timing test, and what its histories say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.experiment import Conditions, Experiment, build_experiment
from unlockstep.backtests.results.evidence import cost_drag, weights_of
from unlockstep.backtests.stats.circular_shifts import outcomes_of
from unlockstep.backtests.stats.clear_shifts import clear_margin
from unlockstep.backtests.stats.pooled_timing import PairTiming
from unlockstep.backtests.trials.dataset_identity import DataSet, data_set_of
from unlockstep.backtests.trials.trial_count import Trial
from unlockstep.backtests.trials.trial_recording import trials_of
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.signal import SignalCache


@dataclass(frozen=True, eq=False)
class PairEvaluation:
    """What one pair gives to the universe, for V variants under test, in the same order on every pair.

    timing:    see `PairTiming`, without the pair's place among the others.
    sessions:  those whose decisions earned what is tested.
    histories: H x 3 x V, t in each history, in which the variants decide again.
    cost_drag: length V, what trading costs beyond the constant mix, in units of the timing information ratio.
    accounts:  multiple of the study's costs → net returns in excess of cash, S x 2V: of each variant and then, in the
               same order, of its constant mix.
    equal_mix:      returns of the two legs in equal parts.
    cost_bps:  what moving capital costs, the mean of the legs.
    data, trials: what the ledger keeps of it.
    """

    labels: tuple[str, ...]
    timing: PairTiming
    sessions: pd.DatetimeIndex
    histories: Floats
    cost_drag: Floats
    accounts: Mapping[float, pd.DataFrame]
    equal_mix: pd.Series
    cost_bps: float
    data: DataSet
    trials: tuple[Trial, ...]


def all_sessions(of_pairs: Iterable[pd.DatetimeIndex]) -> pd.DatetimeIndex:
    """The sessions of all pairs together, in order; of one pair at least."""
    return reduce(lambda left, right: left.union(right), of_pairs)


def evaluate_pair(study: Study, market: Market, signs: Floats) -> PairEvaluation:
    """Evaluate the study's strategies on one pair.

    signs: H x T, of every session of the market in each history, see `redecided_test.signs`.
    Raises what `build_experiment` raises, and WeightsError where an account is ruined.
    """
    experiment = build_experiment(study, SignalCache(market), study.strategies())
    experiment.simulate([Conditions(multiple) for multiple in (0.0, 1.0, study.cost_multiple)])
    return evaluate_experiment(experiment, signs, tuple(trials_of(experiment)))


def evaluate_experiment(experiment: Experiment, signs: Floats, trials: tuple[Trial, ...]) -> PairEvaluation:
    """The same of an experiment that may hold its accounts already; WeightsError where one is ruined.

    trials: for the ledger; none where nothing is recorded, as in a calibration.
    """
    study, market = experiment.study, experiment.market
    candidates = experiment.candidates
    evaluated = experiment.evaluated
    legs = np.column_stack([leg.close[1:] / leg.close[:-1] - 1.0 for leg in evaluated.legs])
    costs = experiment.costs
    return PairEvaluation(
        labels=tuple(candidates),
        timing=_timing(experiment),
        sessions=evaluated.sessions[: len(experiment.earned())],
        histories=experiment.statistics_again(signs),
        cost_drag=np.array([cost_drag(experiment, candidate) for candidate in candidates]),
        accounts={multiple: _accounts(experiment, multiple) for multiple in (1.0, study.cost_multiple)},
        equal_mix=pd.Series(legs.mean(axis=1), index=evaluated.sessions[1:]),
        cost_bps=float(np.mean(np.add(costs.fee_bps, costs.slippage_bps))),
        data=data_set_of(market),
        trials=trials,
    )


def _accounts(experiment: Experiment, multiple: float) -> pd.DataFrame:
    """S x 2V: the candidates and then their constant mixes, net at a multiple of the costs, in excess of cash."""
    candidates = experiment.candidates
    mixes = [experiment.mixes[candidate].variant for candidate in candidates]
    return experiment.excess(multiple)[[*candidates, *mixes]]


def _timing(experiment: Experiment) -> PairTiming:
    """The pair's timing test; its sessions are numbered from 0."""
    test, columns = experiment.timing, [experiment.place[candidate] for candidate in experiment.candidates]
    earned = experiment.earned()
    weights = np.stack([weights_of(experiment, candidate) for candidate in experiment.candidates], axis=1)
    clear = test.clear
    return PairTiming(
        information_ratio=test.information_ratio[columns],
        gain=test.gain[columns],
        t=np.stack([test.t, test.t_standardised, test.t_money])[:, columns],
        x=np.einsum("tva,kta->ktv", weights - weights.mean(axis=0), outcomes_of(earned)),
        null=np.stack([clear.score, clear.standardised, clear.money])[:, :, columns],
        rows=np.arange(len(earned)),
        margin=clear_margin(len(earned), experiment.look_back + experiment.study.lag),
    )
