"""The kernel held against vectorbt, in every sweep: a sample of its variants, and all that anything is said of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.engine.portfolio import BacktestResult
from unlockstep.backtests.results.metrics import Metrics, measure
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep.accounts import FIGURES, TradingTerms, simulate
from unlockstep.backtests.sweep.plan import Plan
from unlockstep.signals.errors import CodeError, ParityError, WorkError
from unlockstep.signals.market import Floats
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy
from unlockstep.strategies.weights import TargetWeights

LIMIT = 1e-9
"""Largest difference that is allowed: of returns, and of figures relative to their size."""


@dataclass(frozen=True, eq=False)
class Parity:
    """vectorbt's accounts of some variants and of the benchmarks, and by how much the kernel's differ at most.

    variants: in the order of the columns of `backtest`, benchmarks last.  weights: n x E x 2 in force, of the variants
    that are no benchmarks.
    """

    variants: tuple[Strategy, ...]
    backtest: BacktestResult
    metrics: dict[str, Metrics]
    weights: Floats
    largest: float


def check_against_vectorbt(plan: Plan, chosen: Sequence[tuple[int, int]], figures: Sequence[Floats]) -> Parity:
    """Simulate variants, (space, number), by vectorbt, from their own rules, and compare returns and figures.

    figures: of each, as the sweep found them, among all others of their blocks.
    Raises CodeError, naming the variant, where a rule for arrays does not decide what the rule decides, and
    ParityError where it does and the accounts differ by more than LIMIT all the same: a fault of ours.
    """
    terms = plan.terms
    candidates = [plan.spaces[space].variant(number) for space, number in chosen]
    benchmarks = [cls() for cls in all_strategies().values() if cls.benchmark]
    variants = (*candidates, *benchmarks)
    opening = terms.evaluated.sessions[0]
    decisions = [variant.decide(terms.market, plan.signal_cache).since(opening) for variant in variants]
    backtest = engine.run(
        terms.evaluated, decisions, terms.costs, fill=terms.fill, lag=terms.lag, capital=terms.capital
    )
    metrics = measure(backtest)
    weights = np.empty((len(candidates), len(terms.earned), 2))
    timing = _timing(terms, decisions[: len(candidates)])
    largest = 0.0
    for i, (space, number) in enumerate(chosen):
        columns = plan.spaces[space].columns(number, number + 1)
        crypto, equity = plan.spaces[space].strategy.rules(plan.signal_cache, columns)
        simulated = simulate(terms, crypto, equity, plan.spaces[space].warmups(columns))
        weights[i] = simulated.weights[0]
        label = candidates[i].label
        apart = _difference(figures[i], metrics[label], timing[i])
        apart = max(apart, float(np.abs(simulated.returns[0] - backtest.returns[label].to_numpy()).max()))
        if not apart <= LIMIT:
            raise _refusal(plan, candidates[i], weights[i], decisions[i], apart)
        largest = max(largest, apart)
    return Parity(variants, backtest, metrics, weights, largest)


def _refusal(plan: Plan, variant: Strategy, swept: Floats, decided: TargetWeights, apart: float) -> WorkError:
    """Whose fault the difference is: that of a rule for arrays that decides otherwise, or the kernel's."""
    sessions = plan.terms.evaluated.sessions[: len(swept)]
    differ = ~np.isclose(swept, _in_force(decided, sessions), rtol=0.0, atol=LIMIT).all(axis=1)
    if differ.any() and not type(variant).__module__.startswith("unlockstep."):
        first = sessions[int(differ.argmax())].date()
        return CodeError(
            f"The rule for arrays of {variant.label} (`rules`) does not decide what its rule decides, first on {first}",
            name=variant.label,
            dates=[first],
            limit=LIMIT,
            remedy="mend it, or leave it out",
        )
    return ParityError(
        f"The sweep's account of {variant.label} differs from the engine's by {apart:.2g}, where {LIMIT:g} is "
        "allowed: a fault of unlockstep, not of the strategy",
        name=variant.label,
        limit=LIMIT,
        remedy="leave the variant out, and report it with the study",
    )


def _timing(terms: TradingTerms, decisions: Sequence[TargetWeights]) -> Floats:
    """N x 2: timing information ratio and t of the decisions themselves."""
    if not decisions:
        return np.empty((0, 2))
    rows = terms.evaluated.sessions[: len(terms.earned)]
    test = timing_test(np.stack([_in_force(decision, rows) for decision in decisions], axis=1), terms.earned)
    return np.column_stack([test.information_ratio, test.t])


def _in_force(decision: TargetWeights, sessions: pd.DatetimeIndex) -> Floats:
    """E x 2 weights in force; 0 before the first decision."""
    return np.asarray(decision.weights_in_force(sessions).fillna(0.0).to_numpy())


def _difference(figures: Floats, metrics: Metrics, timing: Floats) -> float:
    expected = np.array([getattr(metrics, name) for name in FIGURES[:7]] + [*metrics.exposure.values()])
    expected = np.concatenate([expected, [metrics.trades, metrics.costs_paid], timing])
    if (np.isnan(figures) != np.isnan(expected)).any():
        return float("inf")
    return float(np.nanmax(np.abs(figures - expected) / np.maximum(np.abs(expected), 1.0), initial=0.0))
