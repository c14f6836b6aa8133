"""Does a computation look ahead? Cut the future off, or alter it, and see whether the past changes.

A computation is any function from a Market to a frame with a row a session. It is causal when its rows up to session
k are the same, bit for bit, whatever comes after k and whether anything does.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from signals import Leg, Market, Signal
from signals.market import Floats, read_only
from strategies import Strategy

Computation = Callable[[Market], pd.DataFrame]
Alteration = Callable[[Floats, np.random.Generator], Floats]
"""From the n x 4 log moves of the future (crypto open, close, equity open, close) to other ones."""


def _noise(moves: Floats, rng: np.random.Generator) -> Floats:
    return rng.standard_normal(moves.shape) * 0.05


def _reversal(moves: Floats, rng: np.random.Generator) -> Floats:
    return -moves[::-1]


def _scaling(moves: Floats, rng: np.random.Generator) -> Floats:
    return 3.0 * moves


def _crash(moves: Floats, rng: np.random.Generator) -> Floats:
    return np.vstack([np.full((1, 4), np.log(0.02)), moves[1:]])


def _moon(moves: Floats, rng: np.random.Generator) -> Floats:
    return np.vstack([np.full((1, 4), np.log(50.0)), moves[1:]])


def _halt(moves: Floats, rng: np.random.Generator) -> Floats:
    """The equity leg does not trade for half a year: a hole in everything that divides by its volatility."""
    return np.where((np.arange(len(moves)) < 130)[:, None] & (np.arange(4) > 1), 0.0, moves)


def _swap(moves: Floats, rng: np.random.Generator) -> Floats:
    return moves[:, [2, 3, 0, 1]]


ALTERATIONS: dict[str, Alteration] = {
    "noise": _noise,
    "reversal": _reversal,
    "scaling": _scaling,
    "crash": _crash,
    "moon": _moon,
    "halt": _halt,
    "swapped legs": _swap,
}


def altered(market: Market, after: int, alteration: Alteration, seed: int = 0) -> Market:
    """The market with the same prices up to session number `after` and others from there on."""
    prices = np.column_stack([market.crypto.open, market.crypto.close, market.equity.open, market.equity.close])
    logs = np.log(prices)
    moves = alteration(np.diff(logs[after:], axis=0), np.random.default_rng(seed))
    prices[after + 1 :] = np.exp(logs[after] + np.cumsum(moves, axis=0))

    def leg(old: Leg, first: int) -> Leg:
        return replace(old, open=read_only(prices[:, first]), close=read_only(prices[:, first + 1]))

    return replace(market, crypto=leg(market.crypto, 0), equity=leg(market.equity, 2))


def futures(market: Market, sessions: Iterable[int]) -> Iterator[tuple[str, int, Market]]:
    """(what was done, session number k, market): markets that agree with this one up to session k and not after."""
    for k in sessions:
        yield "cut off", k, market.slice(0, k + 1)
        for name, alteration in ALTERATIONS.items():
            yield name, k, altered(market, k, alteration, seed=k)


def leaks(compute: Computation, market: Market, sessions: Iterable[int]) -> list[str]:
    """What changed in the past when the future after each of the `sessions` did; empty for a causal computation."""
    whole = compute(market)
    found = []
    for what, k, other in futures(market, sessions):
        past, again = whole.iloc[: k + 1], compute(other).iloc[: k + 1]
        before, after = past.to_numpy(dtype=float), again.to_numpy(dtype=float)
        if before.shape != after.shape or list(past.index) != list(again.index):
            found.append(f"{what} after session {k}: the rows up to it are others")
            continue
        changed = ~((before == after) | (np.isnan(before) & np.isnan(after))).all(axis=1)
        if changed.any():
            found.append(
                f"{what} after session {k}: {changed.sum()} earlier rows changed, the first {changed.argmax()}"
            )
    return found


def signal_values(signal: Signal) -> Computation:
    """The values of a signal."""
    return lambda market: signal.compute(market).to_frame()


def decisions(strategy: Strategy) -> Computation:
    """The decisions of a strategy, a row a session, NaN in sessions without one."""
    return lambda market: strategy.decide(market).frame.reindex(market.sessions)


def standing(strategy: Strategy) -> Computation:
    """What a strategy wants held at the end of each session, NaN before its first decision."""
    return lambda market: strategy.decide(market).standing(market.sessions)
