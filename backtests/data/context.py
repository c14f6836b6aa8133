"""Series beside the pair, onto the decision clock: what is known of each when a session is decided.

    a ticker   its bars are made on its own clock; the one in force at a decision is the last that should be complete
               then. Where the source misses that bar, the session has NaN, not an older one.
    a file     a value a row, known `known_after` the end (24:00 UTC) of its date; it is in force until the next is
               known, and for `stale_after` at most, so that a series that ended does not go on for ever.

Adjusted prices of a ticker are those of its closes. Cboe's indexes of volatility are computed until 16:15 in New York,
a quarter of an hour after the exchanges close: they keep the clock XCBF unless the study says another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import bar_times, expected_dates
from unlockstep.backtests.data.dated_file import DatedSeries
from unlockstep.backtests.data.doubtful import doubtful_bars, refuse_splits
from unlockstep.backtests.data.frames import check_calendar, check_order, check_prices
from unlockstep.backtests.data.identity import NOTHING, StatedIdentity, resolve_identity
from unlockstep.signals.context import ContextSeries
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import WEEKDAYS, Clock, Identity
from unlockstep.signals.market import Floats, Market, read_only

BEFORE = pd.Timedelta(days=30)
"""By which bars are looked at before the first session: no exchange is closed for longer."""

LONGEST_GAP = pd.Timedelta(days=7)
"""Age of the last bar of a currency at most; vendors differ in the days that they leave out."""

VOLATILITY_CLOCK = "XCBF"
VOLATILITY = frozenset(("VIX", "VIX9D", "VIX3M", "VIX6M", "VIX1D", "VVIX", "VXN", "RVX", "GVZ", "OVX"))
"""Cboe's indexes of volatility, by Yahoo's names without the caret, and their clock."""

CHECKED = ("crypto", "listed")
"""Classes of tickers that pass the checks of a leg's prices; an index or a rate may be zero or less."""


@dataclass(frozen=True)
class ContextSource:
    """Where a series beside the pair comes from: a ticker of the prices' source, or a file of its own.

    dated: the values, where Python code has handed them over.
    known_after: by how much later its values are known than its bars, or dates, end.  stale_after: how long a value of
    a file is in force at most.  column: that of a file, "" for its only one.
    """

    ticker: str = ""
    file: str = ""
    column: str = ""
    dated: DatedSeries | None = None
    known_after: pd.Timedelta = pd.Timedelta(0)  # noqa: RUF009
    stale_after: pd.Timedelta = pd.Timedelta(days=100)  # noqa: RUF009


ContextSources = Mapping[str, ContextSource]
"""Name, as rules know it → where the series comes from."""


@dataclass(frozen=True, eq=False)
class TickerFrame:
    """A price frame of a ticker. where: the file or source that messages name.  notes: what is to be said of it."""

    frame: pd.DataFrame
    where: str
    notes: tuple[str, ...] = ()


def with_series(market: Market, series: ContextSeries, *notes: str) -> Market:
    """The market with one more series in its context, and what is to be said of it."""
    others = tuple(each for each in market.context if each.name != series.name)
    missing = np.isnan(series.close)
    if missing.any():
        days = market.sessions[missing]
        count = "1 session" if len(days) == 1 else f"{len(days)} sessions"
        between = f"{days[0].date()}" if len(days) == 1 else f"{days[0].date()} to {days[-1].date()}"
        notes = (*notes, f"{series.name} ({series.source}) has no value in force in {count}, {between}: NaN there.")
    return replace(market, context=(*others, series), notes=(*market.notes, *notes))


def of_ticker(
    name: str,
    source: ContextSource,
    prices: TickerFrame,
    market: Market,
    stated: StatedIdentity = NOTHING,
    *,
    accept_doubtful: bool = False,
    synthetic: bool = False,
) -> ContextSeries:
    """The series of a ticker's bars. stated: what the study says of the ticker.

    Raises DataError for rows out of order or twice, on days that are none of its clock, and for prices that a leg could
    not have, where it is a fund, a share or a coin.
    """
    frame, where = prices.frame, prices.where
    check_order(frame, where)
    within = frame.loc[market.sessions[0] - BEFORE : market.sessions[-1]]
    if within.empty:
        raise DataError(
            f"{where} has no rows from {(market.sessions[0] - BEFORE).date()} to {market.sessions[-1].date()}",
            name=name,
            dates=[market.sessions[0], market.sessions[-1]],
            remedy=f"choose a period that it covers, or leave {name} out of the study's context",
        )
    identity = resolve_identity(source.ticker, within, where, stated).identity
    if stated.clock is None and identity.asset_class == "index" and identity.symbol in VOLATILITY:
        identity = replace(identity, clock=VOLATILITY_CLOCK)
    _check(within, identity, where, accept_doubtful=accept_doubtful or synthetic)
    rows, known_at = _rows_in_force(within, identity.clock, source.known_after, market)
    close = within["close"].to_numpy()
    adjusted = within["adj_close"].to_numpy() if "adj_close" in within else close
    factor = np.divide(adjusted, close, out=np.ones(len(close)), where=close != 0)
    taken = {field: _taken(within[field].to_numpy() * factor, rows) for field in ("open", "high", "low")}
    return ContextSeries(
        name=name,
        source=source.ticker,
        clock=identity.clock,
        close=_taken(adjusted, rows),
        known_at=known_at,
        volume=_taken(within["volume"].to_numpy(), rows) if "volume" in within else None,
        **taken,
    )


def _check(frame: pd.DataFrame, identity: Identity, where: str, *, accept_doubtful: bool) -> None:
    check_calendar(frame, identity, where, may_miss=True)
    if identity.asset_class in CHECKED:
        check_prices(frame, where)
        if not accept_doubtful:
            refuse_splits(doubtful_bars(frame), where)


def _rows_in_force(
    frame: pd.DataFrame, clock: Clock, known_after: pd.Timedelta, market: Market
) -> tuple[np.ndarray, pd.DatetimeIndex]:
    """(T row numbers, -1 for none; T instants at which those rows are known, NaT for none)."""
    dates = pd.DatetimeIndex(frame.index)
    if clock != WEEKDAYS:
        dates = expected_dates(clock, market.sessions[0] - BEFORE, market.sessions[-1])
    instants = bar_times(clock, dates)[1] + known_after
    place = instants.searchsorted(market.decided_at, side="right") - 1
    rows = np.where(place < 0, -1, frame.index.get_indexer(dates)[np.maximum(place, 0)])
    if clock == WEEKDAYS:
        age = market.sessions - dates[np.maximum(place, 0)]
        rows = np.where(age > LONGEST_GAP, -1, rows)
    return rows, _instants(instants[np.maximum(place, 0)], rows)


def of_dates(name: str, source: ContextSource, dated: DatedSeries, market: Market) -> ContextSeries:
    """The series of a file's dated values."""
    ends = pd.DatetimeIndex(dated.dates.values).tz_localize("UTC") + pd.Timedelta(days=1)
    instants = ends + source.known_after
    place = instants.searchsorted(market.decided_at, side="right") - 1
    stale = market.decided_at - instants[np.maximum(place, 0)] > source.stale_after
    rows = np.where((place < 0) | stale, -1, place)
    return ContextSeries(
        name=name,
        source=dated.where,
        clock="",
        close=_taken(dated.values, rows),
        known_at=_instants(instants[np.maximum(place, 0)], rows),
    )


def _taken(values: Floats, rows: np.ndarray) -> Floats:
    return read_only(np.where(rows < 0, np.nan, values[np.maximum(rows, 0)]))


def _instants(ends: pd.DatetimeIndex, rows: np.ndarray) -> pd.DatetimeIndex:
    instants = ends.tz_convert(None).to_numpy().astype("M8[us]")
    return pd.DatetimeIndex(np.where(rows < 0, np.datetime64("NaT"), instants)).tz_localize("UTC")
