"""The dates of a column: written in any one form, if all of it leaves nothing open.

    2025-12-31   2025/12/31   20251231   Dec 31, 2025   31 Dec 2025        as they stand
    12/31/2025   31.12.2025   31-12-2025        where some day is above 12, so that it is known which is the month
    1767139200   1767139200000                  seconds (or thousandths, and smaller) since 1970
    2025-12-31 00:00:00-05:00                   midnights, also in a time zone: the day that they begin
    2025-12-31T14:30:00Z   12/31/2025 16:00     within a session of the ticker's exchange

A form is that of the first cell; one that is written otherwise is refused, and so is what carries another time of day.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np

from unlockstep.backtests.data.cells import MISSING, CellError, shown
from unlockstep.backtests.data.stamps import days_of_stamps
from unlockstep.backtests.data.tables import Cells
from unlockstep.signals.identity import Clock

WRITE = "write dates as 2025-12-31"

_CLOCK = (
    r"(?:(?:T| +)(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?: (?P<half>[AaPp])[Mm])?"
    r"(?P<zone> ?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_TWO_WAYS = re.compile(rf"(?P<a>\d{{1,2}})(?P<by>[/.-])(?P<b>\d{{1,2}})(?P=by)(?P<year>\d{{4}}){_CLOCK}", re.ASCII)
_CENTURY_OPEN = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\b.*", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_EPOCH = re.compile(r"(\d{9,19})(?:\.0+)?", re.ASCII)
_PER_SECOND = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}
"""Digits of a stamp of this century, or of the late one before → units in a second."""


@dataclass(frozen=True)
class Form:
    """A way to write dates.  words: what is said of it, "" for the plain one."""

    words: str
    pattern: re.Pattern[str]
    moment: Callable[[re.Match[str]], datetime]


def _form(words: str, pattern: str) -> Form:
    compiled = re.compile(pattern + _CLOCK, re.ASCII | re.IGNORECASE)
    return Form(words, compiled, lambda match: _moment(match, _number_of_month(match["month"]), int(match["day"])))


def _number_of_month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text[:3].lower()) + 1


def _moment(match: re.Match[str], month: int, day: int) -> datetime:
    """The moment of a match, with its offset from UTC where it has one. Raises ValueError for 2024-02-30."""
    moment = datetime(int(match["year"]), month, day)  # noqa: DTZ001  the zone comes below, where there is one
    if match["clock"]:
        hour, minute, second = [*map(float, match["clock"].split(":")), 0.0][:3]
        if match["half"]:
            hour = hour % 12 + 12 * (match["half"] in "Pp")
        moment += timedelta(hours=hour, minutes=minute, seconds=second)
    return moment.replace(tzinfo=_offset(match["zone"].strip())) if match["zone"] else moment


def _offset(zone: str) -> timezone:
    if zone in ("Z", "UTC"):
        return UTC
    digits = zone.replace(":", "").ljust(5, "0")
    ahead = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5]))
    return timezone(-ahead if digits[0] == "-" else ahead)


def _since_1970(match: re.Match[str]) -> datetime:
    unit = _PER_SECOND.get(len(match[1]))
    if unit is None:
        raise ValueError
    seconds, rest = divmod(int(match[1]), unit)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest * 10**6 // unit)


FORMS = (
    _form("", r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
    _form("dates as year, month, day", r"(?P<year>\d{4})(?P<by>[/.-])(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})"),
    _form("dates as 20251231", r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})"),
    _form("months by name", rf"{_MONTH} +(?P<day>\d{{1,2}}),? +(?P<year>\d{{4}})"),
    _form("months by name", rf"(?P<day>\d{{1,2}})[ -]+{_MONTH},?[ -]+(?P<year>\d{{4}})"),
    Form("dates in seconds since 1970, or in parts of them", _EPOCH, _since_1970),
)


def dates_of(column: Cells, ticker: str, clock: Clock) -> tuple[list[date], str]:
    """(days, words): the day of each cell, and how they are written, "" for 2025-12-31.

    clock: of the ticker, which says when its sessions open and close.
    Raises CellError with the row for what is no date, is written otherwise than the first, or leaves open which day it
    is.
    """
    cells: Sequence[object] = column.tolist() if isinstance(column, np.ndarray) else column
    if all(type(cell) is date for cell in cells):
        return list(cells), ""  # type: ignore[arg-type]
    if all(isinstance(cell, datetime) and cell == cell for cell in cells):  # not NaT
        return days_of_stamps(list(cells), list(map(str, cells)), ticker, clock)  # type: ignore[arg-type]
    texts = [str(cell).strip() for cell in cells]
    moments, words = _moments(texts)
    days, stamped = days_of_stamps(moments, texts, ticker, clock)
    return days, ", ".join(filter(None, (words, stamped)))


def is_date(cell: object) -> bool:
    """Whether a cell holds a date in one of the forms, or the number of its seconds."""
    text = str(cell).strip()
    return any(form.pattern.fullmatch(text) for form in FORMS) or _TWO_WAYS.fullmatch(text) is not None


def _moments(texts: Sequence[str]) -> tuple[list[datetime], str]:
    """The moments of a column and the words of its form."""
    first = next((text for text in texts if not _is_missing(text)), "")
    if two_ways := _TWO_WAYS.fullmatch(first):
        return _moments_two_ways(texts, first, two_ways["by"])
    form = next((form for form in FORMS if form.pattern.fullmatch(first)), FORMS[0])
    moments = []
    for row, text in enumerate(texts):
        match = form.pattern.fullmatch(text)
        if match is None:
            raise _no_date(text, first, row)
        try:
            moments.append(form.moment(match))
        except (ValueError, OverflowError, OSError):
            raise CellError(f"{shown(text)} is no day of the calendar", row=row) from None
    return moments, form.words


def _moments_two_ways(texts: Sequence[str], first: str, by: str) -> tuple[list[datetime], str]:
    """The moments of a column of 12/31/2025 or 31/12/2025; CellError where both ways can be meant, or neither."""
    matches = []
    for row, text in enumerate(texts):
        match = _TWO_WAYS.fullmatch(text)
        if match is None or match["by"] != by:
            raise _no_date(text, first, row)
        matches.append(match)
    monthly = [_read_two_ways(match, "a", "b") for match in matches]
    daily = [_read_two_ways(match, "b", "a") for match in matches]
    if None not in monthly and None not in daily:
        raise CellError(f"{shown(texts[0])} leaves open which is day and month, as do all others", WRITE, row=0)
    if None in monthly and None in daily:
        row = max(monthly.index(None), daily.index(None))
        raise CellError(f"{shown(texts[row])} is no day of the calendar where those above it are", WRITE, row=row)
    if None in daily:
        return [moment for moment in monthly if moment], f"dates as month{by}day{by}year"
    return [moment for moment in daily if moment], f"dates as day{by}month{by}year"


def _read_two_ways(match: re.Match[str], month: str, day: str) -> datetime | None:
    try:
        return _moment(match, int(match[month]), int(match[day]))
    except ValueError:
        return None


def _is_missing(text: str) -> bool:
    return text.lower() in MISSING or text == "NaT"


def _no_date(text: str, first: str, row: int) -> CellError:
    """The error for a cell that is not written as the first is."""
    if _is_missing(text):
        return CellError("the date is missing", "every row needs one, such as 2025-12-31", row)
    if _CENTURY_OPEN.fullmatch(text):
        return CellError(f"{shown(text)} leaves open which is day, month and century", WRITE, row)
    if text != first and is_date(text):
        return CellError(f"{shown(text)} is written otherwise than {shown(first)}", WRITE, row)
    if _NUMBER.fullmatch(text):
        return CellError(f"{shown(text)} is a number, not a date", WRITE, row)
    return CellError(f"{shown(text)} is no date", WRITE, row)
