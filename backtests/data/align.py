"""Two checked price frames onto one decision clock."""

from datetime import UTC, datetime
from types import MappingProxyType

import pandas as pd

from unlockstep.backtests.data.calendar import bar_times, common_sessions
from unlockstep.backtests.data.frames import check_calendar, check_order, check_prices
from unlockstep.backtests.data.identity import NOTHING, Stated, resolve_identity
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import Identity
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
    stated: Stated = MappingProxyType({}),
) -> Market:
    """The pair's Market from `start` to `end`, or as much of it as both tickers have.

    frames: ticker → price frame; where: ticker → the file or source that error messages name.  stated: ticker → what
    the study says of it.
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
    within = {ticker: _within(frames[ticker], first, last, where[ticker]) for ticker in pair}
    resolved = [resolve_identity(t, within[t], where[t], stated.get(t, NOTHING)) for t in pair]
    sessions = common_sessions(first, last, [each.identity.clock for each in resolved])
    if sessions.empty:
        raise DataError(
            f"There is no session of the exchange from {first.date()} to {last.date()}", dates=[first, last]
        )
    crypto, equity = (
        _leg(each.identity, within[t], sessions, where[t]) for t, each in zip(pair, resolved, strict=True)
    )
    unmade = [_after_today(frames[ticker], where[ticker]) for ticker in pair]
    concluded = [note for each in resolved for note in each.notes]
    return Market(
        sessions, crypto, equity, source, synthetic, retrieved_at, (*filter(None, unmade), *concluded, *notes)
    )


def _within(frame: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, where: str) -> pd.DataFrame:
    """The rows of the period; DataError where there is none."""
    rows = frame.loc[first:last]
    if rows.empty:
        raise DataError(f"{where} has no rows from {first.date()} to {last.date()}", name=where, dates=[first, last])
    return rows


def _after_today(frame: pd.DataFrame, where: str) -> str:
    """A note on the bars after today; "" where there are none."""
    days = frame.index[frame.index > pd.Timestamp(datetime.now(UTC).date())]
    if days.empty:
        return ""
    bars = "a bar" if len(days) == 1 else f"{len(days)} bars"
    return f"{where} holds {bars} after today, up to {days[-1].date()}: no market has made them."


def _leg(identity: Identity, frame: pd.DataFrame, sessions: pd.DatetimeIndex, where: str) -> Leg:
    check_prices(frame, where)
    check_calendar(frame, identity, where)
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
    opens, closes = bar_times(identity.clock, sessions)
    return Leg(
        ticker=identity.ticker,
        clock=identity.clock,
        open=read_only(frame["open"].to_numpy() * (adjusted / close)),
        close=read_only(adjusted),
        tradable_from=opens,
        known_at=closes,
        adjusted="adj_close" in frame or identity.asset_class in ("crypto", "fx"),
        identity=identity,
    )


def _span(frame: pd.DataFrame, where: str) -> str:
    return f"{where} runs from {frame.index[0].date()} to {frame.index[-1].date()}"


def _describe_period(start: pd.Timestamp | None, end: pd.Timestamp | None) -> str:
    wanted = [f"{word} {day.date()}" for word, day in (("from", start), ("to", end)) if day is not None]
    return f", asked {' '.join(wanted)}" if wanted else ""
