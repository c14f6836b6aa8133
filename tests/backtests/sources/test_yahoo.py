"""Yahoo without a network: which bars are complete, and when the cache is used."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from backtests.sources import yahoo
from backtests.sources.yahoo import _stored, last_complete, read_yahoo
from signals.errors import DataError


@pytest.mark.parametrize(
    ("ticker", "now", "expected"),
    [
        ("IWM", "2024-01-10 20:59:59", "2024-01-09"),  # a second before the close of 16:00 New York
        ("IWM", "2024-01-10 21:00:00", "2024-01-10"),
        ("IWM", "2024-03-11 19:59:59", "2024-03-08"),  # the first Monday of daylight saving time; a weekend before
        ("IWM", "2024-03-11 20:00:00", "2024-03-11"),
        ("IWM", "2024-11-29 17:59:59", "2024-11-27"),  # an early close; Thanksgiving before
        ("IWM", "2024-11-29 18:00:00", "2024-11-29"),
        ("IWM", "2024-12-01 12:00:00", "2024-11-29"),  # a Sunday
        ("IWM", "2025-01-01 00:00:00", "2024-12-31"),
        ("IWM", "2025-01-10 00:30:00", "2025-01-08"),  # 9 January: a day of mourning
        ("ETH-USD", "2024-11-29 23:59:59", "2024-11-28"),
        ("ETH-USD", "2024-11-30 00:00:00", "2024-11-29"),
        ("ETH-USD", "2024-12-01 12:00:00", "2024-11-30"),  # a Saturday's bar
        ("ETH-USD", "2024-03-01 00:00:00", "2024-02-29"),
    ],
)
def test_a_bar_is_complete_from_the_instant_of_its_close_on(ticker: str, now: str, expected: str) -> None:
    assert last_complete(ticker, pd.Timestamp(now, tz="UTC")) == pd.Timestamp(expected)


NOON = pd.Timestamp("2024-01-11 12:00", tz="UTC")


def history(last: str) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", last, name="date", unit="us")
    return pd.DataFrame(100.0, index=dates, columns=["open", "high", "low", "close", "adj_close"])


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tickers asked of a Yahoo whose last bar, of 2024-01-11, is still open; the cache is empty."""
    calls: list[str] = []

    def download(ticker: str) -> pd.DataFrame:
        calls.append(ticker)
        return history("2024-01-11")

    monkeypatch.setenv("UNLOCKSTEP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(yahoo, "_download", download)
    return calls


def test_a_bar_still_open_is_left_out_and_not_stored(asked: list[str]) -> None:
    for _ in range(2):
        frame, _ = yahoo._cached("ETH-USD", NOON)
        assert frame.index[-1] == pd.Timestamp("2024-01-10")
    assert asked == ["ETH-USD"]


def test_the_cache_is_asked_first_and_yahoo_only_once_a_newer_bar_is_complete(asked: list[str]) -> None:
    first, when = yahoo._cached("ETH-USD", NOON)
    assert when == "2024-01-11T12:00:00+00:00"
    again, _ = yahoo._cached("ETH-USD", NOON + pd.Timedelta(hours=11))
    pd.testing.assert_frame_equal(first, again, check_freq=False)
    assert asked == ["ETH-USD"]
    later, _ = yahoo._cached("ETH-USD", NOON + pd.Timedelta(hours=12))
    assert later.index[-1] == pd.Timestamp("2024-01-11")
    assert asked == ["ETH-USD", "ETH-USD"]


def test_nothing_unfinished_is_left_in_the_cache(asked: list[str], tmp_path: Path) -> None:
    yahoo._cached("ETH-USD", NOON)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["ETH-USD.parquet"]


def test_both_tickers_are_read_and_the_older_download_is_named(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"ETH-USD": pd.Timestamp("2024-01-05"), "IWM": pd.Timestamp("2024-01-09")}
    times = {"ETH-USD": "2024-01-06T01:00:00+00:00", "IWM": "2024-01-05T01:00:00+00:00"}

    def cached(ticker: str, now: pd.Timestamp) -> tuple[pd.DataFrame, str]:
        return history(str(days[ticker].date())), times[ticker]

    monkeypatch.setattr(yahoo, "_cached", cached)
    frames, retrieved_at = read_yahoo(("ETH-USD", "IWM"))
    assert {ticker: frame.index[-1] for ticker, frame in frames.items()} == days
    assert retrieved_at == "2024-01-05T01:00:00+00:00"


def yfinance_that(answer: Callable[[], pd.DataFrame]) -> SimpleNamespace:
    """A stand-in for the package whose every history is what `answer` gives."""

    def history_of(**options: object) -> pd.DataFrame:
        assert options["auto_adjust"] is False
        return answer()

    def ticker_of(name: str) -> SimpleNamespace:
        return SimpleNamespace(name=name, history=history_of)

    return SimpleNamespace(Ticker=ticker_of)


def test_a_download_becomes_a_plain_price_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    index = pd.DatetimeIndex(["2024-07-03", "2024-07-05"], name="Date").tz_localize("America/New_York")
    columns = ["Open", "High", "Low", "Close", "Adj Close", "Volume"]
    raw = pd.DataFrame([[1, 2, 0.5, 1.5, 1.4, 9], [2, 3, 1.5, 2.5, 2.4, 9]], index=index, columns=columns)
    monkeypatch.setitem(sys.modules, "yfinance", yfinance_that(lambda: raw))
    frame = yahoo._download("IWM")
    assert list(frame.columns) == ["open", "high", "low", "close", "adj_close"]
    assert list(frame.index) == [pd.Timestamp("2024-07-03"), pd.Timestamp("2024-07-05")]
    assert frame.index.name == "date"
    assert frame["adj_close"].tolist() == [1.4, 2.4]


def test_a_failed_download_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> pd.DataFrame:
        raise ConnectionError("no route to host")

    monkeypatch.setitem(sys.modules, "yfinance", yfinance_that(fail))
    with pytest.raises(
        DataError, match=r"Yahoo gave no prices for IWM: ConnectionError: no route to host\. Try again later"
    ):
        yahoo._download("IWM")


def test_a_ticker_without_prices_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yfinance", yfinance_that(pd.DataFrame))
    with pytest.raises(DataError, match="Yahoo has no prices for IWN; check the ticker's spelling"):
        yahoo._download("IWN")


def test_a_cache_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    broken = tmp_path / "ETH-USD.parquet"
    broken.write_bytes(b"PAR1 and then nothing")
    assert _stored(broken) is None
    assert _stored(tmp_path / "missing.parquet") is None
