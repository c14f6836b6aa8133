"""A pair of hedged legs: each leg of a pair less beta times its hedge, on four legs that are traded.

    ETH-USD/BTC-USD | IWM/SPY    the return of a leg is r(ETH) - b r(BTC), of the other r(IWM) - b r(SPY)

1. The betas are least-squares slopes of the simple returns of WINDOW sessions, those up to the session in which they
   are decided included, and are decided in the first session of each month. They know the past alone.
2. The hedged pair is a market of two legs whose returns use the betas as an account holds them: decided `lag` sessions
   before the close from which the return is earned. Strategies decide on it as on any pair.
3. A weight of a hedged leg is traded as SHARE of it in the leg and beta times as much short in the hedge. An account
   that holds nothing else is then long half of itself, and short about as much. It is traded when the strategy decides,
   and in the first session of each month, when the betas are renewed.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.signals.errors import DataError, HistoryError, WeightsError
from unlockstep.signals.market import Floats, Leg, Market, read_only
from unlockstep.signals.rolling import align, slope, windows
from unlockstep.strategies.rebalancing import dates_of
from unlockstep.strategies.weights import TargetWeights

WINDOW = 252
"""Sessions of returns that a beta is estimated on: a year."""

SHARE = 0.5
"""Share of the account that a weight of 1 puts into the leg itself: with a beta of up to 3 no account that is long only
exceeds twice itself."""

LEVEL = 100.0
"""The first close of a hedged leg."""


@dataclass(frozen=True, eq=False)
class Hedge:
    """A hedged pair, and the legs that it is traded in, on the same T sessions.

    market: the hedged pair.  traded: its four legs: those of the pair, then the hedge of each.
    betas: T x 2, decided in the last session of `renewed` up to each.  renewed: length T, where betas are decided.
    """

    market: Market
    traded: Market
    betas: Floats
    renewed: NDArray[np.bool_]

    def traded_since(self, session: pd.Timestamp) -> Market:
        """The legs traded, from a session of the hedged pair on."""
        return self.traded.slice(int(self.traded.sessions.searchsorted(session)))

    def on_legs(self, decided: TargetWeights) -> TargetWeights:
        """The decisions on the hedged pair as decisions on its four legs; further ones where betas are renewed.

        Raises WeightsError for day trades: the betas of a session are known after its close.
        """
        if decided.day_trades:
            raise WeightsError(
                f"{decided.variant} trades from open to close, and betas are known after the close",
                name=decided.variant,
                remedy="leave it out of a study of hedged legs",
            )
        sessions = self.market.sessions
        weights = decided.weights_in_force(sessions).to_numpy()
        invested = np.nan_to_num(weights).any(axis=1)
        decisions = sessions.isin(decided.frame.index)
        rows = decisions | (invested & self.renewed)
        legs = SHARE * weights[rows]
        frame = pd.DataFrame(
            np.hstack([legs, -self.betas[rows] * legs]), sessions[rows], columns=list(self.traded.tickers)
        )
        causes = np.full(len(sessions), "rebalancing")
        causes[decisions] = decided.causes
        return TargetWeights(decided.variant, frame, causes[rows])


def hedged_pair(traded: Market, lag: int) -> Hedge:
    """The hedged pair of a market of four legs, the pair and the hedge of each.

    lag: sessions from decision to fill.  Raises HistoryError where there are too few sessions for a beta, DataError
    where a hedge does not move, or a hedged leg loses everything.
    """
    sessions = traded.sessions
    closes = np.column_stack([leg.close for leg in traded.legs])
    returns = closes[1:] / closes[:-1] - 1.0
    renewed = dates_of("monthly", sessions.to_numpy())
    decided = np.flatnonzero(renewed[WINDOW:]) + WINDOW
    first = int(decided[0]) + lag if len(decided) else len(sessions)
    if first >= len(sessions) - 1:
        raise HistoryError(
            f"The betas of {' and '.join(names_of(traded))} need {WINDOW} returns and the beginning of a month after "
            f"them, and the prices hold {len(sessions)} sessions, {traded.span[0]} to {traded.span[1]}",
            name="hedges",
            dates=traded.span,
            limit=WINDOW,
            remedy="start earlier, or leave hedges out",
        )
    estimated = np.column_stack(
        [
            align(slope(windows(returns[:, i], WINDOW), windows(returns[:, i + 2], WINDOW)), len(sessions))
            for i in (0, 1)
        ]
    )
    latest = np.maximum.accumulate(np.where(renewed, np.arange(len(sessions)), 0))
    betas = np.where(latest[:, None] >= WINDOW, estimated[latest], np.nan)
    _check_betas(traded, betas[first - lag :], sessions[first - lag :])
    legs = [_hedged_leg(traded, i, betas[:, i], first, lag) for i in (0, 1)]
    part = traded.slice(first)
    market = replace(part, crypto=legs[0], equity=legs[1], further=())
    return Hedge(market, part, read_only(betas[first:]), renewed[first:])


def names_of(traded: Market) -> tuple[str, str]:
    """The names of the hedged legs, as in ETH-USD/BTC-USD."""
    crypto, equity, *hedges = traded.tickers
    return f"{crypto}/{hedges[0]}", f"{equity}/{hedges[1]}"


def _check_betas(traded: Market, betas: Floats, sessions: pd.DatetimeIndex) -> None:
    for i, hedge in enumerate(traded.tickers[2:]):
        bad = ~np.isfinite(betas[:, i])
        if bad.any():
            day = sessions[int(np.argmax(bad))].date()
            raise DataError(
                f"{hedge} does not move in the {WINDOW} sessions up to {day}, so that {traded.tickers[i]} has no beta "
                "on it",
                name=hedge,
                dates=[day],
                limit=WINDOW,
                remedy="name another hedge, or choose another period",
            )


def _hedged_leg(traded: Market, i: int, betas: Floats, first: int, lag: int) -> Leg:
    """The hedged leg from session number `first` on; each return at the beta decided 1 + `lag` sessions before it."""
    leg, hedge = traded.legs[i], traded.legs[i + 2]
    beta = betas[first - lag : len(betas) - 1 - lag]  # of the returns into first + 1, first + 2, …

    def moved(before: str, after: str, shift: int) -> Floats:
        """Hedged returns from one price to another, `shift` sessions later."""
        one, other = (
            getattr(each, after)[first + 1 :] / getattr(each, before)[first + 1 - shift : len(betas) - shift] - 1.0
            for each in (leg, hedge)
        )
        return np.asarray(1.0 + one - beta * other)

    session, night = moved("close", "close", 1), moved("close", "open", 1)
    name = names_of(traded)[i]
    lost = np.minimum(session, night) <= 0
    if lost.any():
        day = traded.sessions[first + 1 + int(np.argmax(lost))].date()
        raise DataError(
            f"{name} loses everything in the session of {day}: {leg.ticker} less {beta[int(np.argmax(lost))]:.3g} "
            f"times {hedge.ticker}",
            name=name,
            dates=[day],
            remedy="name another hedge, or choose another period",
        )
    close = LEVEL * np.concatenate([[1.0], np.cumprod(session)])
    opens = np.concatenate([[LEVEL], close[:-1] * night])
    return Leg(
        name,
        leg.clock,
        read_only(opens),
        read_only(close),
        _later(leg.tradable_from, hedge.tradable_from)[first:],
        _later(leg.known_at, hedge.known_at)[first:],
        adjusted=None if None in (leg.adjusted, hedge.adjusted) else bool(leg.adjusted and hedge.adjusted),
    )


def _later(one: pd.DatetimeIndex, other: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return one.where(one > other, other)
