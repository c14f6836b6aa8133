"""A calibration's accounts, by the compiled kernel in place of vectorbt: thousands of worlds in minutes.

The decisions are the experiment's own; only who keeps the accounts differs. vectorbt remains the engine of record, and
tests hold the two together on a sample of worlds, returns to 1e-9 and verdicts to the letter.
"""

import numpy as np
import pandas as pd

from unlockstep.backtests.engine.experiment import Conditions, Experiment
from unlockstep.backtests.sweep.accounts import TradingTerms, simulate
from unlockstep.backtests.sweep.kernel import SOLVENT
from unlockstep.backtests.sweep.many_legs import simulate_legs
from unlockstep.signals.errors import WeightsError

MULTIPLES = (0.0, 1.0, 2.0)
"""Multiples of the costs at which a verdict reads accounts; with others vectorbt keeps them."""


def keep_accounts(experiment: Experiment) -> None:
    """Compute the net returns of all variants and mixes at each of MULTIPLES, for the experiment to read.

    Raises WeightsError where an account is ruined.
    """
    study, evaluated = experiment.study, experiment.evaluated
    if study.rebalance is not None or any(strategy.rebalance != "monthly" for strategy in experiment.strategies):
        return  # the engine keeps them
    decisions = [*experiment.decisions, *experiment.mixes.values()]
    wanted = np.stack([each.weights_in_force(evaluated.sessions).to_numpy() for each in decisions])
    by_leg = [np.ascontiguousarray(wanted[:, :, leg]) for leg in range(wanted.shape[2])]
    names = [each.variant for each in decisions]
    charged = [experiment.variant_costs[name] for name in names]
    multiples = {tuple(costs.times(each) for costs in charged): each for each in MULTIPLES}  # free costs are all alike
    for paid, multiple in multiples.items():
        net = np.empty((len(names), len(evaluated.sessions) - 1))
        for costs in dict.fromkeys(paid):
            rows = [row for row, each in enumerate(paid) if each == costs]
            terms = TradingTerms(evaluated, 0, costs, study.fill, study.lag, study.capital)
            warmups = np.zeros(len(rows), dtype=np.int64)
            crypto, equity, *further = (leg[rows] for leg in by_leg)
            if further:
                simulated = simulate_legs(terms, (crypto, equity, *further), warmups)
            else:
                simulated = simulate(terms, crypto, equity, warmups)
            if (simulated.fate != SOLVENT).any():
                raise WeightsError(f"{names[rows[int(np.argmax(simulated.fate != SOLVENT))]]} lost its whole account.")
            net[rows] = simulated.returns
        returns = pd.DataFrame(net.T, evaluated.sessions[1:], names)
        experiment.adopt_returns(Conditions(multiple), returns)
