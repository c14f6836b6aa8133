"""From a table to the price frame of one ticker."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from unlockstep.backtests.data.cells import MISSING, CellError
from unlockstep.backtests.data.columns import PRICES, places_of, renamed
from unlockstep.backtests.data.dates import dates_of
from unlockstep.backtests.data.numbers import ColumnError, numbers_of
from unlockstep.backtests.data.several import of_ticker, tickers_of
from unlockstep.backtests.data.tables import Cells, Table
from unlockstep.backtests.data.volumes import volumes_of
from unlockstep.signals.identity import Clock
from unlockstep.signals.market import Floats


@dataclass(frozen=True, eq=False)
class TickerPrices:
    """A ticker's price frame, and the file or source that messages name.

    layout: what was understood of the file besides names, dates and numbers as the project writes them, in words.
    """

    frame: pd.DataFrame
    where: str
    layout: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What every report says of a file whose layout had to be understood; "" for any other."""
        return f"{self.where} is read as: {'; '.join(self.layout)}." if self.layout else ""


def prices_of(table: Table, ticker: str, clock: Clock) -> TickerPrices:
    """The prices of a ticker in a table, oldest first.

    clock: says which stamps are midnights at its exchange, or lie in its sessions.
    Columns but those of prices, volumes and dates are left out, and so is an adj_close or a volume that holds nothing,
    and a volume that is not understood. Missing prices and volumes are NaN; whether bars are complete, possible and in
    order is checked later (`frames`), except that a table whose newest row is the first is turned over.
    Raises DataError naming the file, the line and the remedy.
    """
    several = len(tickers_of(table)) > 1 and table.where != ticker
    where = f"{table.where} ({ticker})" if several else table.where
    part = replace(of_ticker(table, ticker), where=where)
    names = [head[0] for head in part.heads]
    places = places_of(names, where)
    days, dated = _dates(part, places["date"], ticker, clock)
    wanted = {field: part.columns[places[field]] for field in (*PRICES, "adj_close") if field in places}
    if "adj_close" in wanted and _holds_nothing(wanted["adj_close"]):
        del wanted["adj_close"]
    try:
        numbers, written = numbers_of(wanted, point_is_usual=part.point_is_usual)
    except ColumnError as error:
        raise part.refused(error.error, column=names[places[error.column]].strip().lower(), days=days) from None
    counted = ""
    if "volume" in places and not _holds_nothing(part.columns[places["volume"]]):
        volumes, counted = volumes_of(part.columns[places["volume"]], point_is_usual=part.point_is_usual)
        numbers |= {} if volumes is None else {"volume": volumes}
    frame, order = _oldest_first(_frame(days, numbers))
    layout = (*part.layout, renamed(names, places), dated, written, counted, order)
    return TickerPrices(frame, where, tuple(filter(None, layout)))


def _dates(table: Table, place: int, ticker: str, clock: Clock) -> tuple[list[date], str]:
    try:
        return dates_of(table.columns[place], ticker, clock)
    except CellError as error:
        raise table.refused(error) from None


def _holds_nothing(cells: Cells) -> bool:
    return len(cells) > 0 and all(cell is None or str(cell).strip().lower() in MISSING for cell in cells)


def _frame(days: list[date], prices: dict[str, Floats]) -> pd.DataFrame:
    index = pd.DatetimeIndex(np.array(days, dtype="M8[D]").astype("M8[us]"), name="date")
    return pd.DataFrame(prices, index=index)


def _oldest_first(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The frame, turned over where each row is older than the one above it, and the words for that."""
    days = frame.index.to_numpy()
    if len(days) > 1 and (days[1:] < days[:-1]).all():
        return frame.iloc[::-1], "newest row first"
    return frame, ""
