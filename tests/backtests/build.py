"""Small experiments made by hand: one fast rule, whose decisions follow from the crypto leg alone."""

from typing import Any

import numpy as np

from tests.build import market_of, random_market
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.experiment import Experiment, build_experiment
from unlockstep.backtests.results.evidence import evaluate
from unlockstep.backtests.results.verdict import Judgement, judge
from unlockstep.backtests.trials.trial_count import TrialCount
from unlockstep.signals import Market, SignalCache
from unlockstep.signals.market import Floats

FREE: dict[str, Any] = {
    "fee_bps": {"ETH-USD": 0.0, "IWM": 0.0},
    "slippage_bps": {"ETH-USD": 0.0, "IWM": 0.0},
    "borrow_rate": 0.0,
}
"""Costs of nothing at all."""

WINDOW = 10
FAST = {"strategy": "eth_leads", "params": {"trend": WINDOW}}
"""Holds IWM while ETH stands above where it stood ten sessions ago, cash otherwise."""


def experiment_of(market: Market, *variants: dict[str, Any], traded: Market | None = None, **study: Any) -> Experiment:
    """The experiment of these variants (`FAST` unless said) on a market."""
    base_study = Study.make(variants=variants or (FAST,), **study)
    return build_experiment(base_study, SignalCache(market), base_study.strategies(), traded=traded)


def verdicts_of(
    experiment: Experiment, labels: dict[str, str] | None = None, trial_count: TrialCount | None = None
) -> Judgement:
    """The verdicts on an experiment."""
    return judge(
        evaluate(experiment, trial_count),
        experiment.study.rule,
        primary=experiment.primary,
        labels=labels,
        trial_count=trial_count,
    )


def plain_weights(market: Market) -> Floats:
    """S x 2 weights of `FAST` in each evaluated session, written as the rule reads."""
    close = market.crypto.close
    positions = [float(close[t] > close[t - WINDOW]) for t in range(WINDOW, len(close))]
    return np.column_stack([np.zeros(len(positions)), positions])


def paying_market(sessions: int, *, seed: int = 1, pays: float = 0.004, lag: int = 1) -> Market:
    """A random market whose equity leg earns `pays` more a session while `FAST` holds it, and less while it does not.

    The decision of session t earns the return from t + lag to t + lag + 1.
    """
    market = random_market(seed, sessions)
    bets = plain_weights(market)[: -lag - 1, 1] - 0.5
    returns = 0.004 * np.random.default_rng(seed).standard_normal(sessions)
    returns[WINDOW + lag + 1 :] += 2.0 * pays * bets
    return market_of(market.crypto.close, 200.0 * np.cumprod(1.0 + returns))
