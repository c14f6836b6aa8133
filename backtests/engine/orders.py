"""Decisions, and the orders that they become: the lag, the price of the fill, the costs. The only lag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.config.costs import Costs, Fill
from unlockstep.signals.errors import DataError, HistoryError, LookAheadError, ParameterError, WeightsError
from unlockstep.signals.market import Floats, Market
from unlockstep.strategies.rebalancing import Rebalance
from unlockstep.strategies.strategy import Strategy
from unlockstep.strategies.weights import TargetWeights

SMALLEST_ORDER = 1e-9
"""An order worth less than this share of the starting capital is none, in the engine and in the kernel of sweeps: what
is left between a holding and its target is rounding, and rounding is no trade."""


@dataclass(frozen=True, eq=False)
class Trading:
    """Decisions, one TargetWeights a variant, and how they are traded.

    costs: those of all, or one a variant.  fill: the price they are filled at.  lag: sessions between decision and
    fill.
    """

    decisions: Sequence[TargetWeights]
    costs: Costs | Sequence[Costs]
    fill: Fill = "close"
    lag: int = 1

    @property
    def variant_costs(self) -> list[Costs]:
        """The costs of each variant, in order; ParameterError where there is not one for each."""
        if isinstance(self.costs, Costs):
            return [self.costs] * len(self.decisions)
        if len(self.costs) != len(self.decisions):
            raise ParameterError(
                f"{len(self.decisions)} variants are traded at {len(self.costs)} costs",
                name="costs",
                limit=len(self.decisions),
                remedy="give one for all, or one for each",
            )
        return list(self.costs)

    @property
    def names(self) -> list[str]:
        """The variants, in order."""
        return [decision.variant for decision in self.decisions]


def check_fills(market: Market, fill: Fill, lag: int) -> None:
    """Raise LookAheadError unless every fill comes at or after the instant of its decision, on every leg."""
    check_lag(market, lag)
    decided = market.decided_at[: len(market.sessions) - lag]
    for leg in market.legs:
        filled = (leg.tradable_from if fill == "open" else leg.known_at)[lag:]
        early = filled < decided
        if early.any():
            first = int(np.argmax(early))
            raise LookAheadError(
                f"With a lag of {lag} the decision of {market.sessions[first].date()}, known at "
                f"{decided[first]:%Y-%m-%d %H:%M} UTC, would be filled in {leg.ticker} at "
                f"{filled[first]:%Y-%m-%d %H:%M} UTC, before it was taken",
                name=leg.ticker,
                dates=[market.sessions[first]],
                limit=lag + 1,
                remedy=f"use a lag of at least {lag + 1}" + (" or fill at the close" if lag and fill == "open" else ""),
            )


def check_day_trades(market: Market, decision: TargetWeights, lag: int) -> None:
    """Raise LookAheadError unless what these day trades read is known before the open that they are filled at, and
    WeightsError where they are of a leg that has no price then.
    """
    check_lag(market, lag - 1)
    instants = market.instants(decision.available)
    for leg, traded in zip(market.legs, (decision.frame != 0.0).any(axis=0), strict=True):
        if traded and leg.before_open is not None:
            raise WeightsError(
                f"{decision.variant} holds {leg.ticker} from the open of the session, at which its bars have no price: "
                "they begin and end at 00:00 UTC",
                name=decision.variant,
                choices=[each.ticker for each in market.legs if each.before_open is None],
                remedy="hold legs that trade at an exchange, or decide after the close",
            )
        if traded and not leg.has_opens:
            raise DataError(
                f"{leg.ticker} has no opens, each is the close of its session, and {decision.variant} trades at opens",
                name=leg.ticker,
                dates=market.span,
                remedy="give prices with opens, or leave the strategy out",
            )
        late = instants[: len(instants) - lag + 1] >= leg.tradable_from[lag - 1 :]
        if traded and late[1:].any():
            first = 1 + int(np.argmax(late[1:]))
            raise LookAheadError(
                f"{decision.variant} reads what is known at {instants[first]:%Y-%m-%d %H:%M} UTC, and would be filled "
                f"in {leg.ticker} at its open of {leg.tradable_from[lag - 1 + first]:%Y-%m-%d %H:%M} UTC",
                name=leg.ticker,
                dates=[market.sessions[first]],
                limit=lag + 1,
                remedy="read signals that are known before the open, such as closed_hours_move, or use a lag of "
                f"{lag + 1}",
            )


def check_lag(market: Market, lag: int) -> None:
    """Raise HistoryError unless something is filled so many sessions after its decision."""
    if lag < 0 or lag >= len(market.sessions):
        raise HistoryError(
            f"A lag of {lag} sessions leaves nothing to fill among {len(market.sessions)}", limit=len(market.sessions)
        )


def check_costs(market: Market, trading: Trading) -> None:
    """Raise ParameterError unless the costs are those of as many legs as the market has."""
    for costs in trading.variant_costs:
        if not len(costs.fee_bps) == len(costs.slippage_bps) == len(market.legs):
            raise ParameterError(
                f"The market has {len(market.legs)} legs, and the costs are of {len(costs.fee_bps)} fees and "
                f"{len(costs.slippage_bps)} slippages",
                name="costs",
                limit=len(market.legs),
                remedy="give one of each for every leg",
            )


def evaluated_decisions(
    strategy: Strategy, decided: TargetWeights, evaluated: Market, *, rebalance: Rebalance | None, lag: int
) -> TargetWeights:
    """What a strategy has decided, from the first session of `evaluated` on, which opens with what is then in force.

    rebalance: when mixes are; None for the strategy's own.
    """
    how = strategy.rebalance if rebalance is None else rebalance
    decisions = decided.since(evaluated.sessions[0])
    if decided.day_trades:
        return decisions
    if how == strategy.rebalance and isinstance(how, str):
        return decisions
    return decisions.rebalanced(evaluated, how, lag)


def causes_of(market: Market, decision: TargetWeights, lag: int) -> NDArray[np.object_]:
    """Length T: the `Cause` of what is filled in each session; None where nothing is ordered.

    lag: sessions from the decision to its fill.
    """
    rows = market.sessions.get_indexer(decision.frame.index)
    causes = np.full(len(market.sessions), None, dtype=object)
    filled = rows + lag < len(market.sessions)
    causes[rows[filled] + lag] = decision.causes[filled]
    return causes


def orders_of(market: Market, decision: TargetWeights, lag: int) -> Floats:
    """T x N target weights by the session of the fill; NaN where nothing is ordered."""
    if tuple(decision.frame.columns) != market.tickers:
        raise WeightsError(
            f"{decision.variant} decided on {', '.join(map(str, decision.frame.columns))}, but the market "
            f"holds {', '.join(market.tickers)}",
            name=decision.variant,
            choices=market.tickers,
            remedy="weights must have these columns, in this order",
        )
    rows = market.sessions.get_indexer(decision.frame.index)
    if (rows < 0).any():
        stray = decision.frame.index[rows < 0][0].date()
        raise WeightsError(
            f"{decision.variant} decided on {stray}, which is no session of the market",
            name=decision.variant,
            dates=[stray],
        )
    orders = np.full((len(market.sessions), len(market.legs)), np.nan)
    filled = rows + lag < len(market.sessions)
    orders[rows[filled] + lag] = decision.frame.to_numpy()[filled]
    return orders
