"""The table in a CSV file: text in UTF-8, one row a line, its fields separated by commas, semicolons, tabs or bars.

A byte-order mark, the kind of line ends, empty lines and empty columns at the end change nothing that the file says,
and are passed over. Rows of dividends and splits, as Yahoo puts them between the bars, are left out, and it is said.
Anything else is refused, with the line and the remedy.
"""

import csv
import re
from collections.abc import Iterator, Sequence

from unlockstep.backtests.data.columns import fields_in, refuse_invisible
from unlockstep.backtests.data.headers import Header, find_header, is_header
from unlockstep.backtests.data.tables import Table
from unlockstep.signals.errors import DataError

LONGEST_LINE = 10_000
"""Characters in a line of prices at most: no table of daily bars comes near."""

UTF_16 = ("UTF-16", "re-save it as UTF-8")
KINDS = {  # how the bytes of files begin that are no text
    b"\x1f\x8b": ("compressed (gzip)", "give it the ending .csv.gz"),
    b"BZh": ("compressed (bzip2)", "give it the ending .csv.bz2"),
    b"\xfd7zXZ": ("compressed (xz)", "give it the ending .csv.xz"),
    b"\x28\xb5\x2f\xfd": ("compressed (Zstandard)", "unpack it"),
    b"PK\x03\x04": ("a zip archive or a spreadsheet", "give it the ending .csv.zip, or export the sheet as CSV"),
    b"\xd0\xcf\x11\xe0": ("a spreadsheet", "export the sheet as CSV"),
    b"PAR1": ("Parquet", "give it the ending .parquet"),
    b"ARROW1": ("Feather", "re-save it as Parquet or CSV"),
    b"\xff\xfe": UTF_16,
    b"\xfe\xff": UTF_16,
}
SEPARATORS = {",": "", ";": "separated by semicolons", "\t": "separated by tabs", "|": "separated by bars"}
"""Separator → what is said of it."""
_EVENT = re.compile(r"[\d.,/: -]*(?:cash )?(?:dividends?|stock splits?|splits?|capital gains?)", re.IGNORECASE)

Record = tuple[int, list[str]]
"""The number of a line, and its cells."""


def table_of(content: bytes, where: str) -> Table:
    """The table in the bytes of a CSV file; DataError naming the file, the line and the remedy."""
    lines = re.split("\r\n|\r|\n", _text(content, where))
    separator = _separator(lines)
    records = list(_records(lines, separator, where))
    if not records:
        raise DataError(f"{where} is empty", name=where, remedy="it needs a header and one row a day")
    header = find_header(records, where)
    bars = [(line, cells) for line, cells in records[header.rows :] if not _is_event(cells)]
    n_events = len(records) - header.rows - len(bars)
    header, bars = _without_empty_columns(header, bars)
    _check_rows(header, bars, where)
    layout = (
        SEPARATORS[separator],
        *header.layout,
        f"{n_events:,} row{'s' * (n_events > 1)} of dividends or splits left out" if n_events else "",
    )
    columns = tuple(zip(*(cells for _, cells in bars), strict=True)) or ((),) * len(header.heads)
    return Table(
        where,
        header.heads,
        columns,
        [line for line, _ in bars],
        "line",
        tuple(filter(None, layout)),
        point_is_usual=separator == ",",
    )


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


def _separator(lines: Sequence[str]) -> str:
    """The character under which one of the first lines is most of a header; else the one that separates most fields."""
    first = [line for line in lines[:40] if line.strip()][:8]

    def evidence(separator: str) -> tuple[int, int]:
        split = [[cell.strip(' "') for cell in line.split(separator)] for line in first]
        return max(len(fields_in(cells)) for cells in split), len(split[-1])

    return max(SEPARATORS, key=evidence) if first else ","


def _records(lines: Sequence[str], separator: str, where: str) -> Iterator[Record]:
    """Every line that is not empty."""
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
    reader = csv.reader(lines, strict=True, delimiter=separator, skipinitialspace=True)
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


def _is_event(cells: Sequence[str]) -> bool:
    """Whether a row says only that a dividend was paid or a share split on its date."""
    written = [cell.strip() for cell in cells[1:] if cell.strip()]
    return len(written) == 1 and _EVENT.fullmatch(written[0]) is not None


def _without_empty_columns(header: Header, bars: list[Record]) -> tuple[Header, list[Record]]:
    """The same without columns at the end that have no name and hold nothing."""
    named = max((place + 1 for place, head in enumerate(header.heads) if any(map(str.strip, head))), default=0)
    widths = {len(cells) for _, cells in bars}
    if len(widths) > 1 or min(widths, default=named) < named:
        return header, bars
    if any(any(map(str.strip, cells[named:])) for _, cells in bars):
        return header, bars
    return header.first(named), [(line, cells[:named]) for line, cells in bars]


def check_width(fields: int, width: int, where: str, line: int) -> None:
    """Raise DataError for a row of another width than the header's."""
    if fields != width:
        raise DataError(
            f"{where}, line {line}: {fields} fields, but the header has {width}",
            name=where,
            line=line,
            limit=width,
            remedy="write one field a column, and no comma inside a number",
        )


def _check_rows(header: Header, bars: Sequence[Record], where: str) -> None:
    """Raise DataError for a name that is not seen, a row of another width than the header, a header among the rows."""
    refuse_invisible([name for head in header.heads for name in head], where, header.line)
    width = len(header.heads)
    for line, cells in bars:
        check_width(len(cells), width, where, line)
        if not cells[0][:1].isdigit() and is_header(cells):
            raise DataError(
                f"{where}, line {line}: the header is repeated", name=where, line=line, remedy="remove the line"
            )
