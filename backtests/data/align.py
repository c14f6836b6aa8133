"""Checked price frames, one a leg, onto one decision clock."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
import pandas as pd

from unlockstep.backtests.data.account_currency import in_one_currency
from unlockstep.backtests.data.calendar import bar_times, common_sessions, has_sessions
from unlockstep.backtests.data.doubtful import doubtful_bars, doubtful_note, refuse_splits
from unlockstep.backtests.data.exchanges import US
from unlockstep.backtests.data.frames import check_calendar, check_order, check_prices
from unlockstep.backtests.data.identity import NOTHING, Stated, resolve_identity
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import AROUND_THE_CLOCK, AssetClass, Identity
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, Leg, Market, check_tickers, read_only

EDGE = pd.Timedelta(days=7)
"""By which one leg may end before the other without a word: weekends, holidays and bars that are still open."""
PAY_NO_DIVIDENDS = ("crypto", "fx", "future")
"""Classes of what pays none."""


def make_market(
    frames: dict[str, pd.DataFrame],
    legs: tuple[str, ...],
    *,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    source: str,
    where: dict[str, str] | None = None,
    synthetic: bool = False,
    retrieved_at: str | None = None,
    notes: tuple[str, ...] = (),
    accept_doubtful: bool = False,
    stated: Stated = MappingProxyType({}),
    fx: str | None = None,
) -> Market:
    """The Market of these tickers, the pair first, from `start` to `end`, or as much of it as all of them have.

    frames: ticker → price frame; where: ticker → the file or source that error messages name.  stated: ticker → what
    the study says of it.  fx: the ticker of an exchange rate, which converts legs to the currency of the others.
    Only rows inside the period are checked for prices and gaps; order, duplicates and dates are checked everywhere.
    The market's notes say which bars in the period are doubtful, which are after today, wherever they lie, and which
    leg ends before the other. A bar that looks like an unadjusted split is refused unless `accept_doubtful`; synthetic
    prices are not asked.
    Raises DataError naming the ticker, the dates and the remedy.
    """
    check_tickers(legs)
    tickers = legs if fx is None else (*legs, fx)
    where = where or {ticker: ticker for ticker in tickers}
    for ticker in tickers:
        check_order(frames[ticker], where[ticker])
    first = max(frames[ticker].index[0] for ticker in tickers)
    last = min(frames[ticker].index[-1] for ticker in tickers)
    first = max(first, start) if start is not None else first
    last = min(last, end) if end is not None else last
    if first > last:
        spans = " and ".join(_span(frames[t], where[t]) for t in tickers)
        raise DataError(
            f"No common period: {spans}{_describe_period(start, end)}",
            dates=[first, last],
            remedy="choose dates that all of them cover",
        )
    within = {ticker: _within(frames[ticker], first, last, where[ticker]) for ticker in tickers}
    resolved = {t: resolve_identity(t, within[t], where[t], stated.get(t, NOTHING)) for t in tickers}
    sessions = common_sessions(first, last, [resolved[ticker].identity.clock for ticker in legs])
    if sessions.empty:
        raise DataError(
            f"There is no session of the exchange from {first.date()} to {last.date()}", dates=[first, last]
        )
    aligned = tuple(_leg(resolved[t].identity, within[t], sessions, where[t]) for t in tickers)
    traded, converted = in_one_currency(aligned[: len(legs)], aligned[-1] if fx is not None else None)
    said = [_after_today(frames[ticker], where[ticker]) for ticker in tickers]
    said.append(early_end(frames, tickers, where, end))
    if not synthetic:
        said += [_doubts(within[t], where[t], accept_doubtful=accept_doubtful) for t in tickers]
    concluded = [note for each in resolved.values() for note in each.notes]
    every = (*filter(None, said), *concluded, *converted, *_clock_notes(traded), *notes)
    crypto, equity, *further = traded
    return Market(sessions, crypto, equity, source, synthetic, retrieved_at, every, further=tuple(further))


def early_end(
    frames: dict[str, pd.DataFrame], tickers: Sequence[str], where: dict[str, str], end: pd.Timestamp | None
) -> str:
    """A note on the ticker that ends before another and before `end`, by more than `EDGE`; "" where none does."""
    last = {ticker: frames[ticker].index[frames[ticker].index <= _today()].max() for ticker in tickers}
    short, *_, long = sorted(tickers, key=lambda ticker: last[ticker])
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


def _clock_notes(legs: tuple[Leg, ...]) -> list[str]:
    """What a reader must know of the decision clock, where it is not that of a crypto asset and an exchange."""
    first, second, *further = legs
    none, all_of_them = ("No ticker keeps", "all legs") if further else ("Neither ticker keeps", "both legs")
    exchanges = list(dict.fromkeys(leg.clock for leg in legs if has_sessions(leg.clock)))
    notes = []
    if not exchanges:
        notes.append(f"{none} the sessions of an exchange: decisions are taken on those of {US}.")
    if len(exchanges) > 1:
        notes.append(
            f"Decisions are taken on the sessions that {' and '.join(exchanges)} have in common; the returns of "
            f"{all_of_them} compound over the others."
        )
    if second.clock == AROUND_THE_CLOCK != first.clock:
        notes.append(
            f"{second.ticker} trades around the clock and is second: strategies and statements take the first ticker "
            f"for ETH and the second for IWM. --pair {second.ticker},{first.ticker} turns the pair round."
        )
    return notes


def _within(frame: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, where: str) -> pd.DataFrame:
    """The rows of the period; DataError where there is none."""
    rows = frame.loc[first:last]
    if rows.empty:
        raise DataError(f"{where} has no rows from {first.date()} to {last.date()}", name=where, dates=[first, last])
    return rows


def _after_today(frame: pd.DataFrame, where: str) -> str:
    """A note on the bars after today; "" where there are none."""
    days = frame.index[frame.index > _today()]
    if days.empty:
        return ""
    bars = "a bar" if len(days) == 1 else f"{len(days)} bars"
    return f"{where} holds {bars} after today, up to {days[-1].date()}: no market has made them."


def _today() -> pd.Timestamp:
    return pd.Timestamp(datetime.now(UTC).date())


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
    around_the_clock = identity.clock == AROUND_THE_CLOCK
    before_open = _closes_before(frame, sessions) if around_the_clock else None
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
        adjusted=is_adjusted(frame, identity.asset_class),
        identity=identity,
        traded=read_only(close) if "adj_close" in frame else None,
        high=read_only(frame["high"].to_numpy() * (adjusted / close)),
        low=read_only(frame["low"].to_numpy() * (adjusted / close)),
        volume=read_only(frame["volume"].to_numpy()) if "volume" in frame else None,
        before_open=before_open,
    )


def _closes_before(frame: pd.DataFrame, sessions: pd.DatetimeIndex) -> Floats:
    """T adjusted closes of the calendar day before each session; NaN where the period begins with the session."""
    closes = frame["adj_close" if "adj_close" in frame else "close"]
    return read_only(closes.reindex(sessions - pd.Timedelta(days=1)).to_numpy())


def is_adjusted(frame: pd.DataFrame, asset_class: AssetClass) -> bool | None:
    """Whether the returns of a price frame include dividends.

    True where it has adjusted closes, or what it is of pays none.  None, unknown, where it has no adjusted closes: its
    closes may be adjusted already.  False where it has them and they are its closes, over a year at least.
    """
    if asset_class in PAY_NO_DIVIDENDS:
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
