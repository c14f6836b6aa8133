"""One ticker's daily bars from Yahoo, asked for again where that can help.

Asked again: 429, 5xx, a broken or silent connection, an answer cut short or garbled, rows twice or out of order. Not
asked again: a ticker that Yahoo does not have, a refusal, no network at all.
"""

import random
import time
import warnings
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import name_dates, time_zone
from unlockstep.backtests.data.exchanges import US
from unlockstep.backtests.data.ticker_name import MINOR_UNITS
from unlockstep.backtests.data.yahoo.failures import PassingError
from unlockstep.signals.errors import DataError, UnreachableError
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS, Identity

if TYPE_CHECKING:
    from unlockstep.backtests.data.yahoo.session import ChartSession

ROUNDING = 1e-5
"""Relative difference up to which two prices are one: Yahoo's digits vary by less, the smallest dividend by more."""

TIME_ZONES = {
    AROUND_THE_CLOCK: ("UTC",),
    WEEKDAYS: ("Europe/London",),
    US: ("America/New_York", "America/Chicago"),  # the VIX is Chicago's
}
"""Clock → the time zones in which Yahoo keeps it; another exchange is kept in its own."""

PRICES = ("open", "high", "low", "close", "adj_close")


@dataclass(frozen=True)
class Patience:
    """How often and how long Yahoo is asked.

    attempts: at most.  first_wait: seconds before the second one, doubled each time, a random half more or less.
    longest: seconds in all; no attempt begins later.  timeout: seconds that one request may take.
    """

    attempts: int = 5
    first_wait: float = 1.0
    longest: float = 90.0
    timeout: float = 15.0


PATIENCE = Patience()


@dataclass(frozen=True, eq=False)
class Downloaded:
    """A price frame with volumes, what Yahoo leaves empty as NaN, and the currency that it says, None for none."""

    frame: pd.DataFrame
    currency: str | None


def download(identity: Identity, start: date, notes: Path, *, last_complete: pd.Timestamp) -> Downloaded:
    """The bars from `start` to the newest one, open bars included.

    notes: the folder of yfinance's own notes, time zones and cookies; no other process may use it meanwhile.
    last_complete: date of the newest complete bar.
    Raises NothingThereError where Yahoo has no such prices, UnreachableError where it does not answer, DataError where
    the prices are of another kind than the ticker's identity says.
    """
    patience, begun, ticker = PATIENCE, time.monotonic(), identity.ticker
    for attempt in range(patience.attempts):
        try:
            return _ask(identity, start, notes, last_complete, patience)
        except PassingError as error:
            problem, dates = str(error), error.dates
        wait = patience.first_wait * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311  (no secret)
        late = time.monotonic() - begun + wait > patience.longest
        if late or attempt + 1 == patience.attempts:
            break
        time.sleep(wait)
    times = f"asked {attempt + 1} times" if attempt else "asked once"
    raise UnreachableError(
        f"{ticker}: {problem}; {times} in {time.monotonic() - begun:.0f} s, try again later",
        name=ticker,
        dates=dates,
        limit=attempt + 1,
    )


def _ask(identity: Identity, start: date, notes: Path, last_complete: pd.Timestamp, patience: Patience) -> Downloaded:
    from curl_cffi import CurlECode
    from curl_cffi.requests.exceptions import IncompleteRead, RequestException, Timeout

    ticker, session = identity.ticker, _session(notes)
    session.longest, session.status = patience.timeout, 0
    hopeless = {
        CurlECode.COULDNT_RESOLVE_HOST,
        CurlECode.COULDNT_RESOLVE_PROXY,
        CurlECode.COULDNT_CONNECT,
        CurlECode.PEER_FAILED_VERIFICATION,
    }
    try:
        frame = _history(ticker, start, session)
    except Timeout:
        raise PassingError(f"Yahoo did not answer within {patience.timeout:g} s") from None
    except IncompleteRead:
        raise PassingError("Yahoo's answer was cut short") from None
    except RequestException as error:
        reason = str(error).removeprefix("Failed to perform, curl: ").split(". See https")[0]
        if error.code in hopeless:
            raise UnreachableError(
                f"{ticker}: Yahoo cannot be reached ({reason})", name=ticker, remedy="is there a network?"
            ) from None
        raise PassingError(f"the connection to Yahoo broke ({reason})") from None
    _check_kind(session.chart["meta"], identity)
    _check_rows(session.chart, last_complete)
    frame.loc[frame.index.isin(_without_volume(session.chart)), "volume"] = np.nan  # yfinance makes them 0
    return Downloaded(frame, session.chart["meta"].get("currency"))


def _history(ticker: str, start: date, session: "ChartSession") -> pd.DataFrame:
    import yfinance
    from yfinance.exceptions import YFException, YFRateLimitError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # yfinance's affair with pandas
            raw = yfinance.Ticker(ticker, session=session).history(
                start=start, interval="1d", auto_adjust=False, actions=False, keepna=True, timeout=session.longest
            )
    except YFRateLimitError:
        raise PassingError("Yahoo limits how often it is asked (HTTP 429)") from None
    except YFException as error:
        raise UnreachableError(
            f"{ticker}: yfinance got no prices (HTTP {session.status}): {error}", name=ticker
        ) from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        if session.status >= 400:
            raise UnreachableError(f"{ticker}: Yahoo refused to answer (HTTP {session.status})", name=ticker) from None
        raise PassingError(f"Yahoo's chart could not be read ({type(error).__name__}: {error})") from None
    raw.columns = [column.lower().replace(" ", "_") for column in raw.columns]
    dates = pd.DatetimeIndex(raw.index).tz_localize(None).normalize().as_unit("us").rename("date")
    prices: pd.DataFrame = raw[[*PRICES, "volume"]].astype("float64")
    return prices.set_axis(dates)


@cache
def _session(notes: Path) -> "ChartSession":
    """The one session of this process, as yfinance keeps one cookie a process."""
    import logging

    import yfinance

    from unlockstep.backtests.data.yahoo.session import ChartSession

    notes.mkdir(parents=True, exist_ok=True)
    _drop_broken(notes)
    yfinance.set_tz_cache_location(str(notes))
    yfinance.config.debug.hide_exceptions = False
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what matters comes as an exception
    return ChartSession()


def _drop_broken(notes: Path) -> None:
    """Remove yfinance's databases that are none: they hold nothing but what Yahoo says again."""
    import sqlite3

    for path in notes.glob("*.db"):
        try:
            with closing(sqlite3.connect(path)) as database:
                sound = database.execute("PRAGMA quick_check").fetchone() == ("ok",)
        except sqlite3.DatabaseError:
            sound = False
        if not sound:
            for part in notes.glob(f"{path.name}*"):
                part.unlink()


def _check_kind(meta: dict[str, Any], identity: Identity) -> None:
    """Refuse what is quoted in another currency, or kept on another clock, than the ticker's identity says."""
    clock, ticker = identity.clock, identity.ticker
    zone, expected = meta.get("exchangeTimezoneName"), TIME_ZONES.get(clock) or (time_zone(clock),)
    if zone not in expected:
        raise DataError(
            f"Yahoo keeps {ticker} in the time zone {zone}, but it is taken for one of {expected[0]} (clock {clock})",
            name=ticker,
            remedy=f'check the spelling, or say its clock in the study: [tickers."{ticker}"] clock',
        )
    check_currency(meta.get("currency"), identity)


def check_currency(quoted: str | None, identity: Identity) -> None:
    """Raise DataError where Yahoo quotes a ticker in another currency than its identity has; None says nothing."""
    ticker, currency = identity.ticker, None if quoted is None else MINOR_UNITS.get(quoted, quoted)
    if currency in (None, identity.currency):
        return
    raise DataError(
        f"Yahoo quotes {ticker} in {quoted}, not in {identity.currency}",
        name=ticker,
        remedy=f"choose a ticker quoted in {identity.currency}, or say so in the study: "
        f'[tickers."{ticker}"] currency = "{currency}"',
    )


def _check_rows(chart: dict[str, Any], last_complete: pd.Timestamp) -> None:
    """Refuse rows out of order and days that come twice, which yfinance would sort and drop.

    Yahoo may send the last day twice, once as a bar and once as the latest price. That is no fault while the bar is
    open, or where both say the same.
    """
    dates = _dates(chart)
    steps = np.diff(dates.to_numpy().astype("M8[D]").astype(np.int64))
    if (steps < 0).any():
        late = dates[1:][steps < 0]
        raise PassingError(f"Yahoo's rows are not in order: {name_dates(late)} comes too late", late)
    twice = dates[1:][steps == 0]
    if not len(twice):
        return
    live = len(twice) == 1 and twice[0] == dates[-1]
    if live and (twice[0] > last_complete or _last_two_agree(chart["indicators"])):
        return
    raise PassingError(f"Yahoo's answer has more than one row for {name_dates(twice.unique())}", twice.unique())


def _dates(chart: dict[str, Any]) -> pd.DatetimeIndex:
    """The date of each of Yahoo's rows."""
    stamps = pd.DatetimeIndex(pd.to_datetime(chart["timestamp"], unit="s", utc=True))
    return stamps.tz_convert(chart["meta"]["exchangeTimezoneName"]).tz_localize(None).normalize()


def _without_volume(chart: dict[str, Any]) -> pd.DatetimeIndex:
    """The dates of whose rows none has a volume."""
    dates = _dates(chart)
    given = np.array([volume is not None for volume in chart["indicators"]["quote"][0]["volume"]], dtype=bool)
    return dates[~dates.isin(dates[given])]


def _last_two_agree(indicators: dict[str, Any]) -> bool:
    columns = [indicators["quote"][0][name] for name in ("open", "high", "low", "close")]
    pairs = np.array([column[-2:] for column in columns], dtype=float)
    return bool(np.allclose(pairs[:, 0], pairs[:, 1], rtol=ROUNDING, atol=0.0))
