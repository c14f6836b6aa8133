"""A dated series in a file: CSV or Parquet, a column of dates and one of numbers, a row a day, a month, a quarter."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from unlockstep.backtests.data.cells import CellError, shown
from unlockstep.backtests.data.compressed import unpacked
from unlockstep.backtests.data.csv_table import check_width
from unlockstep.backtests.data.dates import dates_of
from unlockstep.backtests.data.frames import check_order
from unlockstep.backtests.data.numbers import ColumnError, numbers_of
from unlockstep.backtests.data.price_file import LARGEST, bytes_of, check_file, parquet_table
from unlockstep.backtests.data.tables import Table
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import AROUND_THE_CLOCK
from unlockstep.signals.market import Floats

DATES = ("date", "observation_date")
"""What the column of the dates is called; the second by FRED."""


@dataclass(frozen=True, eq=False)
class DatedSeries:
    """where: the file that messages name.  dates: N days, ascending, each at most once.  values: N finite numbers."""

    where: str
    dates: pd.DatetimeIndex
    values: Floats


def read_dated(path: Path, column: str = "") -> DatedSeries:
    """The series in a column of a file, "" for its only one beside the dates; a row without a number says nothing.

    Dates and numbers may be written as in price files, the newest row may be the first, and a text may be compressed.
    Raises DataError naming the file, the line or the dates, and the remedy.
    """
    where = path.name
    if not path.exists():
        raise DataError(f"There is no file '{path}'", name=where, remedy="correct its path in the study's [context]")
    return dated_series(dated_table(path, "values"), column)


def dated_series(table: Table, column: str = "") -> DatedSeries:
    """The series in a column of a table, as `read_dated` takes it; raises what it raises."""
    where = table.where
    names = [head[-1].strip() for head in table.heads]
    dated = [place for place, name in enumerate(names) if name.lower() in DATES]
    others = [place for place in range(len(names)) if place not in dated]
    chosen = [place for place in others if names[place].lower() == column.lower()] if column else others
    if len(dated) != 1 or len(chosen) != 1:
        listed = ", ".join(shown(name)[1:-1] for name in names[:12])
        wanted = f"one called {column}" if column else "one of numbers"
        raise DataError(
            f"{where} must have one column of dates and {wanted}; it has {listed}",
            name=where,
            choices=[names[place] for place in others],
            remedy=f"call the dates date, and name the other in the study's [context]: column = "
            f'"{names[others[0]] if others else "value"}"',
        )
    days, values = values_by_day(table, dated[0], chosen[0], names[chosen[0]])
    given = ~np.isnan(values)
    dates, values = pd.DatetimeIndex(np.array(days, dtype="M8[us]"))[given], values[given]
    if len(dates) > 1 and dates.is_monotonic_decreasing and dates.is_unique:
        dates, values = dates[::-1], values[::-1]
    check_order(pd.DataFrame({"value": values}, dates), where)
    if np.isinf(values).any():
        day = dates[np.isinf(values)][0]
        raise DataError(f"{where}: the value of {day.date()} is infinite", name=where, dates=[day])
    return DatedSeries(where, dates, values)


def dated_table(path: Path, of: str) -> Table:
    """The table in a file; of: what its numbers are, as a message has it. DataError where it cannot be read."""
    check_file(path)
    return parquet_table(path) if path.suffix.lower() in (".parquet", ".pq") else _text_table(path, of)


def values_by_day(table: Table, dates: int, column: int, name: str) -> tuple[list[date], Floats]:
    """The days and numbers in the columns at these places, NaN where a day has none, as FRED writes holidays (".")."""
    try:
        days, _ = dates_of(table.columns[dates], table.where, AROUND_THE_CLOCK)
    except CellError as error:
        raise table.refused(error) from None
    cells = table.columns[column]
    plain = cells if isinstance(cells, np.ndarray) else ["" if str(cell).strip() == "." else cell for cell in cells]
    try:
        numbers, _ = numbers_of({name: plain}, point_is_usual=table.point_is_usual)
    except ColumnError as error:
        raise table.refused(error.error, column=name, days=days) from None
    return days, numbers[name]


def _text_table(path: Path, of: str) -> Table:
    """Fields separated by commas, semicolons or tabs, under one line of names."""
    where = path.name
    try:
        text = unpacked(bytes_of(path), where, most=LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{where} is not valid UTF-8", name=where, remedy="re-save the file as UTF-8") from None
    lines = text.splitlines()
    separator = next((mark for mark in ";\t" if lines and mark in lines[0]), ",")
    reader = csv.reader(lines, delimiter=separator)
    try:
        records = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        line = reader.line_num
        raise DataError(f"{where}, line {line}: no fields of a table ({error})", name=where, line=line) from None
    if len(records) < 2:
        raise DataError(f"{where} holds no series of {of}", name=where, remedy="it needs a header and one row a day")
    (_, names), *rows = records
    for line, cells in rows:
        check_width(len(cells), len(names), where, line)
    columns = tuple(zip(*(cells for _, cells in rows), strict=True))
    numbers = [line for line, _ in rows]
    return Table(where, tuple((name,) for name in names), columns, numbers, "line", point_is_usual=separator == ",")
