"""Where the best variants lie on the edge of the grid: what lies beyond was not tried, and may be better."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.results.model.sweep import EdgeResult
from unlockstep.backtests.sweep.collect import Collected
from unlockstep.backtests.sweep.grid import Parameters, Space, rows_of
from unlockstep.backtests.sweep.plan import Plan
from unlockstep.backtests.sweep.surface import ordered
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats

EQUAL = 1e-9
"""Two t that differ by less are equal."""


def edge_results(plan: Plan, collected: Collected) -> tuple[EdgeResult, ...]:
    """Each parameter whose smallest or largest value the best variant of its strategy has, and the next value beyond.

    Left out: words, values beyond which the strategy takes none, and parameters of which a value within the grid is as
    good, all others equal.
    """
    results = []
    for number, space in enumerate(plan.spaces):
        t = collected.every.get(number, np.empty(0))
        if not np.isfinite(t).any():
            continue
        best = int(np.nanargmax(t))
        params = next(rows_of(space.columns(best, best + 1)))
        for name in space.varied:
            values = sorted(space.axes[name]) if ordered(space.axes[name]) else []
            if params[name] in values[:1] + values[-1:] and not _as_good_within(space, t, best, name, values):
                side = "lowest" if params[name] == values[0] else "highest"
                beyond = _beyond(space, params, name, values if side == "highest" else values[::-1])
                if beyond is not None:
                    results.append(
                        EdgeResult(
                            strategy=space.strategy.name, parameter=name, value=params[name], side=side, next=beyond
                        )
                    )
    return tuple(results)


def _beyond(space: Space, params: Parameters, name: str, values: Sequence[Any]) -> Any:
    """The value as far beyond the last as the last is from the one before; None where the strategy does not take it."""
    last, before = (Decimal(str(value)) for value in (values[-1], values[-2]))
    beyond = type(values[-1])(2 * last - before)
    try:
        space.strategy(**{**params, name: beyond})
    except ParameterError:
        return None
    return beyond


def _as_good_within(space: Space, t: Floats, best: int, name: str, values: Sequence[Any]) -> bool:
    """Whether a variant that differs in this parameter alone, and lies within its values, has as large a t."""
    places = space.places(np.array([best]))
    inner = [place for place, value in enumerate(space.axes[name]) if value not in (values[0], values[-1])]
    numbers = np.zeros(len(inner), dtype=np.int64)
    for axis, axis_values in space.axes.items():
        numbers = numbers * len(axis_values) + (np.array(inner, dtype=np.int64) if axis == name else places[axis][0])
    return bool((t[_tried(space, numbers)] >= t[best] - EQUAL).any())


def _tried(space: Space, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of those of these combinations that belong to the space."""
    if space.numbers is None:
        return numbers
    places = np.minimum(np.searchsorted(space.numbers, numbers), len(space.numbers) - 1)
    return np.asarray(places[space.numbers[places] == numbers])
