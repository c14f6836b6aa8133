"""Series beside opens and closes that code reads though nothing of it says so: a run would not pin them.

What is said is computed once more on a market whose undeclared series are others from the first session on; where it
changes, on one for each of them.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np

from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.target import Observed
from unlockstep.signals.context import FIELDS
from unlockstep.signals.market import Floats, Market, read_only

OF_LEGS = ("high", "low", "volume")


def series_of(market: Market) -> tuple[str, ...]:
    """The series that the market holds beside opens and closes, named as in `Signal.reads`."""
    of_legs = (
        f"{name}.{field}"
        for name in ("crypto", "equity")
        for field in OF_LEGS
        if getattr(market.leg(name), field) is not None
    )
    return (*of_legs, *(series.name for series in market.context))


def undeclared(
    observe: Callable[[Market], Observed],
    market: Market,
    said: Observed,
    declared: Collection[str],
    warmup: int,
    seed: int,
) -> tuple[str, ...]:
    """Those of them that change what is said, and are not declared. said: on this market.

    A series on which the code fails counts as read.
    """
    rest = [name for name in series_of(market) if name not in declared]

    def matters(names: list[str]) -> bool:
        try:
            again = observe(_altered(market, names, seed))
        except Exception:  # it refuses what it reads
            return True
        return bool(changed(said.values, again.values, warmup).any())

    return tuple(name for name in rest if matters([name])) if rest and matters(rest) else ()


def _altered(market: Market, names: Collection[str], seed: int) -> Market:
    """The market with these series multiplied at random, highs upwards and lows downwards."""
    rng = np.random.default_rng([seed, 0xDEC1])

    def other(values: Floats, sign: float) -> Floats:
        steps = np.abs(rng.standard_normal(len(values))) if sign else rng.standard_normal(len(values))
        return read_only(values * np.exp((sign or 1.0) * 0.3 * steps))

    for name in ("crypto", "equity"):
        leg = market.leg(name)
        for field, sign in zip(OF_LEGS, (1.0, -1.0, 0.0), strict=True):
            if f"{name}.{field}" in names:
                leg = replace(leg, **{field: other(leg.series(field), sign)})
        market = replace(market, **{name: leg})
    context = tuple(
        replace(series, **{field: other(series.series(field), 0.0) for field in FIELDS if field in series.fields})
        if series.name in names
        else series
        for series in market.context
    )
    return replace(market, context=context)
