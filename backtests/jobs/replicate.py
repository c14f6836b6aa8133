"""Published correlations, recomputed on the prices at hand.

1. Which tickers are at hand, and why the others are not.
2. Every reading of each published figure: returns and price levels, in many conventions.
3. Published beside recomputed, and as what it agrees; what cannot be computed says which ticker or period is missing.

A reading that meets a published figure does not show that its source measured in that way, nor does one that misses it
show that the source is wrong: prices, hours and conventions differ.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import sessions_between
from unlockstep.backtests.jobs.prices_at_hand import Prices, prices_at_hand
from unlockstep.backtests.results.agreement import describe, nearer, reads_as, summarise
from unlockstep.backtests.results.model.replication import (
    FigureReplication,
    Needs,
    Recomputed,
    RecordedFigure,
    RecordedMonthEnd,
    RecordedMonthEnds,
    RecordedYear,
    RecordedYears,
    ReplicatedClaim,
    Replication,
)
from unlockstep.backtests.results.published_figures import (
    INDEX,
    MONTH_ENDS,
    NAMES,
    PAIR,
    TICKERS,
    YEARS,
    Claim,
    Published,
    Span,
    read_claims,
    windows_of,
)
from unlockstep.backtests.results.reading import AROUND, KINDS, Convention, Kind, PairPrices, Window
from unlockstep.backtests.results.recompute import Request, by_kind, main_of, recompute
from unlockstep.signals.errors import DataError, HistoryError, WorkError

LEVELS = Convention("levels")
RETURNS = Convention("log returns")

BEFORE = pd.Timedelta(days=45)
"""What a first return of a month may need before its window, and holidays."""


def replicate(data: str, *, stale: bool = False, accept_doubtful: bool = False) -> Replication:
    """The published figures, the calendar years, and the month-ends of returns against levels.

    data: "yahoo" or a folder. Raises DataError where it names no real prices, or they serve no figure at all.
    """
    prices = prices_at_hand(data, TICKERS, stale=stale, accept_doubtful=accept_doubtful)
    claims = tuple(_claim(prices, claim) for claim in read_claims())
    years = tuple(
        RecordedYear(
            year=year,
            returns=_recorded(
                prices, windows_of(f"since {year}-01-01", date(year, 12, 31)), date(year, 12, 31), figure, 3
            ),
        )
        for year, figure in YEARS.items()
    )
    ninety = (Window(90, "sessions"),)
    month_ends = tuple(
        RecordedMonthEnd(
            session=day,
            returns=_recorded(prices, ninety, date.fromisoformat(day), returns, 2),
            levels=_recorded(prices, ninety, date.fromisoformat(day), levels, 2, LEVELS),
        )
        for day, (returns, levels) in MONTH_ENDS.items()
    )
    recorded = [row.returns.main for row in years] + [row.returns.main for row in month_ends]
    if not any(recorded) and all(claim.reads_as == "missing" for claim in claims):
        raise DataError(
            f"Nothing published can be recomputed from {prices.source}; ETH-USD or BTC-USD with SPY or IWM is needed, "
            f"2016 to 2025, but {claims[0].missing[0]}",
            name=prices.source,
        )
    return Replication(
        data=prices.describe(),
        finding=summarise(claims),
        claims=claims,
        years=RecordedYears(pair=PAIR, index=INDEX, rows=years),
        month_ends=RecordedMonthEnds(pair=PAIR, index=INDEX, rows=month_ends),
    )


def write_replication(result: Replication | FigureReplication, out: Path, *, force: bool = False) -> None:
    """Write replicate.json, replicate.md and report.html into `out`, all or nothing.

    Raises what `storage.write_folder` raises.
    """
    from unlockstep.backtests.reports.html import replication_page
    from unlockstep.backtests.reports.replicate.output import replication_note
    from unlockstep.backtests.storage import write_folder
    from unlockstep.backtests.storage.run_folder import FIGURES, FIGURES_NOTE, PAGE, as_json

    texts = {
        FIGURES: as_json(result.as_json()),
        FIGURES_NOTE: replication_note(result),
        PAGE: replication_page(result),
    }
    write_folder(out, texts, {}, force=force)


def day_number(day: date) -> int:
    """A date as days since 1970-01-01."""
    return int(np.datetime64(day, "D").astype(np.int64))


def first_needed(window: Window, near: date) -> pd.Timestamp:
    """The first day of a window; of one in sessions the first of those of the New York exchange."""
    last = pd.Timestamp(near)
    if window.unit == "days":
        return last - pd.Timedelta(days=window.length - 1)
    sessions = sessions_between(last - pd.Timedelta(days=2 * window.length + 10), last)
    return pd.Timestamp(sessions[-window.length])


@dataclass(frozen=True)
class _Read:
    """What one second leg gives of a claim."""

    ticker: str
    main: dict[Kind, tuple[Recomputed, ...]]
    recomputed: tuple[Recomputed, ...]


def _claim(prices: Prices, claim: Claim) -> ReplicatedClaim:
    missing: list[str] = []
    here = [ticker for ticker in claim.second.tickers if ticker in prices.frames] or list(claim.second.tickers[:1])
    reads = [read for ticker in here if (read := _read(prices, claim, ticker, missing)) is not None]
    used = reads[0].ticker if reads else here[0]
    if reads and used not in claim.second.exact:
        missing += [prices.absent[ticker] for ticker in claim.second.exact if ticker in prices.absent]
    tried = [reading for read in reads for reading in read.recomputed]
    returns, levels = (by_kind(tried, kind, reads[0].main[kind], claim.published) if reads else None for kind in KINDS)
    agreement = reads_as(claim.published, returns, levels)
    span = claim.spans[0]
    return ReplicatedClaim(
        key=claim.key,
        claim=claim.title,
        source=claim.source,
        citation=claim.citation,
        method=claim.method,
        checked=claim.checked,
        published=claim.published,
        stand_in=_stand_in(claim, used),
        needs=Needs(
            tickers=(claim.first, claim.second.tickers[0]), first=str(_first(claim, span).date()), last=str(span.near)
        ),
        returns=returns,
        levels=levels,
        reads_as=agreement,
        nearer=nearer(claim.published, returns, levels) if agreement == "neither" else None,
        finding=describe(claim.published, agreement, returns, levels),
        missing=tuple(missing),
    )


def _stand_in(claim: Claim, used: str) -> str | None:
    if used in claim.second.exact or used not in NAMES or not claim.second.exact:
        return None
    return f"{used}, {NAMES[used]}, stands in for {'' if claim.second.name == 'QQQ' else 'the '}{claim.second.name}"


def _first(claim: Claim, span: Span) -> pd.Timestamp:
    return first_needed(span.windows[0], claim.over or span.near)


def _read(prices: Prices, claim: Claim, ticker: str, missing: list[str]) -> _Read | None:
    """The readings of a claim with one second leg; None where the prices do not serve it, and `missing` says why."""
    pair = (claim.first, ticker)
    requests = [_request(claim, span) for span in claim.spans]
    start = min(_first(claim, span) for span in claim.spans) - BEFORE
    end = pd.Timestamp(max(span.near for span in claim.spans)) + pd.Timedelta(days=AROUND)
    try:
        market = _covering(prices, pair, start, end, (_first(claim, claim.spans[0]), claim.spans[0].near))
        main: dict[Kind, tuple[Recomputed, ...]] = {
            "returns": main_of(market, claim.main, requests[0], claim.published),
            "levels": main_of(market, claim.levels, requests[0], claim.published),
        }
        if not main["returns"]:
            raise _uncovered(prices, pair)
        return _Read(ticker, main, recompute(market, requests, claim.published))
    except WorkError as error:
        missing += [reason for reason in _reasons(prices, pair, error) if reason not in missing]
        return None


def _request(claim: Claim, span: Span) -> Request:
    over = None if claim.over is None else day_number(claim.over)
    return Request(span.windows, day_number(span.near), over, claim.statistic)


def _covering(
    prices: Prices, pair: tuple[str, str], start: pd.Timestamp, end: pd.Timestamp, needed: tuple[pd.Timestamp, date]
) -> PairPrices:
    """The pair from `start` to `end`, as far as its prices go; HistoryError where they do not reach what is needed."""
    for ticker in pair:
        if ticker in prices.frames:
            index = prices.frames[ticker].index
            if index[0] > needed[0] or index[-1] < pd.Timestamp(needed[1]):
                raise _runs(prices, ticker)
    return prices.pair(pair, start, end)


def _runs(prices: Prices, ticker: str) -> HistoryError:
    index = prices.frames[ticker].index
    return HistoryError(
        f"{prices.where[ticker]} runs only from {index[0].date()} to {index[-1].date()}",
        name=ticker,
        dates=[index[0], index[-1]],
    )


def _uncovered(prices: Prices, pair: tuple[str, str]) -> HistoryError:
    """The leg that begins last has no price before the window, or one of them does not vary in it."""
    return _runs(prices, max(pair, key=lambda ticker: prices.frames[ticker].index[0]))


def _reasons(prices: Prices, pair: tuple[str, str], error: WorkError) -> list[str]:
    return [prices.absent[ticker] for ticker in pair if ticker in prices.absent] or [str(error)]


def _recorded(
    prices: Prices,
    windows: tuple[Window, ...],
    near: date,
    figure: float,
    digits: int,
    convention: Convention = RETURNS,
) -> RecordedFigure:
    missing: list[str] = []
    recorded = Published(figure, digits)
    main = _main(prices, PAIR, windows, near, convention, recorded, missing)
    index = _main(prices, (PAIR[0], INDEX), windows, near, convention, None, []) if INDEX in prices.frames else None
    return RecordedFigure(recorded=recorded, main=main, index=index, missing=tuple(missing))


def _main(
    prices: Prices,
    pair: tuple[str, str],
    windows: tuple[Window, ...],
    near: date,
    convention: Convention,
    published: Published | None,
    missing: list[str],
) -> Recomputed | None:
    first = first_needed(windows[0], near)
    try:
        market = _covering(prices, pair, first - BEFORE, pd.Timestamp(near), (first, near))
        main = main_of(market, convention, Request(windows, day_number(near)), published)
        if not main:
            raise _uncovered(prices, pair)
    except WorkError as error:
        missing += _reasons(prices, pair, error)
        return None
    return main[0]
