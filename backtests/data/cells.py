"""What a cell of a price file says: a date or a price, and nothing that could be read in two ways.

A date is written as 2025-12-31; a midnight after it changes nothing. A price is a plain decimal number with a point.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from unlockstep.backtests.text import visible
from unlockstep.signals.market import Floats

MISSING = {"", "nan", "null", "none", "na", "n/a", "#n/a", "<na>"}
"""How files say that there is no price; read as NaN, which no price may be where it is needed."""

LONGEST = 40
"""Characters of a cell that an error message shows."""

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?(?P<zone> ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?", re.ASCII
)
_TWO_WAYS = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?P<year>\d{4}|\d{2})\b.*", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_PLAIN_COLUMN = re.compile(rf"(?>{_NUMBER.pattern}\n)*+", re.ASCII)
_INFINITE = re.compile(r"[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[, '_]\d{3})+(?:\.\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[. ']\d{3})+),\d+", re.ASCII)
_UNIT = re.compile(r"[$€£¥₿%]|\b(?:USD|EUR|GBP)\b", re.ASCII)


class CellError(ValueError):
    """A cell that holds no date or no number.  remedy: the way out, "" where there is none but to correct it."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


def date_of(cell: object) -> date:
    """The date in a cell; CellError that says what is wrong with it and how to write it."""
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    text = str(cell).strip()
    match = _DATE.fullmatch(text)
    if match:
        try:
            return date.fromisoformat(match[1])
        except ValueError:  # 2024-02-30
            raise CellError(f"{shown(text)} is no day of the calendar") from None
    if text.lower() in {*MISSING, "nat"}:
        raise CellError("the date is missing", "every row needs one, such as 2025-12-31")
    moment = _MOMENT.fullmatch(text)
    if moment:
        what = "a time zone" if moment["zone"] else "a time of day"
        raise CellError(f"{shown(text)} carries {what}", "daily bars have one plain date a row, such as 2025-12-31")
    two_ways = _TWO_WAYS.fullmatch(text)
    if two_ways:
        unclear = "day and month" if len(two_ways["year"]) == 4 else "day, month and century"
        raise CellError(f"{shown(text)} leaves open which is {unclear}", "write dates as 2025-12-31")
    if _NUMBER.fullmatch(text):
        raise CellError(f"{shown(text)} is a number, not a date", "write dates as 2025-12-31")
    raise CellError(f"{shown(text)} is no date", "write dates as 2025-12-31")


def number_of(cell: object) -> float:
    """The number in a cell, NaN where it says that there is none; CellError that says what else it is."""
    if cell is None:
        return float("nan")
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return float(cell)
    if not isinstance(cell, str):
        raise CellError(f"is {shown(str(cell))}, not a number")
    text = cell.strip()
    if _NUMBER.fullmatch(text) or _INFINITE.fullmatch(text):
        return float(text)
    if text.lower() in MISSING:
        return float("nan")
    if _THOUSANDS.fullmatch(text):
        raise CellError(f"is {shown(text)}, not a number", "leave out what separates the thousands")
    if _COMMA.fullmatch(text):
        raise CellError(f"is {shown(text)}, not a number", "write decimals with a point")
    if _UNIT.search(text):
        raise CellError(f"is {shown(text)}, not a number", "leave out the currency or percent sign")
    raise CellError(f"is {shown(text)}, not a number")


def plain_numbers(cells: Sequence[str]) -> Floats | None:
    """The numbers of a column, all at once; None where a cell is none, and `number_of` has to say what it is.

    One match for the column takes a tenth of the time of one for each cell. No cell holds a line feed.
    """
    if not _PLAIN_COLUMN.fullmatch("".join(f"{cell}\n" for cell in cells)):
        return None
    return np.array([float(cell) for cell in cells], dtype=np.float64)


def shown(text: str) -> str:
    """A cell as a message quotes it: short and on one line, whatever it holds."""
    text = visible(text)
    return f"'{text}'" if len(text) <= LONGEST else f"'{text[:LONGEST]}…'"
