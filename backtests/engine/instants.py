"""Weights and what they earn, of decisions at both instants side by side.

A row of weights meets the row of returns that it earns. What is decided after the close of session D is filled `lag`
sessions later and earns until the next fill, D + lag + 1. A day trade, decided before the open of D, is filled lag - 1
sessions later and earns from that open to the close. Row i of what is earned is of session i + lag + 1 for both, so
day trades stand two rows above their session.

Where a family has both, each leg counts twice: as held over the night, and within the session. Statistics that sum over
legs then need to know nothing of instants.
"""

import numpy as np

from unlockstep.backtests.config.costs import Fill
from unlockstep.signals.market import Floats, Market

AHEAD = 2
"""Rows by which weights of day trades stand above their session."""


def filled_returns(market: Market, *, fill: Fill, lag: int, day_trades: bool = False) -> Floats:
    """(T - lag - 1) x N simple returns that a decision earns: from its fill to the next one's, or within a session."""
    prices = np.column_stack([getattr(leg, fill) for leg in market.legs])
    if not day_trades:
        return np.asarray(prices[lag + 1 :] / prices[lag:-1] - 1.0)
    opens, closes = (np.column_stack([getattr(leg, field) for leg in market.legs]) for field in ("open", "close"))
    return np.asarray(closes[lag + 1 :] / opens[lag + 1 :] - 1.0)


def earning_rows(weights: Floats, *, day_trades: bool, axis: int = 0) -> Floats:
    """Weights by session, moved to the rows of what they earn; 0 where none is left to earn anything."""
    if not day_trades:
        return weights
    moved = np.zeros_like(weights)
    rows = np.moveaxis(moved, axis, 0)
    rows[:-AHEAD] = np.moveaxis(weights, axis, 0)[AHEAD:]
    return moved


def side_by_side(weights: Floats, *, day_trades: bool) -> Floats:
    """… x N weights as … x 2N: as held over the night, and within the session."""
    nothing = np.zeros_like(weights)
    return np.concatenate([nothing, weights] if day_trades else [weights, nothing], axis=-1)


def apart(weights: Floats, legs: int) -> tuple[Floats, bool]:
    """(weights by session, a row a session, whether they are day trades) of one variant's S x N or S x 2N, as
    `earning_rows` and `side_by_side` made them; of day trades there are two rows more.
    """
    overnight, within = weights[:, :legs], weights[:, legs:]
    if not within.any():
        return overnight, False
    assert not overnight.any(), "weights of one variant are of one instant"
    return np.concatenate([np.zeros((AHEAD, legs)), within]), True
