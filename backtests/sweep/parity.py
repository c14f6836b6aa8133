"""The kernel held against vectorbt, in every sweep: a sample of its variants, and all that anything is said of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from unlockstep.backtests.config.variants import benchmarks_of
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.engine.orders import evaluated_decisions
from unlockstep.backtests.engine.portfolio import BacktestResult
from unlockstep.backtests.plugins.lookup import strategy_named
from unlockstep.backtests.results.metrics import Metrics, measure
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep.accounts import FIGURES, TradingTerms, simulate
from unlockstep.backtests.sweep.grid import Space
from unlockstep.backtests.sweep.plan import Plan, wanted_among_others
from unlockstep.signals.errors import CodeError, ParityError, WorkError
from unlockstep.signals.market import Floats
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
    Where they differ by more than LIMIT it raises CodeError, naming the variant, if a rule for arrays of the user's own
    does not decide what the rule decides, and else ParityError, which is a fault of ours.
    """
    terms = plan.terms
    candidates = [plan.spaces[space].variant(number) for space, number in chosen]
    benchmarks = [strategy_named(each.strategy, {})(**each.params) for each in benchmarks_of(terms.market.tickers)]
    variants = (*candidates, *benchmarks)
    decisions = [
        evaluated_decisions(
            variant,
            variant.decide(plan.signal_cache.market, plan.signal_cache),
            terms.evaluated,
            rebalance=terms.rebalance,
            lag=terms.lag,
        )
        for variant in variants
    ]
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
        rebalance = plan.spaces[space].strategy.rebalance
        simulated = simulate(terms, crypto, equity, plan.spaces[space].warmups(columns), rebalance=rebalance)
        weights[i] = simulated.weights[0]
        label = candidates[i].label
        apart = _difference(figures[i], metrics[label], timing[i])
        apart = max(apart, float(np.abs(simulated.returns[0] - backtest.returns[label].to_numpy()).max()))
        if not apart <= LIMIT:
            raise _refusal(plan, (space, number), weights[i], decisions[i], apart)
        largest = max(largest, apart)
    return Parity(variants, backtest, metrics, weights, largest)


def _refusal(plan: Plan, place: tuple[int, int], swept: Floats, decided: TargetWeights, apart: float) -> WorkError:
    """The error of an account that differs: of the user's code where that decides now so and now otherwise, else ours.

    place: (space, number) of the variant.  swept: E x 2 weights in force by its rule for arrays, asked alone.
    """
    space = plan.spaces[place[0]]
    variant = space.variant(place[1])
    differs = _how_it_differs(plan, space, place[1], swept, decided) if _is_users(type(variant)) else None
    if differs is not None:
        rule = "rule for arrays (`rules`)" if _is_users(_owner(type(variant), "rules")) else "rule, asked again,"
        return CodeError(
            f"The {rule} of {variant.label} {differs[0]}",
            name=variant.label,
            dates=differs[1:],
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


def _how_it_differs(
    plan: Plan, space: Space, number: int, swept: Floats, decided: TargetWeights
) -> tuple[str, date] | tuple[str] | None:
    """What a rule for arrays does that the rule does not, and since when; None where it does the same."""
    sessions = plan.terms.evaluated.sessions[: len(swept)]
    differ = ~np.isclose(swept, _in_force(decided, sessions), rtol=0.0, atol=LIMIT).all(axis=1)
    if differ.any():
        first = sessions[int(differ.argmax())].date()
        return f"does not decide what its rule decides, first on {first}", first
    alone = space.strategy.rules(plan.signal_cache, space.columns(number, number + 1))
    if not np.array_equal(np.vstack(alone), wanted_among_others(plan, space, number), equal_nan=True):
        return ("answers otherwise among other variants than alone",)
    return None


def _is_users(cls: type) -> bool:
    return not cls.__module__.startswith("unlockstep.")


def _owner(cls: type, method: str) -> type:
    """The class that wrote a method of this one."""
    return next(each for each in cls.__mro__ if method in vars(each))


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
