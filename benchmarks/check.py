"""Is a competitor's answer that of the engine of record?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.variants import LAG
from benchmarks.work import CAPITAL, FEE, Outcome, Work
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.signals.market import Market
from unlockstep.strategies.weights import TargetWeights

COSTS = Costs(fee_bps=(1e4 * FEE, 1e4 * FEE), slippage_bps=(0.0, 0.0), borrow_rate=0.0)
AT_ONCE = 250
"""Variants that the engine simulates in one go, to bound its memory."""


@dataclass(frozen=True)
class Difference:
    """Largest differences over the variants: of final values, relative; of annual Sharpe ratios, absolute."""

    final: float
    sharpe: float

    def within(self, allowed: "Difference") -> bool:
        """False where either is larger, or is no number because accounts that never traded are told differently."""
        return self.final <= allowed.final and self.sharpe <= allowed.sharpe


EQUAL = Difference(final=1e-9, sharpe=1e-9)
"""What counts as equal."""


def reference(market: Market, work: Work) -> Outcome:
    """The answer of the engine (`engine.portfolio.run`) to the same work, on the last sessions of the market."""
    market = market.slice(len(market.sessions) - work.sessions)
    answers = []
    for start in range(0, work.variants, AT_ONCE):
        decisions = [_decided(work, column) for column in range(start, min(start + AT_ONCE, work.variants))]
        result = engine.run(market, decisions, COSTS, fill="close", lag=LAG, capital=CAPITAL)
        sharpe = [sharpe_ratio(result.returns[decision.variant]) for decision in decisions]
        answers.append((np.array(sharpe), result.value.to_numpy()[-1]))
    outcome, final = (np.concatenate(column) for column in zip(*answers, strict=True))
    return Outcome(outcome, final)


def _decided(work: Work, column: int) -> TargetWeights:
    """The decisions that lead to the targets: each is taken `LAG` sessions before its fill."""
    rows = np.flatnonzero(np.isfinite(work.targets[:, column, 0]))
    sessions = pd.DatetimeIndex(work.dates[rows - LAG], name="session")
    return TargetWeights(str(column), pd.DataFrame(work.targets[rows, column], sessions, list(work.tickers)))


def difference(answer: Outcome, expected: Outcome) -> Difference:
    """How far the answer is from the first variants of `expected`; NaN where the NaNs of both are not the same."""
    variants = len(answer.final)
    final, sharpe = expected.final[:variants], expected.sharpe[:variants]
    still = np.isnan(sharpe)
    if (np.isnan(answer.sharpe) != still).any():
        return Difference(float("nan"), float("nan"))
    return Difference(
        final=float(np.abs(answer.final / final - 1.0).max()),
        sharpe=float(np.abs(answer.sharpe - sharpe)[~still].max(initial=0.0)),
    )
