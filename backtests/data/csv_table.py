"""The table in a CSV file: text in UTF-8, commas, one header in the first line, as many fields in every other line.

Anything else is refused, with the line and the remedy. A byte-order mark, the kind of line ends and empty lines change
nothing that the file says, and are passed over.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unlockstep.backtests.data.cells import date_of, shown
from unlockstep.backtests.text import visible
from unlockstep.signals.errors import DataError

NEEDED = ("date", "open", "high", "low", "close")

LONGEST_LINE = 10_000
"""Characters in a line of prices at most: no table of daily bars comes near."""

UTF_16 = ("UTF-16", "re-save it as UTF-8")
KINDS = {  # how the bytes of files begin that are no text
    b"\x1f\x8b": ("compressed (gzip)", "unpack it"),
    b"PK\x03\x04": ("a zip archive or a spreadsheet", "unpack it, or export the sheet as CSV"),
    b"PAR1": ("Parquet", "give it the ending .parquet"),
    b"\xff\xfe": UTF_16,
    b"\xfe\xff": UTF_16,
}


@dataclass(frozen=True)
class Table:
    """columns: names as the project writes them (lower case, "adj_close").  rows: cells, as many in each as columns.
    lines: the line of the file that each row ends in.
    """

    columns: list[str]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """The cells of one column."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def plain_name(column: object) -> str:
    """A column's name as the project writes it: "Adj Close" is adj_close."""
    return str(column).strip().lower().replace(" ", "_")


def table_of(content: bytes, where: str) -> Table:
    """The table in the bytes of a CSV file; DataError naming the file, the line and the remedy."""
    records = list(_records(re.split("\r\n|\r|\n", _text(content, where)), where))
    if not records:
        raise DataError(f"{where} is empty", name=where, remedy="it needs a header and one row a day")
    first, header = records[0]
    names = [plain_name(cell) for cell in header]
    _check_header(header, names, records[1:4], first, where)
    rows, numbers = [], []
    for number, cells in records[1:]:
        if len(cells) != len(names):
            raise DataError(
                f"{where}, line {number}: {len(cells)} fields, but the header has {len(names)}",
                name=where,
                line=number,
                limit=len(names),
                remedy="write one field a column, and no comma inside a number",
            )
        if all(plain_name(cell) == name for cell, name in zip(cells, names, strict=True)):
            raise DataError(
                f"{where}, line {number}: the header is repeated", name=where, line=number, remedy="remove the line"
            )
        rows.append(cells)
        numbers.append(number)
    return Table(names, rows, numbers)


def _text(content: bytes, where: str) -> str:
    for beginning, (kind, remedy) in KINDS.items():
        if content.startswith(beginning):
            raise DataError(f"{where} is {kind}", name=where, remedy=remedy)
    if any(content[:40]) and any(len(half) > 1 and not any(half) for half in (content[:40:2], content[1:40:2])):
        raise DataError(f"{where} is {UTF_16[0]}", name=where, remedy=UTF_16[1])
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise DataError(
            f"{where}, line {line}: NUL bytes, which no text file holds",
            name=where,
            line=line,
            remedy="re-save the file as UTF-8",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the bytes that the decoder counts come after a byte-order mark, if there is one
        mark = 3 if content.startswith(b"\xef\xbb\xbf") else 0
        place = error.start + mark
        line = content[:place].count(b"\n") + 1
        raise DataError(
            f"{where}, line {line}: the byte 0x{content[place]:02x} is not valid UTF-8",
            name=where,
            line=line,
            remedy="re-save the file as UTF-8",
        ) from None


def _records(lines: Sequence[str], where: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every line that is not empty."""
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{where}, line {number}: {len(line):,} characters",
                name=where,
                line=number,
                limit=LONGEST_LINE,
                remedy="write one row a line",
            )
        if line.lstrip().startswith("#"):
            raise DataError(
                f"{where}, line {number}: a comment",
                name=where,
                line=number,
                remedy="a price file holds none, so remove the line",
            )
    reader = csv.reader(lines, strict=True)
    begun = 1
    try:
        for cells in reader:
            if reader.line_num > begun:  # a cell over several lines: it could swallow rows
                raise csv.Error
            begun = reader.line_num + 1
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error:
        raise DataError(
            f"{where}, line {begun}: a quotation mark without its other half",
            name=where,
            line=begun,
            remedy="remove it, prices need none",
        ) from None


def _check_header(
    header: list[str], names: list[str], following: list[tuple[int, list[str]]], number: int, where: str
) -> None:
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) < len(NEEDED) and any(separator in cell for cell in header):
            raise DataError(
                f"{where}: its fields are separated by {name}",
                name=where,
                remedy="re-save it with commas, and with points in numbers",
            )
    if following and names[0] == "price" and following[0][1][0].strip().lower() == "ticker":
        raise DataError(
            f"{where} has the three header rows (Price, Ticker, Date) of yfinance.download",
            name=where,
            remedy="re-save it with yfinance.download(…, auto_adjust=False, multi_level_index=False).to_csv(…)",
        )
    for cell in header:
        if visible(cell.strip()) != cell.strip():
            raise DataError(
                f"{where}, line {number}: the name {shown(cell.strip())} holds a character that is not seen",
                name=where,
                line=number,
                remedy="remove it",
            )
    if set(NEEDED) <= set(names):
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise DataError(
                f"{where} has more than one column {twice[0]}", name=where, remedy="keep one, whatever its capitals"
            )
        return
    if _is_date(header[0]):
        raise DataError(
            f"{where} has no header",
            name=where,
            remedy=f"its first line must name the columns, such as {','.join(NEEDED)}",
        )
    for line, cells in following:
        if set(NEEDED) <= {plain_name(cell) for cell in cells}:
            raise DataError(
                f"{where}: the header stands in line {line}",
                name=where,
                line=line,
                remedy="it must be the first, so remove what is above",
            )
    if names[0] == "" and "date" not in names and following and _is_date(following[0][1][0]):
        raise DataError(
            f"{where}, line {number}: the column of the dates has no name",
            name=where,
            line=number,
            remedy="call it date",
        )
    refuse_missing(names, where)


def refuse_missing(names: Sequence[str], where: str) -> None:
    """Raise DataError where a column is missing that every price file needs."""
    missing = [name for name in NEEDED if name not in names]
    if missing:
        there = ", ".join(shown(name).strip("'") for name in names[:12])
        raise DataError(
            f"{where} has no column {' or '.join(missing)}; it has {there}",
            name=where,
            remedy=f"Needed: {', '.join(NEEDED)}, and adj_close where dividends are paid",
        )


def _is_date(cell: str) -> bool:
    try:
        date_of(cell)
    except ValueError:
        return False
    return True
