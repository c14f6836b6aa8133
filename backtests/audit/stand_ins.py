"""Made-up series for what code reads beside the pair, where a market of the audit does not hold it.

Whether code looks ahead does not depend on what a series is about, so any will do.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from unlockstep.backtests.audit.target import Subject
from unlockstep.signals.context import ContextSeries
from unlockstep.signals.market import Market, read_only
from unlockstep.signals.signal import Signal

MOVE = 0.02
"""Daily volatility of a made-up series."""


def series_read(subjects: Iterable[Subject]) -> tuple[str, ...]:
    """The names of the series beside the pair that these say that they read; code that fails to say reads none."""
    return tuple(sorted({name for subject in subjects for name in _reads(subject) if "." not in name}))


def _reads(subject: Subject) -> tuple[str, ...]:
    try:
        part = subject.part
        return part.reads if isinstance(part, Signal) else part.reads()
    except Exception:  # the audit itself tells of code that fails
        return ()


def missing(market: Market, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are no series of the market."""
    present = {series.name for series in market.context}
    return tuple(name for name in names if name not in present)


def with_stand_ins(market: Market, names: Iterable[str], seed: int) -> Market:
    """The market with a made-up series under each of the names that it lacks."""
    made = [_random_walk(market, name, seed + number) for number, name in enumerate(missing(market, names))]
    return replace(market, context=(*market.context, *made)) if made else market


def _random_walk(market: Market, name: str, seed: int) -> ContextSeries:
    rng = np.random.default_rng([seed, 0xC0])
    sessions = len(market.sessions)
    close = 20.0 * np.exp(np.cumsum(MOVE * rng.standard_normal(sessions)))
    opens = np.concatenate([close[:1], close[:-1]])
    above, below = np.exp(np.abs(0.5 * MOVE * rng.standard_normal((2, sessions))))
    return ContextSeries(
        name=name,
        source="made up",
        clock=market.equity.clock,
        close=read_only(close),
        known_at=market.equity.known_at,
        open=read_only(opens),
        high=read_only(np.maximum(opens, close) * above),
        low=read_only(np.minimum(opens, close) / below),
        volume=read_only(np.round(1e6 * np.exp(rng.standard_normal(sessions) / 2))),
    )
