"""Prices that Python code hands over as frames: a table for each ticker, of pandas, polars or Arrow.

A frame passes the checks that a Parquet file passes. Beyond what a file holds, dates may stand in the index, midnights
may carry the time zone of their exchange, and columns may have the two levels in which yfinance names one ticker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from unlockstep.backtests.data.csv_table import plain_name
from unlockstep.backtests.data.files import table_frame
from unlockstep.backtests.data.identity import identity_by_name
from unlockstep.backtests.data.ticker_name import spelled_as_in
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.identity import AROUND_THE_CLOCK

NOTE = (
    "The prices were frames, handed over in Python: they are in no file, so study.toml cannot find them again; their "
    "fingerprint says whether frames that are handed over later are the same."
)
"""What every report says of such prices."""


@dataclass(frozen=True, eq=False)
class PriceFrames:
    """Price frames by ticker, copies of what was handed over."""

    frames: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, tables: Mapping[str, Any]) -> "PriceFrames":
        """The price frames in these tables, ticker → pandas, polars or Arrow table; see `price_frame`."""
        return cls({str(ticker): price_frame(table, str(ticker)) for ticker, table in tables.items()})

    def pair(self, usual: tuple[str, str]) -> tuple[str, str]:
        """The usual pair where both are here, else the only two that are, the one that trades around the clock first.

        Raises StudyError where there are other than two.
        """
        one, other = (spelled_as_in(self.frames, ticker) for ticker in usual)
        if one in self.frames and other in self.frames:
            return one, other
        if len(self.frames) != 2:
            there = ", ".join(self.frames) or "none"
            raise StudyError(
                f"The frames are of {there}",
                choices=self.frames,
                remedy="name two of them, such as pair=('ETH-USD', 'IWM')",
            )
        one, other = self.frames
        turned = identity_by_name(one).clock != AROUND_THE_CLOCK == identity_by_name(other).clock
        return (other, one) if turned else (one, other)

    def select(self, tickers: Sequence[str]) -> dict[str, pd.DataFrame]:
        """The frames of these tickers; DataError where one is not here."""
        missing = [ticker for ticker in tickers if ticker not in self.frames]
        if missing:
            there = ", ".join(self.frames) or "none"
            raise DataError(
                f"There is no frame of {' or '.join(missing)}",
                name=missing[0],
                choices=self.frames,
                remedy=f"there are: {there}",
            )
        return {ticker: self.frames[ticker] for ticker in tickers}


def price_frame(table: object, ticker: str) -> pd.DataFrame:
    """The price frame in a table of pandas, polars or Arrow, a row a day.

    Its columns, in any capitals: open, high, low, close, adj_close where dividends are paid ("Adj Close" is the same),
    and date, unless the index holds the dates. Others are left out.
    Raises DataError naming the ticker, the row or date, and the remedy.
    """
    frame = _in_pandas(table, ticker)
    frame = _dated(_one_level(frame, ticker))
    for place, name in enumerate(frame.columns):
        if plain_name(name) == "date" and isinstance(frame.dtypes.iloc[place], pd.DatetimeTZDtype):
            frame.isetitem(place, frame.iloc[:, place].dt.tz_localize(None))  # the day where the bar was made
    return table_frame(frame, ticker)


def _in_pandas(table: object, ticker: str) -> pd.DataFrame:
    """A copy in pandas."""
    if isinstance(table, pd.DataFrame):
        return table.copy()
    import narwhals

    try:
        frame: pd.DataFrame = narwhals.from_native(table, eager_only=True).to_pandas()  # type: ignore[call-overload]
        return frame.copy()
    except TypeError:
        lazy = ", and call .collect() on a lazy one first" if hasattr(table, "collect") else ""
        raise DataError(
            f"{ticker}: {type(table).__name__} is no table",
            name=ticker,
            remedy=f"give a DataFrame of pandas or polars, or an Arrow table{lazy}",
        ) from None


def _one_level(frame: pd.DataFrame, ticker: str) -> pd.DataFrame:
    """The frame with one level of columns, where yfinance gives two: price and ticker."""
    if not isinstance(frame.columns, pd.MultiIndex):
        return frame
    levels = [frame.columns.get_level_values(level) for level in range(frame.columns.nlevels)]
    prices = next((level for level in levels if "close" in map(plain_name, level)), levels[0])
    tickers = list(dict.fromkeys(str(name) for level in levels if level is not prices for name in level if name != ""))
    if len(levels) != 2 or tickers not in ([ticker], []):
        raise DataError(
            f"{ticker}: the columns of its frame have {len(levels)} levels, with {', '.join(tickers[:6])} "
            "beside the prices",
            name=ticker,
            remedy=f"give a frame of {ticker} alone, such as frame.xs('{ticker}', axis=1, level='Ticker')",
        )
    return frame.set_axis(prices, axis=1)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its dates in a column, where the index holds them."""
    if "date" in map(plain_name, frame.columns) and not isinstance(frame.index, pd.DatetimeIndex):
        return frame.reset_index(drop=True)
    if isinstance(frame.index, pd.RangeIndex):
        return frame
    return frame.reset_index(names="date", allow_duplicates=True)
