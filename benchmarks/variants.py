"""The variants of the common work: `break_entry` and `derisk` over a grid of windows, thresholds, stays and holds."""

from collections.abc import Iterator
from itertools import islice
from math import gcd, prod
from typing import Any

import numpy as np

from benchmarks.work import Work
from unlockstep.backtests.sweep.grid import Space
from unlockstep.signals.market import Market
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.break_entry import BreakEntry
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.strategy import Strategy

LAG = 1
"""Sessions between decision and fill."""

WINDOWS = tuple(range(40, 200, 2))
BELOW = tuple(round(0.01 * step, 2) for step in range(21))  # 0.00 to 0.20
ABOVE = tuple(round(0.22 + 0.02 * step, 2) for step in range(10))  # 0.22 to 0.40
STAYS = (3, 5, 8)
HOLDS = tuple(range(10, 130, 5))

MOST = 2 * len(WINDOWS) * len(BELOW) * len(ABOVE) * len(STAYS)
"""Variants that the grid holds, 100,800: as many of the one strategy as of the other."""


OPENING = max(WINDOWS) + max(STAYS) + max(HOLDS) - 1
"""Sessions before the first evaluated one: the longest warm-up of the grid, so that all variants can decide by then."""


def prepare(market: Market, variants: int) -> Work:
    """The work on this market from session number OPENING on: its first `variants` variants, decided by the strategies
    themselves, who know the sessions before.
    """
    signal_cache = SignalCache(market)
    evaluated = market.slice(OPENING)
    targets = np.full((len(evaluated.sessions), variants, 2), np.nan)
    for column, strategy in enumerate(strategies(variants)):
        decided = strategy.decide(market, signal_cache).since(evaluated.sessions[0]).frame
        rows = evaluated.sessions.get_indexer(decided.index) + LAG
        valid = rows < len(targets)
        targets[rows[valid], column] = decided.to_numpy()[valid]
    prices = np.ascontiguousarray(evaluated.close.to_numpy())
    return Work(evaluated.sessions.to_numpy(), prices, targets, market.pair)


def strategies(variants: int) -> list[Strategy]:
    """The first `variants`, alternately a `break_entry` and a `derisk`; ValueError where the grid holds fewer."""
    if variants > MOST:
        raise ValueError(f"The grid holds {MOST} variants, not {variants}.")
    return list(islice(_alternating(), variants))


def spaces(variants: int) -> tuple[Space, Space]:
    """The same variants as two spaces: numbers 0, 1, … of the first are those at 0, 2, …, of the second at 1, 3, …"""
    if variants > MOST:
        raise ValueError(f"The grid holds {MOST} variants, not {variants}.")
    counts = (variants + 1) // 2, variants // 2
    return _space(BreakEntry, HOLDS, counts[0]), _space(Derisk, (0,), counts[1])


def _space(strategy: type[Strategy], holds: tuple[int, ...], count: int) -> Space:
    size, stride = _walk(holds)
    values: tuple[tuple[Any, ...], ...] = (WINDOWS, BELOW, ABOVE, STAYS, holds)
    names = ("window", "decouple_below", "couple_above", "min_stay", "hold")
    axes = {name: axis for name, axis in zip(names, values, strict=True) if name in strategy.model_fields}
    return Space(strategy, axes, np.arange(count, dtype=np.int64) * stride % size)


def _walk(holds: tuple[int, ...]) -> tuple[int, int]:
    """(number of points of the grid, stride in which it is walked)."""
    size = prod(len(axis) for axis in (WINDOWS, BELOW, ABOVE, STAYS, holds))
    return size, next(step for step in range(int(0.618 * size), size) if gcd(step, size) == 1)


def _alternating() -> Iterator[Strategy]:
    for entry, (window, below, above, stay, _) in zip(_points(HOLDS), _points((0,)), strict=False):
        yield BreakEntry(
            window=entry[0], decouple_below=entry[1], couple_above=entry[2], min_stay=entry[3], hold=entry[4]
        )
        yield Derisk(window=window, decouple_below=below, couple_above=above, min_stay=stay)


def _points(holds: tuple[int, ...]) -> Iterator[tuple[int, float, float, int, int]]:
    """(window, decouple_below, couple_above, min_stay, hold) of each point of the grid, once.

    The grid is walked in strides, so that few variants already differ in every parameter.
    """
    lengths = tuple(len(axis) for axis in (WINDOWS, BELOW, ABOVE, STAYS, holds))
    size, stride = _walk(holds)
    for number in range(size):
        w, b, a, s, h = np.unravel_index(number * stride % size, lengths)
        yield WINDOWS[w], BELOW[b], ABOVE[a], STAYS[s], holds[h]
