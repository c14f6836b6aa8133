"""What there is: signals, strategies, trials, and the facts of a market, as entries for the command line."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from unlockstep.backtests.data.identity import identity_of
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.backtests.plugins.entry_points import Kind, installed
from unlockstep.backtests.results.listing import (
    BarTimes,
    DataSetTrials,
    DecisionTime,
    LegFacts,
    MarketFacts,
    ParameterEntry,
    RegistrationEntry,
    SignalEntry,
    StrategyEntry,
    TrialEntry,
    UnusableEntry,
)
from unlockstep.backtests.results.provenance import coverage
from unlockstep.backtests.trials.dataset_identity import DataSet
from unlockstep.backtests.trials.ledger import Entry, Ledger
from unlockstep.backtests.trials.registration import MOST, MOST_LATER
from unlockstep.backtests.trials.shares import later_studies
from unlockstep.backtests.trials.trial_count import independent_timings
from unlockstep.signals.errors import CodeError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Market
from unlockstep.signals.registry import HINDSIGHT, SIGNALS
from unlockstep.signals.signal import Parameters, Signal
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

E = TypeVar("E")

FIRST, LAST = "0001-01-01", "9999-12-31"
"""A window that holds every session."""

OURS = "unlockstep"


def signals() -> list[SignalEntry | UnusableEntry]:
    """Every signal: unlockstep's own, those in hindsight, those of other packages."""
    ours = [_signal(cls, OURS) for cls in {**SIGNALS, **HINDSIGHT}.values()]
    return [*ours, *_of_packages("Signal", _signal)]


def _signal(cls: type[Signal], source: str) -> SignalEntry:
    return SignalEntry(
        name=cls.name,
        source=source,
        meaning=cls.meaning,
        unit=cls.unit,
        warmup=cls().warmup,
        hindsight=cls.hindsight,
        params=_parameters(cls),
    )


def strategies() -> list[StrategyEntry | UnusableEntry]:
    """Every strategy: unlockstep's own, and those of other packages."""
    ours = [_strategy(cls, OURS) for cls in all_strategies().values()]
    return [*ours, *_of_packages("Strategy", _strategy)]


def _strategy(cls: type[Strategy], source: str) -> StrategyEntry:
    return StrategyEntry(
        name=cls.name,
        source=source,
        statement=cls.statement,
        hypothesis=cls.hypothesis,
        benchmark=cls.benchmark,
        warmup=cls().warmup,
        params=_parameters(cls),
        grid={key: list(values) for key, values in cls.grid.items()},
    )


def _of_packages(kind: Kind, entry: Callable[[Any, str], E]) -> list[E | UnusableEntry]:
    """What other packages bring, and why one of them cannot be used."""
    entries: list[E | UnusableEntry] = []
    for name, each in installed(kind).items():
        try:
            entries.append(entry(each.load(), each.package))
        except CodeError as error:
            entries.append(UnusableEntry(name, each.package, str(error)))
    return entries


def _parameters(cls: type[Parameters]) -> tuple[ParameterEntry, ...]:
    return tuple(ParameterEntry(name, field.default, field.description) for name, field in cls.model_fields.items())


def trials(place: Path, pair: tuple[str, str] | None = None) -> list[DataSetTrials]:
    """The trials of a ledger by data set, each in the order in which they were first made.

    Prices that are the same data, with a day more, another start or under other tickers, stand together: trials on them
    count together. pair: only prices that were once looked at under these tickers.
    Nothing where there is no ledger yet. Raises LedgerError where there is one that cannot be read.
    """
    ledger = Ledger(place)
    groups: list[list[tuple[DataSet, list[Entry]]]] = []
    for data, entries in ledger.entries():
        group = next((group for group in groups if any(data.same_as(other) for other, _ in group)), None)
        if group is None:
            groups.append([(data, entries)])
        else:
            group.append((data, entries))
    pending, exploratory = ledger.studies_pending(), ledger.exploratory_studies()
    return [
        _data_set(group, ledger, pending, exploratory)
        for group in groups
        if pair is None or any(_is_pair(data.tickers, pair) for data, _ in group)
    ]


def _is_pair(pair: tuple[str, ...], wanted: tuple[str, str]) -> bool:
    """Whether these are the tickers wanted, in whatever order and spelling."""
    named = [match_tickers(ticker, pair) for ticker in wanted]
    return sorted(ticker for matches in named for ticker in matches) == sorted(pair)


def _data_set(
    group: list[tuple[DataSet, list[Entry]]], ledger: Ledger, pending: Collection[str], exploratory: Collection[str]
) -> DataSetTrials:
    registrations = ledger.registrations(group[0][0])
    registered = {(each.file, variant) for each in registrations for variant in each.variants}
    later = later_studies(ledger.read_window(group[0][0], FIRST, LAST), registrations)
    entries = {entry.trial: entry for _, entries in group for entry in entries}.values()
    (first, _), (latest, _) = group[0], group[-1]
    return DataSetTrials(
        pair=first.tickers,
        other_names=tuple(sorted({data.tickers for data, _ in group} - {first.tickers})),
        source=latest.source,
        synthetic=latest.synthetic,
        first=min(data.first for data, _ in group),
        last=max(data.last for data, _ in group),
        fingerprints=tuple(data.sha256 for data, _ in group),
        independent=independent_timings([entry.trial for entry in entries]),
        trials=tuple(
            TrialEntry(
                **entry.trial.spec._asdict(),
                variants=entry.trial.variants,
                first_at=entry.first_at,
                last_at=entry.last_at,
                studies=entry.studies,
                study=entry.study,
                pending=entry.studies == 1 and entry.study in pending,
                exploratory=entry.study in exploratory,
                registered=(entry.trial.spec.file, entry.trial.spec.variant) in registered,
            )
            for entry in entries
        ),
        registrations=tuple(
            RegistrationEntry(each.name, each.file, each.variants, each.why, each.at, each.share)
            for each in registrations
        ),
        shares_left=MOST - len(registrations),
        later_left=max(0, MOST_LATER - later),
    )


def market_facts(market: Market) -> MarketFacts:
    """Coverage, fingerprint, clocks and the last three sessions of a market."""
    last = range(max(0, len(market.sessions) - 3), len(market.sessions))
    legs = [
        LegFacts(
            ticker=leg.ticker,
            clock=leg.clock,
            asset_class=who.asset_class,
            currency=who.currency,
            adjusted=leg.adjusted,
            first_close=float(leg.close[0]),
            last_close=float(leg.close[-1]),
            volatility=float(np.log(leg.close[1:] / leg.close[:-1]).std(ddof=1) * SESSIONS_PER_YEAR**0.5),
            last_sessions=tuple(
                BarTimes(
                    session=str(market.sessions[i].date()),
                    tradable_from=_instant(leg.tradable_from[i]),
                    known_at=_instant(leg.known_at[i]),
                    close=float(leg.close[i]),
                )
                for i in last
            ),
        )
        for leg, who in zip(market.legs, map(identity_of, market.legs), strict=True)
    ]
    decided_at = [
        DecisionTime(session=str(market.sessions[i].date()), decided_at=_instant(market.decided_at[i])) for i in last
    ]
    return MarketFacts(
        **coverage(market).model_dump(), notes=tuple(market.notes), legs=tuple(legs), decided_at=tuple(decided_at)
    )


def _instant(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
