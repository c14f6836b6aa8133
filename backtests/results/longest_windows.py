"""Each variant alone on the longest window that its own warm-up allows.

All variants are judged on one window, which the slowest opens. Here each begins as soon as it can decide by itself, so
that what is said of it does not change with its companions. A description: windows differ, so figures of two variants
do not compare, and no verdict reads them.
"""

import numpy as np
import pandas as pd

from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.engine.instants import earning_rows, filled_returns
from unlockstep.backtests.engine.orders import Trading, evaluated_decisions
from unlockstep.backtests.results.metrics import max_drawdown
from unlockstep.backtests.results.model.variant import LongestWindow
from unlockstep.backtests.stats.cagr import cagr
from unlockstep.backtests.stats.sharpe import excess_returns, sharpe_ratio
from unlockstep.backtests.stats.timing_test import timing_information_ratio
from unlockstep.signals.errors import WeightsError
from unlockstep.signals.market import Market
from unlockstep.strategies.weights import TargetWeights


def longest_windows(experiment: Experiment) -> dict[str, LongestWindow]:
    """Variant → its figures on its own longest window, benchmarks included.

    All accounts are kept in one broadcast, from the earliest of the windows on: an account earns what cash earns until
    its first decision, so that its returns from there on are those of one that opens there.
    """
    study, market = experiment.study, experiment.market
    earliest = min(strategy.warmup for strategy in experiment.strategies)
    decisions = [
        evaluated_decisions(strategy, decided, market.slice(strategy.warmup), rebalance=study.rebalance, lag=study.lag)
        for strategy, decided in zip(experiment.strategies, experiment.whole_decisions, strict=True)
    ]
    simulated = experiment.net_returns(
        market.slice(earliest),
        [
            Trading([decision], experiment.variant_costs[decision.variant], study.fill, study.lag)
            for decision in decisions
        ],
    )
    variants = zip(experiment.strategies, decisions, simulated, strict=True)
    return {
        decision.variant: _longest_window(experiment, market.slice(strategy.warmup), decision, returns)
        for strategy, decision, returns in variants
    }


def _longest_window(
    experiment: Experiment, window: Market, decision: TargetWeights, simulated: pd.DataFrame | WeightsError
) -> LongestWindow:
    """The figures of one variant. window: opens with its first decision.  simulated: its account, in one column."""
    study, sessions = experiment.study, window.sessions[1:]
    place = {
        "first": str(sessions[0].date()),
        "last": str(sessions[-1].date()),
        "sessions": len(sessions),
        "warmup": len(experiment.market.sessions) - len(window.sessions),
    }
    earned = filled_returns(window, fill=study.fill, lag=study.lag, day_trades=decision.day_trades)
    in_force = decision.weights_in_force(window.sessions).fillna(0.0).to_numpy()
    weights = earning_rows(in_force, day_trades=decision.day_trades)[: len(earned)]
    timing = timing_information_ratio(weights[:, None], earned)[0]
    if isinstance(simulated, WeightsError):
        return LongestWindow.model_validate(
            {**place, "net_return": None, "cagr": None, "sharpe": None, "max_drawdown": None, "timing_ir": timing}
        )
    returns = simulated.iloc[:, 0].to_numpy()[-len(sessions) :]
    return LongestWindow.model_validate(
        {
            **place,
            "net_return": float(np.prod(1.0 + returns) - 1.0),
            "cagr": cagr(returns),
            "sharpe": sharpe_ratio(excess_returns(returns, window.cash_returns[1:])),
            "max_drawdown": max_drawdown(returns),
            "timing_ir": timing,
        }
    )
