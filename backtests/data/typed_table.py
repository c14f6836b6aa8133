"""The table in a frame of pandas, as Parquet files and Python code have it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from unlockstep.backtests.data.columns import PRICES, field_of
from unlockstep.backtests.data.several import split_head
from unlockstep.backtests.data.tables import Cells, Table
from unlockstep.signals.errors import DataError


def typed_table(frame: pd.DataFrame, where: str) -> Table:
    """The columns of a frame, and the levels of its index that have a name or hold dates.

    Columns of numbers become arrays of floats; dates with a time zone keep it.
    Raises DataError where prices stand under another type, such as truth values.
    """
    levels = [frame.columns.get_level_values(level) for level in range(frame.columns.nlevels)]
    heads = [tuple(map(_text, names)) for names in zip(*levels, strict=True)]
    if any(len(head) > 2 for head in heads):
        raise DataError(
            f"{where}: its columns have {len(heads[0])} levels",
            name=where,
            remedy="give one, the prices, or two, the prices and the tickers",
        )
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    for head, column in zip(heads, columns, strict=True):
        _check_type(head, column, where)
    width = max(map(len, heads), default=1)
    has_dates = any(field_of(name) == "date" for head in heads for name in head)
    for level in range(frame.index.nlevels):
        values = frame.index.get_level_values(level)
        name = _text(values.name)
        is_dated = isinstance(values, pd.DatetimeIndex | pd.PeriodIndex)
        if isinstance(values, pd.RangeIndex) or (not name and has_dates and not is_dated):
            continue  # numbers of rows
        heads.insert(0, ((name or "date"), "")[:width])
        columns.insert(0, pd.Series(values))
    rows = range(1, len(frame) + 1)
    return Table(where, tuple(heads), tuple(map(_cells, columns)), rows, "row")


def _text(name: object) -> str:
    return "" if name is None else str(name)


def _check_type(head: Sequence[str], column: pd.Series, where: str) -> None:
    """Raise DataError for prices that are truth values or instants."""
    names = [pair[0] if (pair := split_head(name)) else name for name in head]
    kind = column.dtype
    if any(field_of(name) in (*PRICES, "adj_close") for name in names) and (
        pd.api.types.is_bool_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)
    ):
        raise DataError(f"{where}: the column {' '.join(filter(None, head))} holds {kind}, not prices", name=where)


def _cells(column: pd.Series) -> Cells:
    kind = column.dtype
    if pd.api.types.is_integer_dtype(kind) and not column.isna().any():
        return column.to_numpy(dtype=np.int64 if pd.api.types.is_signed_integer_dtype(kind) else np.uint64)
    if pd.api.types.is_float_dtype(kind) or pd.api.types.is_integer_dtype(kind):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    return [None if cell is pd.NA or cell is pd.NaT else cell for cell in column.tolist()]
