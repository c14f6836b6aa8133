"""How much of the move that its past sensitivity to IWM predicts ETH has made, and how far it is ahead or behind."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.correlation import Window
from unlockstep.signals.histories import PAIR, Histories, ManyHistories, Moments, align_all
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.resolution import RESOLUTION
from unlockstep.signals.rolling import align, in_parts, slope, windows
from unlockstep.signals.signal import Signal


def _moves(market: Market, horizon: int) -> tuple[Floats, Floats]:
    """Length T - horizon: the legs' log moves over the last `horizon` sessions."""
    logs = [np.log(leg.close) for leg in market.pair_legs]
    crypto, equity = (x[horizon:] - x[:-horizon] for x in logs)
    return crypto, equity


def _moves_of(histories: Histories, horizon: int, window: int) -> tuple[Floats, Floats, Moments]:
    """H x n from session number window + horizon on: the legs' log moves over the horizon, and the moments of the
    `window` sessions before it.
    """
    logs = [histories.log_close(leg)[:, window:] for leg in PAIR]
    crypto, equity = (x[:, horizon:] - x[:, :-horizon] for x in logs)
    return crypto, equity, histories.moments(window).before(crypto.shape[1])


def _past(market: Market, horizon: int, window: int) -> tuple[Floats, Floats]:
    """For each session from window + horizon on: the legs' log returns of the `window` sessions before the horizon."""
    returns = market.log_returns.to_numpy()[1:]
    return windows(returns[:-horizon, 0], window), windows(returns[:-horizon, 1], window)


def _residual(y: Floats, x: Floats, beta: Floats) -> Floats:
    """Standard deviation of what a regression leaves of each row of y, both n x k; beta n x 1, the slopes."""
    dy, dx = y - y.mean(axis=1, keepdims=True), x - x.mean(axis=1, keepdims=True)
    return np.asarray((dy - beta * dx).std(axis=1))


class Response(Signal, ManyHistories):
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
        crypto, equity = (move[self.window :] for move in _moves(market, self.horizon))
        beta = slope(*_past(market, self.horizon, self.window))
        predicted = beta * equity
        judged = np.abs(predicted) >= self.min_predicted
        ratio = np.divide(crypto, predicted, out=np.full(len(crypto), np.nan), where=judged)
        return align(ratio, len(market.sessions))

    def values_of(self, histories: Histories) -> Floats:
        crypto, equity, past = _moves_of(histories, self.horizon, self.window)
        predicted = past.beta() * equity
        judged = np.abs(predicted) >= self.min_predicted
        ratio = np.divide(crypto, predicted, out=np.full(crypto.shape, np.nan), where=judged)
        return align_all(ratio, histories.sessions)


class Gap(Signal, ManyHistories):
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
        crypto, equity = (move[self.window :] for move in _moves(market, self.horizon))
        past = _past(market, self.horizon, self.window)
        beta = slope(*past)
        residual = in_parts(_residual, *past, beta[:, None])
        spread = residual * np.sqrt(self.horizon)
        gap = np.divide(crypto - beta * equity, spread, out=np.full(len(crypto), np.nan), where=residual > RESOLUTION)
        return align(gap, len(market.sessions))

    def values_of(self, histories: Histories) -> Floats:
        crypto, equity, past = _moves_of(histories, self.horizon, self.window)
        beta, residual = past.beta(), past.residual()
        spread = residual * np.sqrt(self.horizon)
        gap = np.divide(crypto - beta * equity, spread, out=np.full(crypto.shape, np.nan), where=residual > RESOLUTION)
        return align_all(gap, histories.sessions)
