"""Does a computation look ahead? Cut the future off, or alter it, and see whether the past changes.

A computation is any function from a Market to a frame with a row a session. The futures are those of the audit; here
the rows up to session k must be the same, bit for bit, whatever comes after k and whether anything does.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice

import numpy as np
import pandas as pd

from unlockstep.backtests.audit.perturbations import ALTERATIONS, CUT, future
from unlockstep.signals import Market, Signal
from unlockstep.strategies import Strategy

Computation = Callable[[Market], pd.DataFrame]


def futures(market: Market, sessions: Iterable[int], ways: int = 4) -> Iterator[tuple[str, int, Market]]:
    """(what was done, session number k, market): markets that agree with this one up to session k and not after.

    After each session the future is cut off, and altered in so many ways; all the ways there are take turns.
    """
    turns = cycle(ALTERATIONS)
    for k in sessions:
        for name in (CUT, *islice(turns, ways)):
            yield name, k, future(market, k, name)


def leaks(compute: Computation, market: Market, sessions: Iterable[int], ways: int = 4) -> list[str]:
    """What changed in the past when the future after each of the `sessions` did; empty for a causal computation."""
    whole = compute(market)
    results = []
    for what, k, other in futures(market, sessions, ways):
        past, again = whole.iloc[: k + 1], compute(other).iloc[: k + 1]
        before, after = past.to_numpy(dtype=float), again.to_numpy(dtype=float)
        if before.shape != after.shape or list(past.index) != list(again.index):
            results.append(f"{what} after session {k}: the rows up to it are others")
            continue
        changed = ~((before == after) | (np.isnan(before) & np.isnan(after))).all(axis=1)
        if changed.any():
            results.append(
                f"{what} after session {k}: {changed.sum()} earlier rows changed, the first {changed.argmax()}"
            )
    return results


def signal_values(signal: Signal) -> Computation:
    """The values of a signal."""
    return lambda market: signal.compute(market).to_frame()


def decisions(strategy: Strategy) -> Computation:
    """The decisions of a strategy, a row a session, NaN in sessions without one."""
    return lambda market: strategy.decide(market).frame.reindex(market.sessions)


def weights_in_force(strategy: Strategy) -> Computation:
    """What a strategy wants held at the end of each session, NaN before its first decision."""
    return lambda market: strategy.decide(market).weights_in_force(market.sessions)
