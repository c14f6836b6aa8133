"""Prices, fetched and checked: what `data fetch` does and what `data check` finds, as plain rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.align import make_market
from unlockstep.backtests.data.calendar import last_complete
from unlockstep.backtests.data.examine import examine, unexamined
from unlockstep.backtests.data.load import DEMOS, YAHOO
from unlockstep.backtests.data.yahoo import history
from unlockstep.backtests.data.yahoo.cache import BrokenCacheError, cache_folder, cached_tickers, read_cached
from unlockstep.signals.errors import DataError, UnreachableError


def fetch(tickers: Sequence[str]) -> list[dict[str, Any]]:
    """Bring the cache up to date; a row a ticker: rows, first, last, change, retrieved_at, notes, or else "problem".

    Where Yahoo does not answer for one ticker, those after it are not asked for.
    """
    rows: list[dict[str, Any]] = []
    reached = True
    for ticker in tickers:
        if not reached:
            rows.append({"ticker": ticker, "problem": "not asked for, since Yahoo does not answer."})
            continue
        try:
            fetched = history.history_of(ticker)
        except DataError as error:
            reached = not isinstance(error, UnreachableError)
            rows.append({"ticker": ticker, "problem": str(error)})
            continue
        rows.append(
            {
                "ticker": ticker,
                "rows": len(fetched.frame),
                "first": str(fetched.frame.index[0].date()),
                "last": str(fetched.frame.index[-1].date()),
                "change": fetched.change,
                "retrieved_at": fetched.retrieved_at.isoformat(timespec="seconds"),
                "notes": list(fetched.notes),
            }
        )
    return rows


def check(study: Study, tickers: Sequence[str] = ()) -> dict[str, Any]:
    """What the study's source holds of `tickers` (by default of all that it has) in the study's period.

    Yahoo is not asked: its cache is looked at. "pair" says what a run on the study's pair would meet, None where one of
    the two is not among the tickers. Raises DataError where the source holds nothing at all.
    """
    now = history.present()
    start, end = (pd.Timestamp(day) if day is not None else None for day in (study.start, study.end))
    frames, where, rows = _read(study, tickers, now)
    present = {row["ticker"] for row in rows}
    paired = set(study.pair) <= present
    if set(study.pair) == present and all(len(frame) for frame in frames.values()) and len(frames) == len(present):
        begins, ends = zip(*((frame.index.min(), frame.index.max()) for frame in frames.values()), strict=True)
        start, end = max(filter(None, (start, *begins))), min(filter(None, (end, *ends)))  # all that a run would read
    for row in rows:
        frame = frames.get(row["ticker"])
        if frame is not None:
            row |= examine(row["ticker"], frame, where[row["ticker"]], start=start, end=end, now=now)
    return {
        "source": {"yahoo": f"the cache of {YAHOO}"}.get(study.data, study.data),
        "synthetic": study.data in DEMOS,
        "start": None if study.start is None else str(study.start),
        "end": None if study.end is None else str(study.end),
        "tickers": rows,
        "pair": _paired(study, frames, where) if paired else None,
    }


def refusals(checked: dict[str, Any]) -> list[str]:
    """Every sentence with which a run on these prices would stop."""
    pair = checked["pair"]
    said = [sentence for row in checked["tickers"] for sentence in row["refusals"]]
    return list(dict.fromkeys([*said, *([pair["refusal"]] if pair and pair["refusal"] else [])]))


def _read(
    study: Study, tickers: Sequence[str], now: pd.Timestamp
) -> tuple[dict[str, pd.DataFrame], dict[str, str], list[dict[str, Any]]]:
    """(frames, where, rows): the frames that could be read, and a row a ticker with what only its source knows."""
    if study.data in DEMOS:
        from unlockstep.backtests.data.demo import demo_frames

        frames = demo_frames(edge=study.data == "demo:edge", seed=study.seed)
        absent = [
            unexamined(ticker, ticker, f"The demo holds no {ticker}.") for ticker in tickers if ticker not in frames
        ]
        frames = {ticker: frame for ticker, frame in frames.items() if not tickers or ticker in tickers}
        return frames, {ticker: ticker for ticker in frames}, [*({"ticker": ticker} for ticker in frames), *absent]
    if study.data == "yahoo":
        return _cached(tickers, now)
    return _folder(Path(study.data), tickers)


def _folder(
    folder: Path, tickers: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, str], list[dict[str, Any]]]:
    from unlockstep.backtests.data.files import read_folder, tickers_in

    frames: dict[str, pd.DataFrame] = {}
    where: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    there = tickers or (tickers_in(folder) if folder.is_dir() else [])
    if not there:
        raise DataError(
            f"'{folder}' is no folder with price files",
            name=str(folder),
            remedy="it needs one a ticker, such as ETH-USD.csv",
        )
    for ticker in there:
        try:
            read, names = read_folder(folder, (ticker, ticker))
        except DataError as error:
            rows.append(unexamined(ticker, ticker, str(error)))
            continue
        frames[ticker], where[ticker] = read[ticker], names[ticker]
        rows.append({"ticker": ticker})
    return frames, where, rows


def _cached(
    tickers: Sequence[str], now: pd.Timestamp
) -> tuple[dict[str, pd.DataFrame], dict[str, str], list[dict[str, Any]]]:
    frames: dict[str, pd.DataFrame] = {}
    rows: list[dict[str, Any]] = []
    there = tickers or cached_tickers()
    if not there:
        raise DataError(
            f"The cache '{cache_folder()}' holds no prices yet",
            name=str(cache_folder()),
            remedy="unlockstep data fetch gets them",
        )
    for ticker in there:
        try:
            entry = read_cached(ticker)
            problem = f"{ticker} is not in the cache; unlockstep data fetch {ticker} gets it."
        except (BrokenCacheError, DataError) as error:
            entry, problem = None, f"{str(error).rstrip('.')}; unlockstep data fetch {ticker} gets it anew."
        if entry is None:
            rows.append(unexamined(ticker, ticker, problem))
            continue
        frames[ticker] = entry.frame
        newest = last_complete(ticker, now)
        rows.append(
            {
                "ticker": ticker,
                "retrieved_at": entry.retrieved_at.isoformat(timespec="seconds"),
                "days_behind": max(0, (newest - entry.last).days),
                "restated": entry.restated,
            }
        )
    return frames, {ticker: f"Yahoo's {ticker}" for ticker in frames}, rows


def _paired(study: Study, frames: dict[str, pd.DataFrame], where: dict[str, str]) -> dict[str, Any]:
    """What a run on the pair would meet: its sessions, the last decision, or the sentence that refuses."""
    entry: dict[str, Any] = {
        "tickers": list(study.pair),
        "sessions": 0,
        "sealed": 0,
        "sealed_after": str(study.sealed_after),
        "last": None,
        "decided_at": None,
        "refusal": None,
    }
    start, end = (pd.Timestamp(day) if day is not None else None for day in (study.start, study.end))
    unread = [ticker for ticker in study.pair if ticker not in frames]
    if unread:
        return {**entry, "refusal": f"{' and '.join(unread)} cannot be read."}
    try:
        market = make_market(frames, study.pair, start=start, end=end, source=study.data, where=where)
    except DataError as error:
        return {**entry, "refusal": str(error)}
    return {
        **entry,
        "sessions": len(market.sessions),
        "sealed": int((market.sessions > pd.Timestamp(study.sealed_after)).sum()),
        "last": str(market.sessions[-1].date()),
        "decided_at": f"{market.decided_at[-1]:%Y-%m-%d %H:%M} UTC",
    }
