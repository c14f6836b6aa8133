"""Where a run's prices came from, on which clocks, and what computed its figures."""

import platform
from importlib.metadata import version

import pandas as pd

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
    WindowOpening,
)
from unlockstep.backtests.trials.dataset_identity import months_of
from unlockstep.signals.market import Leg, Market
from unlockstep.signals.risk_free import RiskFree

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


def provenance(market: Market, evaluated: Market, study: Study, slowest: Warmup | None = None) -> DataResult:
    """The "data" of result.json: source, fingerprint, period, evaluated window, clocks, and notes a reader must see.

    slowest: the longest warm-up of the variants; None where no variants are evaluated.
    """
    first, last = market.sessions[0], market.sessions[-1]
    notes = [*market.notes, *(UNADJUSTED[leg.adjusted].format(leg.ticker) for leg in market.legs if not leg.adjusted)]
    if study.start is not None and (first - pd.Timestamp(study.start)).days > SLACK:
        notes.append(f"Asked from {study.start}, but the prices of both begin on {first.date()}.")
    if study.end is not None and (pd.Timestamp(min(study.end, study.sealed_after)) - last).days > SLACK:
        notes.append(f"Asked up to {study.end}, but the prices of both end on {last.date()}.")
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
        cash=_cash(evaluated),
        clocks=tuple(_clock(leg) for leg in market.legs),
        notes=tuple(notes),
    )


def _opening(market: Market, study: Study, slowest: Warmup) -> WindowOpening:
    return WindowOpening(
        by="warm-up" if study.evaluate_from is None else "evaluate_from",
        slowest=slowest.variant,
        warmup=slowest.sessions,
        earliest=str(market.sessions[slowest.sessions + 1].date()),
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
        pair=market.tickers,
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
