"""The numbers of columns of prices, with one decimal mark for all of them.

    1234.5   1,234.50   1 234.5   1'234.5   $1,234.50      with a point
    1234,5   1.234,50   1 234,5                            with a comma

Which mark it is, is read off the cells that can be meant in one way only. Where there is none, as in columns of 1,234
and 2,345, or of 1.234 in a file that is not separated by commas, they are refused.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from unlockstep.backtests.data.cells import INFINITE, MISSING, UNIT, CellError, number_of, plain_numbers, shown
from unlockstep.backtests.data.tables import Cells
from unlockstep.signals.market import Floats

Mark = Literal[".", ","]

_GROUPS = " '\u2019\u00a0\u202f"
"""What separates thousands and is no decimal mark."""


def _numbers(mark: Mark, other: Mark) -> re.Pattern[str]:
    separated = "|".join(rf"[1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+" for group in (other, *_GROUPS))
    return re.compile(rf"(?=[^eE]*\d)[+-]?(?:\d+|{separated})?(?:{re.escape(mark)}\d*)?(?:[eE][+-]?\d+)?", re.ASCII)


_WITH: Mapping[Mark, re.Pattern[str]] = {".": _numbers(".", ","), ",": _numbers(",", ".")}
_OPEN = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""A number whose only mark may separate thousands or decimals."""


class ColumnError(Exception):
    """A column with a cell that is no number, and the error that says what the cell is."""

    def __init__(self, column: str, error: CellError) -> None:
        super().__init__(column)
        self.column = column
        self.error = error


def numbers_of(columns: Mapping[str, Cells], *, point_is_usual: bool) -> tuple[dict[str, Floats], str]:
    """(numbers, words): those of each column, NaN where a cell says that there is none, and how they are written.

    columns: cells, or an array of numbers, by name.  point_is_usual: whether 1.234 has a decimal point where no other
    cell says so.
    Raises ColumnError for a cell that is none, or that has another mark than most, and where the mark is left open.
    """
    numbers: dict[str, Floats] = {}
    for name, cells in columns.items():
        if isinstance(cells, np.ndarray):
            numbers[name] = cells.astype(np.float64)
        elif point_is_usual and all(isinstance(cell, str) for cell in cells):
            plain = plain_numbers(cells)  # type: ignore[arg-type]
            numbers |= {} if plain is None else {name: plain}
    if len(numbers) == len(columns):
        return numbers, ""
    texts = {
        name: [_bare(cell) if isinstance(cell, str) else cell for cell in cells]
        for name, cells in columns.items()
        if not isinstance(cells, np.ndarray)
    }
    mark = _mark(texts, point_is_usual=point_is_usual)
    for name, bare in texts.items():
        numbers[name] = np.array([_number(name, row, cell, mark) for row, cell in enumerate(bare)], dtype=np.float64)
    dollars = any(str(cell).strip().startswith("$") for name in texts for cell in columns[name])
    words = ("decimal commas" if mark == "," else "", "dollar signs" if dollars else "")
    return {name: numbers[name] for name in columns}, ", ".join(filter(None, words))


def _bare(text: str) -> str:
    """A cell without spaces around it and the sign of the dollar before it."""
    return text.strip().removeprefix("$").strip()


def _mark(texts: Mapping[str, Iterable[object]], *, point_is_usual: bool) -> Mark:
    """The decimal mark of most cells that can have one only."""
    points = commas = 0
    left_open: tuple[str, int, str] | None = None
    for name, cells in texts.items():
        for row, text in enumerate(cells):
            if not isinstance(text, str) or not ("." in text or "," in text):
                continue
            if _OPEN.fullmatch(text):
                left_open = left_open or (name, row, text)
            elif _WITH["."].fullmatch(text):
                points += 1
            elif _WITH[","].fullmatch(text):
                commas += 1
    if points or commas:
        return "." if points >= commas else ","
    if left_open and not (point_is_usual and "." in left_open[2]):
        name, row, text = left_open
        what = "point" if "." in text else "comma"
        problem = f"is {shown(text)}, and no cell tells whether its {what} separates decimals or thousands"
        raise ColumnError(name, CellError(problem, "write decimals with a point and no thousands apart", row))
    return "."


def _number(name: str, row: int, cell: object, mark: Mark) -> float:
    if not isinstance(cell, str):
        try:
            return number_of(cell)
        except CellError as error:
            raise ColumnError(name, CellError(str(error), error.remedy, row)) from None
    if cell.lower() in MISSING:
        return float("nan")
    if _WITH[mark].fullmatch(cell):
        other = "," if mark == "." else "."
        return float(cell.translate(dict.fromkeys(map(ord, other + _GROUPS))).replace(mark, "."))
    if INFINITE.fullmatch(cell):
        return float(cell)
    remedy = ""
    if UNIT.search(cell):
        remedy = "leave out the currency or percent sign"
    elif any(pattern.fullmatch(cell) for pattern in _WITH.values()):
        remedy = f"write decimals with a {'point' if mark == '.' else 'comma'}, as in the other cells"
    raise ColumnError(name, CellError(f"is {shown(cell)}, not a number", remedy, row))


def is_number(text: str) -> bool:
    """Whether a cell of a text is a number, with whichever mark."""
    return any(pattern.fullmatch(_bare(text)) for pattern in _WITH.values())
