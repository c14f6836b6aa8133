"""Year-over-year growth, its divergence, and how much of the expected response has come."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals.correlation import Window
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, LegName, Market
from unlockstep.signals.rolling import align, slope, windows
from unlockstep.signals.signal import Signal

YEAR = 255
"""No calendar year of the exchange, from whichever session on, has held more sessions since 1990 (1991 to 1992 came to
as many), so that wherever a history begins, its YoY is known from session number YEAR on."""


def year_earlier(sessions: pd.DatetimeIndex) -> np.ndarray:
    """Length T: number of the last session at or before the same calendar date one year earlier; -1 where none.

    29 February compares with 28 February.
    """
    return sessions.searchsorted(sessions - pd.DateOffset(years=1), side="right") - 1


def yoy_growth(close: Floats, sessions: pd.DatetimeIndex) -> Floats:
    """Length T simple growth over one calendar year; NaN in the first year."""
    before = year_earlier(sessions)
    growth = close / close[np.maximum(before, 0)] - 1.0
    return np.where(before >= 0, growth, np.nan)


class YoY(Signal):
    """Calendar year-over-year growth of one leg's adjusted close.

    Compares with the last session at or before the same date one year earlier, not with a fixed number of rows.
    """

    name: ClassVar[str] = "yoy"
    meaning: ClassVar[str] = "growth of a leg over one calendar year"
    unit: ClassVar[str] = "fraction"

    leg: LegName = Field(default="equity", description="crypto or equity")

    @property
    def warmup(self) -> int:
        return YEAR

    def values(self, market: Market) -> Floats:
        growth = yoy_growth(market.leg(self.leg).close, market.sessions)
        growth[: self.warmup] = np.nan
        return growth


class YoYDivergence(Signal):
    """YoY of the equity leg minus YoY of the crypto leg.

    scaled: each leg's log growth is divided by the standard deviation of its log returns over the last 252 sessions,
    made annual; the difference is then in standard deviations of a year, and ETH's size no longer decides it. NaN where
    a leg did not vary.
    """

    name: ClassVar[str] = "yoy_divergence"
    meaning: ClassVar[str] = "YoY of IWM minus YoY of ETH: positive when small caps grew more"
    unit: ClassVar[str] = "fraction, or standard deviations if scaled"

    scaled: bool = Field(default=False, description="divide each leg's growth by its volatility")

    @property
    def warmup(self) -> int:
        return YEAR

    def values(self, market: Market) -> Floats:
        crypto, equity = (yoy_growth(leg.close, market.sessions) for leg in market.legs)
        if self.scaled:
            returns = market.log_returns.to_numpy()[1:]
            spread = [align(windows(returns[:, i], SESSIONS_PER_YEAR).std(axis=1, ddof=1), len(crypto)) for i in (0, 1)]
            crypto, equity = (
                np.divide(np.log1p(growth), deviation * np.sqrt(SESSIONS_PER_YEAR), out=nothing, where=deviation > 0)
                for growth, deviation, nothing in zip(
                    (crypto, equity), spread, np.full((2, len(crypto)), np.nan), strict=True
                )
            )
        divergence = equity - crypto
        divergence[: self.warmup] = np.nan
        return divergence


def _moves(market: Market, horizon: int, window: int) -> tuple[Floats, Floats, Floats, Floats]:
    """For each session from window + horizon on: the legs' log moves over the last `horizon` sessions, the crypto
    leg's beta over the `window` sessions before those, and the standard deviation of that regression's residuals.
    """
    returns = market.log_returns.to_numpy()[1:]
    past = windows(returns[:-horizon, 0], window), windows(returns[:-horizon, 1], window)
    beta = slope(*past)
    centred = [x - x.mean(axis=1, keepdims=True) for x in past]
    residual = (centred[0] - beta[:, None] * centred[1]).std(axis=1)
    logs = [np.log(leg.close) for leg in market.legs]
    crypto, equity = (x[window + horizon :] - x[window:-horizon] for x in logs)
    return crypto, equity, beta, residual


class Response(Signal):
    """How much of the crypto move that its past sensitivity to the equity leg predicts has come.

        response(D) = (move of ETH over `horizon`) / (beta * move of IWM over `horizon`),  moves in logs,

    with beta estimated on the `window` sessions before the horizon began, so that the move does not explain itself.
    1 full, 0 muted, negative opposite. NaN also where the predicted move is smaller than `min_predicted`: a ratio to
    nothing says nothing.
    """

    name: ClassVar[str] = "response"
    meaning: ClassVar[str] = "share of the ETH move predicted from IWM that has come: 1 full, 0 muted, < 0 opposite"
    unit: ClassVar[str] = "ratio"

    horizon: Window = Field(default=120, description="sessions of the move")
    window: Window = Field(default=252, description="sessions before it, for the past sensitivity")
    min_predicted: float = Field(default=0.02, gt=0, le=1, description="smallest predicted log move that is judged")

    @property
    def warmup(self) -> int:
        return self.window + self.horizon

    def values(self, market: Market) -> Floats:
        crypto, equity, beta, _ = _moves(market, self.horizon, self.window)
        predicted = beta * equity
        judged = np.abs(predicted) >= self.min_predicted
        ratio = np.divide(crypto, predicted, out=np.full(len(crypto), np.nan), where=judged)
        return align(ratio, len(market.sessions))


class Gap(Signal):
    """How far the crypto leg has run ahead (+) of what its past beta predicts, or fallen behind (-).

        gap(D) = (move of ETH - beta * move of IWM) / (s * sqrt(horizon)),  moves in logs over `horizon`,

    with beta and the residual standard deviation s from the `window` sessions before the horizon began. NaN also where
    ETH never left its beta, or IWM did not vary.
    """

    name: ClassVar[str] = "gap"
    meaning: ClassVar[str] = "how far ETH is ahead (+) of or behind (-) its past sensitivity to IWM"
    unit: ClassVar[str] = "standard deviations"

    horizon: Window = Field(default=60, description="sessions over which the gap opened")
    window: Window = Field(default=252, description="sessions before it, for the past sensitivity")

    @property
    def warmup(self) -> int:
        return self.window + self.horizon

    def values(self, market: Market) -> Floats:
        crypto, equity, beta, residual = _moves(market, self.horizon, self.window)
        spread = residual * np.sqrt(self.horizon)
        gap = np.divide(crypto - beta * equity, spread, out=np.full(len(crypto), np.nan), where=spread > 0)
        return align(gap, len(market.sessions))
