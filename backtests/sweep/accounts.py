"""Many accounts at once: what variants want, in; figures, returns and weights in force, out.

The compiled work is in `kernel`; vectorbt stays the engine of record, and every sweep holds a sample of its variants
against it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.config.costs import Costs, Fill
from unlockstep.backtests.engine.instants import filled_returns
from unlockstep.backtests.engine.orders import SMALLEST_ORDER
from unlockstep.backtests.engine.portfolio import cash_account
from unlockstep.backtests.stats.circular_shifts import scores
from unlockstep.backtests.sweep.kernel import Legs, keep_accounts
from unlockstep.backtests.sweep.positions import Decisions, Scored, decisions_of
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Market
from unlockstep.strategies.rebalancing import Rebalance, dates_of, drifted

FIGURES = (
    "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "turnover", "exposure_crypto",
    "exposure_equity", "trades", "costs_paid", "timing_ir", "timing_t",
)  # fmt: skip
"""The columns of `Simulated.figures`: those of `results.metrics.Metrics` and of `results.timing.TimingTest`."""


@dataclass(frozen=True, eq=False)
class Simulated:
    """What became of n variants.

    fate:     n of kernel.KEPT, RUINED, REFUSED (weights that `TargetWeights` would not take)
    figures:  n x len(FIGURES), as `results.metrics` and `results.timing` define them; NaN where one does not exist, and
              for all that was not kept
    returns:  n x (S - 1) net simple returns, and
    weights:  n x E x 2 weights in force, where they were asked for; of no meaning for what was not kept
    """

    fate: NDArray[np.int8]
    figures: Floats
    returns: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class TradingTerms:
    """How variants are traded: the market decided on, the number of the first evaluated session, and what it costs.

    rebalance: when mixes are; None for each strategy's own.
    """

    market: Market
    opening: int
    costs: Costs
    fill: Fill = "close"
    lag: int = 1
    capital: float = 100_000.0
    rebalance: Rebalance | None = None

    @cached_property
    def evaluated(self) -> Market:
        """The market from the first evaluated session on."""
        return self.market.slice(self.opening)

    @cached_property
    def earned(self) -> Floats:
        """E x 2 simple returns that the decision of each evaluated session earns."""
        return filled_returns(self.evaluated, fill=self.fill, lag=self.lag)

    def due(
        self, rebalance: Rebalance, crypto: Floats, equity: Floats, warmups: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """1 x T or n x T: True in the sessions in which a mix is rebalanced."""
        if isinstance(rebalance, str):
            return dates_of(rebalance, self.market.sessions.to_numpy())[None]
        return drifted((crypto, equity), warmups, self.opening, self.market, rebalance, self.lag)

    @cached_property
    def legs(self) -> Legs:
        """Prices and costs as the kernel takes them."""
        cash = cash_account(self.evaluated)
        fill, close = (
            np.stack([getattr(leg, name) / cash for leg in self.evaluated.legs]) for name in (self.fill, "close")
        )
        fee, slippage = (np.array(pair) / 1e4 for pair in (self.costs.fee_bps, self.costs.slippage_bps))
        borrow, growth = self.costs.borrow_rate / SESSIONS_PER_YEAR, 1.0 + self.evaluated.cash_returns
        smallest = SMALLEST_ORDER * self.capital
        return Legs(fill, close, fee, slippage, borrow, growth, cash, self.lag, self.capital, smallest)

    @cached_property
    def scored(self) -> Scored:
        """Running totals of what decisions earn, as the timing test scores it."""
        excess = self.earned - self.earned.mean(axis=0)
        score, _ = scores(excess)
        return Scored(_running(score), _running(_products(score)), _running(excess), _running(_products(excess)))


def simulate(
    terms: TradingTerms,
    crypto: Floats,
    equity: Floats,
    warmups: NDArray[np.int64],
    *,
    rebalance: Rebalance = "monthly",
    paths: bool = True,
) -> Simulated:
    """The accounts of n variants, as `decided` and `simulate_decisions` say."""
    return simulate_decisions(terms, decided(terms, crypto, equity, warmups, rebalance=rebalance), paths=paths)


def decided(
    terms: TradingTerms,
    crypto: Floats,
    equity: Floats,
    warmups: NDArray[np.int64],
    *,
    rebalance: Rebalance = "monthly",
) -> Decisions:
    """What n variants decide.

    crypto, equity: n x T wanted shares of the account, a column a session of `terms.market`, NaN where a rule has no
    view.  warmups: length n, the session before which a variant decides nothing.
    rebalance: when mixes are, where the terms do not say.
    """
    due = terms.due(rebalance if terms.rebalance is None else terms.rebalance, crypto, equity, warmups)
    return decisions_of(crypto, equity, warmups, terms.opening, due)


def simulate_decisions(terms: TradingTerms, decisions: Decisions, *, paths: bool = True) -> Simulated:
    """The accounts of n variants that decide so.

    paths: whether returns and weights are kept; without them they have no rows.
    """
    n, sessions = len(decisions.edges) - 1, len(terms.evaluated.sessions)
    n_paths = n if paths else 0
    simulated = Simulated(
        np.empty(n, dtype=np.int8),
        np.empty((n, len(FIGURES))),
        np.empty((n_paths, sessions - 1)),
        np.empty((n_paths, len(terms.earned), 2)),
    )
    keep_accounts(
        decisions, terms.legs, terms.scored,
        simulated.fate, simulated.figures, simulated.returns, simulated.weights,
    )  # fmt: skip
    return simulated


def _running(values: Floats) -> Floats:
    return np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])


def _products(values: Floats) -> Floats:
    crypto, equity = values.T
    return np.column_stack([crypto * crypto, crypto * equity, equity * equity])
