"""A ticker's whole daily history: from the cache where it is up to date, else brought up to date from Yahoo.

1. The cache has the newest complete bar, and the first: nothing is asked of Yahoo.
2. Else Yahoo is asked for the bars since OVERLAP days before the cache's end, and what both have is compared.
3. Where prices agree the new bars are added, and volumes are those of the newest answer. Where they do not, history was
   restated: all of it is fetched anew, so that prices from before and after a back-adjustment are never mixed.
4. Where Yahoo does not answer, or no longer has what it had, old prices are used only when asked for, and say how old
   they are. Prices that are known to be restated are not used at all.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeGuard

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import EARLIEST, last_complete, name_dates
from unlockstep.backtests.data.identity import NOTHING, StatedIdentity, identity_by_name
from unlockstep.backtests.data.yahoo.cache import (
    BrokenCacheError,
    Cached,
    Restated,
    cache_file,
    one_at_a_time,
    read_cached,
    write_cached,
)
from unlockstep.backtests.data.yahoo.download import PRICES, ROUNDING, check_currency, download
from unlockstep.backtests.data.yahoo.failures import NothingThereError
from unlockstep.signals.errors import DataError, UnreachableError, WithdrawnError
from unlockstep.signals.identity import Identity

OVERLAP = pd.Timedelta(days=30)
NOTES = "yfinance"
"""Folder, inside the cache's, of what yfinance keeps for itself."""

log = logging.getLogger("unlockstep")


@dataclass(frozen=True, eq=False)
class History:
    """A ticker's daily history of complete bars.

    frame: a price frame; what is wrong in it stands there as Yahoo sent it.  retrieved_at: UTC.  change: what was done,
    in a few words.  notes: what a reader of any result must know.
    """

    ticker: str
    frame: pd.DataFrame
    retrieved_at: pd.Timestamp
    change: str
    notes: tuple[str, ...]


def history_of(
    ticker: str, *, stale: bool = False, now: pd.Timestamp | None = None, stated: StatedIdentity = NOTHING
) -> History:
    """The history of `ticker` up to the newest complete bar that Yahoo has; `now` in UTC, by default the present.

    stale: where Yahoo does not answer, or no longer has what it had, take what the cache holds.  stated: what the study
    says of the ticker.
    Raises UnreachableError where Yahoo does not answer, WithdrawnError where it no longer has what the cache holds;
    both say how old the cache is. Raises DataError where Yahoo never had such prices, or now has others.
    """
    now = now if now is not None else present()
    identity = identity_by_name(ticker, stated)
    newest = last_complete(identity.clock, now)
    entry, _ = _read(ticker)
    if entry is not None:
        check_currency(entry.currency, identity)
    if _is_current(entry, newest):
        return _with_notes(ticker, entry, "up to date", newest)
    try:
        with one_at_a_time() as folder:
            entry, broken = _read(ticker)  # another process may have fetched it meanwhile
            if _is_current(entry, newest):
                return _with_notes(ticker, entry, "up to date", newest)
            if broken:
                log.warning("%s; it is fetched anew.", broken)
            fresh, change = _refresh(identity, entry, folder / NOTES, now)
            write_cached(ticker, fresh)
    except (UnreachableError, WithdrawnError) as error:
        if entry is None:
            raise
        cached = f"the cache holds it up to {entry.last.date()}, retrieved {_age(entry, now)} ago"
        if not stale:
            raise type(error)(
                str(error).rstrip("."),
                name=ticker,
                dates=error.dates,
                limit=error.limit,
                remedy=f"{cached}: a run with --stale uses that",
            ) from None
        log.warning("%s", error)
        notes = (
            f"STALE prices: {ticker} is from the cache, retrieved {_age(entry, now)} ago, up to {entry.last.date()}.",
        )
        return History(ticker, entry.frame, entry.retrieved_at, f"stale: {_age(entry, now)} old", notes)
    return _with_notes(ticker, fresh, change, newest)


def _is_current(entry: Cached | None, newest: pd.Timestamp) -> TypeGuard[Cached]:
    return entry is not None and entry.whole and entry.last >= newest


def present() -> pd.Timestamp:
    """This instant, UTC."""
    return pd.Timestamp(datetime.now(UTC))


def _read(ticker: str) -> tuple[Cached | None, str]:
    try:
        return read_cached(ticker), ""
    except BrokenCacheError as error:
        return None, str(error)


def _with_notes(ticker: str, entry: Cached, change: str, newest: pd.Timestamp) -> History:
    notes = []
    if entry.last < newest:
        retrieved = f"{entry.retrieved_at:%Y-%m-%d %H:%M}"
        notes.append(
            f"{ticker} ends on {entry.last.date()}: at {retrieved} UTC Yahoo had no prices of {newest.date()} yet."
        )
    if entry.restated:
        notes.append(
            f"Yahoo restated {_rows(entry.restated.rows)} of {ticker} from {entry.restated.first} to "
            f"{entry.restated.last}, noticed on {entry.restated.noticed_at}; all of it was fetched anew then."
        )
    return History(ticker, entry.frame, entry.retrieved_at, change, tuple(notes))


def _refresh(identity: Identity, entry: Cached | None, notes: Path, now: pd.Timestamp) -> tuple[Cached, str]:
    """(the entry brought up to date, what was done)."""
    ticker = identity.ticker
    if entry is None:
        whole, currency = _complete(identity, EARLIEST, notes, now)
        if whole.empty:
            raise DataError(
                f"Yahoo has no complete bar of {ticker} yet", name=ticker, remedy="try again after its next close"
            )
        return Cached(whole, now, currency=currency), "new"
    if not entry.whole:
        return _anew(identity, entry, notes, now)
    since = entry.last - OVERLAP
    fresh, currency = _complete(identity, since, notes, now, cached=True)
    ours = entry.frame.loc[since:]
    still = ours.index <= fresh.index[-1] if len(fresh) else np.zeros(len(ours), dtype=bool)
    changed = differing(ours[still], fresh.loc[: entry.last])
    if _flawless(entry.frame) and not len(changed):
        if not still.all():
            raise WithdrawnError(
                f"Yahoo no longer has {ticker}'s bars of {name_dates(ours.index[~still])}",
                name=ticker,
                dates=ours.index[~still],
            )
        added = fresh.loc[fresh.index > entry.last]
        joined = pd.concat([entry.frame, added])
        joined.loc[ours.index, "volume"] = fresh["volume"]  # Yahoo settles volumes for some days
        rows = f"+{_rows(len(added))}" if len(added) else "nothing new yet"
        return Cached(joined, now, entry.restated, currency=currency or entry.currency), rows
    return _anew(identity, entry, notes, now)


def _anew(identity: Identity, entry: Cached, notes: Path, now: pd.Timestamp) -> tuple[Cached, str]:
    """The whole history, fetched again because the cached one does not hold any more."""
    ticker, ours = identity.ticker, entry.frame
    whole, currency = _complete(identity, EARLIEST, notes, now, cached=True)
    if whole.empty or whole.index[0] > ours.index[0] or whole.index[-1] < entry.last:
        span = f"from {whole.index[0].date()} to {whole.index[-1].date()}" if len(whole) else "nothing"
        raise DataError(
            f"Yahoo has restated {ticker} and now has {span}, less than the cache's {ours.index[0].date()} "
            f"to {entry.last.date()}, which was left as it is",
            name=ticker,
            dates=[ours.index[0], entry.last],
            remedy=f"to take Yahoo's, remove '{cache_file(ticker)}'",
        )
    changed = differing(ours, whole.loc[ours.index[0] : entry.last])
    if not len(changed):
        return Cached(whole, now, entry.restated, currency=currency), "fetched whole again"
    first, last = str(changed[0].date()), str(changed[-1].date())
    log.warning(
        "Yahoo restated %s of %s from %s to %s; all of it was fetched anew.", _rows(len(changed)), ticker, first, last
    )
    restated = Restated(str(now.date()), len(changed), first, last)
    return Cached(whole, now, restated, currency=currency), f"restated: {_rows(len(changed))} from {first}"


def _complete(
    identity: Identity, start: pd.Timestamp, notes: Path, now: pd.Timestamp, *, cached: bool = False
) -> tuple[pd.DataFrame, str | None]:
    """(the complete bars since `start`, the currency that Yahoo says); the last bars without a close, which Yahoo has
    yet to fill in, are left out.

    cached: the cache holds the ticker, so that its name is none that was misspelt.
    """
    ticker, newest = identity.ticker, last_complete(identity.clock, now)
    try:
        downloaded = download(identity, start.date(), notes, last_complete=newest)
    except NothingThereError as error:
        if cached:
            raise WithdrawnError(
                f"Yahoo no longer has prices of {ticker} from {start.date()} on ({error})", name=ticker, dates=[start]
            ) from None
        raise DataError(
            f"Yahoo has no prices of {ticker} ({error})", name=ticker, remedy="check the spelling"
        ) from None
    frame = downloaded.frame.loc[:newest]
    priced = np.flatnonzero(frame["close"].notna())
    return frame.iloc[: priced[-1] + 1 if len(priced) else 0], downloaded.currency


def differing(one: pd.DataFrame, other: pd.DataFrame) -> pd.DatetimeIndex:
    """The dates that only one of two price frames has, or whose prices differ by more than rounding; in order."""
    dates = one.index.union(other.index)
    a, b = (frame[list(PRICES)].reindex(dates).to_numpy() for frame in (one, other))
    same = np.isclose(a, b, rtol=ROUNDING, atol=0.0, equal_nan=True).all(axis=1)
    return pd.DatetimeIndex(dates[~same])


def _flawless(frame: pd.DataFrame) -> bool:
    """Whether every price is one; if not, Yahoo may have mended it, and is asked for all of it."""
    prices = frame[list(PRICES)].to_numpy()
    return bool((np.isfinite(prices) & (prices > 0)).all())


def _rows(count: int) -> str:
    return f"{count} row{'s' if count != 1 else ''}"


def _age(entry: Cached, now: pd.Timestamp) -> str:
    hours = (now - entry.retrieved_at) / pd.Timedelta(hours=1)
    count, unit = (hours, "hour") if hours < 48 else (hours / 24, "day")
    return f"{count:.0f} {unit}{'s' if round(count) != 1 else ''}"
