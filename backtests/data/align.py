"""Two checked price frames onto one decision clock."""

from datetime import UTC, datetime

import pandas as pd

from unlockstep.backtests.data.calendar import bar_times, clock_of, sessions_between
from unlockstep.backtests.data.frames import check_calendar, check_order, check_prices
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Leg, Market, read_only


def make_market(
    frames: dict[str, pd.DataFrame],
    pair: tuple[str, str],
    *,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    source: str,
    where: dict[str, str] | None = None,
    synthetic: bool = False,
    retrieved_at: str | None = None,
    notes: tuple[str, ...] = (),
) -> Market:
    """The pair's Market from `start` to `end`, or as much of it as both tickers have.

    frames: ticker → price frame; where: ticker → the file or source that error messages name.
    Only rows inside the period are checked for prices and gaps; order, duplicates and dates are checked everywhere.
    Bars after today are told in the market's notes, wherever they lie.
    Raises DataError naming the ticker, the dates and the remedy.
    """
    where = where or {ticker: ticker for ticker in pair}
    for ticker in pair:
        check_order(frames[ticker], where[ticker])
    first = max(frames[ticker].index[0] for ticker in pair)
    last = min(frames[ticker].index[-1] for ticker in pair)
    first = max(first, start) if start is not None else first
    last = min(last, end) if end is not None else last
    if first > last:
        raise DataError(
            f"No common period: {' and '.join(_span(frames[t], where[t]) for t in pair)}{_describe_period(start, end)}",
            dates=[first, last],
            remedy="choose dates that all of them cover",
        )
    sessions = sessions_between(first, last)
    if sessions.empty:
        raise DataError(
            f"There is no session of the exchange from {first.date()} to {last.date()}", dates=[first, last]
        )
    crypto, equity = (_leg(ticker, frames[ticker].loc[first:last], sessions, where[ticker]) for ticker in pair)
    unmade = [_after_today(frames[ticker], where[ticker]) for ticker in pair]
    return Market(sessions, crypto, equity, source, synthetic, retrieved_at, (*filter(None, unmade), *notes))


def _after_today(frame: pd.DataFrame, where: str) -> str:
    """A note on the bars after today; "" where there are none."""
    days = frame.index[frame.index > pd.Timestamp(datetime.now(UTC).date())]
    if days.empty:
        return ""
    bars = "a bar" if len(days) == 1 else f"{len(days)} bars"
    return f"{where} holds {bars} after today, up to {days[-1].date()}: no market has made them."


def _leg(ticker: str, frame: pd.DataFrame, sessions: pd.DatetimeIndex, where: str) -> Leg:
    if frame.empty:
        raise DataError(
            f"{where} has no rows from {sessions[0].date()} to {sessions[-1].date()}",
            name=where,
            dates=[sessions[0], sessions[-1]],
        )
    check_prices(frame, where)
    check_calendar(frame, ticker, where)
    absent = sessions.difference(pd.DatetimeIndex(frame.index))
    if len(absent):
        raise DataError(
            f"{where} has no bar for {len(absent)} sessions between {absent[0].date()} and {absent[-1].date()}",
            name=where,
            dates=absent,
            remedy="add the rows or choose other dates",
        )
    frame = frame.loc[sessions]
    close = frame["close"].to_numpy()
    adjusted = frame["adj_close"].to_numpy() if "adj_close" in frame else close
    opens, closes = bar_times(clock_of(ticker), sessions)
    return Leg(
        ticker=ticker,
        clock=clock_of(ticker),
        open=read_only(frame["open"].to_numpy() * (adjusted / close)),
        close=read_only(adjusted),
        tradable_from=opens,
        known_at=closes,
        adjusted="adj_close" in frame or clock_of(ticker) == "24/7",
        traded=read_only(close) if "adj_close" in frame else None,
    )


def _span(frame: pd.DataFrame, where: str) -> str:
    return f"{where} runs from {frame.index[0].date()} to {frame.index[-1].date()}"


def _describe_period(start: pd.Timestamp | None, end: pd.Timestamp | None) -> str:
    wanted = [f"{word} {day.date()}" for word, day in (("from", start), ("to", end)) if day is not None]
    return f", asked {' '.join(wanted)}" if wanted else ""
