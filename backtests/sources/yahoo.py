"""Prices from Yahoo through yfinance, with a local Parquet cache."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from backtests.sources.calendar import FIRST_SESSION, bar_times, clock_of, sessions_between
from signals.errors import DataError


def read_yahoo(pair: tuple[str, str]) -> tuple[dict[str, pd.DataFrame], str]:
    """(frames, retrieved_at): the whole daily history of each ticker, from the cache where it is up to date.

    Only complete bars are returned: a bar still open is left out. `retrieved_at` is the older of the two downloads.
    Raises DataError where Yahoo has nothing or cannot be reached.
    """
    now = pd.Timestamp(datetime.now(UTC))
    stored = [_cached(ticker, now) for ticker in pair]
    frames = {ticker: frame for ticker, (frame, _) in zip(pair, stored, strict=True)}
    return frames, min(when for _, when in stored)


def cache_folder() -> Path:
    """Where downloaded prices are kept: UNLOCKSTEP_CACHE, or the user's cache folder."""
    from platformdirs import user_cache_path

    chosen = os.environ.get("UNLOCKSTEP_CACHE")
    return Path(chosen) if chosen else user_cache_path("unlockstep") / "yahoo"


def _cached(ticker: str, now: pd.Timestamp) -> tuple[pd.DataFrame, str]:
    path = cache_folder() / f"{ticker}.parquet"
    stored = _stored(path)
    if stored is not None and stored.index[-1] >= last_complete(ticker, now):
        return stored, datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    frame = _complete(_download(ticker), ticker, now)
    if frame.empty:
        raise DataError(f"Yahoo has no complete bar of {ticker} yet; try again after its next close.")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    frame.to_parquet(unfinished)
    os.replace(unfinished, path)
    return frame, now.isoformat(timespec="seconds")


def _stored(path: Path) -> pd.DataFrame | None:
    """The cached frame; None where there is none, or one that cannot be read and must be downloaded again."""
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError):
        return None
    return frame if len(frame) else None


def last_complete(ticker: str, now: pd.Timestamp) -> pd.Timestamp:
    """The date of the newest bar of `ticker` that is complete at `now` (UTC)."""
    clock = clock_of(ticker)
    today = now.tz_convert(None).normalize()
    if clock == "24/7":
        return today - pd.Timedelta(days=1)
    sessions = sessions_between(today - pd.Timedelta(days=10), today)
    return sessions[bar_times(clock, sessions)[1] <= now][-1]


def _complete(frame: pd.DataFrame, ticker: str, now: pd.Timestamp) -> pd.DataFrame:
    return frame.loc[: last_complete(ticker, now)]


def _download(ticker: str) -> pd.DataFrame:
    import yfinance

    try:
        raw = yfinance.Ticker(ticker).history(
            start=FIRST_SESSION.date(), auto_adjust=False, actions=False, raise_errors=True
        )
    except Exception as error:  # yfinance raises its own, requests' and curl's errors, and plain ones
        raise DataError(
            f"Yahoo gave no prices for {ticker}: {type(error).__name__}: {error}. Try again later."
        ) from None
    if raw.empty:
        raise DataError(f"Yahoo has no prices for {ticker}; check the ticker's spelling.")
    raw.columns = [column.lower().replace(" ", "_") for column in raw.columns]
    dates = pd.DatetimeIndex(raw.index).tz_localize(None).normalize().as_unit("us").rename("date")
    prices: pd.DataFrame = raw[["open", "high", "low", "close", "adj_close"]].astype("float64")
    return prices.set_axis(dates)
