"""Prices that Python code hands over as frames: a table for each ticker, of pandas, polars or Arrow.

A frame is read as a Parquet file is, and passes the same checks.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from unlockstep.backtests.data.dated_file import DatedSeries, dated_series
from unlockstep.backtests.data.identity import identity_by_name
from unlockstep.backtests.data.price_table import prices_of
from unlockstep.backtests.data.rate_file import BILL
from unlockstep.backtests.data.ticker_name import spelled_as_in
from unlockstep.backtests.data.typed_table import typed_table
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

    def pair(self, usual: tuple[str, str], fx: str | None = None, beside: Collection[str] = ()) -> tuple[str, str]:
        """The usual pair where both are here, else the only two that are, the one that trades around the clock first;
        ^IRX and `fx` are rates and no part of a pair, nor are the tickers `beside` it.

        Raises StudyError where there are other than two.
        """
        one, other = (spelled_as_in(self.frames, ticker) for ticker in usual)
        if one in self.frames and other in self.frames:
            return one, other
        rates = (BILL, spelled_as_in(self.frames, fx) if fx else None)
        tickers = [ticker for ticker in self.frames if ticker not in rates and ticker not in beside]
        if len(tickers) < 2:
            raise StudyError(
                f"A pair needs frames of two tickers, and there {'is one' if tickers else 'is none'}",
                choices=self.frames,
                remedy=f"hand over {'another beside ' + tickers[0] if tickers else 'a frame for each ticker'}",
            )
        if len(tickers) > 2:
            raise StudyError(
                f"The frames are of {', '.join(self.frames)}",
                choices=self.frames,
                remedy=f"name two of them, such as pair={tuple(tickers[:2])}, or all with legs={tuple(tickers)}",
            )
        one, other = tickers
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
    and date, unless the index holds the dates. Others are left out. Where it holds several tickers, as yfinance names
    them in two levels of columns, it is that part of it which is the ticker's.
    Raises DataError naming the ticker, the row or date, and the remedy.
    """
    return prices_of(typed_table(_in_pandas(table, ticker), ticker), ticker, identity_by_name(ticker).clock).frame


def dated_values(table: object, name: str) -> DatedSeries:
    """The dated series in a pandas Series, its index the dates, or in a table of a column of dates and one of numbers.

    It passes the checks that a file passes. Raises DataError naming the series, the row or date, and the remedy.
    """
    frame = table.to_frame() if isinstance(table, pd.Series) else _in_pandas(table, name)
    return dated_series(typed_table(frame, name))


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
