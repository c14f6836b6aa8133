"""The experiment: everything simulated and tested, before anything is said about it.

1. signals and decisions of every variant, each signal computed once
2. the evaluated window: it opens in the first session in which every variant can decide, so that all are judged on
   the same sessions; what comes before is warm-up
3. one simulation of all variants
4. simulations at other costs, lags and fill, of the variants and of each one's constant mix: the same average weights,
   held all the time
5. the timing test of the family, at each lag
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd

from backtests import engine
from backtests.engine import BacktestResult, Costs, Fill
from backtests.results.timing import TimingTest, timing_test
from backtests.study import Study
from signals.errors import HistoryError
from signals.market import Floats, Market
from signals.signal import Readings
from strategies.strategy import Strategy
from strategies.weights import TargetWeights

MIN_EVALUATED = 120
"""Fewest sessions that are judged: half a year. Under that every interval is wider than anything it could tell."""

COST_MULTIPLES = (0.0, 1.0, 2.0, 4.0)
LAGS = (1, 2, 3, 5)

Progress = Callable[[str], None]


def silent(step: str) -> None:
    """A progress that shows nothing."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """What was simulated and tested.

    market, evaluated: the whole period; the evaluated window, its first row being the first decision's session.
    strategies, decisions: in the same order, benchmarks last.  standing: variant → weights in force, a row a session
    of the window.  mixes: variant → the constant mix of its average weights.  backtest: of the variants.
    at_costs, at_lags, at_fills: setting → returns of variants and mixes.  timing, timing_at_lags: of the variants.
    """

    market: Market
    evaluated: Market
    strategies: list[Strategy]
    decisions: list[TargetWeights]
    standing: dict[str, pd.DataFrame]
    mixes: dict[str, TargetWeights]
    backtest: BacktestResult
    at_costs: dict[float, pd.DataFrame]
    at_lags: dict[int, pd.DataFrame]
    at_fills: dict[Fill, pd.DataFrame]
    timing: TimingTest
    timing_at_lags: dict[int, TimingTest]

    @cached_property
    def place(self) -> dict[str, int]:
        """Variant → its column in the timing tests."""
        return {decision.variant: i for i, decision in enumerate(self.decisions)}

    @cached_property
    def claims(self) -> list[str]:
        """The variants that claim something: all but the benchmarks."""
        return list(self.mixes)


def conduct(
    study: Study,
    readings: Readings,
    strategies: list[Strategy],
    costs: Costs,
    progress: Progress,
) -> Experiment:
    """Decide, simulate and test, on the market that the readings are of.

    Raises HistoryError when the market is shorter than the longest warm-up, WeightsError for impossible weights.
    """
    progress("signals")
    market = readings.market
    evaluated = market.slice(_warmup(strategies, market))
    opening = evaluated.sessions[0]
    decisions = [strategy.decide(market, readings).since(opening) for strategy in strategies]
    standing = {d.variant: d.standing(evaluated.sessions).fillna(0.0) for d in decisions}
    mixes = {s.label: _constant_mix(s.label, standing[s.label]) for s in strategies if not s.benchmark}

    progress("simulation")
    backtest = engine.run(evaluated, decisions, costs, fill=study.fill, lag=study.lag, capital=study.capital)

    progress("robustness")

    @cache  # the study's own setting is asked for with the costs, the lags and the fills
    def returns(multiple: float, lag: int, fill: Fill) -> pd.DataFrame:
        everything, dearer = [*decisions, *mixes.values()], costs.times(multiple)
        return engine.run(evaluated, everything, dearer, fill=fill, lag=lag, capital=study.capital).returns

    lags = sorted({study.lag, *LAGS})
    fills: tuple[Fill, ...] = ("close", "open")
    at_costs = {multiple: returns(multiple, study.lag, study.fill) for multiple in COST_MULTIPLES}
    at_lags = {lag: returns(1.0, lag, study.fill) for lag in lags}
    at_fills = {fill: returns(1.0, study.lag, fill) for fill in fills}

    progress("tests")
    weights = np.stack([standing[d.variant].to_numpy() for d in decisions], axis=1)

    def time(lag: int) -> TimingTest:
        earned = filled_returns(evaluated, fill=study.fill, lag=lag)
        return timing_test(weights[: len(earned)], earned)

    at_each = {lag: time(lag) for lag in lags}
    return Experiment(
        market,
        evaluated,
        strategies,
        decisions,
        standing,
        mixes,
        backtest,
        at_costs,
        at_lags,
        at_fills,
        timing=at_each[study.lag],
        timing_at_lags=at_each,
    )


def _warmup(strategies: list[Strategy], market: Market) -> int:
    slowest = max(strategies, key=lambda s: s.warmup)
    needed, sessions = slowest.warmup + MIN_EVALUATED, len(market.sessions)
    if sessions < needed:
        raise HistoryError(
            f"{market.sessions[0].date()} to {market.sessions[-1].date()} holds {sessions} sessions; {slowest.label} "
            f"warms up for {slowest.warmup} and at least {MIN_EVALUATED} more are needed to judge. Start earlier, end "
            "later, or choose strategies with --strategy."
        )
    return slowest.warmup


def _constant_mix(label: str, standing: pd.DataFrame) -> TargetWeights:
    """The average weights of a variant, held all the time and rebalanced monthly: exposure without timing."""
    average = np.broadcast_to(standing.mean().to_numpy(), standing.shape)
    wanted = pd.DataFrame(average, standing.index, standing.columns)
    return TargetWeights.from_wanted(f"constant mix of {label}", wanted)


def filled_returns(market: Market, *, fill: Fill, lag: int) -> Floats:
    """(T - lag - 1) x 2 simple returns that the decision of each session earns: from its fill to the next one's."""
    prices = np.column_stack([getattr(leg, fill) for leg in market.legs])
    return np.asarray(prices[lag + 1 :] / prices[lag:-1] - 1.0)
