"""One pair of a universe: its decisions, accounts and timing test, and what its histories say."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.experiment import Conditions, Experiment, build_experiment
from unlockstep.backtests.results.evidence import cost_drag, weights_of
from unlockstep.backtests.stats.circular_shifts import scores, standardised
from unlockstep.backtests.stats.clear_shifts import clear_margin
from unlockstep.backtests.stats.pooled_timing import PairTiming
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.signal import SignalCache


@dataclass(frozen=True, eq=False)
class PairEvaluation:
    """What one pair gives to the universe, for V variants under test, in the same order on every pair.

    timing:    see `PairTiming`, without the pair's place among the others.
    sessions:  those whose decisions earned what is tested.
    histories: H x 3 x V, t in each history, in which the variants decide again.
    cost_drag: length V, what trading costs beyond the constant mix, in units of the timing information ratio.
    net, multiplied: net returns in excess of cash of each variant and, under the same name in `mixes` and
               `mixes_multiplied`, of its constant mix; at the study's costs and at its multiple of them.
    held:      returns of the two legs in equal parts.
    cost_bps:  what moving capital costs, the mean of the legs.
    """

    labels: tuple[str, ...]
    timing: PairTiming
    sessions: pd.DatetimeIndex
    histories: Floats
    cost_drag: Floats
    net: pd.DataFrame
    mixes: pd.DataFrame
    multiplied: pd.DataFrame
    mixes_multiplied: pd.DataFrame
    held: pd.Series
    cost_bps: float


def evaluate_pair(study: Study, market: Market, signs: Floats) -> PairEvaluation:
    """Evaluate the study's strategies on one pair.

    signs: H x T, of every session of the market in each history, see `redecided_test.signs`.
    Raises what `build_experiment` raises, and WeightsError where an account is ruined.
    """
    experiment = build_experiment(study, SignalCache(market), study.strategies())
    experiment.simulate([Conditions(multiple) for multiple in (0.0, 1.0, study.cost_multiple)])
    candidates = experiment.candidates
    net, mixes = _accounts(experiment, 1.0)
    multiplied, mixes_multiplied = _accounts(experiment, study.cost_multiple)
    evaluated = experiment.evaluated
    legs = np.column_stack([leg.close[1:] / leg.close[:-1] - 1.0 for leg in evaluated.legs])
    costs = experiment.costs
    return PairEvaluation(
        labels=tuple(candidates),
        timing=_timing(experiment),
        sessions=evaluated.sessions[: len(experiment.earned())],
        histories=experiment.statistics_again(signs),
        cost_drag=np.array([cost_drag(experiment, candidate) for candidate in candidates]),
        net=net,
        mixes=mixes,
        multiplied=multiplied,
        mixes_multiplied=mixes_multiplied,
        held=pd.Series(legs.mean(axis=1), index=evaluated.sessions[1:]),
        cost_bps=float(np.mean(np.add(costs.fee_bps, costs.slippage_bps))),
    )


def _accounts(experiment: Experiment, multiple: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(variants, constant mixes), columns by variant: net returns at a multiple of the costs."""
    returns, candidates = experiment.returns(multiple), experiment.candidates
    mixes = returns[[experiment.mixes[candidate].variant for candidate in candidates]]
    return returns[candidates], mixes.set_axis(candidates, axis=1)


def _timing(experiment: Experiment) -> PairTiming:
    """The pair's timing test; its sessions are numbered from 0."""
    test, columns = experiment.timing, [experiment.place[candidate] for candidate in experiment.candidates]
    earned = experiment.earned()
    excess = earned - earned.mean(axis=0)
    weights = np.stack([weights_of(experiment, candidate) for candidate in experiment.candidates], axis=1)
    outcomes = np.stack([scores(excess)[0], standardised(excess), excess])
    clear = test.clear
    return PairTiming(
        information_ratio=test.information_ratio[columns],
        gain=test.gain[columns],
        t=np.stack([test.t, test.t_standardised, test.t_money])[:, columns],
        x=np.einsum("tva,kta->ktv", weights - weights.mean(axis=0), outcomes),
        null=np.stack([clear.score, clear.standardised, clear.money])[:, :, columns],
        rows=np.arange(len(earned)),
        margin=clear_margin(len(earned), experiment.look_back + experiment.study.lag),
    )
