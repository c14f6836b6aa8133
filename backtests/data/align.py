"""Two checked price frames onto one decision clock."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import bar_times, clock_of, sessions_between
from unlockstep.backtests.data.doubtful import doubtful_bars, doubtful_note, refuse_splits
from unlockstep.backtests.data.frames import check_calendar, check_order, check_prices
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Leg, Market, read_only

EDGE = pd.Timedelta(days=7)
"""By which one leg may end before the other without a word: weekends, holidays and bars that are still open."""


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
    accept_doubtful: bool = False,
) -> Market:
    """The pair's Market from `start` to `end`, or as much of it as both tickers have.

    frames: ticker → price frame; where: ticker → the file or source that error messages name.
    Only rows inside the period are checked for prices and gaps; order, duplicates and dates are checked everywhere.
    The market's notes say which bars in the period are doubtful, which are after today, wherever they lie, and which
    leg ends before the other. A bar that looks like an unadjusted split is refused unless `accept_doubtful`; synthetic
    prices are not asked.
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
    said = [_after_today(frames[ticker], where[ticker]) for ticker in pair]
    said.append(early_end(frames, pair, where, end))
    if not synthetic:
        said += [_doubts(frames[t].loc[first:last], where[t], accept_doubtful=accept_doubtful) for t in pair]
    return Market(sessions, crypto, equity, source, synthetic, retrieved_at, (*filter(None, said), *notes))


def early_end(
    frames: dict[str, pd.DataFrame], pair: tuple[str, str], where: dict[str, str], end: pd.Timestamp | None
) -> str:
    """A note on the leg that ends before the other and before `end`, by more than `EDGE`; "" where none does."""
    last = {ticker: frames[ticker].index[frames[ticker].index <= _today()].max() for ticker in pair}
    short, long = sorted(pair, key=lambda ticker: last[ticker])
    reached = last[long] if end is None else min(last[long], end)
    if not reached - last[short] > EDGE:  # nor where one has no bar at all up to today
        return ""
    return (
        f"{where[short]} ends on {last[short].date()}, {where[long]} on {last[long].date()}: "
        f"nothing after {last[short].date()} is used."
    )


def _doubts(frame: pd.DataFrame, where: str, *, accept_doubtful: bool) -> str:
    """The note on a leg's doubtful bars; DataError for one that looks like a split, unless it is accepted."""
    bars = doubtful_bars(frame)
    if not accept_doubtful:
        refuse_splits(bars, where)
    return doubtful_note(bars.every, where)


def _after_today(frame: pd.DataFrame, where: str) -> str:
    """A note on the bars after today; "" where there are none."""
    days = frame.index[frame.index > _today()]
    if days.empty:
        return ""
    bars = "a bar" if len(days) == 1 else f"{len(days)} bars"
    return f"{where} holds {bars} after today, up to {days[-1].date()}: no market has made them."


def _today() -> pd.Timestamp:
    return pd.Timestamp(datetime.now(UTC).date())


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
        adjusted=is_adjusted(frame, ticker),
    )


def is_adjusted(frame: pd.DataFrame, ticker: str) -> bool | None:
    """Whether the returns of a ticker's price frame include dividends.

    True where it has adjusted closes, or the ticker pays none.  None, unknown, where it has no adjusted closes: its
    closes may be adjusted already.  False where it has them and they are its closes, over a year at least.
    """
    if clock_of(ticker) == "24/7":
        return True
    if "adj_close" not in frame:
        return None
    same = np.isclose(frame["adj_close"], frame["close"], rtol=1e-6, atol=0).all()
    return not (same and len(frame) >= SESSIONS_PER_YEAR)


def _span(frame: pd.DataFrame, where: str) -> str:
    return f"{where} runs from {frame.index[0].date()} to {frame.index[-1].date()}"


def _describe_period(start: pd.Timestamp | None, end: pd.Timestamp | None) -> str:
    wanted = [f"{word} {day.date()}" for word, day in (("from", start), ("to", end)) if day is not None]
    return f", asked {' '.join(wanted)}" if wanted else ""
