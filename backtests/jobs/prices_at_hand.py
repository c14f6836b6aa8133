"""The prices that a replication finds: which tickers are at hand, and why the others are not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pandas as pd

from unlockstep.backtests.data.align import is_adjusted, make_market
from unlockstep.backtests.data.doubtful import doubtful_bars, doubtful_note
from unlockstep.backtests.data.files import read_folder
from unlockstep.backtests.data.frames import check_order
from unlockstep.backtests.data.identity import identity_by_name
from unlockstep.backtests.data.load import DEMOS, YAHOO
from unlockstep.backtests.data.price_folder import tickers_in
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.backtests.data.yahoo import History, history_of
from unlockstep.backtests.results.model.replication import ReplicationData, TickerSource
from unlockstep.backtests.results.published_figures import NAMES
from unlockstep.backtests.results.reading import PairPrices
from unlockstep.signals.errors import DataError, UnreachableError


@dataclass(frozen=True, eq=False)
class Prices:
    """The tickers at hand: price frames, the file or source of each, and why each other one is not at hand."""

    source: str
    frames: dict[str, pd.DataFrame]
    where: dict[str, str]
    absent: dict[str, str]
    retrieved_at: str | None = None
    notes: tuple[str, ...] = ()
    accept_doubtful: bool = False
    _pairs: dict[tuple[tuple[str, str], pd.Timestamp, pd.Timestamp], PairPrices] = field(
        default_factory=dict, repr=False
    )

    def frame(self, ticker: str) -> pd.DataFrame:
        """The prices of a ticker; DataError that says why they are absent."""
        if ticker in self.absent:
            raise DataError(self.absent[ticker], name=ticker)
        return self.frames[ticker]

    def pair(self, pair: tuple[str, str], start: pd.Timestamp, end: pd.Timestamp) -> PairPrices:
        """The pair from `start`, or from where both begin, to `end`; made once, as several figures share a period.

        Raises WorkError naming what is missing or broken.
        """
        if (pair, start, end) not in self._pairs:
            self._pairs[pair, start, end] = self._made(pair, start, end)
        return self._pairs[pair, start, end]

    def _made(self, pair: tuple[str, str], start: pd.Timestamp, end: pd.Timestamp) -> PairPrices:
        frames = {ticker: self.frame(ticker) for ticker in pair}
        market = make_market(
            frames,
            pair,
            start=start,
            end=end,
            source=self.source,
            where=self.where,
            accept_doubtful=self.accept_doubtful,
        )
        return PairPrices.of(market, frames)

    def describe(self) -> ReplicationData:
        """What was read, for the reader."""
        return ReplicationData(
            source=self.source,
            retrieved_at=self.retrieved_at,
            notes=self.notes,
            tickers={ticker: self._source_of(ticker) for ticker in self.frames},
            absent=self.absent,
        )

    def _source_of(self, ticker: str) -> TickerSource:
        frame = self.frames[ticker]
        first, last = (str(frame.index[i].date()) for i in (0, -1))
        adjusted = is_adjusted(frame, identity_by_name(ticker).asset_class)
        return TickerSource(
            where=self.where[ticker], first=first, last=last, adjusted=adjusted, sha256=_fingerprint(frame)
        )


def prices_at_hand(data: str, tickers: Sequence[str], *, stale: bool = False, accept_doubtful: bool = False) -> Prices:
    """Those of the tickers that `data`, "yahoo" or a folder, has; stale: old ones from Yahoo's cache are welcome.

    accept_doubtful: so are bars that look like an unadjusted split.
    Raises DataError for the demo, whose prices are synthetic, and for a folder that is not there, UnreachableError
    where Yahoo does not answer.
    """
    if data in DEMOS:
        raise DataError(
            "The demo's prices are SYNTHETIC and replicate nothing",
            name="demo",
            remedy="bring real ones with --data yahoo, or --data DIR for a folder with files such as "
            "BTC-USD.csv, ETH-USD.csv, SPY.csv and IWM.csv",
        )
    if data != "yahoo" and not Path(data).is_dir():
        raise DataError(
            f"There is no folder '{data}'", name=str(data), remedy="this takes yahoo or a folder of price files"
        )
    present = tickers if data == "yahoo" else tickers_in(data)
    frames: dict[str, pd.DataFrame] = {}
    where: dict[str, str] = {}
    absent: dict[str, str] = {}
    histories: list[History] = []
    for ticker in tickers:
        if not match_tickers(ticker, present):
            what = f", {NAMES[ticker]}," if ticker in NAMES else ""
            absent[ticker] = f"{ticker}{what} is not in the folder as {ticker}.csv or {ticker}.parquet."
            continue
        try:
            if data == "yahoo":
                history = history_of(ticker, stale=stale)
                histories.append(history)
                frame, where[ticker] = history.frame, ticker
            else:
                read = read_folder(Path(data), (ticker,))[ticker]
                frame, where[ticker] = read.frame, read.where
            check_order(frame, where[ticker])
            frames[ticker] = frame
        except DataError as error:
            if isinstance(error, UnreachableError) and not stale:
                raise  # the other tickers would fare no better
            absent[ticker] = str(error)
    source = YAHOO if data == "yahoo" else f"the files of {data}"
    retrieved_at = min((history.retrieved_at.isoformat(timespec="seconds") for history in histories), default=None)
    notes = [note for history in histories for note in history.notes]
    notes += [doubtful_note(doubtful_bars(frame).every, where[ticker]) for ticker, frame in frames.items()]
    return Prices(source, frames, where, absent, retrieved_at, tuple(filter(None, notes)), accept_doubtful)


def _fingerprint(frame: pd.DataFrame) -> str:
    """sha256 of a ticker's days and closes, raw and adjusted."""
    columns = [frame[name] for name in ("close", "adj_close") if name in frame]
    parts = [frame.index.to_numpy().astype("M8[D]"), *(column.to_numpy(dtype=float) for column in columns)]
    return sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
