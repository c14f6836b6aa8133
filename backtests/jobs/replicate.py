"""Published correlations, recomputed on the prices at hand.

1. Which tickers are at hand, and why the others are not.
2. Each reading of each claim on the project's own Market: sessions of the exchange, crypto at its 00:00 UTC close.
3. Published beside recomputed; what cannot be computed says which ticker or period is missing.

A reading that meets a published figure does not show that its source measured in that way, nor does one that misses it
show that the source is wrong: prices, hours and conventions differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from unlockstep.backtests.data.align import is_adjusted, make_market
from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.data.doubtful import doubtful_bars, doubtful_note
from unlockstep.backtests.data.files import read_folder
from unlockstep.backtests.data.frames import check_order
from unlockstep.backtests.data.identity import identity_by_name
from unlockstep.backtests.data.load import DEMOS, YAHOO
from unlockstep.backtests.data.price_folder import tickers_in
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.backtests.data.yahoo import History, history_of
from unlockstep.backtests.results.published_figures import (
    CLAIMS,
    INDEX,
    MONTH_ENDS,
    NAMES,
    PAIR,
    TICKERS,
    YEARS,
    Claim,
    Published,
    Reading,
    Returns,
    month_end,
    year,
)
from unlockstep.backtests.results.replication import (
    Needs,
    Recomputed,
    RecordedFigure,
    RecordedMonthEnd,
    RecordedMonthEnds,
    RecordedYear,
    RecordedYears,
    ReplicatedClaim,
    Replication,
    ReplicationData,
    TickerSource,
)
from unlockstep.backtests.storage import write_folder
from unlockstep.backtests.storage.run_folder import FIGURES, FIGURES_NOTE, as_json
from unlockstep.signals.errors import DataError, HistoryError, UnreachableError, WorkError
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import pearson, windows


@dataclass(frozen=True, eq=False)
class Prices:
    """The tickers at hand: price frames, the file or source of each, and why each other one is not at hand."""

    source: str
    frames: dict[str, pd.DataFrame]
    where: dict[str, str]
    absent: dict[str, str]
    retrieved_at: str | None = None
    notes: tuple[str, ...] = ()
    accept_doubtful: bool = False

    def market(self, pair: tuple[str, str], start: pd.Timestamp, end: pd.Timestamp, *, raw: bool = False) -> Market:
        """The pair from `start` to `end`; raw: on closes as quoted. WorkError names what is missing or broken."""
        for ticker in pair:
            if ticker in self.absent:
                raise DataError(self.absent[ticker], name=ticker)
            index = self.frames[ticker].index
            if not (index[0] <= start and end <= index[-1]):
                raise HistoryError(
                    f"{self.where[ticker]} runs only from {index[0].date()} to {index[-1].date()}",
                    name=ticker,
                    dates=[index[0], index[-1]],
                )
        frames = {ticker: self.frames[ticker] for ticker in pair}
        if raw:
            frames = {ticker: frame.drop(columns="adj_close", errors="ignore") for ticker, frame in frames.items()}
        return make_market(
            frames,
            pair,
            start=start,
            end=end,
            source=self.source,
            where=self.where,
            accept_doubtful=self.accept_doubtful,
        )


def prices_at_hand(data: str, *, stale: bool = False, accept_doubtful: bool = False) -> Prices:
    """Every ticker of TICKERS that `data`, "yahoo" or a folder, has; stale: old ones from Yahoo's cache are welcome.

    accept_doubtful: so are bars that look like an unadjusted split.
    Raises DataError for the demo, whose prices are synthetic, and for a folder that is not there, UnreachableError
    where Yahoo does not answer.
    """
    if data in DEMOS:
        raise DataError(
            "The demo's prices are SYNTHETIC and replicate nothing",
            name="demo",
            remedy="bring real ones with --data yahoo, or --data DIR for a folder with files such as "
            "BTC-USD.csv, ETH-USD.csv, SPY.csv and IWM.csv",
        )
    if data != "yahoo" and not Path(data).is_dir():
        raise DataError(
            f"There is no folder '{data}'", name=str(data), remedy="this takes yahoo or a folder of price files"
        )
    present = TICKERS if data == "yahoo" else tickers_in(data)
    frames: dict[str, pd.DataFrame] = {}
    where: dict[str, str] = {}
    absent: dict[str, str] = {}
    histories: list[History] = []
    for ticker in TICKERS:
        if not match_tickers(ticker, present):
            what = f", {NAMES[ticker]}," if ticker in NAMES else ""
            absent[ticker] = f"{ticker}{what} is not in the folder as {ticker}.csv or {ticker}.parquet."
            continue
        try:
            if data == "yahoo":
                history = history_of(ticker, stale=stale)
                histories.append(history)
                frame, where[ticker] = history.frame, ticker
            else:
                read = read_folder(Path(data), (ticker,))[ticker]
                frame, where[ticker] = read.frame, read.where
            check_order(frame, where[ticker])
            frames[ticker] = frame
        except DataError as error:
            if isinstance(error, UnreachableError) and not stale:
                raise  # the other tickers would fare no better
            absent[ticker] = str(error)
    source = YAHOO if data == "yahoo" else f"the files of {data}"
    retrieved_at = min((history.retrieved_at.isoformat(timespec="seconds") for history in histories), default=None)
    notes = [note for history in histories for note in history.notes]
    notes += [doubtful_note(doubtful_bars(frame).every, where[ticker]) for ticker, frame in frames.items()]
    return Prices(source, frames, where, absent, retrieved_at, tuple(filter(None, notes)), accept_doubtful)


def correlation(market: Market, reading: Reading) -> float:
    """The reading's figure on a market that holds its sessions and, before them, `reading.reach` more.

    NaN where a leg does not vary.
    """
    crypto, equity = (_moves(market, leg, reading.returns) for leg in (0, 1))
    if reading.rolling is None:
        return float(pearson(crypto[None], equity[None])[0])
    return float(pearson(windows(crypto, reading.rolling), windows(equity, reading.rolling)).mean())


def _moves(market: Market, number: int, returns: Returns) -> Floats:
    leg = market.pair_legs[number]
    if returns == "levels":
        return leg.close
    if returns == "simple":
        return np.asarray(leg.close[1:] / leg.close[:-1] - 1)
    before = leg.open[1:] if returns == "day" and leg.clock == "24/7" else leg.close[:-1]
    return np.asarray(np.log(leg.close[1:] / before))


@cache
def _sessions(reading: Reading) -> tuple[pd.Timestamp, pd.DatetimeIndex]:
    """(earliest session needed, the sessions that the reading is about)."""
    first, last = pd.Timestamp(reading.first or reading.last), pd.Timestamp(reading.last)
    amply = pd.Timedelta(days=2 * ((reading.sessions or 0) + reading.reach) + 10)
    all_ = sessions_between(first - amply, last)
    begin = len(all_) - (reading.sessions or int((all_ >= first).sum()))
    return all_[begin - reading.reach], all_[begin:]


def replicate(data: str, *, stale: bool = False, accept_doubtful: bool = False) -> Replication:
    """The claims, the calendar years, and the month-ends of returns against levels.

    data: "yahoo" or a folder. Raises DataError where it names no real prices, or they serve no figure at all.
    """
    prices = prices_at_hand(data, stale=stale, accept_doubtful=accept_doubtful)
    claims = tuple(_claim(prices, claim) for claim in CLAIMS)
    years = tuple(_year(prices, number, Published(published, 3)) for number, published in YEARS.items())
    month_ends = tuple(
        RecordedMonthEnd(
            day,
            returns=_recorded(prices, month_end(day, "log"), Published(returns)),
            levels=_recorded(prices, month_end(day, "levels"), Published(levels)),
        )
        for day, (returns, levels) in MONTH_ENDS.items()
    )
    mains = [row.main for row in claims] + [row.main for row in years] + [row.returns.main for row in month_ends]
    if not any(mains):
        raise DataError(
            f"Nothing published can be recomputed from {prices.source}; ETH-USD or BTC-USD with SPY or IWM is needed, "
            f"2016 to 2025, but {claims[-1].missing[0]}",
            name=prices.source,
        )
    return Replication(
        ReplicationData(
            source=prices.source,
            retrieved_at=prices.retrieved_at,
            notes=prices.notes,
            tickers={ticker: _describe_ticker(prices, ticker) for ticker in prices.frames},
            absent=prices.absent,
        ),
        claims,
        RecordedYears(PAIR, INDEX, years),
        RecordedMonthEnds(PAIR, INDEX, month_ends),
    )


def write_replication(result: Replication, out: Path, *, force: bool = False) -> None:
    """Write replicate.json and replicate.md into `out`, all or nothing; raises what `storage.write_folder` raises."""
    from unlockstep.backtests.reports.replicate import replication_note

    write_folder(out, {FIGURES: as_json(result.as_json()), FIGURES_NOTE: replication_note(result)}, {}, force=force)


def _describe_ticker(prices: Prices, ticker: str) -> TickerSource:
    frame = prices.frames[ticker]
    first, last = (str(frame.index[i].date()) for i in (0, -1))
    return TickerSource(
        prices.where[ticker], first, last, adjusted=is_adjusted(frame, identity_by_name(ticker).asset_class)
    )


def _claim(prices: Prices, claim: Claim) -> ReplicatedClaim:
    missing: list[str] = []
    start, sessions = _sessions(claim.main)
    here = [ticker for ticker in claim.equities if ticker in prices.frames] or list(claim.equities[:1])
    main, equity = None, here[0]
    for equity in here:
        main = _read(prices, (claim.crypto, equity), claim.main, claim.published, missing)
        if main is not None:
            break
    tried: list[Recomputed | None] = []
    apart: list[Recomputed | None] = []
    if main is not None:
        alternatives = [(equity, other) for other in claim.others if not (other.raw and main.close == "raw")]
        alternatives += [(t, replace(claim.main, name=f"on {t}, {NAMES[t]}")) for t in here if t != equity]
        tried = [_read(prices, (claim.crypto, t), reading, claim.published, missing) for t, reading in alternatives]
        apart = [_read(prices, (claim.crypto, equity), reading, None, missing) for reading in claim.beside]
        missing += [prices.absent[ticker] for ticker in claim.exact if ticker in prices.absent]
    others = tuple(figure for figure in tried if figure is not None)
    return ReplicatedClaim(
        key=claim.key,
        claim=claim.claim,
        source=claim.source,
        method=claim.method,
        published=claim.published,
        stand_in=None if equity in claim.exact else f"{equity}, {NAMES[equity]}, stands in for the {claim.named}",
        needs=Needs((claim.crypto, claim.equities[0]), first=str(start.date()), last=str(sessions[-1].date())),
        main=main,
        others=others,
        beside=tuple(figure for figure in apart if figure is not None),
        finding=_finding(claim.published, main, others),
        missing=tuple(missing),
    )


def _year(prices: Prices, number: int, recorded: Published) -> RecordedYear:
    figure = _recorded(prices, year(number), recorded)
    return RecordedYear(number, figure.recorded, figure.main, figure.index, figure.missing)


def _recorded(prices: Prices, reading: Reading, recorded: Published) -> RecordedFigure:
    missing: list[str] = []
    main = _read(prices, PAIR, reading, recorded, missing)
    index = _read(prices, (PAIR[0], INDEX), reading, None, []) if INDEX in prices.frames else None
    return RecordedFigure(recorded, main, index, tuple(missing))


def _read(
    prices: Prices, pair: tuple[str, str], reading: Reading, published: Published | None, missing: list[str]
) -> Recomputed | None:
    """The reading's figure beside the published one, with all that made it.

    None where it cannot be had, and then `missing` gains the reason.
    """
    start, sessions = _sessions(reading)
    absent = [prices.absent[ticker] for ticker in pair if ticker in prices.absent]
    try:
        if absent:
            raise DataError(" ".join(absent), name=" or ".join(pair))
        market = prices.market(pair, start, sessions[-1], raw=reading.raw)
        value = correlation(market, reading)
        if not np.isfinite(value):
            raise DataError(
                f"{' or '.join(pair)} does not vary from {start.date()} to {sessions[-1].date()}",
                name=" or ".join(pair),
                dates=[start, sessions[-1]],
            )
    except WorkError as error:
        missing += [reason for reason in absent or [str(error)] if reason not in missing]
        return None
    return Recomputed(
        reading=reading.name,
        pair=pair,
        returns=reading.returns,
        rolling=reading.rolling,
        close="adjusted" if "adj_close" in prices.frames[pair[1]] and not reading.raw else "raw",
        first=str(sessions[0].date()),
        last=str(sessions[-1].date()),
        sessions=len(sessions),
        value=value,
        difference=None if published is None else value - published.value,
        agrees=None if published is None else published.met_by(value),
        sha256=market.sha256,
    )


def _finding(published: Published | None, main: Recomputed | None, others: Sequence[Recomputed]) -> str:
    """What the comparison says, and no more than the published decimals allow."""
    if main is None:
        return "Not recomputed."
    values = sorted(figure.value for figure in (main, *others))
    spread = f"All {len(values)} readings lie from {values[0]:.3f} to {values[-1]:.3f}."
    if published is None or main.difference is None:
        return f"No figure was published, so there is nothing to agree with. {spread}"
    side = "above" if main.difference > 0 else "below"
    apart = f"{abs(main.difference):.3f} {side} {published.value:.{published.digits}f}"
    if main.agrees:
        said = f"Agrees with {published}, as far as its decimals go."
    else:
        said = f"Not {published}: {apart}." if published.above else f"Differs: {apart}."
    meets = [other.reading for other in others if other.agrees]
    which = f": {'; '.join(meets)}" if meets else ""
    return f"{said} {spread} {len(meets) or 'None'} of the {len(others)} others would agree{which}."
