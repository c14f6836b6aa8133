"""A table as a source holds it, before it is known what its columns mean."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.data.cells import CellError
from unlockstep.signals.errors import DataError

Cells: TypeAlias = Sequence[object] | NDArray[Any]
"""The cells of a column: texts or objects, or an array of numbers."""


@dataclass(frozen=True, eq=False)
class Table:
    """Cells by column.

    where: the file or ticker that messages name.  heads: for each column the names that stand above it, one, or two
    where a table holds several tickers side by side.  columns: for each its cells, as many in all.  lines: the number
    of each row in its source, lines of a text or rows of a typed table (`unit`).  layout: what was understood of it
    besides, in words.  point_is_usual: whether the point in 1.234 separates decimals where no other cell says so.
    """

    where: str
    heads: tuple[tuple[str, ...], ...]
    columns: tuple[Cells, ...]
    lines: Sequence[int]
    unit: Literal["line", "row"]
    layout: tuple[str, ...] = ()
    point_is_usual: bool = True

    def with_columns(self, names: Sequence[str], places: Sequence[int], *layout: str) -> "Table":
        """The columns at these places, each under one name."""
        heads, columns = tuple((name,) for name in names), tuple(self.columns[place] for place in places)
        return replace(self, heads=heads, columns=columns, layout=(*self.layout, *layout))

    def with_rows(self, keep: Sequence[bool], *layout: str) -> "Table":
        """The rows for which `keep` is true."""
        rows: list[int] = np.flatnonzero(keep).tolist()
        columns = tuple(
            column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows] for column in self.columns
        )
        lines = [self.lines[row] for row in rows]
        return replace(self, columns=columns, lines=lines, layout=(*self.layout, *layout))

    def refused(self, error: CellError, *, column: str = "", days: Sequence[date] = ()) -> DataError:
        """The error for a cell: its place, the day of its row where that is known, its column, and what is wrong."""
        if error.row is None:
            return DataError(f"{self.where}: {error}", name=self.where, remedy=error.remedy)
        line, day = self.lines[error.row], [days[error.row]] if days else []
        place = f"{self.where}, {self.unit} {line}{f' ({day[0]})' if day else ''}: {column}{' ' if column else ''}"
        return DataError(f"{place}{error}", name=self.where, dates=day, line=line, remedy=error.remedy)
