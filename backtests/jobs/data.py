"""Prices, fetched and checked: what `data fetch` does and what `data check` finds, as plain rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from unlockstep.backtests.config.series_pins import series_pins
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.align import early_end, make_market
from unlockstep.backtests.data.calendar import last_complete
from unlockstep.backtests.data.cash_rate import BILL, bill_of, with_cash
from unlockstep.backtests.data.checked import (
    CacheState,
    CheckedPair,
    CheckedPrices,
    CheckedTicker,
    ExaminedPrices,
    FailedTicker,
    FetchedTicker,
)
from unlockstep.backtests.data.context import TickerFrame
from unlockstep.backtests.data.context_load import with_context, with_series_read
from unlockstep.backtests.data.demo_series import VIX
from unlockstep.backtests.data.examine import examine, unexamined
from unlockstep.backtests.data.identity import NOTHING, identity_by_name
from unlockstep.backtests.data.load import DEMOS, YAHOO
from unlockstep.backtests.data.rate_file import without_bill
from unlockstep.backtests.data.ticker_name import as_yahoo, spelled_as_in
from unlockstep.backtests.data.yahoo import history
from unlockstep.backtests.data.yahoo.cache import BrokenCacheError, cache_folder, cached_tickers, read_cached
from unlockstep.signals.errors import DataError, HistoryError, StudyError, UnreachableError
from unlockstep.signals.market import Market


def fetch(tickers: Sequence[str]) -> list[FetchedTicker | FailedTicker]:
    """Bring the cache up to date; an entry a ticker.

    Where Yahoo does not answer for one ticker, those after it are not asked for.
    """
    rows: list[FetchedTicker | FailedTicker] = []
    reached = True
    for ticker in dict.fromkeys(map(as_yahoo, tickers)):
        if not reached:
            rows.append(FailedTicker(ticker, "not asked for, since Yahoo does not answer."))
            continue
        try:
            fetched = history.history_of(ticker)
        except DataError as error:
            reached = not isinstance(error, UnreachableError)
            rows.append(FailedTicker(ticker, str(error)))
            continue
        rows.append(
            FetchedTicker(
                ticker,
                rows=len(fetched.frame),
                first=str(fetched.frame.index[0].date()),
                last=str(fetched.frame.index[-1].date()),
                change=fetched.change,
                retrieved_at=fetched.retrieved_at.isoformat(timespec="seconds"),
                notes=tuple(fetched.notes),
            )
        )
    return rows


def check(study: Study, tickers: Sequence[str] = ()) -> CheckedPrices:
    """What the study's source holds of `tickers` (by default of all that it has) in the study's period.

    Yahoo is not asked: its cache is looked at. Raises DataError where the source holds nothing at all.
    """
    now = history.present()
    start, end = (pd.Timestamp(day) if day is not None else None for day in (study.start, study.end))
    read = _read(study, tickers, now)
    present = set(read.tickers)
    if set(study.tickers_read) == present and all(len(frame) for frame in read.frames.values()) and not read.absent:
        legs = (read.frames[ticker].index for ticker in study.tickers_of_legs)
        begins, ends = zip(*((days.min(), days.max()) for days in legs), strict=True)
        start, end = max(filter(None, (start, *begins))), min(filter(None, (end, *ends)))  # all that a run would read
    checked = [
        read.absent.get(ticker)
        or examine(
            ticker,
            read.frames[ticker],
            read.where[ticker],
            start=start,
            end=end,
            now=now,
            accept_doubtful=study.accept_doubtful,
            stated=study.stated.get(ticker, NOTHING),
        )
        for ticker in read.tickers
    ]
    return CheckedPrices(
        source={"yahoo": f"the cache of {YAHOO}"}.get(study.data, study.data),
        synthetic=study.data in DEMOS,
        start=None if study.start is None else str(study.start),
        end=None if study.end is None else str(study.end),
        tickers=tuple(
            CheckedTicker(prices, read.cached.get(prices.ticker), read.layouts.get(prices.ticker, ()))
            for prices in checked
        ),
        used=read.tickers if tickers else study.tickers_read,
        pair=_paired(study, read.frames, read.where) if set(study.traded) <= present else None,
    )


@dataclass(frozen=True, eq=False)
class SourcePrices:
    """What could be read of a source.

    tickers: all, in the order in which they are shown.  where: the file or source of each frame.  absent: what to say
    of a ticker without a frame.  layouts: what was understood of each file, see `TickerPrices`.
    """

    tickers: tuple[str, ...]
    frames: dict[str, pd.DataFrame]
    where: dict[str, str]
    absent: dict[str, ExaminedPrices]
    cached: dict[str, CacheState] = field(default_factory=dict)
    layouts: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _read(study: Study, tickers: Sequence[str], now: pd.Timestamp) -> SourcePrices:
    if study.data in DEMOS:
        from unlockstep.backtests.data.demo import FURTHER, PAIR, demo_frames, demo_vix
        from unlockstep.backtests.data.demo_universe import universe_frames

        edge = study.data == "demo:edge"
        further = [ticker for ticker in study.traded[2:] if ticker in FURTHER]
        frames = demo_frames(edge=edge, seed=study.seed, further=further) if study.pair == PAIR else {}
        if not {*tickers, *study.traded} <= {*PAIR, *FURTHER, VIX}:
            every = universe_frames(edge=edge, seed=study.seed)
            frames |= {ticker: every[ticker] for ticker in (*study.traded, *tickers) if ticker in every}
        if VIX in (*tickers, *study.tickers_read):
            frames[VIX] = demo_vix(edge=edge, seed=study.seed)
        absent = {
            ticker: unexamined(ticker, ticker, f"The demo holds no {ticker}.")
            for ticker in tickers
            if ticker not in frames
        }
        frames = {ticker: frame for ticker, frame in frames.items() if not tickers or ticker in tickers}
        return SourcePrices((*frames, *absent), frames, {ticker: ticker for ticker in frames}, absent)
    if study.data == "yahoo":
        return _cached([as_yahoo(ticker) for ticker in tickers], now)
    return _folder(Path(study.data), tickers, study)


def _folder(folder: Path, tickers: Sequence[str], study: Study) -> SourcePrices:
    """The tickers of a folder: those asked for, else all that it holds and the study's, which a run would look for."""
    from unlockstep.backtests.data.files import read_folder
    from unlockstep.backtests.data.price_folder import tickers_in

    frames: dict[str, pd.DataFrame] = {}
    where: dict[str, str] = {}
    layouts: dict[str, tuple[str, ...]] = {}
    absent: dict[str, ExaminedPrices] = {}
    present = tickers_in(folder) if folder.is_dir() else []
    there = [spelled_as_in(present, ticker) for ticker in tickers] or without_bill(present)
    if not there:
        raise DataError(
            f"'{folder}' is no folder with price files",
            name=str(folder),
            remedy="it needs one a ticker, such as ETH-USD.csv",
        )
    if not tickers:
        there = [*there, *(ticker for ticker in study.tickers_read if ticker not in there)]
    for ticker in there:
        try:
            prices = read_folder(folder, (ticker,), study.stated)[ticker]
        except DataError as error:
            absent[ticker] = unexamined(ticker, ticker, str(error))
        else:
            frames[ticker], where[ticker], layouts[ticker] = prices.frame, prices.where, prices.layout
    return SourcePrices(tuple(there), frames, where, absent, layouts=layouts)


def _cached(tickers: Sequence[str], now: pd.Timestamp) -> SourcePrices:
    frames: dict[str, pd.DataFrame] = {}
    absent: dict[str, ExaminedPrices] = {}
    cached: dict[str, CacheState] = {}
    there = tickers or without_bill(cached_tickers())
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
            absent[ticker] = unexamined(ticker, ticker, problem)
            continue
        frames[ticker] = entry.frame
        cached[ticker] = CacheState(
            retrieved_at=entry.retrieved_at.isoformat(timespec="seconds"),
            days_behind=max(0, (last_complete(identity_by_name(ticker).clock, now) - entry.last).days),
            restated=entry.restated,
        )
    return SourcePrices(tuple(there), frames, {ticker: f"Yahoo's {ticker}" for ticker in frames}, absent, cached)


def _cached_bill() -> tuple[pd.DataFrame, tuple[str, ...]]:
    try:
        entry = read_cached(BILL)
    except BrokenCacheError:
        entry = None
    if entry is None:
        raise DataError(
            f"{BILL}, the rate that cash is to earn, is not in the cache, or broken there",
            name=BILL,
            remedy=f"unlockstep data fetch {BILL} gets it",
        )
    return entry.frame, ()


def _with_series(study: Study, market: Market, frames: dict[str, pd.DataFrame], where: dict[str, str]) -> Market:
    """The market with the series beside the pair, from the prices that were read."""
    if study.data in DEMOS:
        return with_context(market, study.context_sources, data=study.data, seed=study.seed)
    return with_series_read(
        market,
        study.context_sources,
        lambda ticker: TickerFrame(frames[ticker], where[ticker]),
        accept_doubtful=study.accept_doubtful,
        stated=study.stated,
    )


def _paired(study: Study, frames: dict[str, pd.DataFrame], where: dict[str, str]) -> CheckedPair:
    """What a run on the pair would meet: its sessions, the last decision, or the sentence that refuses."""
    from unlockstep.backtests.engine.window import longest_warmup, opening_of
    from unlockstep.backtests.results.holdout import open_part

    pair = CheckedPair(tickers=study.traded, sealed_after=str(study.sealed_after))
    start, end = (pd.Timestamp(day) if day is not None else None for day in (study.start, study.end))
    unread = [ticker for ticker in study.tickers_read if ticker not in frames]
    if unread:
        return replace(pair, refusal=f"{' and '.join(unread)} cannot be read.")
    try:
        market = make_market(
            frames,
            study.traded,
            start=start,
            end=end,
            source=study.data,
            where=where,
            synthetic=study.data in DEMOS,
            accept_doubtful=study.accept_doubtful,
            stated=study.stated,
            fx=study.fx,
        )
        looked_at = open_part(study, _with_series(study, market, frames, where))
        series_pins(looked_at, study.strategies())
        opening_of(looked_at, longest_warmup(study.strategies(), looked_at), study.evaluate_from)
        with_cash(looked_at, study.costs.cash_rate, _cached_bill if study.data == "yahoo" else bill_of(study.data))
    except (DataError, HistoryError, StudyError) as error:
        return replace(pair, refusal=str(error))
    return replace(
        pair,
        sessions=len(market.sessions),
        sealed=int((market.sessions > pd.Timestamp(study.sealed_after)).sum()),
        ends=early_end(frames, study.tickers_of_legs, where, end),
        last=str(market.sessions[-1].date()),
        decided_at=f"{market.decided_at[-1]:%Y-%m-%d %H:%M} UTC",
    )
