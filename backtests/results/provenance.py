"""Where a run's prices came from, on which clocks, and what computed its figures."""

import platform
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import pandas as pd

from unlockstep.backtests.config.series_pins import series_read
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.identity import identity_of
from unlockstep.backtests.engine.window import Warmup
from unlockstep.backtests.results.model.pair import (
    CashResult,
    Clock,
    Coverage,
    DataResult,
    Evaluated,
    Months,
    SeriesResult,
    WindowOpening,
)
from unlockstep.backtests.trials.dataset_identity import months_of
from unlockstep.signals.context import ContextSeries
from unlockstep.signals.market import Leg, Market
from unlockstep.signals.risk_free import RiskFree
from unlockstep.strategies.strategy import Strategy

COMPUTES = (
    "unlockstep",
    "vectorbt",
    "vectorbt-rust",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "arch",
    "ruptures",
    "exchange-calendars",
)
UNADJUSTED = {
    None: "{} has no adjusted close: it is unknown whether its returns include dividends.",
    False: "The adjusted closes of {} are its closes: dividends can be seen in neither, so its returns leave out any "
    "that it paid.",
}
"""What is noted of a leg, by `Leg.adjusted`."""
SLACK = 7
"""Days by which a period asked for may differ from the prices' without a word: weekends and holidays."""


def provenance(
    market: Market,
    evaluated: Market,
    study: Study,
    strategies: Sequence[Strategy] = (),
    slowest: Warmup | None = None,
) -> DataResult:
    """The "data" of result.json: source, fingerprint, period, evaluated window, clocks, the series that the strategies
    read besides opens and closes, and notes a reader must see.

    slowest: the longest warm-up of the variants; None where no variants are evaluated.
    """
    first, last = market.sessions[0], market.sessions[-1]
    notes = [*market.notes, *(UNADJUSTED[leg.adjusted].format(leg.ticker) for leg in market.legs if not leg.adjusted)]
    if study.start is not None and (first - pd.Timestamp(study.start)).days > SLACK:
        notes.append(f"Asked from {study.start}, but the prices of {_all(market)} begin on {first.date()}.")
    if study.end is not None and (pd.Timestamp(min(study.end, study.sealed_after)) - last).days > SLACK:
        notes.append(f"Asked up to {study.end}, but the prices of {_all(market)} end on {last.date()}.")
    if market.further and all(s.legs == 2 for s in strategies if not s.benchmark):
        notes.append(
            f"No strategy under test holds {' or '.join(market.tickers[2:])}: all of them are for the pair, the first "
            "two legs."
        )
    if market.synthetic:
        notes.insert(0, "SYNTHETIC prices, drawn by a random generator. They say nothing about any real market.")
    return DataResult(
        **dict(coverage(market)),
        evaluated=Evaluated(
            first=str(evaluated.sessions[1].date()),
            last=str(last.date()),
            sessions=len(evaluated.sessions) - 1,
            warmup=len(market.sessions) - len(evaluated.sessions),
            opening=None if slowest is None else _opening(market, study, slowest),
        ),
        months=Months.model_validate(months_of(market)),
        series=series_results(market, study, strategies),
        cash=_cash(evaluated),
        clocks=tuple(_clock(leg) for leg in market.legs),
        notes=tuple(notes),
    )


def _all(market: Market) -> str:
    return "all" if market.further else "both"


def _opening(market: Market, study: Study, slowest: Warmup) -> WindowOpening:
    return WindowOpening(
        by="warm-up" if study.evaluate_from is None else "evaluate_from",
        slowest=slowest.variant,
        warmup=slowest.sessions,
        earliest=str(market.sessions[slowest.sessions + 1].date()),
    )


def series_results(market: Market, study: Study, strategies: Sequence[Strategy]) -> tuple[SeriesResult, ...]:
    """What the strategies read besides opens and closes, and the rest of the context that the study names."""
    names = series_read(market, strategies)
    readers = {name: tuple(s.label for s in strategies if name in s.reads(market.tickers)) for name in names}
    return tuple(_series(market, study, name, readers[name]) for name in names)


def _series(market: Market, study: Study, name: str, read_by: tuple[str, ...]) -> SeriesResult:
    owner, dot, _ = name.rpartition(".")
    settings = study.context.get(name)
    bars: Leg | ContextSeries = market.leg(owner) if dot else market.context_series(name)
    return SeriesResult(
        name=name,
        source=bars.source if isinstance(bars, ContextSeries) else bars.ticker,
        clock=bars.clock,
        known_after=(settings.known_after or "") if settings is not None else "",
        sha256=market.series_sha256(name),
        missing=int(np.isnan(market.series_of(name)).sum()),
        read_by=read_by,
    )


def _cash(evaluated: Market) -> CashResult:
    cash = evaluated.risk_free or RiskFree.constant(0.0, len(evaluated.sessions))
    return CashResult(source=cash.source, annual=cash.annual)


def _clock(leg: Leg) -> Clock:
    who = identity_of(leg)
    return Clock(
        ticker=leg.ticker, clock=leg.clock, asset_class=who.asset_class, currency=who.currency, adjusted=leg.adjusted
    )


def coverage(market: Market) -> Coverage:
    """Which prices: pair, source, fingerprint, number of sessions, first and last one."""
    return Coverage(
        pair=market.pair,
        further=market.tickers[2:],
        source=market.source,
        synthetic=market.synthetic,
        sha256=market.sha256,
        sessions=len(market.sessions),
        first=str(market.sessions[0].date()),
        last=str(market.sessions[-1].date()),
        retrieved_at=market.retrieved_at,
    )


def environment() -> dict[str, str]:
    """Versions of everything that computes a figure."""
    return {"python": platform.python_version(), **{name: version(name) for name in COMPUTES}}
