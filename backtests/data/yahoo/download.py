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

from unlockstep.backtests.data.calendar import clock_of, name_dates
from unlockstep.backtests.data.rate_file import BILL
from unlockstep.backtests.data.yahoo.failures import PassingError
from unlockstep.signals.errors import DataError, UnreachableError

if TYPE_CHECKING:
    from unlockstep.backtests.data.yahoo.session import ChartSession

ROUNDING = 1e-5
"""Relative difference up to which two prices are one: Yahoo's digits vary by less, the smallest dividend by more."""

TIME_ZONES = {"24/7": "UTC", "XNYS": "America/New_York"}
RATE_ZONES = {BILL: "America/Chicago"}
"""Rates, and the zone of the exchange that quotes them."""
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


def download(ticker: str, start: date, notes: Path, *, last_complete: pd.Timestamp) -> pd.DataFrame:
    """A price frame from `start` to the newest bar, open bars included; rows without prices are kept as NaN.

    notes: the folder of yfinance's own notes, time zones and cookies; no other process may use it meanwhile.
    last_complete: date of the newest complete bar.
    Raises NothingThereError where Yahoo has no such prices, UnreachableError where it does not answer, DataError where
    the prices are of another kind than the ticker's name promises.
    """
    patience, begun = PATIENCE, time.monotonic()
    for attempt in range(patience.attempts):
        try:
            return _ask(ticker, start, notes, last_complete, patience)
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


def _ask(ticker: str, start: date, notes: Path, last_complete: pd.Timestamp, patience: Patience) -> pd.DataFrame:
    from curl_cffi import CurlECode
    from curl_cffi.requests.exceptions import IncompleteRead, RequestException, Timeout

    session = _session(notes)
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
    _check_kind(session.chart["meta"], ticker)
    _check_rows(session.chart, last_complete)
    return frame


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
    prices: pd.DataFrame = raw[list(PRICES)].astype("float64")
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


def _check_kind(meta: dict[str, Any], ticker: str) -> None:
    """Refuse what is quoted in another money, or kept on another clock, than the ticker's name promises."""
    clock = clock_of(ticker)
    zone, money = meta.get("exchangeTimezoneName"), meta.get("currency")
    if zone not in (TIME_ZONES[clock], RATE_ZONES.get(ticker)):
        raise DataError(
            f"Yahoo keeps {ticker} on the clock of {zone}, but it is taken for one of {TIME_ZONES[clock]}",
            name=ticker,
            remedy="only tickers of New York's exchanges and crypto-currencies, named in capitals as Yahoo does, "
            "are known here",
        )
    expected = ticker.rpartition("-")[2] if clock == "24/7" else "USD"
    if money is not None and money != expected:
        raise DataError(
            f"Yahoo quotes {ticker} in {money}, not in {expected}",
            name=ticker,
            remedy=f"choose a ticker quoted in {expected}",
        )


def _check_rows(chart: dict[str, Any], last_complete: pd.Timestamp) -> None:
    """Refuse rows out of order and days that come twice, which yfinance would sort and drop.

    Yahoo may send the last day twice, once as a bar and once as the latest price. That is no fault while the bar is
    open, or where both say the same.
    """
    stamps = pd.DatetimeIndex(pd.to_datetime(chart["timestamp"], unit="s", utc=True))
    dates = stamps.tz_convert(chart["meta"]["exchangeTimezoneName"]).tz_localize(None).normalize()
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


def _last_two_agree(indicators: dict[str, Any]) -> bool:
    columns = [indicators["quote"][0][name] for name in ("open", "high", "low", "close")]
    pairs = np.array([column[-2:] for column in columns], dtype=float)
    return bool(np.allclose(pairs[:, 0], pairs[:, 1], rtol=ROUNDING, atol=0.0))
