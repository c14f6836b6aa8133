"""Where the header of a text stands, how many lines it has, and what it names.

one line                       date,open,high,low,close
a title above it               https://www.CryptoDataDownload.com
two lines, or three            Price,Close,Close / Ticker,ETH-USD,IWM / Date,,        yfinance, group_by="column"
Ticker,IWM,IWM / Price,Open,Close / Date,,             yfinance, group_by="ticker"
none                           the daily bars of Binance and of Kraken
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unlockstep.backtests.data.cells import MISSING, shown
from unlockstep.backtests.data.columns import NEEDED, PRICES, field_of, fields_in, places_of, refuse_invisible
from unlockstep.backtests.data.dates import is_date
from unlockstep.backtests.data.numbers import is_number
from unlockstep.backtests.data.several import split_head
from unlockstep.signals.errors import DataError

SEARCHED = 8
"""Lines in which a header is looked for."""

BINANCE = (
    "open_time",
    *PRICES,
    "volume",
    "close_time",
    "quote_volume",
    "trades",
    "taker_base",
    "taker_quote",
    "ignore",
)
KRAKEN = ("time", *PRICES, "volume", "trades")
DAY_IN_SECONDS = 86_400

Record = tuple[int, list[str]]


@dataclass(frozen=True)
class Header:
    """heads: the names above each column, from top to bottom.  rows: lines that are no bars yet.  line: its first one.
    layout: what was understood, in words.
    """

    heads: tuple[tuple[str, ...], ...]
    rows: int
    line: int
    layout: tuple[str, ...] = ()

    def first(self, columns: int) -> "Header":
        """The same of the first columns."""
        return replace(self, heads=self.heads[:columns])


def is_header(cells: Sequence[str]) -> bool:
    """Whether a line names columns of prices."""
    return fields_in([pair[0] if (pair := split_head(cell)) else cell for cell in cells]) >= set(PRICES)


def find_header(records: Sequence[Record], where: str) -> Header:
    """The header of the records of a text, at least one.

    Raises DataError where there is none, or where what stands above it is no title.
    """
    at = next((i for i, (_, cells) in enumerate(records[:SEARCHED]) if is_header(cells)), None)
    if at is None:
        return _without_names(records, where)
    line, cells = records[at]
    above = records[at - 1][1] if at else []
    if len(above) == len(cells) and _are_tickers(above, cells):
        header = Header(tuple(zip(above, cells, strict=True)), at + 1, records[at - 1][0])
        titles = records[: at - 1]
    elif at + 1 < len(records) and _are_tickers(records[at + 1][1], cells):
        below = records[at + 1][1]
        header = Header(tuple(zip(cells, below, strict=True)), at + 2, line)
        titles = records[:at]
    else:
        header, titles = Header(tuple((cell,) for cell in cells), at + 1, line), records[:at]
    for _, title in titles:
        if sum(bool(cell.strip()) for cell in title) > 1:
            raise DataError(
                f"{where}: the header stands in line {header.line}",
                name=where,
                line=header.line,
                remedy="it must be the first, so remove what is above",
            )
    above_it = tuple(f"below the title {shown(' '.join(title).strip())}" for _, title in titles)
    return _with_dates(replace(header, layout=above_it), records)


def _are_tickers(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether cells above or below the names of prices are the tickers that these are of."""
    if len(cells) != len(names) or is_date(cells[0]) or is_number(cells[0]):
        return False
    owners = [cell.strip() for cell, name in zip(cells, names, strict=True) if field_of(name) in PRICES]
    return bool(owners) and all(
        owner and owner.lower() not in MISSING and not (field_of(owner) or is_number(owner) or is_date(owner))
        for owner in owners
    )


def _with_dates(header: Header, records: Sequence[Record]) -> Header:
    """The same, past a line that only names the dates, and with a name for the dates where they stand in the first
    column and it has none.
    """
    heads, rows = header.heads, header.rows
    if rows < len(records):
        first, *others = records[rows][1]
        if len(heads[0]) == 2 and field_of(first) == "date" and not any(map(str.strip, others)):
            heads, rows = ((first, ""), *heads[1:]), rows + 1
    names = [name for head in heads for name in head]
    unnamed = not any(map(str.strip, heads[0])) or len(heads[0]) == 2
    if "date" in fields_in(names) or not unnamed or rows >= len(records) or not is_date(records[rows][1][0]):
        return replace(header, heads=heads, rows=rows)
    said = () if len(heads[0]) == 2 else ("dates in the column without a name",)
    return replace(header, heads=(("date",) * len(heads[0]), *heads[1:]), rows=rows, layout=(*header.layout, *said))


def _without_names(records: Sequence[Record], where: str) -> Header:
    """The header of the files that vendors write without one. Raises DataError for any other."""
    line, cells = records[0]
    if not (is_date(cells[0]) and all(is_number(cell) for cell in cells[1:5])):
        refuse_invisible(cells, where, line)
        _refuse_closes_only(records[:2], where)
        places_of(cells, where)  # says which names are missing
    for vendor, names in (("Binance", BINANCE), ("Kraken", KRAKEN)):
        if len(cells) == len(names) and _spans_days(cells, names):
            return Header(
                tuple((name,) for name in names), 0, line, (f"without a header, as {vendor} writes its bars",)
            )
    raise DataError(
        f"{where} has no header",
        name=where,
        remedy=f"its first line must name the columns, such as {','.join(NEEDED)}",
    )


def _refuse_closes_only(records: Sequence[Record], where: str) -> None:
    """Raise DataError for a table with one column of closes a ticker."""
    if len(records) < 2 or len(records[0][1]) != len(records[1][1]):
        return
    (date, *names), (day, *prices) = (cells for _, cells in records)
    is_closes = is_date(day) and all(is_number(price) for price in prices if price.strip())
    if is_closes and any(prices) and not fields_in(names) and (field_of(date) == "date" or not date.strip()):
        raise DataError(
            f"{where} holds one price a day for each of {', '.join(shown(name)[1:-1] for name in names[:6])}",
            name=where,
            choices=names,
            remedy=f"each ticker needs {', '.join(NEEDED)}",
        )


def _spans_days(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the numbers of a bar without names are those of a day: they begin at midnight UTC, and where the bar says
    when it closed, that is the last moment before the next.
    """
    whole = [cells[0], *(cell for cell, name in zip(cells, names, strict=True) if name in ("close_time", "trades"))]
    if not all(cell.strip().isdecimal() for cell in whole):
        return False
    begin, end = int(cells[0]), int(cells[6])
    unit = 10 ** (len(cells[0].strip()) - 10)
    day = DAY_IN_SECONDS * unit
    return begin % day == 0 and (names is KRAKEN or end - begin == day - 1)
