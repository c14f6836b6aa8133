"""Cells of price tables: plain numbers, what says that there is none, and the error for anything else."""

import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from unlockstep.backtests.text import visible
from unlockstep.signals.market import Floats

MISSING = {"", "nan", "null", "none", "na", "n/a", "#n/a", "<na>"}
"""How files say that there is no price; read as NaN, which no price may be where it is needed."""

LONGEST = 40
"""Characters of a cell that an error message shows."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_PLAIN_COLUMN = re.compile(rf"(?>{_NUMBER.pattern}\n)*+", re.ASCII)
INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
UNIT = re.compile(r"[$€£¥₿%]|\b(?:USD|EUR|GBP)\b", re.ASCII)
"""A currency, or percent."""


class CellError(ValueError):
    """A cell that holds no date or no number.

    remedy: the way out, "" where there is none but to correct it.  row: of the column, counted from 0; None where it is
    of all of it.
    """

    def __init__(self, problem: str, remedy: str = "", row: int | None = None) -> None:
        super().__init__(problem)
        self.remedy = remedy
        self.row = row


def number_of(cell: object) -> float:
    """The number in a cell of a typed table, NaN where it says that there is none; CellError that says what else it is.

    Texts are read by `numbers`, which knows the column.
    """
    if cell is None:
        return float("nan")
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return float(cell)
    raise CellError(f"is {shown(str(cell))}, not a number")


def plain_numbers(cells: Sequence[str]) -> Floats | None:
    """The numbers of a column, all at once; None where a cell is none, and `numbers` has to say what it is.

    One match for the column takes a tenth of the time of one for each cell. No cell holds a line feed.
    """
    if not _PLAIN_COLUMN.fullmatch("".join(f"{cell}\n" for cell in cells)):
        return None
    return np.array([float(cell) for cell in cells], dtype=np.float64)


def shown(text: str) -> str:
    """A cell as a message quotes it: short and on one line, whatever it holds."""
    text = visible(text)
    return f"'{text}'" if len(text) <= LONGEST else f"'{text[:LONGEST]}…'"
