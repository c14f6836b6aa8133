"""Made-up series for what code reads beside the pair, and legs, where a market of the audit does not hold them.

Whether code looks ahead does not depend on what a series is about, so any will do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from unlockstep.backtests.audit.target import Subject
from unlockstep.signals.context import ContextSeries
from unlockstep.signals.market import Leg, Market, read_only

MOVE = 0.02
"""Daily volatility of a made-up series."""


def series_read(subjects: Iterable[Subject]) -> tuple[str, ...]:
    """The names of the series beside the pair that these say that they read; code that fails to say reads none."""
    return tuple(sorted({name for subject in subjects for name in _reads(subject) if "." not in name}))


def _reads(subject: Subject) -> tuple[str, ...]:
    try:
        return subject.reads()
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


def with_legs(market: Market, holds: int | None, seed: int) -> Market:
    """The market with as many legs as a strategy holds; None for the market's own, three at least.

    Legs beyond are left out; those that it lacks are random walks, every other one around the clock, called LEG3 and so
    on.
    """
    wanted = max(3, len(market.legs)) if holds is None else holds
    made = [_leg(market, number, seed) for number in range(len(market.legs), wanted)]
    if len(market.legs) == wanted:
        return market
    return replace(market, further=(*market.further[: wanted - 2], *made))


def renamed(market: Market, tickers: Sequence[str]) -> Market:
    """The market with these tickers as the names of its legs."""
    crypto, equity, *further = (replace(leg, ticker=ticker) for leg, ticker in zip(market.legs, tickers, strict=True))
    return replace(market, crypto=crypto, equity=equity, further=tuple(further))


def _leg(market: Market, number: int, seed: int) -> Leg:
    like = market.pair_legs[number % 2]
    walk = _random_walk(market, f"LEG{number + 1}", seed + 1000 + number)
    prices = {name: getattr(walk, name) for name in ("open", "high", "low", "close", "volume")}
    return replace(like, ticker=walk.name, identity=None, traded=None, **prices)


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
