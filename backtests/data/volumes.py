"""The volumes in a column of a price table, as vendors write them: 1234, 1,234, 1.2M, -.

Few rules read volumes, so a column that is not understood refuses no file: it is left out, and the notes say so.
"""

import re
from decimal import Decimal

import numpy as np

from unlockstep.backtests.data.cells import shown
from unlockstep.backtests.data.numbers import ColumnError, numbers_of
from unlockstep.backtests.data.tables import Cells
from unlockstep.signals.market import Floats

UNITS = {"K": Decimal(10**3), "M": Decimal(10**6), "B": Decimal(10**9), "T": Decimal(10**12)}
"""Letters after a number, as in 1.2M."""

_WITH_UNIT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([KMBT])", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[,. '\u2019\u00a0\u202f]\d{3})*", re.ASCII)


def volumes_of(cells: Cells, *, point_is_usual: bool) -> tuple[Floats | None, str]:
    """(volumes, words): NaN where a cell says that there is none; None where a cell is none, which the words say."""
    if isinstance(cells, np.ndarray):
        return _checked(cells.astype(np.float64))
    texts = ["" if str(cell).strip() == "-" else cell for cell in cells]
    if texts and all(_is_count(cell) for cell in texts):
        return _checked(np.array([_count(str(cell).strip()) for cell in texts], dtype=np.float64))
    try:
        numbers, _ = numbers_of({"volume": texts}, point_is_usual=point_is_usual)
    except ColumnError as error:
        row = error.error.row
        return None, "no volume, as one " + (f"is {shown(str(cells[row]))}" if row is not None else str(error.error))
    return _checked(numbers["volume"])


def _is_count(cell: object) -> bool:
    text = str(cell).strip()
    return isinstance(cell, str) and (not text or bool(_WITH_UNIT.fullmatch(text) or _GROUPED.fullmatch(text)))


def _count(text: str) -> float:
    """The number in a cell that is empty, has a unit, or is a whole number, its thousands apart."""
    if not text:
        return float("nan")
    if match := _WITH_UNIT.fullmatch(text):
        return float(Decimal(match[1]) * UNITS[match[2].upper()])
    return float(re.sub(r"\D", "", text))


def _checked(volumes: Floats) -> tuple[Floats | None, str]:
    if (volumes < 0).any() or np.isinf(volumes).any():
        return None, "no volume, as one is below zero or infinite"
    return volumes, ""
