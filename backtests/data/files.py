"""Prices from a folder that holds one CSV or Parquet file a ticker."""

import stat
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from unlockstep.backtests.data.cells import CellError, date_of, number_of, plain_numbers, shown
from unlockstep.backtests.data.csv_table import Table, plain_name, refuse_missing, table_of
from unlockstep.backtests.data.frames import REQUIRED
from unlockstep.backtests.data.price_folder import find_price_file
from unlockstep.backtests.storage.atomic import reason
from unlockstep.backtests.text import visible
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Floats

LARGEST = 20_000_000
"""Bytes in a price file at most: a century of daily bars takes 3 million."""
MOST_ROWS = 100_000
"""Rows in a price file at most: a century has 36,525 days."""

Read = TypeVar("Read")


def read_folder(folder: Path, tickers: Sequence[str]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """(frames, where): a price frame and its file name for each ticker.

    Raises DataError for a missing folder, file or column, and for anything in a file that is no date or number.
    """
    if not folder.is_dir():
        raise DataError(
            f"There is no folder '{folder}'",
            name=str(folder),
            remedy="--data takes demo, demo:edge, yahoo or a folder of price files",
        )
    paths = {ticker: find_price_file(folder, ticker) for ticker in tickers}
    return {t: read_prices(path) for t, path in paths.items()}, {t: path.name for t, path in paths.items()}


def read_prices(path: Path) -> pd.DataFrame:
    """The price frame in one file; column names may be capitalised and spaced as Yahoo writes them ("Adj Close").

    Raises DataError naming the file, the line or date, and the remedy.
    """
    _check_file(path)
    return _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)


def _check_file(path: Path) -> None:
    """Raise DataError unless there is a file of reasonable size: a pipe, for one, would be waited for without end."""
    try:
        facts = path.stat()
    except OSError as error:
        why = "it is a link that leads nowhere" if path.is_symlink() else reason(error)
        raise DataError(f"{path.name} cannot be read: {why}", name=path.name) from None
    if not stat.S_ISREG(facts.st_mode):
        kind = "folder" if stat.S_ISDIR(facts.st_mode) else "pipe or a device"
        raise DataError(
            f"{path.name} is a {kind}, not a file", name=path.name, remedy="put a file of prices in its place"
        )
    if facts.st_size > LARGEST:
        raise DataError(
            f"{path.name} holds {facts.st_size / 1e6:,.0f} MB, more than the {LARGEST / 1e6:,.0f} "
            "MB that any daily bars take",
            name=path.name,
            limit=LARGEST,
            remedy="keep one row a day",
        )


def _check_rows(count: int, where: str) -> None:
    if count > MOST_ROWS:
        raise DataError(
            f"{where} holds {count:,} rows, more than the {MOST_ROWS:,} that any daily bars take",
            name=where,
            limit=MOST_ROWS,
            remedy="keep one row a day",
        )


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {reason(error)}", name=path.name) from None
    return _csv_frame(content, path.name).copy()


@lru_cache(maxsize=8)  # the pair and the other tickers of its placebos: each file is in several pairs
def _csv_frame(content: bytes, where: str) -> pd.DataFrame:
    """The price frame that these bytes hold. It is shared, so callers copy it."""
    _check_rows(max(content.count(b"\n"), content.count(b"\r")), where)
    table = table_of(content, where)
    dates = _each(
        date_of,
        table.column("date"),
        lambda i, problem, remedy: DataError(
            f"{where}, line {table.lines[i]}: {problem}", name=where, line=table.lines[i], remedy=remedy
        ),
    )
    return _frame(dates, {name: _csv_numbers(table, name, dates, where) for name in _wanted(table.columns, where)})


def _csv_numbers(table: Table, name: str, dates: list[date], where: str) -> Floats:
    cells = table.column(name)
    plain = plain_numbers(cells)
    if plain is not None:
        return plain
    numbers = _each(
        number_of,
        cells,
        lambda i, problem, remedy: DataError(
            f"{where}, line {table.lines[i]} ({dates[i]}): {name} {problem}",
            name=where,
            dates=[dates[i]],
            line=table.lines[i],
            remedy=remedy,
        ),
    )
    return np.array(numbers, dtype=np.float64)


def _read_parquet(path: Path) -> pd.DataFrame:
    from pyarrow import ArrowException
    from pyarrow.parquet import read_metadata

    where = path.name
    try:
        _check_rows(read_metadata(path).num_rows, where)
        return table_frame(pd.read_parquet(path), where)
    except OSError as error:
        why, remedy = (reason(error), "") if error.errno else (_first_sentence(error), "re-save it as parquet")
        raise DataError(f"{where} cannot be read as parquet: {why}", name=where, remedy=remedy) from None
    except (ValueError, TypeError, KeyError, ArrowException) as error:
        raise DataError(
            f"{where} cannot be read as parquet: {_first_sentence(error)}", name=where, remedy="re-save it as parquet"
        ) from None


def _first_sentence(error: Exception) -> str:
    """What a library says of a broken file: its first sentence, which may quote what is in it."""
    return visible((str(error).splitlines() or [""])[0].rstrip("."))[:200]


def table_frame(raw: pd.DataFrame, where: str) -> pd.DataFrame:
    """The price frame in a table with typed columns; DataError naming the row or date, and the remedy."""
    _check_rows(len(raw), where)
    if raw.index.name or isinstance(raw.index, pd.DatetimeIndex):
        raw = raw.reset_index(names=str(raw.index.name or "date"), allow_duplicates=True)
    names = [plain_name(column) for column in raw.columns]
    raw.columns = pd.Index(names)
    for name in names:
        if names.count(name) > 1:
            raise DataError(
                f"{where} has more than one column {name}", name=where, remedy="keep one, whatever its capitals"
            )
    refuse_missing(names, where)
    dates = _parquet_dates(raw["date"], where)
    return _frame(dates, {name: _parquet_numbers(raw[name], dates, where) for name in _wanted(names, where)})


def _parquet_dates(column: pd.Series, where: str) -> list[date]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.map(str)  # with its time of day and zone, where it has them
    return _each(
        date_of,
        column.tolist(),
        lambda i, problem, remedy: DataError(f"{where}, row {i + 1}: {problem}", name=where, line=i + 1, remedy=remedy),
    )


def _parquet_numbers(column: pd.Series, dates: list[date], where: str) -> Floats:
    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind):
        raise DataError(f"{where}: the column {column.name} holds {kind}, not prices", name=where)
    if pd.api.types.is_float_dtype(kind) or pd.api.types.is_integer_dtype(kind):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    cells = [None if cell is pd.NA or cell is pd.NaT else cell for cell in column.tolist()]
    numbers = _each(
        number_of,
        cells,
        lambda i, problem, remedy: DataError(
            f"{where}, row {i + 1} ({dates[i]}): {column.name} {problem}",
            name=where,
            dates=[dates[i]],
            line=i + 1,
            remedy=remedy,
        ),
    )
    return np.array(numbers, dtype=np.float64)


def _wanted(names: Sequence[str], where: str) -> list[str]:
    """The columns to read; DataError where adjusted closes may stand under a name that is not theirs."""
    if "adj_close" in names:
        return [*REQUIRED, "adj_close"]
    misnamed = [name for name in names if name.startswith("adj")]
    if misnamed:
        raise DataError(
            f"{where}: the column {shown(misnamed[0])} is not known",
            name=where,
            remedy="call it adj_close if it holds adjusted closes, or remove it",
        )
    return [*REQUIRED]


def _each(
    read: Callable[[object], Read], cells: Iterable[object], refused: Callable[[int, str, str], DataError]
) -> list[Read]:
    """What every cell says; the error that `refused` makes of the number and the problem of the first that does not."""
    values = []
    for i, cell in enumerate(cells):
        try:
            values.append(read(cell))
        except (ValueError, OverflowError) as error:
            raise refused(i, str(error), error.remedy if isinstance(error, CellError) else "") from None
    return values


def _frame(dates: list[date], prices: dict[str, Floats]) -> pd.DataFrame:
    index = pd.DatetimeIndex(np.array(dates, dtype="M8[D]").astype("M8[us]"), name="date")
    return pd.DataFrame(prices, index=index)
