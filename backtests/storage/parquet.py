"""Parquet that somebody else may have made, read where it fits into memory.

A file of a few kilobytes can unpack to gigabytes: the same value millions of times, or one long text in every row. What
it would take is computed from its footer and its dictionaries before any column is unpacked.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from unlockstep.backtests.text import visible

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData


@dataclass(frozen=True)
class Bounds:
    """What a Parquet file may hold at most. rows; columns; values: in all columns together; bytes: unpacked."""

    rows: int
    columns: int
    values: int
    bytes: int


class UnfitParquetError(ValueError):
    """A Parquet file that is no table of plain values, or larger than its bounds; `limit` is the bound, remedy what to
    do about it.
    """

    def __init__(self, fault: str, limit: int | None = None, remedy: str = "re-save it as parquet") -> None:
        super().__init__(fault)
        self.limit, self.remedy = limit, remedy


def read_table(content: bytes, bounds: Bounds) -> "pd.DataFrame":
    """The table in the bytes of a Parquet file, as `pandas.read_parquet` gives it.

    Raises UnfitParquetError for one that is broken, nested or beyond the bounds; its message is one sentence without
    an end.
    """
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(io.BytesIO(content)) as file:
            _check(file.metadata, bounds)
            texts = [
                column.path
                for column in map(file.metadata.schema.column, range(file.metadata.num_columns))
                if column.physical_type in ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
            ]
        with ParquetFile(io.BytesIO(content), read_dictionary=texts) as file:
            frame: pd.DataFrame = _unpacked(file.read(), bounds).to_pandas(split_blocks=True)
            return frame
    except UnfitParquetError:
        raise
    except (OSError, ValueError, TypeError, KeyError, ArrowException, UnicodeError, AttributeError) as error:
        first = visible((str(error).splitlines() or [""])[0].rstrip("."))[:200]
        raise UnfitParquetError(first or type(error).__name__) from None


def _check(footer: "FileMetaData", bounds: Bounds) -> None:
    """Raise UnfitParquetError where the footer says that the file is none of ours or too large."""
    if footer.num_columns > bounds.columns:
        raise UnfitParquetError(f"it has {footer.num_columns:,} columns", bounds.columns)
    if footer.num_rows > bounds.rows:
        raise UnfitParquetError(f"it has {footer.num_rows:,} rows", bounds.rows)
    for column in map(footer.schema.column, range(footer.num_columns)):
        if column.max_repetition_level:
            raise UnfitParquetError(
                f"its column '{column.path}' holds lists, not plain values", remedy="give it plain dates and numbers"
            )
    chunks = [
        group.column(number)
        for group in map(footer.row_group, range(footer.num_row_groups))
        for number in range(footer.num_columns)
    ]
    if (values := sum(chunk.num_values for chunk in chunks)) > bounds.values:
        raise UnfitParquetError(f"it holds {values:,} values", bounds.values)
    if (size := sum(chunk.total_uncompressed_size for chunk in chunks)) > bounds.bytes:
        raise UnfitParquetError(f"it unpacks to {size / 1e6:,.0f} MB", bounds.bytes)


def _unpacked(table: "pa.Table", bounds: Bounds) -> "pa.Table":
    """The table with its texts written out, where they fit."""
    import pyarrow as pa
    import pyarrow.compute as pc

    size, columns = 0, []
    for column in table.columns:
        for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
            lengths = pc.binary_length(chunk.dictionary.cast(pa.large_binary()))
            size += pc.sum(lengths.cast(pa.int64()).take(chunk.indices)).as_py() or 0
            if size > bounds.bytes:
                raise UnfitParquetError(f"its texts unpack to {size / 1e6:,.0f} MB", bounds.bytes)
        columns.append(column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column)
    return table.from_arrays(columns, schema=_plain(table.schema))


def _plain(schema: "pa.Schema") -> "pa.Schema":
    import pyarrow as pa

    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema
    ]
    return pa.schema(fields, metadata=schema.metadata)
